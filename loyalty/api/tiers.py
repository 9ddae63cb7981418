"""Tiers, and where customers stand."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from core import clock, customers, i18n, rest, web
from core.schemas import ItemsSchema
from loyalty import tiers
from loyalty.models import Tier
from loyalty.schemas.standing import (
    StandingRequest,
    StandingSchema,
    TierChange,
    TierRequest,
    TierSchema,
)
from loyalty.tiers import Place, Progress

blueprint = rest.blueprint("tiers", "What customers reach by what they buy")


def shown(tier: Tier) -> dict[str, Any]:
    """Return a tier."""
    found: dict[str, Any] = TierSchema().dump(tier)
    return found


def place_shown(place: Place) -> dict[str, Any] | None:
    """Return the tier that somebody holds, as a card shows it."""
    if place.rung is None:
        return None
    until = place.until.isoformat() if place.until else None
    return {"key": place.rung.key, "name": i18n.named(place.rung.name), "until": until}


def standing_shown(session: Session, customer_id: UUID) -> dict[str, Any]:
    """Return where a customer stands, how far they are, and how they came there."""
    connection, at = session.connection(), clock.now()
    place = tiers.standing(connection, customer_id, at=at)
    progress = tiers.progress(connection, customer_id, at=at)
    return {
        "tier": place.rung.key if place.rung else None,
        "name": place.rung.name if place.rung else None,
        "since": place.since.isoformat() if place.since else None,
        "until": place.until.isoformat() if place.until else None,
        "progress": _progress(progress) if progress else None,
        "history": [
            {
                "from": one.before.key if one.before else None,
                "to": one.after.key if one.after else None,
                "reason": one.reason,
                "reached": one.reached,
                "needed": one.needed,
                "until": one.until.isoformat() if one.until else None,
                "at": one.at.isoformat(),
                "actor": one.actor,
            }
            for one in tiers.history(connection, customer_id, at=at)
        ],
    }


def _progress(found: Progress) -> dict[str, Any]:
    following, until = found.following, found.place.until
    return {
        "by": found.by,
        "amount": found.amount,
        "next": (
            {
                "tier": following.key,
                "name": following.name,
                "entry": following.entry,
                "missing": found.missing,
            }
            if following
            else None
        ),
        "renewal": (
            {
                "needed": found.kept,
                "missing": found.kept_missing,
                "until": until.isoformat() if until else None,
            }
            if found.kept is not None
            else None
        ),
    }


@blueprint.get("/tiers")
@web.requires("programme:read")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_tiers(session: Session) -> dict[str, Any]:
    """List the tiers, the highest first; those that have ended come last."""
    return {"items": [shown(one) for one in tiers.listed(session)], "next_cursor": None}


@blueprint.post("/tiers")
@web.requires("tiers:write")
@blueprint.arguments(TierRequest)
@blueprint.response(201, TierSchema)
@web.repeatable
def add(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Add a tier to the ladder; without a renewal it takes as much to renew it as to reach it."""
    if sent["renewal"] is None:
        sent["renewal"] = sent["entry"]
    made = tiers.add(session, **sent, actor=web.actor(), at=clock.now())
    return 201, shown(made)


@blueprint.get('/tiers/<public("tr"):id>')
@web.requires("programme:read")
@blueprint.response(200, TierSchema)
@web.reading
def show(session: Session, id: UUID) -> Response:
    """Show a tier; the ETag serves for If-Match."""
    return web.tagged(shown(tiers.find(session, id)))


@blueprint.patch('/tiers/<public("tr"):id>')
@web.requires("tiers:write")
@blueprint.arguments(TierChange)
@blueprint.response(200, TierSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Response:
    """Change a tier; who holds it keeps it until their own date."""
    web.check_match(shown(tiers.find(session, id)))
    changed = tiers.change(session, id, sent, actor=web.actor(), at=clock.now())
    return web.tagged(shown(changed))


@blueprint.post('/tiers/<public("tr"):id>/end')
@web.requires("tiers:write")
@blueprint.response(200, TierSchema)
@web.writing
def end(session: Session, id: UUID) -> dict[str, Any]:
    """Take a tier out of the ladder; who holds it keeps it until their own date."""
    return shown(tiers.end(session, id, actor=web.actor(), at=clock.now()))


@blueprint.get('/customers/<public("cu"):id>/standing')
@web.requires("customers:read")
@blueprint.response(200, StandingSchema)
@web.reading
def show_standing(session: Session, id: UUID) -> dict[str, Any]:
    """Show the tier of a customer, what is missing to the next, and how it came about."""
    customers.find(session, id)
    return standing_shown(session, id)


@blueprint.post('/customers/<public("cu"):id>/standing')
@web.requires("standing:write")
@blueprint.arguments(StandingRequest)
@blueprint.response(201, StandingSchema)
@web.repeatable
def assign(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Give a customer a tier by hand, or take it away (null), with a reason."""
    customers.check_served(customers.find(session, id))
    tiers.assign(
        session, id, sent["tier"], last_day=sent["until"], reason=sent["reason"],
        actor=web.actor(), at=clock.now(),
    )  # fmt: skip
    session.flush()
    return 201, standing_shown(session, id)
