"""How long things take at the tills, as the tills measure it: counts by duration, and no more.

A duration goes into the smallest bucket that holds it, so a quantile is read to a bucket and never
better than it was.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from core import clock
from core.db import table, upsert
from core.models import TIMED, Shop, Till, TillTiming

BUCKETS = (10, 20, 30, 50, 75, 100, 150, 200, 300, 500, 1000, 2000, 5000, 60_000)
"""The longest duration that each bucket holds, in milliseconds; what took longer is in the last."""

SHOWN_FOR = timedelta(days=30)

_OF = table(TillTiming)
_ADD = upsert(_OF)
_ADD = _ADD.on_conflict_do_update(
    index_elements=["till_id", "day", "kind", "bucket"],
    set_={"times": _OF.c.times + _ADD.excluded.times},
)
_SUM = (
    select(Shop.name, Till.label, _OF.c.kind, _OF.c.bucket, func.sum(_OF.c.times).label("times"))
    .join(Till, Till.id == _OF.c.till_id)
    .join(Shop, Shop.id == Till.shop_id)
    .where(_OF.c.day >= bindparam("since"))
    .group_by(Shop.name, Till.label, _OF.c.till_id, _OF.c.kind, _OF.c.bucket)
    .order_by(Shop.name, Till.label, _OF.c.till_id, _OF.c.kind, _OF.c.bucket)
)


@dataclass(frozen=True, slots=True)
class Spread:
    """How long one kind of thing took at one till, in milliseconds, at most."""

    shop: str
    till: str
    kind: str
    times: int
    median: int
    p95: int


def note(session: Session, till_id: UUID, items: Sequence[tuple[str, int]], *, day: date) -> None:
    """Count what a till has measured: the kind and the milliseconds of each."""
    counted = Counter((kind, bucket(ms)) for kind, ms in items)
    rows = [
        {"till_id": till_id, "day": day, "kind": kind, "bucket": most, "times": times}
        for (kind, most), times in sorted(counted.items())
    ]
    session.connection().execute(_ADD, rows)


def bucket(ms: int) -> int:
    """Return the bucket that holds a duration."""
    return next((most for most in BUCKETS if ms <= most), BUCKETS[-1])


def spreads(session: Session, *, zone: str, at: datetime) -> list[Spread]:
    """Return how long each kind of thing took at each till in the last 30 days."""
    since = clock.local_day(at - SHOWN_FOR, zone)
    found: dict[tuple[str, str, str], list[tuple[int, int]]] = {}
    for shop, till, kind, most, times in session.execute(_SUM, {"since": since}):
        found.setdefault((shop, till, kind), []).append((most, times))
    return [
        Spread(*name, sum(times for _, times in parts), quantile(parts, 50), quantile(parts, 95))
        for name, parts in sorted(
            found.items(), key=lambda one: (*one[0][:2], TIMED.index(one[0][2]))
        )
    ]


def quantile(parts: Sequence[tuple[int, int]], percent: int) -> int:
    """Return the bucket in which so many of a hundred are reached; parts are in rising order."""
    wanted = -(-sum(times for _, times in parts) * percent // 100)
    reached = 0
    for most, times in parts:
        reached += times
        if reached >= wanted:
            return most
    return parts[-1][0]
