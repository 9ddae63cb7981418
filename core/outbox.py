"""What is owed to the outside: written with the effect, delivered after it stands."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import ids
from core.db import Database, claimable, table
from core.models import Outbox

Deliver = Callable[[Database, dict[str, Any]], None]

HANDLERS: dict[str, list[Deliver]] = {}
"""Who delivers a topic; parts add their own."""

GIVE_UP_AFTER = 8
LEASE = timedelta(minutes=10)

_PUT = insert(table(Outbox))


def put(session: Session, topic: str, payload: dict[str, Any], *, at: datetime) -> None:
    """Owe something to the outside; it is worked by ``flask jobs run`` after the commit.

    A topic that nobody delivers is owed to nobody.
    """
    if topic not in HANDLERS:
        return
    session.connection().execute(
        _PUT,
        {
            "id": ids.new(), "topic": topic, "payload": payload, "at": at, "due_at": at,
            "attempts": 0,
        },
    )  # fmt: skip


def work(database: Database, *, at: datetime, most: int = 20) -> int:
    """Deliver what is due, each at least once, and return how many were tried."""

    def claim(session: Session) -> list[tuple[Any, str, dict[str, Any], int]]:
        rows = session.scalars(
            claimable(
                select(Outbox)
                .where(Outbox.done_at.is_(None), Outbox.due_at <= at)
                .order_by(Outbox.due_at)
                .limit(most)
            )
        ).all()
        for row in rows:
            row.attempts += 1
            row.due_at = at + LEASE
        return [(row.id, row.topic, row.payload, row.attempts) for row in rows]

    claimed = database.transact(claim)
    for id, topic, payload, attempts in claimed:
        problem = _deliver(database, topic, payload)
        _settle(database, id, problem, attempts, at=at)
    return len(claimed)


def _deliver(database: Database, topic: str, payload: dict[str, Any]) -> str | None:
    for handler in HANDLERS.get(topic, []):
        try:
            handler(database, payload)
        except Exception as problem:  # whatever it was, it is tried again
            return type(problem).__name__
    return None


def _settle(
    database: Database, id: Any, problem: str | None, attempts: int, *, at: datetime
) -> None:
    def settle(session: Session) -> None:
        row = session.get_one(Outbox, id)
        row.problem = problem
        if problem is None or attempts >= GIVE_UP_AFTER:
            row.done_at = at
        else:
            row.due_at = at + timedelta(seconds=30 * 4 ** (attempts - 1))

    database.transact(settle)
