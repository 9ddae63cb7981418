"""Shops and tills."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, paging, rest, shops, web
from core.models import Shop, Till
from core.schemas import ItemsSchema, PageQuery, ShopRequest, ShopSchema, TillRequest, TillSchema

blueprint = rest.blueprint("shops", "Places of business and their tills")


@blueprint.get("/shops")
@web.requires("shops:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_shops(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List the shops."""
    rows, cursor = paging.page(session, select(Shop), by=Shop.created_at, id=Shop.id, **sent)
    return {"items": ShopSchema(many=True).dump(rows), "next_cursor": cursor}


@blueprint.post("/shops")
@web.requires("shops:write")
@blueprint.arguments(ShopRequest)
@blueprint.response(201, ShopSchema)
@web.writing
def add(session: Session, sent: dict[str, Any]) -> Shop:
    """Open a shop."""
    return shops.add(session, **sent, actor=web.actor(), at=clock.now())


@blueprint.put('/shops/<public("sh"):id>')
@web.requires("shops:write")
@blueprint.arguments(ShopRequest)
@blueprint.response(200, ShopSchema)
@web.writing
def change(session: Session, sent: dict[str, Any], id: UUID) -> Shop:
    """Rename a shop or correct its zone."""
    return shops.change(session, id, **sent, actor=web.actor(), at=clock.now())


@blueprint.get('/shops/<public("sh"):id>/tills')
@web.requires("shops:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def list_tills(session: Session, sent: dict[str, Any], id: UUID) -> dict[str, Any]:
    """List the tills of a shop."""
    rows = select(Till).where(Till.shop_id == shops.find(session, id).id)
    found, cursor = paging.page(session, rows, by=Till.created_at, id=Till.id, **sent)
    return {"items": TillSchema(many=True).dump(found), "next_cursor": cursor}


@blueprint.post('/shops/<public("sh"):id>/tills')
@web.requires("tills:write")
@blueprint.arguments(TillRequest)
@blueprint.response(201, TillSchema)
@web.writing
def add_till(session: Session, sent: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Set up a till; the answer has the code that enrols one device."""
    shop = shops.find(session, web.shop_of(id))
    till, code = shops.add_till(session, shop, sent["label"], actor=web.actor(), at=clock.now())
    return _with_code(till, code)


@blueprint.post('/tills/<public("ti"):id>/enrol')
@web.requires("tills:write")
@blueprint.response(200, TillSchema)
@web.writing
def enrol_again(session: Session, id: UUID) -> dict[str, Any]:
    """Give a till a new enrolment code; its present device is out at once."""
    return _with_code(*shops.enrol_again(session, id, actor=web.actor(), at=clock.now()))


@blueprint.post('/tills/<public("ti"):id>/<any(suspend, resume, retire):verb>')
@web.requires("tills:write")
@blueprint.response(200, TillSchema)
@web.writing
def move(session: Session, id: UUID, verb: str) -> Till:
    """Suspend, resume or retire a till."""
    return shops.move_till(session, id, verb, actor=web.actor(), at=clock.now())


def _with_code(till: Till, code: str) -> dict[str, Any]:
    return {
        "id": till.id,
        "shop_id": till.shop_id,
        "label": till.label,
        "state": till.state,
        "enrolment_code": code,
    }
