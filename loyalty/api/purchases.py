"""Purchases: listed and found."""

from typing import Any

from sqlalchemy.orm import Session

from core import rest, web
from coupons.api.coupons import guarded
from loyalty import cards, history, listing, withheld
from loyalty.errors import CardNotFound
from loyalty.schemas.history import PurchaseQuery, PurchasesSchema

blueprint = rest.blueprint("purchases", "What was settled, listed and found")


@blueprint.get("/purchases")
@web.requires("purchases:read")
@blueprint.arguments(PurchaseQuery, location="query")
@blueprint.response(200, PurchasesSchema)
@guarded(CardNotFound)
@web.reading
def find(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the purchases, newest first; a key of one shop sees those of its shop."""
    actor = web.actor()
    wanted = {name: sent[name] for name in _AS_SENT if name in sent}
    customer_id = sent.get("customer")
    if "card" in sent:
        customer_id = cards.find(session.connection(), sent["card"]).customer_id
    found, cursor = listing.purchases(
        session,
        customer_id=customer_id,
        shop_id=web.shop_of(sent.get("shop")),
        till_id=sent.get("till"),
        sees_all=actor.may(withheld.SEES_ALL),
        **wanted,
    )
    return {"items": [history.found(one, actor) for one in found], "next_cursor": cursor}


_AS_SENT = ("receipt", "since", "until", "state", "limit", "cursor")
