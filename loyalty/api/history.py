"""What was settled lately at the till that asks."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import rest, web
from core.errors import TillNeeded
from loyalty import history
from loyalty.schemas.history import HistorySchema, LinesSchema

blueprint = rest.blueprint("history", "What a till has settled lately")


@blueprint.get("/till/purchases")
@web.requires("purchases:own-till")
@blueprint.response(200, HistorySchema)
@web.reading
def show_all(session: Session) -> dict[str, Any]:
    """Show the last 50 purchases of the till that asks, newest first."""
    actor, found = web.actor(), history.of_till(session, _till())
    return {"items": [history.listed(one, actor) for one in found]}


@blueprint.get('/till/purchases/<public("pu"):id>')
@web.requires("purchases:own-till")
@blueprint.response(200, LinesSchema)
@web.reading
def show(session: Session, id: UUID) -> dict[str, Any]:
    """Show a purchase of the till that asks, with what of each line can still be given back."""
    return history.one(session, _till(), id, actor=web.actor())


def _till() -> UUID:
    """Return the till that asks.

    Raises:
        TillNeeded: none does.
    """
    till_id = web.actor().till_id
    if till_id is None:
        raise TillNeeded
    return till_id
