"""A phone that faces the customers of the till that asks."""

from typing import Any
from uuid import UUID

from flask import session as cookie
from flask import url_for
from sqlalchemy.orm import Session

from core import clock, displays, rest, web
from core.errors import TillNeeded
from coupons.pages.frame import picture
from loyalty.schemas.displays import FacingSchema, PairedSchema, PairingSchema

blueprint = rest.blueprint("displays", "A phone that faces the customer")


@blueprint.post("/till/display")
@web.requires("till:open")
@blueprint.response(201, PairedSchema)
@web.writing
def pair(session: Session) -> dict[str, Any]:
    """Let a phone face the customers, in place of the one before; its address is told this once."""
    token = displays.pair(session, _till(), actor=web.actor(), at=clock.now())
    address = web.config().base_url + url_for("till.face_phone", token=token)
    return {"address": address, "picture": picture(address)}


@blueprint.put("/till/display")
@web.requires("till:open")
@blueprint.arguments(FacingSchema)
@blueprint.response(200, PairingSchema)
@web.writing
def tell(session: Session, sent: dict[str, Any]) -> dict[str, bool]:
    """Tell the phone what it shows from now on, until the till is locked or changes hands."""
    displays.tell(session, _till(), sent, token=cookie["till_token"], at=clock.now())
    return {"paired": True}


@blueprint.delete("/till/display")
@web.requires("till:open")
@blueprint.response(200, PairingSchema)
@web.writing
def unpair(session: Session) -> dict[str, bool]:
    """Let no phone face the customers any more."""
    displays.unpair(session, _till(), actor=web.actor(), at=clock.now())
    return {"paired": False}


def _till() -> UUID:
    """Return the till that asks.

    Raises:
        TillNeeded: none does.
    """
    till_id = web.actor().till_id
    if till_id is None:
        raise TillNeeded
    return till_id
