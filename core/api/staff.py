"""People at work, and API keys."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, keys, paging, rest, staff, web
from core.models import ApiKey, Staff
from core.schemas import (
    ItemsSchema,
    KeyRequest,
    KeySchema,
    PageQuery,
    StaffRequest,
    StaffSchema,
)

blueprint = rest.blueprint("staff", "People at work, and keys for programs")


@blueprint.get("/staff")
@web.requires("staff:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_staff(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List who works here."""
    rows, cursor = paging.page(session, select(Staff), by=Staff.created_at, id=Staff.id, **sent)
    return {"items": StaffSchema(many=True).dump(rows), "next_cursor": cursor}


@blueprint.post("/staff")
@web.requires("staff:write")
@blueprint.arguments(StaffRequest)
@blueprint.response(201, StaffSchema)
@web.writing
def add(session: Session, sent: dict[str, Any]) -> Staff:
    """Take somebody on; with a PIN, to sign on at a till."""
    actor, at = web.actor(), clock.now()
    person = {name: sent[name] for name in ("name", "email", "role")}
    made = staff.add(session, **person, shop_id=web.shop_of(sent["shop"]), actor=actor, at=at)
    if sent["pin"]:
        staff.set_pin(session, made, sent["pin"], actor=actor, at=at)
    return made


@blueprint.get("/keys")
@web.requires("keys:write")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_keys(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the API keys, without their secrets."""
    rows, cursor = paging.page(session, select(ApiKey), by=ApiKey.created_at, id=ApiKey.id, **sent)
    return {"items": KeySchema(many=True).dump(rows), "next_cursor": cursor}


@blueprint.post("/keys")
@web.requires("keys:write")
@blueprint.arguments(KeyRequest)
@blueprint.response(201, KeySchema)
@web.writing
def add_key(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """Make an API key; its secret is in this answer and nowhere else."""
    key, secret = keys.add(
        session,
        sent["name"],
        scopes=sent["scopes"],
        shop_id=web.shop_of(sent["shop"]),
        expires_at=sent["expires_at"],
        actor=web.actor(),
        at=clock.now(),
    )
    return {
        "id": key.id,
        "name": key.name,
        "scopes": key.scopes,
        "shop_id": key.shop_id,
        "expires_at": key.expires_at,
        "revoked_at": None,
        "key": secret,
    }


@blueprint.delete('/keys/<public("ke"):id>')
@web.requires("keys:write")
@blueprint.response(204)
@web.writing
def revoke_key(session: Session, id: UUID) -> None:
    """Shut a key out for ever."""
    keys.revoke(session, id, actor=web.actor(), at=clock.now())
