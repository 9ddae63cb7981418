"""Purchases as rows: written once, found again, and marked when they are undone."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from core.db import table, upsert
from core.errors import NotFound
from coupons.models import Purchase, PurchaseLine
from coupons.quoting import Decision
from loyalty.errors import PurchaseVoided, ReceiptUsed, RefundTooMuch
from loyalty.portions import Portion

_OF, _LINE = table(Purchase), table(PurchaseLine)

_WRITE = upsert(_OF).on_conflict_do_nothing().returning(_OF.c.id)
_WRITE_LINES = insert(_LINE)
_LOCK = select(_OF).where(_OF.c.id == bindparam("purchase")).with_for_update()
_SETTLED = select(
    _OF.c.id, _OF.c.till_id, _OF.c.customer_id, _OF.c.basket_total, _OF.c.discount, _OF.c.why
).where(
    _OF.c.shop_id == bindparam("shop"),
    _OF.c.receipt == bindparam("receipt"),
    _OF.c.voided_at.is_(None),
)
_VOID = (
    update(_OF)
    .where(_OF.c.id == bindparam("purchase"), _OF.c.voided_at.is_(None))
    .values(
        voided_at=bindparam("voided_on"),
        voided_by=bindparam("by"),
        void_reason=bindparam("because"),
    )
    .returning(_OF.c.id)
)
_LEFT = _OF.c.basket_total - _OF.c.discount - _OF.c.refunded
_REFUND = (
    update(_OF)
    .where(
        _OF.c.id == bindparam("purchase"), _OF.c.voided_at.is_(None), bindparam("worth") <= _LEFT
    )
    .values(refunded=_OF.c.refunded + bindparam("worth"))
    .returning(_OF.c.refunded)
)
_PRINT = (
    update(_OF)
    .where(_OF.c.id == bindparam("purchase"), _OF.c.till_id == bindparam("till"))
    .values(slips=_OF.c.slips + 1)
    .returning(_OF.c.slips)
)
_REFUND_LINE = (
    update(_LINE)
    .where(
        _LINE.c.purchase_id == bindparam("purchase"),
        _LINE.c.position == bindparam("line"),
        _LINE.c.refunded + bindparam("worth") <= _LINE.c.amount - _LINE.c.discount,
    )
    .values(refunded=_LINE.c.refunded + bindparam("worth"))
    .returning(_LINE.c.position)
)


def write(connection: Connection, decision: Decision, **values: Any) -> None:
    """Write a purchase with its lines.

    Raises:
        ReceiptUsed: the shop has settled a purchase with this receipt that still stands.
    """
    if connection.execute(_WRITE, values).scalar() is None:
        raise ReceiptUsed(receipt=values["receipt"])
    basket = decision.basket
    if basket and basket.lines:
        off = decision.line_discounts()
        connection.execute(
            _WRITE_LINES,
            [
                {
                    "purchase_id": values["id"], "position": i, "sku": line.sku,
                    "category": line.category, "quantity": line.quantity, "amount": line.amount,
                    "discount": off[i], "tax_rate": line.tax_rate, "refunded": 0,
                    "tags": list(line.tags) or None,
                }
                for i, line in enumerate(basket.lines)
            ],
        )  # fmt: skip


def count_slip(connection: Connection, purchase_id: UUID, till_id: UUID | None) -> int:
    """Count that a slip of a purchase of a till is printed; return how often that was, with this.

    Raises:
        NotFound: the till has none like that.
    """
    wanted = {"purchase": purchase_id, "till": till_id}
    printed = connection.execute(_PRINT, wanted).scalar()
    if printed is None:
        raise NotFound(what="purchase")
    return int(printed)


def check_receipt(connection: Connection, shop_id: UUID, receipt: str | None) -> None:
    """Let a receipt through that was not settled yet; the schema guards it a second time.

    Raises:
        ReceiptUsed: the shop has settled a purchase with this receipt that still stands.
    """
    if standing(connection, shop_id, receipt):
        raise ReceiptUsed(receipt=receipt)


def standing(connection: Connection, shop_id: UUID, receipt: str | None) -> Any:
    """Return the purchase that a shop has settled with a receipt and that still stands, if any."""
    if receipt is None:
        return None
    return connection.execute(_SETTLED, {"shop": shop_id, "receipt": receipt}).first()


def lock(connection: Connection, purchase_id: UUID) -> Any:
    """Lock a purchase in order to undo it, and return its row.

    Raises:
        NotFound: there is none.
        PurchaseVoided: it was undone already.
    """
    row = connection.execute(_LOCK, {"purchase": purchase_id}).one_or_none()
    if row is None:
        raise NotFound(what="purchase")
    if row.voided_at is not None:
        raise PurchaseVoided(voided_at=row.voided_at)
    return row


def mark_void(
    connection: Connection, purchase_id: UUID, *, by: str, reason: str, at: datetime
) -> None:
    """Mark a purchase as undone.

    Raises:
        PurchaseVoided: it was undone already.
    """
    values = {"purchase": purchase_id, "voided_on": at, "by": by, "because": reason}
    if connection.execute(_VOID, values).first() is None:
        raise PurchaseVoided(voided_at=at)


def count_refund(
    connection: Connection, purchase_id: UUID, worth: int, portions: Sequence[Portion]
) -> int:
    """Count up what was given back of a purchase and of its lines; return all of it, with this.

    Raises:
        RefundTooMuch: so much is not left.
    """
    done = connection.execute(_REFUND, {"purchase": purchase_id, "worth": worth}).scalar()
    if done is None:
        raise RefundTooMuch(left=0)
    for one in portions:
        values = {"purchase": purchase_id, "line": one.line, "worth": one.worth}
        if connection.execute(_REFUND_LINE, values).first() is None:
            raise RefundTooMuch(left=0)
    return int(done)
