"""The ledger of points: every movement is one line, and nothing is ever taken back but by another.

All of it happens under the lock of the customer's account. Points are whole, times are UTC.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from core import ids
from core.db import table, upsert
from core.models import Merchant
from loyalty.ends import IDLE, Idle
from loyalty.errors import PointsShort
from loyalty.models import Account, Entry, Lot, LotMove, Programme

_ACCOUNT, _ENTRY, _LOT, _MOVE = table(Account), table(Entry), table(Lot), table(LotMove)
_PROGRAMME, _MERCHANT = table(Programme), table(Merchant)

_OPEN = insert(_ACCOUNT)
_COLUMNS = select(
    _ACCOUNT.c.customer_id,
    _ACCOUNT.c.available,
    _ACCOUNT.c.pending,
    _ACCOUNT.c.debt,
    _ACCOUNT.c.merged_into_id,
    _ACCOUNT.c.active_at,
    _PROGRAMME.c.expiry_months,
    _PROGRAMME.c.idle_since,
    _MERCHANT.c.zone,
)
_ALL = (
    _COLUMNS.select_from(_ACCOUNT)
    .outerjoin(_PROGRAMME, _PROGRAMME.c.expiry == "inactivity")
    .outerjoin(_MERCHANT, _MERCHANT.c.singleton == _PROGRAMME.c.singleton)
)
_FIND = _ALL.where(_ACCOUNT.c.customer_id == bindparam("customer"))
_FIND_SOME = _ALL.where(_ACCOUNT.c.customer_id.in_(bindparam("customers", expanding=True)))
_LOCK = _FIND.with_for_update(key_share=True, of=_ACCOUNT)
_KEEP = (
    update(_ACCOUNT)
    .where(_ACCOUNT.c.customer_id == bindparam("customer"))
    .values(
        available=_ACCOUNT.c.available + bindparam("d_available"),
        pending=_ACCOUNT.c.pending + bindparam("d_pending"),
        debt=_ACCOUNT.c.debt + bindparam("d_debt"),
    )
)
_TOUCH = (
    update(_ACCOUNT)
    .where(_ACCOUNT.c.customer_id == bindparam("customer"))
    .values(active_at=bindparam("moment"))
)
_POST = insert(_ENTRY)
_NEW_LOT = upsert(_LOT).values(
    {name: bindparam(name) for name in ("id", "customer_id", "expires_at", "granted", "remaining")}
)
_FILL = _NEW_LOT.on_conflict_do_update(
    index_elements=["customer_id", "expires_at"],
    set_={
        "granted": _LOT.c.granted + _NEW_LOT.excluded.granted,
        "remaining": _LOT.c.remaining + _NEW_LOT.excluded.remaining,
    },
).returning(_LOT.c.id, _LOT.c.remaining)
_LOTS = (
    select(_LOT.c.id, _LOT.c.expires_at, _LOT.c.remaining)
    .where(_LOT.c.customer_id == bindparam("customer"), _LOT.c.remaining > 0)
    .order_by(_LOT.c.expires_at)
)
_LOTS_OF = (
    select(_LOT.c.customer_id, _LOT.c.expires_at, _LOT.c.remaining)
    .where(_LOT.c.customer_id.in_(bindparam("customers", expanding=True)), _LOT.c.remaining > 0)
    .order_by(_LOT.c.expires_at)
)
_DRAW = (
    update(_LOT)
    .where(_LOT.c.id == bindparam("lot"))
    .values(remaining=_LOT.c.remaining - bindparam("taken"))
)
_MOVED = insert(_MOVE)
_NOTHING = dict.fromkeys(
    ("due_at", "expires_at", "purchase_id", "activates_id", "reverses_id", "reason", "source")
)


@dataclass(slots=True)
class Held:
    """A customer's account, locked and brought up to date; kept in step with what is posted."""

    customer_id: UUID
    available: int
    pending: int
    debt: int
    active_at: datetime | None = None
    idle: Idle | None = None

    def ends(self, expires_at: datetime) -> datetime:
        """Return when points expire that are in a lot: by inactivity, as things stand."""
        if self.idle and expires_at == IDLE:
            return self.idle.ends(self.active_at)
        return expires_at


@dataclass(frozen=True, slots=True)
class Why:
    """What every line of a booking says besides its points."""

    at: datetime
    actor: str
    purchase_id: UUID | None = None
    reason: str | None = None
    source: str | None = None


def open_account(connection: Connection, customer_id: UUID) -> None:
    """Open the account of a new customer."""
    connection.execute(_OPEN, {"customer_id": customer_id, "available": 0, "pending": 0, "debt": 0})


def lock(connection: Connection, customer_id: UUID) -> Held:
    """Lock an account, as it was last booked; see ``expiry.lock`` for one that is up to date.

    Of a customer who was merged into another one, it is the account of that other one.
    """
    row = connection.execute(_LOCK, {"customer": customer_id}).one()
    if row.merged_into_id:
        return lock(connection, row.merged_into_id)
    return _held(row)


def stored(connection: Connection, customer_id: UUID) -> Held:
    """Return an account as it was last booked, without a lock."""
    row = connection.execute(_FIND, {"customer": customer_id}).one()
    return _held(row)


def stored_of(connection: Connection, customers: Sequence[UUID]) -> list[Held]:
    """Return the accounts of some customers as they were last booked, without a lock."""
    return [_held(row) for row in connection.execute(_FIND_SOME, {"customers": customers})]


