"""The owner changes the rules of the points. What was reached or lost under the old ones stays so.

Nothing waits for a job here either: what is due by the old rules is booked before the new ones
hold, since nobody could tell afterwards.
"""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from core.auth import Actor
from loyalty import expiry, programme, sweeping, tiers
from loyalty.models import Programme

_IDLE = {"expiry", "expiry_months"}


def change(session: Session, changes: dict[str, Any], *, actor: Actor, at: datetime) -> Programme:
    """Change the rules for what is earned from now on; what was booked stays as it was.

    Raises:
        InvalidRequest: the rules would not fit together.
    """
    found = programme.find(session, lock=True)
    if "tiers" in changes:
        tiers.decide_due(session, at=at)
    if found.expiry == "inactivity" and _IDLE & changes.keys():
        _book_expired(session, at)
    return programme.change(session, changes, actor=actor, at=at)


def _book_expired(session: Session, at: datetime) -> None:
    """Let expire what has expired by inactivity, while it is known when.

    What was due has come in before, and may have expired since.
    """
    connection, after = session.connection(), None
    due = [sweeping.with_due(at), *sweeping.with_expired(connection, at)]
    while found := sweeping.customers(connection, due, after=after):
        for id in found:
            expiry.lock(connection, id, at=at)
        after = found[-1]
