"""Points in time: what is due becomes spendable, what has expired is gone, at the very instant.

Nothing here waits for a job. An account is brought up to date whenever it is locked, and read as
if it had been.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Connection, bindparam, cast, exists, func, or_, select, update

from core.auth import SYSTEM
from core.db import table
from loyalty import ledger
from loyalty.ends import IDLE
from loyalty.ledger import Held, Why, touch
from loyalty.models import Entry, Lot

__all__ = [
    "IS_COMING", "Balance", "Holding", "activate", "balance", "balances", "holding", "lapse_all",
    "lock", "schedule", "touch",
]  # fmt: skip

_ENTRY, _LOT = table(Entry), table(Lot)
_LATER = table(Entry).alias("later")

_REST = _ENTRY.c.points - (
    select(cast(func.coalesce(func.sum(_LATER.c.points), 0), BigInteger))
    .where(_LATER.c.reverses_id == _ENTRY.c.id)
    .scalar_subquery()
)
"""What is still to come of points that are not spendable yet: they may be reversed in parts."""

IS_COMING = (
    _ENTRY.c.to_side == "pending",
    ~exists().where(_LATER.c.activates_id == _ENTRY.c.id),
    _REST > 0,
)
"""What makes a line of the ledger one of points that are still to come."""

_COMING = (
    select(
        _ENTRY.c.id, _ENTRY.c.customer_id, _REST.label("points"), _ENTRY.c.due_at,
        _ENTRY.c.expires_at,
    )
    .where(*IS_COMING)
    .order_by(_ENTRY.c.due_at, _ENTRY.c.id)
)  # fmt: skip
_PENDING = _COMING.where(_ENTRY.c.customer_id == bindparam("customer"))
_PENDING_OF = _COMING.where(_ENTRY.c.customer_id.in_(bindparam("customers", expanding=True)))
_ENDS = select(_LOT.c.id, _LOT.c.expires_at, _LOT.c.remaining).where(
    _LOT.c.customer_id == bindparam("customer"),
    or_(
        _LOT.c.expires_at == IDLE,
        _LOT.c.expires_at.between(bindparam("since"), bindparam("until")),
    ),
)
_END = update(_LOT).where(_LOT.c.id == bindparam("lot")).values(expires_at=bindparam("ends"))


@dataclass(frozen=True, slots=True)
class Balance:
    """What a customer holds at an instant.

    Attributes:
        next_expiry: when the next points expire and how many, if any ever do.
    """

    available: int
    pending: int
    debt: int
    next_expiry: tuple[datetime, int] | None


@dataclass(frozen=True, slots=True)
class Holding:
    """Everything a customer holds at an instant, by when it goes and when it comes.

    Attributes:
        lots: what can be spent, with when it expires, soonest first; IDLE or later is never.
        coming: what cannot be spent yet, with when it can, soonest first.
    """

    lots: tuple[tuple[datetime, int], ...]
    coming: tuple[tuple[datetime, int], ...]
    debt: int

    @property
    def schedule(self) -> list[tuple[datetime, int]]:
        """Return when how many points expire, soonest first; those that never do are left out."""
        return [(when, points) for when, points in self.lots if when < IDLE]

    @property
    def balance(self) -> Balance:
        """Return it in short."""
        return Balance(
            available=sum(points for _, points in self.lots),
            pending=sum(points for _, points in self.coming),
            debt=self.debt,
            next_expiry=next(iter(self.schedule), None),
        )


def lock(connection: Connection, customer_id: UUID, *, at: datetime) -> Held:
    """Lock an account and bring it up to date: first what is due, then what has expired."""
    account = ledger.lock(connection, customer_id)
    activate(connection, account, at=at)
    if account.idle:
        _end_idle(connection, account, at)
    if account.available:
        _expire(connection, account, at)
    return account


def activate(connection: Connection, account: Held, *, at: datetime) -> None:
    """Make what is due on a locked account spendable."""
    if not account.pending:
        return
    for entry in connection.execute(_PENDING, {"customer": account.customer_id}).all():
        if entry.due_at > at:
            break
        if account.idle:
            _end_idle(connection, account, entry.due_at)
        ledger.credit(
            connection, account, "activate", entry.points, origin="pending",
            expires_at=entry.expires_at, why=Why(entry.due_at, str(SYSTEM)),
            activates_id=entry.id,
        )  # fmt: skip


def _expire(connection: Connection, account: Held, at: datetime) -> None:
    for lot, expires_at, remaining in ledger.lots(connection, account.customer_id):
        if expires_at > at:
            break
        _lapse(connection, account, lot, remaining, why=Why(expires_at, str(SYSTEM)))


def _lapse(connection: Connection, account: Held, lot: UUID, points: int, *, why: Why) -> None:
    entry = ledger.post(
        connection, account, "expire", points, sides=("available", "breakage"), why=why
    )
    ledger.draw(connection, account, entry, points, first=[lot])


def _end_idle(connection: Connection, account: Held, at: datetime) -> None:
    """Let the points of who was not active for too long expire; their lot gets its end at last.

    A lot of its own may have ended at that very instant. Then this one ends a moment earlier.
    """
    ends = account.ends(IDLE)
    if ends > at:
        return
    since = ends - timedelta(milliseconds=1)
    given = {"customer": account.customer_id, "since": since, "until": ends}
    found = connection.execute(_ENDS, given).all()
    taken = {row.expires_at for row in found}
    for row in found:
        if row.expires_at == IDLE:
            if row.remaining:
                why = Why(ends, str(SYSTEM))
                _lapse(connection, account, row.id, row.remaining, why=why)
            while ends in taken:
                ends -= timedelta(microseconds=1)
            connection.execute(_END, {"lot": row.id, "ends": ends})


def holding(connection: Connection, customer_id: UUID, *, at: datetime) -> Holding:
    """Return all a customer holds at an instant, as if the account had been brought up to date."""
    account = ledger.stored(connection, customer_id)
    lots = [(expires, left) for _, expires, left in ledger.lots(connection, customer_id)]
    coming = connection.execute(_PENDING, {"customer": customer_id}) if account.pending else ()
    return _at(account, lots, coming, at=at)


def _at(
    account: Held, lots: list[tuple[datetime, int]], pending: Iterable[Any], *, at: datetime
) -> Holding:
    """Return what is held at an instant, from what was last booked; the account is kept in step."""
    coming: Counter[datetime] = Counter()
    for entry in pending:
        if entry.due_at > at:
            coming[entry.due_at] += entry.points
        else:
            lots = _come_in(account, lots, entry)
    live: Counter[datetime] = Counter()
    for expires, left in lots:
        if left and (ends := account.ends(expires)) > at:
            live[ends] += left
    return Holding(tuple(sorted(live.items())), tuple(sorted(coming.items())), account.debt)


def _come_in(
    account: Held, lots: list[tuple[datetime, int]], entry: Any
) -> list[tuple[datetime, int]]:
    """Return the lots after points have come in when they were due; the account is kept in step.

    As ``activate`` books it: what expires by inactivity goes before, and begins anew.
    """
    if account.idle and account.ends(IDLE) <= entry.due_at:
        lots = [lot for lot in lots if lot[0] != IDLE]
    paid = min(account.debt, entry.points)
    account.debt -= paid
    rest = entry.points - paid
    is_first = not any(left for expires, left in lots if expires == IDLE)
    if account.idle and rest and entry.expires_at == IDLE and is_first:
        account.active_at = max(account.active_at or entry.due_at, entry.due_at)
    return [*lots, (entry.expires_at, rest)]


def balance(connection: Connection, customer_id: UUID, *, at: datetime) -> Balance:
    """Return what a customer holds at an instant, as if the account had been brought up to date."""
    return holding(connection, customer_id, at=at).balance


def schedule(
    connection: Connection, customer_id: UUID, *, at: datetime
) -> list[tuple[datetime, int]]:
    """Return when how many points of a customer expire, soonest first."""
    return holding(connection, customer_id, at=at).schedule


def lapse_all(connection: Connection, account: Held, *, why: Why) -> None:
    """Let go of what somebody who is forgotten holds or owes; the account must be up to date."""
    for entry in connection.execute(_PENDING, {"customer": account.customer_id}).all():
        ledger.post(
            connection, account, "reverse", entry.points,
            sides=("pending", "world"), why=why, reverses_id=entry.id,
        )  # fmt: skip
    if points := account.available:
        line = ledger.post(
            connection, account, "expire", points, sides=("available", "breakage"), why=why
        )
        ledger.draw(connection, account, line, points)
    if account.debt:
        ledger.post(connection, account, "adjust", account.debt, sides=("world", "debt"), why=why)


def balances(
    connection: Connection, customers: Sequence[UUID], *, at: datetime
) -> dict[UUID, Balance]:
    """Return what some customers hold at an instant, in as many statements as for one."""
    pending: dict[UUID, list[Any]] = {id: [] for id in customers}
    for entry in connection.execute(_PENDING_OF, {"customers": customers}):
        pending[entry.customer_id].append(entry)
    lots = ledger.lots_of(connection, customers)
    return {
        one.customer_id: _at(one, lots[one.customer_id], pending[one.customer_id], at=at).balance
        for one in ledger.stored_of(connection, customers)
    }
