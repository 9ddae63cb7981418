"""How long things take at the tills."""

from typing import Any

from flask import Response
from sqlalchemy.orm import Session

from core import clock, rest, timings, web
from core.errors import NotAllowed
from core.schemas import SpreadsSchema, TimingsRequest

blueprint = rest.blueprint("timings", "How long things take at the tills")


@blueprint.get("/till-timings")
@web.requires("shops:read")
@blueprint.response(200, SpreadsSchema)
@web.reading
def show(session: Session) -> dict[str, Any]:
    """Show how long things took at each till in the last 30 days, to a bucket."""
    return {"items": timings.spreads(session, zone=web.merchant().zone, at=clock.now())}


@blueprint.post("/till-timings")
@web.requires("till:open")
@blueprint.arguments(TimingsRequest)
@blueprint.response(204)
@web.writing
def note(session: Session, sent: dict[str, Any]) -> Response:
    """Count what a till has measured; only a till measures."""
    till_id = web.actor().till_id
    if till_id is None:
        raise NotAllowed(permission="till:open")
    items = [(one["kind"], one["ms"]) for one in sent["items"]]
    day = clock.local_day(clock.now(), web.merchant().zone)
    timings.note(session, till_id, items, day=day)
    return Response(status=204)
