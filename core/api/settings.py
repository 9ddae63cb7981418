"""The merchant, and the audit log."""

from typing import Any

from flask import Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, paging, rest, shops, web
from core.models import AuditEntry, Merchant
from core.schemas import AuditSchema, ItemsSchema, MerchantSchema, PageQuery

blueprint = rest.blueprint("settings", "The merchant, and who changed what")


@blueprint.get("/merchant")
@web.requires("shops:read")
@blueprint.response(200, MerchantSchema)
@web.reading
def show(session: Session) -> Response:
    """Show the merchant; the ETag serves for If-Match."""
    return web.tagged(shown(shops.merchant(session)))


@blueprint.put("/merchant")
@web.requires("shops:write")
@blueprint.arguments(MerchantSchema)
@blueprint.response(200, MerchantSchema)
@web.writing
def change(session: Session, sent: dict[str, Any]) -> Response:
    """Change the merchant's name, zone or language."""
    web.check_match(shown(shops.merchant(session)))
    changed = shops.change_merchant(session, **sent, actor=web.actor(), at=clock.now())
    return web.tagged(shown(changed))


def shown(merchant: Merchant) -> dict[str, Any]:
    """Return the merchant as JSON."""
    return dict(MerchantSchema().dump(merchant))


@blueprint.get("/audit")
@web.requires("audit:read")
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ItemsSchema)
@web.reading
def audit(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List who changed what, newest first."""
    rows, cursor = paging.page(
        session, select(AuditEntry), by=AuditEntry.at, id=AuditEntry.id, **sent
    )
    return {"items": AuditSchema(many=True).dump(rows), "next_cursor": cursor}
