"""Whose cards work, and whose do not any more, as far as it matters without a line."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from core.models import Customer
from coupons.models import Coupon
from loyalty.models import Card

_CARD, _CUSTOMER, _COUPON = table(Card), table(Customer), table(Coupon)
_NUMBERS = (
    select(_CARD.c.customer_id, _CARD.c.number)
    .join(_CUSTOMER, _CUSTOMER.c.id == _CARD.c.customer_id)
    .where(
        _CARD.c.customer_id.in_(bindparam("customers", expanding=True)),
        _CARD.c.state == "active",
        _CUSTOMER.c.state == "active",
    )
)

_DEAD = select(_CARD.c.number).where(
    _CARD.c.state.in_(("blocked", "replaced")),
    _CARD.c.customer_id.in_(
        select(_COUPON.c.customer_id).where(
            _COUPON.c.offer_id.in_(bindparam("offers", expanding=True)),
            _COUPON.c.customer_id.is_not(None),
        )
    ),
)


def numbers(connection: Connection, customers: Sequence[UUID]) -> dict[UUID, str]:
    """Return the numbers of the cards that work, by the customer who holds each."""
    rows = connection.execute(_NUMBERS, {"customers": list(customers)})
    return {row.customer_id: row.number for row in rows}


def dead(connection: Connection, offers: Sequence[UUID]) -> list[str]:
    """Return the numbers of cards that were blocked or replaced, of who holds coupons of offers."""
    return list(connection.execute(_DEAD, {"offers": list(offers)}).scalars())
