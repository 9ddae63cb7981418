"""A customer who tried to use a coupon and was refused has answered as well."""

from collections.abc import Sequence
from datetime import datetime
from http import HTTPStatus

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import ids
from core.errors import ApprovalNeeded, Refusal
from coupons import codes
from coupons import responses as answers
from coupons.codes import Held
from coupons.errors import BetterTaken, CodeNotFound, NoBenefit
from coupons.responses import Try
from loyalty.cards import Shown
from loyalty.errors import CardProofNeeded, ReceiptUsed
from loyalty.order import Order

_UNDECIDED = ApprovalNeeded, CardProofNeeded, ReceiptUsed
"""What is no answer of a customer: the sale is not over, or it was settled before."""


def record(
    connection: Connection, order: Order, tries: Sequence[Try], *,
    card: Shown | None, attempt: str | None, at: datetime,
) -> None:  # fmt: skip
    """Record the answers of a customer who tried and was refused.

    A benefit of nothing is no refusal of the customer, nor is a better one: the coupon was kept
    for another time.
    """
    answers.refused(
        connection,
        [one for one in tries if not isinstance(one.refusal, NoBenefit | BetterTaken)],
        shop_id=order.shop_id,
        pseudonym=card.pseudonym if card else None,
        attempt=attempt,
        occurred_at=order.occurred_at or at,
        at=at,
    )


def is_answer(order: Order, refusal: Refusal) -> bool:
    """Tell whether a refusal is the end of a customer's try to use a coupon.

    A request that is wrong in itself is no answer of a customer, nor is a database that does not
    answer, nor a receipt that was settled before, nor is that somebody must approve the sale.
    """
    said_no = refusal.status in (HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND)
    return bool(order.codes) and said_no and not isinstance(refusal, _UNDECIDED)


def record_all(
    session: Session, order: Order, refusal: Refusal, *, attempt: str, at: datetime
) -> None:
    """Record every refused try of an order that was not settled, in a transaction of its own."""
    connection = session.connection()
    tried: tuple[Shown | None, Sequence[Try]] | None = getattr(refusal, "attempts", None)
    if tried:
        card, tries = tried
    else:
        found = codes.held(connection, [ids.normalise(code) for code in order.codes])
        known: list[Held | None] = [None] if isinstance(refusal, CodeNotFound) else [*found]
        card, tries = None, [Try(coupon, refusal) for coupon in known]
    record(connection, order, tries, card=card, attempt=attempt, at=at)
