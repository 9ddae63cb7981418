"""What the lines of the ledger come to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select

from core.db import table
from loyalty.models import Entry

_ENTRY = table(Entry)
_BACK = table(Entry).alias("back")
_EARNED = select(
    func.coalesce(
        func.sum(
            _ENTRY.c.points
            - select(func.coalesce(func.sum(_BACK.c.points), 0))
            .where(_BACK.c.reverses_id == _ENTRY.c.id)
            .scalar_subquery()
        ),
        0,
    )
).where(
    _ENTRY.c.customer_id == bindparam("customer"),
    _ENTRY.c.kind == "earn",
    _ENTRY.c.at >= bindparam("since"),
    _ENTRY.c.at < bindparam("until"),
)


def earned_between(
    connection: Connection, customer_id: UUID, since: datetime, until: datetime
) -> int:
    """Return the points earned by purchases from one moment to before another, less reversals.

    A reversal counts for the moment of what it reverses. To be held to, it is read under the lock
    of the account.
    """
    given = {"customer": customer_id, "since": since, "until": until}
    return int(connection.execute(_EARNED, given).scalar_one())


def earned_and_spent(connection: Connection, purchase_id: UUID) -> dict[str, int]:
    """Return what a purchase earned, of it pending, and what it spent, without its reversals."""
    rows = connection.execute(
        select(_ENTRY.c.kind, _ENTRY.c.to_side, func.sum(_ENTRY.c.points))
        .where(_ENTRY.c.purchase_id == purchase_id, _ENTRY.c.kind.in_(("earn", "bonus", "spend")))
        .group_by(_ENTRY.c.kind, _ENTRY.c.to_side)
    )
    found = {"earned": 0, "pending": 0, "spent": 0}
    for kind, to_side, points in rows:
        found["spent" if kind == "spend" else "earned"] += int(points)
        if to_side == "pending":
            found["pending"] += int(points)
    return found
