"""A phone that faces the customer: it shows what its till has told last, and nothing of a person.

Whoever has the address sees it, so the address holds a random token, of which only the digest is
kept. One phone for each till; another one takes its place. What was told is shown while the session
that told it lasts, however that comes to its end.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core import audit, ids, staff
from core.auth import Actor, hashed, new_token
from core.errors import NotFound
from core.models import Display, Till

FRESH = timedelta(minutes=10)
"""A till that has told nothing for so long shows nothing any more: it may have been left alone."""


@dataclass(frozen=True, slots=True)
class Facing:
    """Where a display stands, and what it shows at a moment; nothing where nothing is told."""

    till: Till
    shown: dict[str, Any]


def pair(session: Session, till_id: UUID, *, actor: Actor, at: datetime) -> str:
    """Let a phone face the customers of a till, in place of the one before; return its token."""
    token, token_hash = new_token()
    session.execute(delete(Display).where(Display.till_id == till_id))
    session.add(Display(till_id=till_id, token_hash=token_hash, shown={}, at=at))
    audit.record(session, actor, "display.paired", ids.public("ti", till_id), at=at)
    return token


def unpair(session: Session, till_id: UUID, *, actor: Actor, at: datetime) -> None:
    """Let no phone face the customers of a till any more."""
    gone = session.execute(
        delete(Display).where(Display.till_id == till_id).returning(Display.id)
    ).all()
    if gone:
        audit.record(session, actor, "display.unpaired", ids.public("ti", till_id), at=at)


def tell(
    session: Session, till_id: UUID, shown: dict[str, Any], *, token: str, at: datetime
) -> None:
    """Tell the phone of a till what it shows while the session with a token lasts.

    Raises:
        NotFound: there is none.
    """
    kept = {"by": hashed(token), "facing": shown}
    told = update(Display).where(Display.till_id == till_id).values(shown=kept, at=at)
    if session.execute(told.returning(Display.id)).first() is None:
        raise NotFound(what="display")


def look(session: Session, token: str, *, at: datetime) -> Facing:
    """Return what the phone with a token shows.

    Raises:
        NotFound: it faces nobody's customers, or not any more.
    """
    found = session.execute(
        select(Display, Till)
        .join(Till, Till.id == Display.till_id)
        .where(Display.token_hash == hashed(token), Till.state == "active")
    ).one_or_none()
    if found is None:
        raise NotFound(what="display")
    display, till = found
    return Facing(till, _facing(session, display, till, at=at))


def _facing(session: Session, display: Display, till: Till, *, at: datetime) -> dict[str, Any]:
    """Return what was told, unless that is long ago or whoever told it has left the till."""
    by = display.shown.get("by")
    if by is None or at - display.at >= FRESH or not staff.behind(session, by, till=till, at=at):
        return {}
    facing: dict[str, Any] = display.shown["facing"]
    return facing
