"""The books of two customers who are one."""

from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, update

from core.db import table
from loyalty.models import StampBook

_BOOK = table(StampBook)
_NUMBERS = (
    select(_BOOK.c.stamp_card_id, func.max(_BOOK.c.number))
    .where(_BOOK.c.customer_id == bindparam("whose"))
    .group_by(_BOOK.c.stamp_card_id)
)
_HAND_OVER = (
    update(_BOOK)
    .where(_BOOK.c.customer_id == bindparam("gone"), _BOOK.c.stamp_card_id == bindparam("card"))
    .values(customer_id=bindparam("kept"), number=_BOOK.c.number + bindparam("last"))
)


def merge(connection: Connection, gone: UUID, kept: UUID) -> None:
    """Hand the books of one customer over to another, after their own; both must be locked."""
    numbers = {card: int(last) for card, last in connection.execute(_NUMBERS, {"whose": kept})}
    for card, _ in connection.execute(_NUMBERS, {"whose": gone}).all():
        last = numbers.get(card, 0)
        connection.execute(_HAND_OVER, {"gone": gone, "kept": kept, "card": card, "last": last})
