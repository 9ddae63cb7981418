"""Purchases: listed, shown, and undone with a reason."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, web
from core.errors import NotFound
from core.i18n import gettext
from core.listing import shop_names
from core.pages.forms import Form, line
from core.pages.posting import Answer, Done, newest, older, posting, show, telling
from coupons.models import Purchase
from loyalty import listing, receipts, voiding
from loyalty.pages.frame import pages


class VoidForm(Form):
    """Why a purchase is undone."""

    reason = line(lazy_gettext("Reason"))


@pages.get("/purchases")
@web.requires("purchases:read")
@web.reading
def purchases(session: Session) -> ResponseReturnValue:
    """Show the purchases, newest first."""
    found, cursor = listing.purchases(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/purchases/list.html",
        purchases=found,
        shops=shop_names(session),
        pseudonyms=listing.pseudonyms(session, (one.customer_id for one in found)),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.get('/purchases/<public("pu"):id>')
@web.requires("purchases:read")
@web.reading
def purchase(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a purchase with its lines, coupons and points."""
    return _page(session, id, VoidForm())


def _page(session: Session, id: UUID, form: VoidForm) -> tuple[str, int]:
    found = session.get(Purchase, id)
    if found is None:
        raise NotFound(what="purchase")
    shop, till, staff = listing.where(session, found)
    pseudonyms = listing.pseudonyms(session, [found.customer_id])
    return show(
        "admin/purchases/show.html",
        form,
        purchase=found,
        shown=receipts.shown(session, id),
        lines=listing.lines(session, found),
        shop=shop,
        till=till,
        staff=staff,
        pseudonym=pseudonyms.get(found.customer_id) if found.customer_id else None,
    )


@pages.post('/purchases/<public("pu"):id>/void')
@web.requires("purchases:void-any")
@posting
def void_purchase(session: Session, id: UUID) -> Answer:
    """Undo a purchase: its coupons can be used again, its points are booked back."""
    form = VoidForm()
    if form.validate_on_submit():
        with telling(session, form):
            reason = form.reason.data or ""
            done = voiding.void(session, id, reason, actor=web.actor(), at=clock.now())
            web.shop_of(done.purchase.shop_id)
            said = gettext("The purchase is undone. Its coupons can be used again.")
            return Done(url_for("admin_loyalty.purchase", id=id), said)
    return _page(session, id, form)
