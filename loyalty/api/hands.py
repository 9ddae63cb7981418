"""Points that people move: adjustments, transfers, merges, opening balances."""

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import clock, customers, i18n, ids, problems, rest, web
from core.schemas import ItemsSchema
from coupons.api.coupons import guarded
from loyalty import adjustments, cards, merging, openings, transfers
from loyalty.api.customers import balance_shown, told_apart
from loyalty.api.customers import shown as customer_shown
from loyalty.errors import CardNotFound
from loyalty.expiry import Balance
from loyalty.openings import Done, Opening
from loyalty.schemas import AdjustRequest, BalanceSchema, CustomerSchema
from loyalty.schemas.hands import (
    AdjustmentQuery,
    AdjustmentSchema,
    ImportRequest,
    ImportSchema,
    MergeRequest,
    TransferRequest,
    TransferSchema,
)

blueprint = rest.blueprint("hands", "Points that people move")


@blueprint.post('/customers/<public("cu"):id>/points/adjustments')
@web.requires("points:adjust")
@blueprint.arguments(AdjustRequest)
@blueprint.response(201, BalanceSchema)
@blueprint.alt_response(202, schema=AdjustmentSchema, description="A second person must approve")
@web.idempotent
def adjust(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Add points or take them off by hand, with a reason; many wait for a second person."""
    customers.find(session, id)
    made = adjustments.adjust(
        session, id, sent["points"], sent["reason"], actor=web.actor(), at=clock.now()
    )
    if isinstance(made, Balance):
        return 201, balance_shown(made)
    return 202, AdjustmentSchema().dump(made)


@blueprint.get("/adjustments")
@web.requires("points:read")
@blueprint.arguments(AdjustmentQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_adjustments(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the adjustments that took or take two people, newest first."""
    found, cursor = adjustments.listed(session, **sent)
    return {"items": AdjustmentSchema(many=True).dump(found), "next_cursor": cursor}


@blueprint.get('/adjustments/<public("ad"):id>')
@web.requires("points:read")
@blueprint.response(200, AdjustmentSchema)
@web.reading
def show_adjustment(session: Session, id: UUID) -> Any:
    """Show one of them."""
    return adjustments.find(session, id)


@blueprint.post('/adjustments/<public("ad"):id>/<any(approve, decline):verb>')
@web.requires("points:approve")
@blueprint.response(200, AdjustmentSchema)
@web.idempotent
def decide(session: Session, id: UUID, verb: str) -> tuple[int, Any]:
    """Book what somebody else has asked for, or say no to it."""
    act = adjustments.approve if verb == "approve" else adjustments.decline
    return 200, AdjustmentSchema().dump(act(session, id, actor=web.actor(), at=clock.now()))


@blueprint.post('/customers/<public("cu"):id>/points/transfers')
@web.requires("points:transfer")
@blueprint.arguments(TransferRequest)
@blueprint.response(201, TransferSchema)
@guarded(CardNotFound)
@web.idempotent
def transfer(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Move points to another customer; they expire when they would have."""
    connection, to, actor = session.connection(), sent["to"], web.actor()
    if "card" in to:
        taker_id = cards.accept(connection, to["card"], staff_id=actor.staff_id).customer_id
    else:
        taker_id = to["customer"]
    done = transfers.transfer(session, id, taker_id, sent["points"], actor=actor, at=clock.now())
    return 201, {
        "id": ids.public("tf", done.id),
        "customer": ids.public("cu", done.giver_id),
        "to": ids.public("cu", done.taker_id),
        "points": done.points,
        "available": done.left,
    }


@blueprint.post('/customers/<public("cu"):id>/merge')
@web.requires("customers:merge")
@blueprint.arguments(MergeRequest)
@blueprint.response(200, CustomerSchema)
@web.idempotent
def merge(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Let this customer be another one from now on; nothing undoes that.

    The answer is the survivor, without who it is: it is kept for a month under its key.
    """
    survivor = merging.merge(session, id, sent["into"], actor=web.actor(), at=clock.now())
    return 200, told_apart(customer_shown(session, survivor))


@blueprint.post("/points/imports")
@web.requires("points:import")
@blueprint.arguments(ImportRequest)
@blueprint.response(200, ImportSchema)
@web.idempotent
def take_in(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Book opening balances, each once under its reference: an outcome for every item."""
    items = [Opening(**one) for one in sent["items"]]
    done = openings.book(session, items, actor=web.actor(), at=clock.now())
    counted = Counter(one.outcome for one in done)
    return 200, {
        "items": [_opening_shown(one) for one in done],
        **{outcome: counted[outcome] for outcome in ("booked", "already", "refused")},
    }


def _opening_shown(one: Done) -> dict[str, Any]:
    found: dict[str, Any] = {"ref": one.opening.ref, "outcome": one.outcome}
    if one.customer_id:
        found["customer"] = ids.public("cu", one.customer_id)
    if no := one.refusal:
        found |= {"code": no.code, "detail": i18n.tell(no), "facts": problems.facts(no)}
    return found
