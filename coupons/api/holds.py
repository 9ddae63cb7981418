"""Keep a coupon for the customer in front of a till, and let it go."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import clock, rest, shops, web
from core.errors import TillNeeded, WrongState
from coupons import holds
from coupons.api.coupons import guarded
from coupons.errors import CodeNotFound
from coupons.schemas.holds import HoldRequest, HoldsSchema, ReleaseRequest

blueprint = rest.blueprint("holds", "Keep a coupon for two minutes")


@blueprint.post("/holds")
@web.requires("coupons:redeem")
@blueprint.arguments(HoldRequest)
@blueprint.response(201, HoldsSchema)
@guarded(CodeNotFound)
@web.repeatable
def place(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Keep a use of each coupon for two minutes; one that may be used without end needs no hold.

    A till that is suspended or retired holds nothing.
    """
    till_id = _till(session, sent)
    state = shops.find_till(session, till_id).state
    if state in ("suspended", "retired"):
        raise WrongState(state=state)
    kept = holds.place(session, sent["coupons"], till_id=till_id, at=clock.now())
    items = [
        {"coupon": one.masked, "until": one.held_until.isoformat()}
        for one in kept
        if one.held_until
    ]
    return 201, {"items": items}


@blueprint.post("/holds/release")
@web.requires("coupons:redeem")
@blueprint.arguments(ReleaseRequest)
@blueprint.response(200, HoldsSchema)
@guarded(CodeNotFound)
@web.writing
def release(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """Let go what the till holds of some coupons, or what every till holds of them."""
    if sent["everywhere"]:
        holds.release_elsewhere(
            session, sent["coupons"], web.approval(), actor=web.actor(), at=clock.now()
        )
    else:
        holds.release(session, sent["coupons"], till_id=_till(session, sent))
    return {"items": []}


def _till(session: Session, sent: dict[str, Any]) -> UUID:
    """Return the till that holds: the one that asks, or the one that a program speaks for.

    Raises:
        TillNeeded: there is none.
        NotFound: the program's shop has no such till.
    """
    actor = web.actor()
    found: UUID | None = actor.till_id or sent["till"]
    if found is None:
        raise TillNeeded
    if actor.till_id is None:
        till = shops.find_till(session, found)
        shops.check_till(session, found, actor.shop_id or till.shop_id)
    return found
