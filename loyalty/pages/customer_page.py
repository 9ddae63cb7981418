"""The page of one customer: card, points, coupons, purchases, and the person."""

from typing import Any
from uuid import UUID

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from core import clock, ids, people, web
from core import customers as rules
from core.listing import shop_names
from core.models import Customer
from core.pages.forms import OnceForm, line
from core.pages.posting import newest, older, show
from coupons import issuing, wallet, wording
from coupons.pages.frame import picture
from loyalty import cards, expiry, links, listing, programme, scenes, statement
from loyalty.errors import CardNotFound
from loyalty.pages.frame import CONSENT_NAMES, ENTRY_NAMES, SIDE_NAMES, pages

BOOKINGS = 10
"""How many of the last bookings are shown; the rest has a page of its own."""

MOST = 10_000_000


class AdjustForm(OnceForm):
    """So many more, or with a minus so many fewer; and why."""

    points = IntegerField(
        lazy_gettext("Points"),
        [InputRequired(lazy_gettext("Please fill this in.")), NumberRange(-MOST, MOST)],
    )
    reason = line(lazy_gettext("Reason"))


@pages.get('/customers/<public("cu"):id>')
@web.requires("customers:read")
@web.reading
def customer(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a customer: card, points, coupons, purchases, and the person."""
    return page_of(session, rules.find(session, id))


def page_of(
    session: Session, customer: Customer, *, adjust: AdjustForm | None = None
) -> tuple[str, int]:
    """Render the page of a customer, with the form that adjusts points."""
    at = clock.now()
    connection = session.connection()
    purchases, _ = listing.purchases(session, customer_id=customer.id)
    return show(
        "admin/customers/show.html",
        adjust or AdjustForm(),
        customer=customer,
        person=people.find(session, customer),
        consents=people.consents(session, customer),
        consent_names=CONSENT_NAMES,
        balance=expiry.balance(connection, customer.id, at=at),
        rules=programme.rules(connection),
        bookings=statement.last(connection, customer.id, most=BOOKINGS),
        entry_names=ENTRY_NAMES,
        purchases=purchases[:BOOKINGS],
        shops=shop_names(session),
        coupons=wallet.usable(connection, scenes.scene(connection, customer.id, at=at)),
        benefit=wording.benefit,
        link=links.address(customer, web.config()) if customer.state == "active" else None,
        **_card(session, customer),
    )


def _card(session: Session, customer: Customer) -> dict[str, Any]:
    """Return the card of a customer as a page shows it, and those before it."""
    try:
        card = cards.live(session, customer.id)
    except CardNotFound:
        return {"card": None, "history": []}
    address = issuing.address(web.config().base_url, card.number)
    return {
        "card": card,
        "number": ids.grouped(card.number),
        "picture": picture(address),
        "history": [old for old in cards.history(session, customer.id) if old.id != card.id],
    }


@pages.get('/customers/<public("cu"):id>/bookings')
@web.requires("points:read")
@web.reading
def bookings(session: Session, id: UUID) -> ResponseReturnValue:
    """Show every booking of a customer, line by line as the ledger has it."""
    found, cursor = listing.entries(session, id, cursor=request.args.get("cursor"))
    return render_template(
        "admin/customers/bookings.html",
        customer=rules.find(session, id),
        entries=found,
        entry_names=ENTRY_NAMES,
        sides=SIDE_NAMES,
        next_url=older(cursor),
        first_url=newest(),
    )