def _held(row: Any) -> Held:
    months = row.expiry_months
    idle = Idle(months, row.idle_since, row.zone) if months else None
    return Held(row.customer_id, row.available, row.pending, row.debt, row.active_at, idle)


def touch(connection: Connection, account: Held, at: datetime) -> None:
    """Remember when a customer was active last, where points expire by inactivity."""
    if account.idle and (account.active_at is None or account.active_at < at):
        connection.execute(_TOUCH, {"customer": account.customer_id, "moment": at})
        account.active_at = at


def post(
    connection: Connection, account: Held, kind: str, points: int, *,
    sides: tuple[str, str], why: Why, **more: Any,
) -> UUID:  # fmt: skip
    """Write one line of the ledger and keep the account in step; return the line's id.

    ``sides`` is from where to where. Lots are the caller's business.
    """
    from_side, to_side = sides
    entry_id = ids.new()
    values = _NOTHING | {
        "id": entry_id, "customer_id": account.customer_id, "kind": kind, "points": points,
        "from_side": from_side, "to_side": to_side, "at": why.at, "actor": why.actor,
        "purchase_id": why.purchase_id, "reason": why.reason, "source": why.source,
    } | more  # fmt: skip
    connection.execute(_POST, values)
    deltas = {"available": 0, "pending": 0, "debt": 0}
    for side, sign in ((from_side, -1), (to_side, +1)):
        if side in deltas:
            deltas[side] += -sign * points if side == "debt" else sign * points
    account.available += deltas["available"]
    account.pending += deltas["pending"]
    account.debt += deltas["debt"]
    connection.execute(
        _KEEP, {"customer": account.customer_id} | {f"d_{k}": v for k, v in deltas.items()}
    )
    return entry_id


def credit(
    connection: Connection, account: Held, kind: str, points: int, *,
    origin: str, expires_at: datetime, why: Why, **more: Any,
) -> None:  # fmt: skip
    """Make points spendable: first what is owed is paid, the rest goes into a lot."""
    owed = min(account.debt, points)
    if owed:
        post(connection, account, kind, owed, sides=(origin, "debt"), why=why, **more)
    if rest := points - owed:
        entry = post(
            connection, account, kind, rest, sides=(origin, "available"), why=why,
            expires_at=expires_at, **more,
        )  # fmt: skip
        filled = fill(connection, account, entry, rest, expires_at=expires_at)
        if filled == rest and expires_at == IDLE:
            touch(connection, account, why.at)


def fill(
    connection: Connection, account: Held, entry: UUID, points: int, *, expires_at: datetime
) -> int:
    """Put the points of an entry into the lot that expires then; return what is in it now."""
    lot, remaining = connection.execute(
        _FILL,
        {
            "id": ids.new(), "customer_id": account.customer_id, "expires_at": expires_at,
            "granted": points, "remaining": points,
        },
    ).one()  # fmt: skip
    connection.execute(_MOVED, {"entry_id": entry, "lot_id": lot, "points": points})
    return int(remaining)


def lots(connection: Connection, customer_id: UUID) -> list[tuple[UUID, datetime, int]]:
    """Return the lots that hold anything, soonest-expiring first: id, expiry, remaining."""
    return [tuple(row) for row in connection.execute(_LOTS, {"customer": customer_id})]


def lots_of(
    connection: Connection, customers: Sequence[UUID]
) -> dict[UUID, list[tuple[datetime, int]]]:
    """Return the lots of some customers that hold anything, soonest-expiring first."""
    found: dict[UUID, list[tuple[datetime, int]]] = {id: [] for id in customers}
    for owner, expires_at, remaining in connection.execute(_LOTS_OF, {"customers": customers}):
        found[owner].append((expires_at, remaining))
    return found


def draw(
    connection: Connection,
    account: Held,
    entry: UUID,
    points: int,
    *,
    first: list[UUID] | None = None,
) -> None:
    """Take the points of an entry out of the lots: those named first, then soonest-expiring."""
    wanted = first or []
    found = lots(connection, account.customer_id)
    found.sort(key=lambda lot: (lot[0] not in wanted, account.ends(lot[1])))
    draws, moves, left = [], [], points
    for lot, _, remaining in found:
        part = min(left, remaining)
        if part:
            draws.append({"lot": lot, "taken": part})
            moves.append({"entry_id": entry, "lot_id": lot, "points": -part})
            left -= part
    if left:
        raise RuntimeError("an account says more than its lots hold")
    connection.execute(_DRAW, draws)
    connection.execute(_MOVED, moves)


def earn(
    connection: Connection, account: Held, points: int, *,
    due_at: datetime | None, expires_at: datetime, why: Why, kind: str = "earn",
) -> None:  # fmt: skip
    """Book points earned: pending until they are due, or spendable at once."""
    if due_at is not None and due_at > why.at:
        post(
            connection, account, kind, points, sides=("world", "pending"), why=why,
            due_at=due_at, expires_at=expires_at,
        )  # fmt: skip
    else:
        credit(connection, account, kind, points, origin="world", expires_at=expires_at, why=why)


def spend(connection: Connection, account: Held, points: int, *, why: Why) -> None:
    """Book points spent, from the lots that expire soonest.

    Raises:
        PointsShort: the account, brought up to date, has not so many.
    """
    if points > account.available:
        raise PointsShort(available=account.available, wanted=points)
    entry = post(connection, account, "spend", points, sides=("available", "redeemed"), why=why)
    draw(connection, account, entry, points)
