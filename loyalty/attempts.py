"""A customer who tried to use a coupon and was refused has answered as well."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import ids
from core.errors import Refusal
from coupons import codes
from coupons import responses as answers
from coupons.codes import Held
from coupons.errors import BetterTaken, CodeNotFound, NoBenefit
from coupons.tracing import Trace
from loyalty.cards import Shown
from loyalty.errors import ReceiptUsed
from loyalty.order import Order


def record(
    connection: Connection, order: Order, coupon: Held | None, refusal: Refusal, *,
    card: Shown | None, attempt: str | None, why: Trace | None = None, at: datetime,
) -> None:  # fmt: skip
    """Record the answer of a customer who tried and was refused.

    A benefit of nothing is no refusal of the customer, nor is a better one: the coupon was kept
    for another time.
    """
    if isinstance(refusal, NoBenefit | BetterTaken):
        return
    answers.refused(
        connection,
        coupon,
        refusal,
        shop_id=order.shop_id,
        pseudonym=card.pseudonym if card else None,
        attempt=attempt,
        why=why,
        occurred_at=order.occurred_at or at,
        at=at,
    )


def is_answer(order: Order, refusal: Refusal) -> bool:
    """Tell whether a refusal is the end of a customer's try to use a coupon.

    A request that is wrong in itself is no answer of a customer, nor is a database that does not
    answer, nor a receipt that was settled before.
    """
    said_no = refusal.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)
    return bool(order.codes) and said_no and not isinstance(refusal, ReceiptUsed)


def record_all(
    session: Session, order: Order, refusal: Refusal, *, attempt: str, at: datetime
) -> None:
    """Record every refused try of an order that was not settled, in a transaction of its own."""
    connection = session.connection()
    tried: Sequence[Any] = getattr(refusal, "attempts", ())
    if not tried:
        found = codes.held(connection, [ids.normalise(code) for code in order.codes])
        known: list[Held | None] = [None] if isinstance(refusal, CodeNotFound) else [*found]
        tried = [(coupon, refusal, None, None) for coupon in known]
    for coupon, reason, card, why in tried:
        record(connection, order, coupon, reason, card=card, attempt=attempt, why=why, at=at)
