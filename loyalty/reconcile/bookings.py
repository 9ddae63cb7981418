"""Purchases against the ledger, against what is kept of how they came about, and the audit log."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, or_, select
from sqlalchemy.orm import Session, aliased

from core import ids
from core.models import AuditEntry
from coupons.errors import AmountDiffers
from coupons.models import Conflict, Purchase, Redemption, Refund
from loyalty.errors import PointsNeedCard, PointsShort
from loyalty.models import Entry

UNPAID = (AmountDiffers.code, PointsNeedCard.code, PointsShort.code)
"""Conflicts of points that were told to have paid and were not there."""


def findings(session: Session) -> Iterator[str]:
    """Yield a line for every purchase that booked other points than it should have."""
    yield from _earned(session)
    yield from _spent(session)
    yield from _voids(session)
    yield from _undone(session)
    yield from _refunds(session)


def _why(name: str) -> Any:
    return Purchase.why["points", name]


def _of_purchase(*kinds: str) -> Any:
    """Return what purchases themselves have booked: what full stamp cards gave has a source."""
    points = [
        func.sum(case((Entry.kind == kind, Entry.points), else_=0)).label(kind) for kind in kinds
    ]
    return (
        select(Entry.purchase_id, *points)
        .where(Entry.purchase_id.is_not(None), Entry.source.is_(None), Entry.kind.in_(kinds))
        .group_by(Entry.purchase_id)
        .subquery()
    )


def _earned(session: Session) -> Iterator[str]:
    """What was paid in money has earned what is kept of it, and coupons gave their bonus."""
    booked = _of_purchase("earn", "bonus")
    gave = (
        select(Redemption.purchase_id, func.sum(Redemption.points).label("points"))
        .where(Redemption.points > 0)
        .group_by(Redemption.purchase_id)
        .subquery()
    )
    earn, bonus = func.coalesce(booked.c.earn, 0), func.coalesce(booked.c.bonus, 0)
    coupons = func.coalesce(gave.c.points, 0)
    paid, points = _why("paid").as_integer(), _why("points").as_integer()
    some = _why("excluded").as_string().is_not(None)
    rows = session.execute(
        select(Purchase.id, Purchase.to_pay, paid, points, coupons, earn, bonus)
        .outerjoin(booked, booked.c.purchase_id == Purchase.id)
        .outerjoin(gave, gave.c.purchase_id == Purchase.id)
        .where(
            points.is_not(None),
            or_(
                earn != points,
                bonus != coupons,
                paid > Purchase.to_pay,
                and_(~some, paid != Purchase.to_pay),
            ),
        )
    )
    for id, to_pay, kept, due, given, earned, extra in rows:
        yield (
            f"{_named(id)}: {kept} of {to_pay} to pay earn {due} points and its coupons {given}, "
            f"but {earned} and {extra} were booked"
        )


def _spent(session: Session) -> Iterator[str]:
    """Points have paid where some were spent, but for those that were not there."""
    booked = _of_purchase("spend")
    spent = func.coalesce(booked.c.spend, 0)
    told = Conflict.purchase_id == Purchase.id, Conflict.code.in_(UNPAID)
    rows = session.execute(
        select(Purchase.id, Purchase.paid_with_points, spent)
        .outerjoin(booked, booked.c.purchase_id == Purchase.id)
        .where(
            or_(Purchase.paid_with_points > 0, spent > 0),
            or_(Purchase.paid_with_points == 0, spent == 0),
            or_(spent > 0, ~select(Conflict.id).where(*told).exists()),
        )
    )
    for id, paid, points in rows:
        yield f"{_named(id)}: {paid} paid with points, but {points} points were spent"


def _voids(session: Session) -> Iterator[str]:
    """A purchase is undone if the audit log says so."""
    undone = select(Purchase.id).where(Purchase.voided_at.is_not(None))
    noted = select(AuditEntry.subject).where(AuditEntry.action == "purchase.voided")
    here = {ids.public("pu", id) for id in session.scalars(undone)}
    there = set(session.scalars(noted))
    for name in sorted(here - there):
        yield f"purchase {name}: undone, but the audit log does not say so"
    for name in sorted(there - here):
        yield f"purchase {name}: stands, but the audit log says that it was undone"


def _reversed(*where: Any) -> Any:
    """Return what was reversed of the points of purchases, by purchase and part."""
    line = aliased(Entry)
    back = case((Entry.from_side == "redeemed", Entry.points), else_=0)
    return (
        select(
            Entry.purchase_id,
            Entry.part,
            func.sum(back).label("back"),
            func.sum(Entry.points - back).label("claimed"),
        )
        .join(line, line.id == Entry.reverses_id)
        .where(Entry.kind == "reverse", Entry.purchase_id.is_not(None), *where)
        .where(or_(line.purchase_id == Entry.purchase_id, Entry.part > 0))
        .where(or_(line.source.is_(None), Entry.part > 0))
        .group_by(Entry.purchase_id, Entry.part)
        .subquery()
    )


def _undone(session: Session) -> Iterator[str]:
    """What stands has its points, and what was undone has given back all that were spent."""
    whole = _reversed(Entry.part == 0)
    standing = (
        select(Purchase.id)
        .join(whole, whole.c.purchase_id == Purchase.id)
        .where(Purchase.voided_at.is_(None))
    )
    for id in session.scalars(standing):
        yield f"{_named(id)}: stands, but its points were reversed"
    booked, parts = _of_purchase("spend"), _reversed()
    back = func.coalesce(func.sum(parts.c.back), 0)
    rows = session.execute(
        select(Purchase.id, booked.c.spend, back)
        .join(booked, booked.c.purchase_id == Purchase.id)
        .outerjoin(parts, parts.c.purchase_id == Purchase.id)
        .where(Purchase.voided_at.is_not(None))
        .group_by(Purchase.id, booked.c.spend)
        .having(back != booked.c.spend)
    )
    for id, spent, found in rows:
        yield f"{_named(id)}: undone, but of {spent} points spent {found} came back"


def _refunds(session: Session) -> Iterator[str]:
    """A refund says what was reversed with it."""
    parts = _reversed(Entry.part > 0)
    back, claimed = func.coalesce(parts.c.back, 0), func.coalesce(parts.c.claimed, 0)
    one = and_(parts.c.purchase_id == Refund.purchase_id, parts.c.part == Refund.number)
    rows = session.execute(
        select(
            Refund.purchase_id, Refund.number, Refund.points_back, Refund.points_claimed,
            back, claimed,
        )
        .outerjoin(parts, one)
        .where(or_(Refund.points_back != back, Refund.points_claimed != claimed))
    )  # fmt: skip
    for id, number, *figures in rows:
        said, found = figures[:2], figures[2:]
        yield (
            f"{_named(id)}: refund {number} says {said[0]} points back and {said[1]} claimed, "
            f"the ledger {found[0]} and {found[1]}"
        )


def _named(id: UUID) -> str:
    return f"purchase {ids.public('pu', id)}"
