"""What counts towards a tier: the points a customer has earned, or the money they have paid.

Points count when they are earned, pending or not: those of purchases and their coupons, not those
of referrals, full stamp cards or adjustments. What was given back of a purchase counts no more,
whatever becomes of the points themselves.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, case, func, or_, select

from core.db import table
from coupons.models import Purchase, Refund
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
_BACK = (
    select(
        _PURCHASE.c.id,
        (_PURCHASE.c.basket_total - _PURCHASE.c.discount).label("worth"),
        func.sum(_REFUND.c.worth).label("back"),
        func.sum(_REFUND.c.money).label("money"),
    )
    .join(_REFUND, _REFUND.c.purchase_id == _PURCHASE.c.id)
    .where(_COUNTS, _REFUND.c.at < bindparam("known"))
    .group_by(_PURCHASE.c.id, _PURCHASE.c.basket_total, _PURCHASE.c.discount)
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

    ``who`` are a customer and those who were merged into them.
    """
    asked = {"who": who, "start": span.start, "end": span.end, "known": known}
    total, touched = connection.execute(_SUMS[by], asked).one()
    if not touched:
        return int(total)
    rows = connection.execute(_BACK, asked).all()
    if by == "money":
        return int(total) - sum(int(row.money) for row in rows)
    found = connection.execute(_POINTS_OF, {"purchases": [row.id for row in rows]}).all()
    points = {id: int(sum_) for id, sum_ in found}
    return int(total) - sum(points.get(row.id, 0) * int(row.back) // int(row.worth) for row in rows)
