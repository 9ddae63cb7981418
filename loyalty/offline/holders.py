"""Whose cards work, and whose do not any more, as far as it matters without a line."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from core.models import Customer
from loyalty.models import Card

_CARD, _CUSTOMER = table(Card), table(Customer)
_NUMBERS = (
    select(_CARD.c.customer_id, _CARD.c.number)
    .join(_CUSTOMER, _CUSTOMER.c.id == _CARD.c.customer_id)
    .where(
        _CARD.c.customer_id.in_(bindparam("customers", expanding=True)),
        _CARD.c.state == "active",
        _CUSTOMER.c.state == "active",
    )
)


def numbers(connection: Connection, customers: Sequence[UUID]) -> dict[UUID, str]:
    """Return the numbers of the cards that work, by the customer who holds each."""
    rows = connection.execute(_NUMBERS, {"customers": list(customers)})
    return {row.customer_id: row.number for row in rows}
