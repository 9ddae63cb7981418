"""The rules that hold at every till, as the owner has set them, or as they are from the start."""

from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked, table, upsert
from core.models import TillRules
from core.money import Money

_OF = table(TillRules)


@dataclass(frozen=True, slots=True)
class Rules:
    """What holds at every till. Amounts are in minor units; None is no limit.

    Attributes:
        lock_minutes: so long after the last touch a till is locked.
        void_minutes: so long after a sale a cashier undoes it alone.
        approve_above: more than this taken off a sale, or paid with points, needs a second person.
        offline_hours: so long a till may go on without a line; 0 is not at all.
        offline_most: the largest basket without a line.
    """

    lock_minutes: int = 10
    void_minutes: int = 30
    approve_above: Money | None = None
    offline_hours: int = 24
    offline_most: Money | None = None


FIELDS = tuple(field.name for field in fields(Rules))
_FIND = select(*(_OF.c[name] for name in FIELDS))

LOCK_MINUTES = func.coalesce(select(_OF.c.lock_minutes).scalar_subquery(), Rules().lock_minutes)
"""After how many minutes a till is locked, for a statement that reads more than that."""


def find(connection: Connection) -> Rules:
    """Return the rules of the tills."""
    row = connection.execute(_FIND).one_or_none()
    return Rules(*row) if row else Rules()


def change(session: Session, changes: dict[str, Any], *, actor: Actor, at: datetime) -> Rules:
    """Change some of the rules; they hold from the next request of each till."""
    first = upsert(_OF).values(id=ids.new(), singleton=1, **asdict(Rules()))
    session.execute(first.on_conflict_do_nothing(index_elements=["singleton"]))
    held = session.scalars(locked(select(TillRules))).one()
    old = {name: getattr(held, name) for name in changes}
    new = {name: value for name, value in changes.items() if value != old[name]}
    if new:
        for name, value in new.items():
            setattr(held, name, value)
        session.flush()
        before = {name: old[name] for name in new}
        audit.record(session, actor, "till_rules.changed", "till-rules", old=before, new=new, at=at)
    return Rules(*(getattr(held, name) for name in FIELDS))
