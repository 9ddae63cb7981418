"""Stamp cards, and what customers have collected."""

from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from core import clock, customers, rest, web
from core.schemas import ItemsSchema
from loyalty import stamps
from loyalty.models import StampCard
from loyalty.schemas.standing import StampCardChange, StampCardRequest, StampCardSchema

blueprint = rest.blueprint("stamps", "Stamps for visits and pieces, and what a full card is worth")


def shown(card: StampCard) -> dict[str, Any]:
    """Return a stamp card."""
    found: dict[str, Any] = StampCardSchema().dump(card)
    return found | {"reward": stamps.reward(card)}


def shelf_shown(session: Session, customer_id: UUID) -> list[dict[str, Any]]:
    """Return what a customer has collected on every card."""
    return [
        one | {"expires_at": one["expires_at"].isoformat() if one["expires_at"] else None}
        for one in stamps.shelf(session.connection(), customer_id, at=clock.now())
    ]


@blueprint.get("/stamp-cards")
@web.requires("programme:read")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_cards(session: Session) -> dict[str, Any]:
    """List the stamp cards, newest first; those that have ended come last."""
    return {"items": [shown(one) for one in stamps.listed(session)], "next_cursor": None}


@blueprint.post("/stamp-cards")
@web.requires("stamps:write")
@blueprint.arguments(StampCardRequest)
@blueprint.response(201, StampCardSchema)
@web.repeatable
def add(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Begin a stamp card; its kind and its reward never change."""
    reward = sent.pop("reward")
    given = sent | {"reward_points": reward["points"], "reward_offer_id": reward["offer"]}
    given["products"] = given.pop("on")
    return 201, shown(stamps.add(session, **given, actor=web.actor(), at=clock.now()))


@blueprint.get('/stamp-cards/<public("sc"):id>')
@web.requires("programme:read")
@blueprint.response(200, StampCardSchema)
@web.reading
def show(session: Session, id: UUID) -> Response:
    """Show a stamp card; the ETag serves for If-Match."""
    return web.tagged(shown(stamps.find(session, id)))


@blueprint.patch('/stamp-cards/<public("sc"):id>')
@web.requires("stamps:write")
@blueprint.arguments(StampCardChange)
@blueprint.response(200, StampCardSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Response:
    """Change what a stamp card asks for; what was begun keeps its number and its end."""
    web.check_match(shown(stamps.find(session, id, lock=True)))
    if "on" in sent:
        sent["products"] = sent.pop("on")
    changed = stamps.change(session, id, sent, actor=web.actor(), at=clock.now())
    return web.tagged(shown(changed))


@blueprint.post('/stamp-cards/<public("sc"):id>/end')
@web.requires("stamps:write")
@blueprint.response(200, StampCardSchema)
@web.writing
def end(session: Session, id: UUID) -> dict[str, Any]:
    """End a stamp card: it gives no stamps any more; rewards that were given stay."""
    return shown(stamps.end(session, id, actor=web.actor(), at=clock.now()))


@blueprint.get('/customers/<public("cu"):id>/stamps')
@web.requires("customers:read")
@blueprint.response(200, ItemsSchema)
@web.reading
def show_shelf(session: Session, id: UUID) -> dict[str, Any]:
    """Show what a customer has collected on every card that gives stamps."""
    customers.find(session, id)
    return {"items": shelf_shown(session, id), "next_cursor": None}
