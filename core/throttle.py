"""Slow down guessing: count the wrong tries of a subject, and make it wait."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, case, delete, select
from sqlalchemy.orm import Session

from core import ids
from core.db import Database, table, upsert
from core.errors import TooManyAttempts
from core.models import Throttle


@dataclass(frozen=True, slots=True)
class Limit:
    """So many wrong tries within so much time."""

    failures: int
    within: timedelta


SIGN_IN = Limit(8, timedelta(minutes=15))
SIGN_IN_ACCOUNT = Limit(100, timedelta(minutes=15))
SIGN_IN_ADDRESS = Limit(40, timedelta(minutes=15))
PIN = Limit(5, timedelta(minutes=10))
PIN_TILL = Limit(20, timedelta(minutes=10))
ENROL = Limit(10, timedelta(minutes=15))
CODE = Limit(30, timedelta(minutes=10))
CODE_MERCHANT = Limit(3000, timedelta(minutes=10))

_OF = table(Throttle)
_TRIES = select(_OF.c.subject, _OF.c.failures, _OF.c.since).where(
    _OF.c.subject.in_(bindparam("subjects", expanding=True))
)


def subject(kind: str, *parts: object) -> str:
    """Return the name under which tries are counted: a kind and a digest, no personal data."""
    text = "\x1f".join(str(part).casefold() for part in parts)
    return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"


def check(session: Session, subjects: dict[str, Limit], *, at: datetime) -> None:
    """Let through whoever has tries left.

    Raises:
        TooManyAttempts: one of the subjects has used them up; its facts say how long to wait.
    """
    if not subjects:
        return
    rows = session.connection().execute(_TRIES, {"subjects": list(subjects)})
    for name, failures, since in rows:
        limit = subjects[name]
        left = since + limit.within - at
        if failures >= limit.failures and left > timedelta():
            raise TooManyAttempts(retry_after=int(left.total_seconds()) + 1)


def fail(session: Session, subjects: dict[str, Limit], *, at: datetime) -> None:
    """Count one wrong try for each subject, in a fixed order so that no two can lock crosswise."""
    for name in sorted(subjects):
        old = _OF.c.since <= at - subjects[name].within
        statement = upsert(_OF).values(id=ids.new(), subject=name, failures=1, since=at)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["subject"],
                set_={
                    "failures": case((old, 1), else_=_OF.c.failures + 1),
                    "since": case((old, statement.excluded.since), else_=_OF.c.since),
                },
            )
        )


def forget(database: Database, at: datetime) -> None:
    """Forget wrong tries that no limit looks back at."""
    old = delete(Throttle).where(Throttle.since < at - timedelta(days=1))
    database.transact(lambda session: session.execute(old))


def clear(session: Session, subjects: dict[str, Limit]) -> None:
    """Forget the wrong tries of subjects that have proven themselves."""
    session.execute(delete(Throttle).where(Throttle.subject.in_(subjects)))
