"""What people moved: rewards and their claims, adjustments by two, customers who are one."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import ColumnElement, String, and_, case, cast, func, literal, or_, select
from sqlalchemy.orm import Session, aliased

from core import ids
from core.models import Customer
from coupons.models import Coupon
from loyalty.models import Account, Adjustment, Claim, Entry, Reward


def findings(session: Session) -> Iterator[str]:
    """Yield a line for every reward, claim, adjustment and merge that is not what it says."""
    yield from _rewards(session)
    yield from _claims(session)
    yield from _cancelled(session)
    yield from _adjustments(session)
    yield from _merged(session)


def _source(prefix: str, id: Any) -> ColumnElement[str]:
    """Return under which source the ledger knows a row."""
    return literal(prefix) + func.replace(cast(id, String), "-", "")


def _rewards(session: Session) -> Iterator[str]:
    gone = func.sum(case((Claim.state == "cancelled", 1), else_=0))
    counted = (
        select(Claim.reward_id, func.count().label("claims"), gone.label("gone"))
        .group_by(Claim.reward_id)
        .subquery()
    )
    claims, back = func.coalesce(counted.c.claims, 0), func.coalesce(counted.c.gone, 0)
    rows = session.execute(
        select(Reward.id, Reward.claimed, Reward.cancelled, claims, back)
        .outerjoin(counted, counted.c.reward_id == Reward.id)
        .where(or_(Reward.claimed != claims, Reward.cancelled != back))
    )
    for id, claimed, cancelled, found, found_back in rows:
        name = ids.public("rw", id)
        yield (
            f"reward {name}: claimed {claimed}, cancelled {cancelled}, "
            f"but there are {found} claims, {found_back} of them cancelled"
        )


def _claims(session: Session) -> Iterator[str]:
    """Whoever claimed a reward has paid for it."""
    paid = and_(
        Entry.customer_id == Claim.customer_id,
        Entry.source == _source("claim:", Claim.id),
        Entry.kind == "spend",
    )
    total = func.coalesce(func.sum(Entry.points), 0)
    rows = session.execute(
        select(Claim.id, Claim.points, total)
        .outerjoin(Entry, paid)
        .group_by(Claim.id, Claim.points)
        .having(total != Claim.points)
    )
    for id, points, found in rows:
        yield f"claim {ids.public('cl', id)}: costs {points} points, but {found} were spent"


def _cancelled(session: Session) -> Iterator[str]:
    """What was cancelled has given its points back, and its coupon is worth nothing."""
    back = aliased(Entry)
    total = func.coalesce(func.sum(back.points), 0)
    wanted = case((Claim.state == "cancelled", Claim.points), else_=0)
    spent = and_(
        Entry.customer_id == Claim.customer_id,
        Entry.source == _source("claim:", Claim.id),
        Entry.kind == "spend",
    )
    rows = session.execute(
        select(Claim.id, Claim.state, total)
        .join(Entry, spent)
        .outerjoin(back, back.reverses_id == Entry.id)
        .group_by(Claim.id, Claim.state, Claim.points)
        .having(total != wanted)
    )
    for id, state, found in rows:
        yield f"claim {ids.public('cl', id)}: is {state}, but {found} points came back"
    usable = session.scalars(
        select(Claim.id)
        .join(Coupon, Coupon.id == Claim.coupon_id)
        .where(Claim.state == "cancelled", Coupon.state != "revoked")
    )
    for id in usable:
        yield f"claim {ids.public('cl', id)}: is cancelled, but its coupon can be used"


def _adjustments(session: Session) -> Iterator[str]:
    """What two people agreed on is booked, and nothing else is."""
    signed = case((Entry.from_side == "world", Entry.points), else_=-Entry.points)
    total = func.coalesce(func.sum(signed), 0)
    wanted = case((Adjustment.state == "approved", Adjustment.points), else_=0)
    rows = session.execute(
        select(Adjustment.id, Adjustment.state, Adjustment.points, total)
        .outerjoin(Entry, Entry.source == _source("adjustment:", Adjustment.id))
        .group_by(Adjustment.id, Adjustment.state, Adjustment.points)
        .having(total != wanted)
    )
    for id, state, points, found in rows:
        name = ids.public("ad", id)
        yield f"adjustment {name}: is {state} with {points} points, but {found} were booked"


def _merged(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Customer.id)
        .join(Account, Account.customer_id == Customer.id)
        .where(Customer.merged_into_id.is_distinct_from(Account.merged_into_id))
    )
    for (id,) in rows:
        yield f"customer {ids.public('cu', id)}: is merged otherwise than the account"
