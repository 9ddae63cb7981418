"""One customer who buys at many tills at once, and the same where nobody waits for the books."""

from collections.abc import Iterator
from threading import local
from typing import Any
from uuid import UUID

from sqlalchemy import Connection

from core.db import Database
from loyalty.order import Order
from loyalty.stamps import books
from tests.factories import NOON
from tests.races import acts, careless

_GUARDED = books._open  # noqa: SLF001  # to be called apart
_seen = local()
"""What this thread saw when it looked."""


def buy(database: Database, order: Order) -> None:
    careless.all_have_looked()
    acts.settle(database, order)


def buy_carelessly(database: Database, order: Order, customer_id: UUID) -> None:
    """The same, but the books are looked up before, in another transaction, and once only."""
    books._open = _open_as_seen  # noqa: SLF001  # only for whoever has looked
    if getattr(_seen, "whose", None) != customer_id:
        _seen.open = database.look(lambda s: [*_GUARDED(s.connection(), customer_id, at=NOON)])
        _seen.whose = customer_id
    careless.all_have_looked()
    acts.settle(database, order)


def _open_as_seen(connection: Connection, customer_id: UUID, **given: Any) -> Iterator[Any]:
    if getattr(_seen, "whose", None) == customer_id:
        yield from _seen.open
    else:
        yield from _GUARDED(connection, customer_id, **given)
