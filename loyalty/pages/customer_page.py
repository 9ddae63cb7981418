"""The page of one customer: card, coupons, purchases, and the person."""

from typing import Any
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, ids, people, web
from core import customers as rules
from core.listing import shop_names
from core.models import Customer
from coupons import issuing, wallet, wording
from coupons.pages.frame import picture
from loyalty import cards, expiry, links, listing, programme, scenes, tiers
from loyalty.errors import CardNotFound
from loyalty.pages.frame import CONSENT_NAMES, pages
from loyalty.pages.notes import shown
from loyalty.pages.tabs import head

PURCHASES = 10
"""So many of the last purchases are shown."""


@pages.get('/customers/<public("cu"):id>')
@web.requires("customers:read")
@web.reading
def customer(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a customer: card, coupons, purchases, and the person."""
    found, at = rules.find(session, id), clock.now()
    connection = session.connection()
    purchases, _ = listing.purchases(session, customer_id=id)
    return render_template(
        "admin/customers/show.html",
        **head(session, found, "customer"),
        person=people.find(session, found),
        consents=people.consents(session, found),
        consent_names=CONSENT_NAMES,
        attributes=[(name, shown(value)) for name, value in sorted(found.attributes.items())],
        survivor=found.merged_into_id,
        balance=expiry.balance(connection, id, at=at),
        place=tiers.standing(connection, id, at=at),
        rules=programme.rules(connection),
        purchases=purchases[:PURCHASES],
        shops=shop_names(session),
        coupons=wallet.usable(connection, scenes.scene(connection, id, at=at)),
        benefit=wording.benefit,
        link=links.address(found, web.config()) if found.state == "active" else None,
        **_card(session, found),
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
