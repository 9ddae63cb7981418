"""Purchases: listed and found, and shown with all that they gave and why."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, i18n, ids, web
from core.errors import NotFound
from core.i18n import gettext
from core.listing import shop_names
from core.pages.forms import Form, choices, day, line
from core.pages.posting import newest, older, show
from coupons.models import Purchase
from loyalty import explaining, guarantees, listing, receipts
from loyalty.offline import review
from loyalty.pages.conflicts import STATE_NAMES
from loyalty.pages.frame import pages
from loyalty.pages.giving_back import Forms


class FilterForm(Form):
    """Which purchases to look at."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]  # Flask-WTF ships no types
        """It changes nothing."""

        csrf = False

    receipt = line(lazy_gettext("Receipt"), most=100, required=False)
    customer = line(lazy_gettext("Card number or pseudonym"), most=100, required=False)
    shop = SelectField(lazy_gettext("Shop"), default="")
    on = day(lazy_gettext("Day"))

    def fill(self, shops: dict[UUID, str]) -> None:
        """Offer the shops."""
        pairs = [(ids.public("sh", id), name) for id, name in shops.items()]
        self.shop.choices = choices([("", gettext("All shops")), *pairs])

    def wanted(self, session: Session) -> dict[str, Any]:
        """Return what the list is narrowed down to."""
        found: dict[str, Any] = {"receipt": self.receipt.data}
        if self.shop.data:
            found["shop_id"] = ids.parse("sh", self.shop.data)
        if isinstance(self.on.data, date):
            zone = i18n.merchant_zone()
            found["since"] = clock.day_start(self.on.data, zone)
            found["until"] = clock.day_end(self.on.data, zone)
        if self.customer.data:
            who = listing.search(session, self.customer.data, shop_id=web.actor().shop_id)
            found["customer_id"] = who[0].id if len(who) == 1 else UUID(int=0)
        return found


@pages.get("/purchases")
@web.requires("purchases:read")
@web.reading
def purchases(session: Session) -> ResponseReturnValue:
    """Show the purchases, newest first, narrowed down if that is asked for."""
    shops = shop_names(session)
    form = FilterForm(request.args)
    form.fill(shops)
    wanted = form.wanted(session) if form.validate() else {}
    found, cursor = listing.purchases(session, **wanted, cursor=request.args.get("cursor"))
    return render_template(
        "admin/purchases/list.html",
        form=form,
        filtered=any(value for value in wanted.values()),
        purchases=found,
        shops=shops,
        pseudonyms=listing.pseudonyms(session, (one.customer_id for one in found)),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.get('/purchases/<public("pu"):id>')
@web.requires("purchases:read")
@web.reading
def purchase(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a purchase: its lines, coupons and points, why they are what they are, and refunds."""
    return page_of(session, find(session, id))


def find(session: Session, id: UUID) -> Purchase:
    """Return a purchase.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Purchase, id)
    if found is None:
        raise NotFound(what="purchase")
    return found


def page_of(session: Session, found: Purchase, forms: Forms | None = None) -> tuple[str, int]:
    """Render the page of a purchase, with the forms that give some of it back or undo it."""
    connection = session.connection()
    lines = listing.lines(session, found)
    shop, till, staff = listing.where(session, found)
    pseudonyms = listing.pseudonyms(session, [found.customer_id])
    forms = forms or Forms.of(lines, guarantees.guarantees(connection, found.id))
    return show(
        "admin/purchases/show.html",
        forms.sent,
        purchase=found,
        shown=_shown(session, found.id),
        lines=lines,
        why=explaining.purchase(connection, receipts.why(session, found.id)),
        conflicts=review.of_purchase(session, found.id),
        states=STATE_NAMES,
        forms=forms,
        shop=shop,
        till=till,
        staff=staff,
        pseudonym=pseudonyms.get(found.customer_id) if found.customer_id else None,
    )


def _shown(session: Session, id: UUID) -> dict[str, Any]:
    """Return a purchase as the API shows it, with the moments of its refunds as moments."""
    found = receipts.shown(session, id)
    refunds = [one | {"when": datetime.fromisoformat(one["at"])} for one in found["refunds"]]
    return found | {"refunds": refunds}
