"""What would this basket get? An offer tried out on a basket, at any moment."""

from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import TimeField
from wtforms.validators import Optional
from wtforms.widgets import TextInput

from core import clock, ids, shops, web
from core.money import Money
from core.pages import choosing
from core.pages.choosing import ChoiceOf
from core.pages.forms import DayField, Form, ListField, MoneyField, currency, line, whole
from core.pages.parts import Part, PartField, Rows, rearrange
from core.pages.posting import show, telling
from coupons import goods, terms
from coupons import offers as rules
from coupons.basket import Basket, Line
from coupons.models import Offer
from loyalty import cards, trying
from loyalty.api.trying import shown
from loyalty.pages.frame import pages


class LinePart(Part):
    """Some of one product."""

    amount = MoneyField(lazy_gettext("What all of them cost"))
    quantity = whole(lazy_gettext("Pieces"), least=1, most=1_000_000, default=1)
    sku = line(lazy_gettext("Product"), most=64, required=False)
    category = line(lazy_gettext("Category"), most=100, required=False)
    tags = ListField(lazy_gettext("Tags"), most=20, length=60, widget=TextInput())

    def line(self) -> Line:
        """Return it as a line of a basket."""
        return Line(
            amount=Money(self.amount.data or 0),
            quantity=self.quantity.data or 1,
            sku=self.sku.data,
            category=self.category.data,
            tags=tuple(self.tags.data or ()),
        )


class PreviewForm(Form):
    """A basket, who brings it, where, and when."""

    total = MoneyField(
        lazy_gettext("Total of the basket"),
        required=False,
        description=lazy_gettext("Or say line by line what is in it."),
    )
    lines = Rows(
        PartField(LinePart),
        lazy_gettext("What is in it"),
        called=lazy_gettext("Line"),
        adds=lazy_gettext("Add a line"),
        most=50,
    )
    card = line(
        lazy_gettext("Customer card"),
        most=64,
        required=False,
        description=lazy_gettext("Its number. Empty: somebody without one."),
    )
    shop = ChoiceOf(lazy_gettext("Shop"), "shops", none=lazy_gettext("No certain shop"))
    day = DayField(lazy_gettext("Day"), description=lazy_gettext("Empty: today."))
    hour = TimeField(
        lazy_gettext("Time"), [Optional()], description=lazy_gettext("Empty: as late as now.")
    )

    def basket(self) -> Basket | None:
        """Return the basket, if anything is in it."""
        lines = tuple(row.form.line() for row in self.lines)
        if lines:
            return Basket(currency(), Money(sum(one.amount for one in lines)), lines)
        return None if self.total.data is None else Basket(currency(), Money(self.total.data))

    def moment(self, zone: str, now: datetime) -> datetime:
        """Return the moment that is meant, by the clock of a place."""
        local = now.astimezone(ZoneInfo(zone))
        on, at = self.day.data or local.date(), self.hour.data or local.time()
        return datetime.combine(on, at, ZoneInfo(zone)).astimezone(now.tzinfo)


@pages.route('/offers/<public("of"):id>/preview', methods=["GET", "POST"])
@web.requires("offers:read")
@web.reading
def preview(session: Session, id: UUID) -> ResponseReturnValue:
    """Say what a basket would get from an offer. Nothing is written."""
    offer = rules.find(session, id)
    form = PreviewForm()
    found: dict[str, Any] | None = None
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            found = _tried(session, offer, form)
    choosing.fill(session, form, {})
    version = rules.current(session, offer)
    return show(
        "admin/offers/preview.html",
        form,
        action=url_for("admin_loyalty.preview", id=id),
        offer=offer,
        name=version.name,
        needs_lines=goods.needs_lines(terms.of(session.connection(), version.id)),
        found=found,
        lines=_lines(form, found) if found else [],
    )


def _tried(session: Session, offer: Offer, form: PreviewForm) -> dict[str, Any]:
    """Return what the basket of the form would get."""
    shop = shops.find(session, ids.parse("sh", form.shop.data)) if form.shop.data else None
    zone = shop.zone if shop else shops.merchant(session).zone
    number = form.card.data
    card = cards.find(session.connection(), number) if number else None
    decision = trying.preview(
        session,
        offer,
        basket=form.basket(),
        customer_id=card.customer_id if card else None,
        shop_id=shop.id if shop else None,
        at=form.moment(zone, clock.now()),
    )
    return shown(session, decision)


def _lines(form: PreviewForm, found: dict[str, Any]) -> list[tuple[str, int, int]]:
    """Return the lines of the basket: what each is, what it costs, and what is taken off."""
    off = {one["line"]: one["discount"] for one in found["lines"]}
    lines = [row.form.line() for row in form.lines]
    if lines:
        names = [one.sku or one.category or ", ".join(one.tags) for one in lines]
        return [
            (name, one.amount, off.get(i, 0))
            for i, (name, one) in enumerate(zip(names, lines, strict=True))
        ]
    return [] if form.total.data is None else [("", form.total.data, off.get(0, 0))]
