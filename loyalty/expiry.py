"""Points in time: what is due becomes spendable, what has expired is gone, at the very instant.

Nothing here waits for a job. An account is brought up to date whenever it is locked, and read as
if it had been.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.db import Database, table
from loyalty import ledger
from loyalty.ledger import Held, Why
from loyalty.models import Account, Entry, Lot
from loyalty.programme import FAR

_ENTRY, _LOT, _ACCOUNT = table(Entry), table(Lot), table(Account)
SWEEP = 500
_LATER = table(Entry).alias("later")

_PENDING = (
    select(_ENTRY.c.id, _ENTRY.c.points, _ENTRY.c.due_at, _ENTRY.c.expires_at)
    .where(
        _ENTRY.c.customer_id == bindparam("customer"),
        _ENTRY.c.to_side == "pending",
        ~exists().where(
            or_(_LATER.c.activates_id == _ENTRY.c.id, _LATER.c.reverses_id == _ENTRY.c.id)
        ),
    )
    .order_by(_ENTRY.c.due_at, _ENTRY.c.id)
)


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


def lock(connection: Connection, customer_id: UUID, *, at: datetime) -> Held:
    """Lock an account and bring it up to date: first what is due, then what has expired."""
    account = ledger.lock(connection, customer_id)
    if account.pending:
        _activate(connection, account, at)
    if account.available:
        _expire(connection, account, at)
    return account


def _activate(connection: Connection, account: Held, at: datetime) -> None:
    for entry in connection.execute(_PENDING, {"customer": account.customer_id}).all():
        if entry.due_at > at:
            break
        ledger.credit(
            connection, account, "activate", entry.points, origin="pending",
            expires_at=entry.expires_at, why=Why(entry.due_at, str(SYSTEM)),
            activates_id=entry.id,
        )  # fmt: skip


def _expire(connection: Connection, account: Held, at: datetime) -> None:
    for lot, expires_at, remaining in ledger.lots(connection, account.customer_id):
        if expires_at > at:
            break
        why = Why(expires_at, str(SYSTEM))
        entry = ledger.post(
            connection, account, "expire", remaining, sides=("available", "breakage"), why=why
        )
        ledger.draw(connection, account, entry, remaining, first=[lot])


def balance(connection: Connection, customer_id: UUID, *, at: datetime) -> Balance:
    """Return what a customer holds at an instant, as if the account had been brought up to date."""
    account = ledger.stored(connection, customer_id)
    lots = [(expires, left) for _, expires, left in ledger.lots(connection, customer_id)]
    pending, debt = account.pending, account.debt
    if pending:
        for entry in connection.execute(_PENDING, {"customer": customer_id}):
            if entry.due_at > at:
                break
            pending -= entry.points
            paid = min(debt, entry.points)
            debt -= paid
            lots.append((entry.expires_at, entry.points - paid))
    live = sorted((expires, left) for expires, left in lots if expires > at and left)
    following = live[0][0] if live else None
    expiring = sum(left for expires, left in live if expires == following)
    has_end = following is not None and following < FAR
    return Balance(
        available=sum(left for _, left in live),
        pending=pending,
        debt=debt,
        next_expiry=(following, expiring) if following and has_end else None,
    )


def due_customers(connection: Connection, *, at: datetime, most: int) -> list[UUID]:
    """Return customers whose accounts a sweep would change, for the books to be read at rest."""
    lots = (
        select(_LOT.c.customer_id)
        .where(_LOT.c.remaining > 0, _LOT.c.expires_at <= at)
        .distinct()
        .limit(most)
    )
    pending = (
        select(_ENTRY.c.customer_id)
        .join(_ACCOUNT, _ACCOUNT.c.customer_id == _ENTRY.c.customer_id)
        .where(
            _ACCOUNT.c.pending > 0,
            _ENTRY.c.due_at <= at,
            ~exists().where(
                or_(_LATER.c.activates_id == _ENTRY.c.id, _LATER.c.reverses_id == _ENTRY.c.id)
            ),
        )
        .distinct()
        .limit(most)
    )
    found = set(connection.execute(lots).scalars()) | set(connection.execute(pending).scalars())
    return sorted(found)[:most]


def lapse_all(connection: Connection, account: Held, *, why: Why) -> None:
    """Let go of everything on an account whose holder is forgotten; it must be up to date."""
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


def sweep(database: Database, at: datetime) -> None:
    """Book what has become due or has expired, so that the books can be read at rest."""
    while found := database.look(
        lambda session: due_customers(session.connection(), at=at, most=SWEEP)
    ):
        for customer_id in found:

            def work(session: Session, id: UUID = customer_id) -> None:
                lock(session.connection(), id, at=at)

            database.transact(work)
