"""Book what has become due or has expired, so that the books can be read at rest.

No rule waits for it: whoever reads an account in the meantime is told the same. It goes on where
it stopped, since it looks for what is not booked yet; each account is a transaction of its own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, or_, select
from sqlalchemy.orm import Session

from core.db import Database, table
from loyalty import expiry, ledger, programme
from loyalty.ends import IDLE
from loyalty.models import Account, Entry, Lot

_ENTRY, _LOT, _ACCOUNT = table(Entry), table(Lot), table(Account)
BATCH = 500

Act = Callable[[Connection, UUID], Any]


def sweep(database: Database, at: datetime) -> None:
    """Make spendable what is due and let expire what has expired."""

    def due(connection: Connection) -> list[Select[Any]]:
        return [with_due(at), *with_expired(connection, at)]

    each(database, due, lambda connection, id: expiry.lock(connection, id, at=at))


def activate(database: Database, at: datetime) -> None:
    """Make spendable what is due, and leave what has expired for later in the night."""

    def work(connection: Connection, id: UUID) -> None:
        expiry.activate(connection, ledger.lock(connection, id), at=at)

    each(database, lambda _: [with_due(at)], work)


def each(database: Database, due: Callable[[Connection], list[Select[Any]]], act: Act) -> None:
    """Do something for every customer that some queries find, one transaction each."""
    after: UUID | None = None

    def look(session: Session) -> list[UUID]:
        return customers(session.connection(), due(session.connection()), after=after)

    while found := database.look(look):
        for id in found:

            def work(session: Session, id: UUID = id) -> None:
                act(session.connection(), id)

            database.transact(work)
        after = found[-1]


def customers(
    connection: Connection,
    queries: Iterable[Select[Any]],
    *,
    most: int = BATCH,
    after: UUID | None = None,
) -> list[UUID]:
    """Return the next customers that any of some queries find, in the order of their ids."""
    found: set[UUID] = set()
    for rows in queries:
        id = rows.selected_columns[0]
        some = rows.where(id > after) if after else rows
        found |= set(connection.execute(some.distinct().order_by(id).limit(most)).scalars())
    return sorted(found)[:most]


def with_due(at: datetime) -> Select[Any]:
    """Return the query of customers with points that are due."""
    return (
        select(_ENTRY.c.customer_id)
        .join(_ACCOUNT, _ACCOUNT.c.customer_id == _ENTRY.c.customer_id)
        .where(_ACCOUNT.c.pending > 0, _ENTRY.c.due_at <= at, *expiry.IS_COMING)
    )


def with_expired(
    connection: Connection, at: datetime, *, since: datetime | None = None
) -> list[Select[Any]]:
    """Return the queries of customers with points that expire by a moment; ``since``: after one."""
    held = (
        select(_LOT.c.customer_id)
        .join(_ACCOUNT, _ACCOUNT.c.customer_id == _LOT.c.customer_id)
        .where(_LOT.c.remaining > 0)
    )
    dated = held.where(_LOT.c.expires_at <= at)
    found = [dated.where(_LOT.c.expires_at > since) if since else dated]
    idle = programme.rules(connection).idle
    if idle and idle.ends(None) <= at:
        before = idle.active_before(at)
        was_active = or_(_ACCOUNT.c.active_at.is_(None), _ACCOUNT.c.active_at < before)
        found.append(held.where(_LOT.c.expires_at == IDLE, was_active))
    return found
