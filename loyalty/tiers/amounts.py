"""What counts towards a tier: the points a customer has earned, or the money they have paid.

Points count when they are earned, pending or not: those of purchases and their coupons, not those
of referrals, full stamp cards or adjustments. What was given back of a purchase counts no more,
whatever becomes of the points themselves.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select

from core.db import table
from coupons.models import Purchase, Refund
from loyalty.ends import FAR
from loyalty.models import Entry
from loyalty.tiers.ladder import Span

_PURCHASE, _REFUND, _ENTRY = table(Purchase), table(Refund), table(Entry)

_COUNTS = and_(
    _PURCHASE.c.customer_id.in_(bindparam("who", expanding=True)),
    _PURCHASE.c.occurred_at >= bindparam("start"),
    _PURCHASE.c.occurred_at < bindparam("end"),
    _PURCHASE.c.recorded_at < bindparam("known"),
    or_(_PURCHASE.c.voided_at.is_(None), _PURCHASE.c.voided_at >= bindparam("known")),
)
_EARNED = and_(
    _ENTRY.c.purchase_id == _PURCHASE.c.id,
    _ENTRY.c.kind.in_(("earn", "bonus")),
    _ENTRY.c.source.is_(None),
)
_TOUCHED = func.max(case((_PURCHASE.c.refunded > 0, 1), else_=0))
_SUMS = {
    "points": select(func.coalesce(func.sum(_ENTRY.c.points), 0), _TOUCHED)
    .select_from(_PURCHASE)
    .join(_ENTRY, _EARNED)
    .where(_COUNTS),
    "money": select(func.coalesce(func.sum(_PURCHASE.c.to_pay), 0), _TOUCHED).where(_COUNTS),
}
_WORTH = (_PURCHASE.c.basket_total - _PURCHASE.c.discount).label("worth")
_OF = (_PURCHASE.c.id, _PURCHASE.c.to_pay, _WORTH)
_BACK = select(*_OF, _PURCHASE.c.refunded.label("back")).where(_COUNTS, _PURCHASE.c.refunded > 0)
_BACK_THEN = (
    select(*_OF, func.sum(_REFUND.c.worth).label("back"))
    .join(_REFUND, _REFUND.c.purchase_id == _PURCHASE.c.id)
    .where(_COUNTS, _REFUND.c.at < bindparam("known"))
    .group_by(*_OF)
)
_POINTS_OF = (
    select(_PURCHASE.c.id, func.sum(_ENTRY.c.points))
    .join(_ENTRY, _EARNED)
    .where(_PURCHASE.c.id.in_(bindparam("purchases", expanding=True)))
    .group_by(_PURCHASE.c.id)
)


def counted(
    connection: Connection, who: list[UUID], by: str, *, span: Span, known: datetime
) -> int:
    """Return what counts of a period, as it was known at some moment.

    All that is known is what FAR tells: a refund that is being written is counted already.
    ``who`` are a customer and those who were merged into them.
    """
    asked = {"who": who, "start": span.start, "end": span.end, "known": known}
    total, touched = connection.execute(_SUMS[by], asked).one()
    if not touched:
        return int(total)
    rows = connection.execute(_BACK if known == FAR else _BACK_THEN, asked).all()
    if by == "money":
        return int(total) - sum(_share(row, row.to_pay) for row in rows)
    found = connection.execute(_POINTS_OF, {"purchases": [row.id for row in rows]}).all()
    points = {id: int(sum_) for id, sum_ in found}
    return int(total) - sum(_share(row, points.get(row.id, 0)) for row in rows)


def _share(row: Any, of: int) -> int:
    """Return what of something went with the part of a purchase that was given back."""
    return of * int(row.back) // int(row.worth)
