"""Do the books of the referrals balance? The counters, the ledger lines and the coupons."""

from collections.abc import Iterator

from sqlalchemy import exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from core import ids
from coupons.models import Coupon, Quota
from loyalty.models import Entry, Referral, ReferralReward
from loyalty.referrals.qualifying import MEASURE


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off."""
    yield from _counters(session)
    yield from _lines(session)
    yield from _coupons(session)
    yield from _states(session)


def _counters(session: Session) -> Iterator[str]:
    """A counter says how many friends of a referrer stand in a period."""
    nothing = literal(0)
    said = select(
        Quota.customer_id.label("customer"),
        Quota.period.label("period"),
        (Quota.used - Quota.voided).label("said"),
        nothing.label("found"),
    ).where(Quota.measure == MEASURE)
    there = select(Referral.referrer_id, Referral.period, nothing, literal(1)).where(
        Referral.state.in_(("qualified", "rewarded")), Referral.period.is_not(None)
    )
    both = union_all(said, there).subquery()
    sums = [func.sum(both.c.said), func.sum(both.c.found)]
    keys = [both.c.customer, both.c.period]
    for id, period, counted, found in session.execute(
        select(*keys, *sums).group_by(*keys).having(sums[0] != sums[1])
    ):
        name = ids.public("cu", id)
        yield f"referrals of {name} {period}: the counter says {counted}, but {found} stand"


def _lines(session: Session) -> Iterator[str]:
    """Points that are owed are booked; what was taken back is pending no more."""
    rows = session.execute(
        select(ReferralReward.id, ReferralReward.points, Entry.points)
        .join(Entry, Entry.id == ReferralReward.entry_id)
        .where(or_(Entry.points != ReferralReward.points, Entry.kind != "bonus"))
    )
    for id, owed, booked in rows:
        yield f"referral reward {id.hex}: {owed} points, but its ledger line has {booked}"
    later = Entry.__table__.alias("later")
    settled = exists().where(or_(later.c.activates_id == Entry.id, later.c.reverses_id == Entry.id))
    waiting = session.scalars(
        select(ReferralReward.id)
        .join(Entry, Entry.id == ReferralReward.entry_id)
        .where(ReferralReward.state == "taken_back", ~settled)
    )
    for id in waiting:
        yield f"referral reward {id.hex}: taken back, but its points are still pending"


def _coupons(session: Session) -> Iterator[str]:
    rows = session.scalars(
        select(ReferralReward.id)
        .outerjoin(
            Coupon,
            (Coupon.id == ReferralReward.coupon_id) & (Coupon.offer_id == ReferralReward.offer_id),
        )
        .where(
            ReferralReward.state == "given",
            ReferralReward.offer_id.is_not(None),
            Coupon.id.is_(None),
        )
    )
    for id in rows:
        yield f"referral reward {id.hex}: given, but there is no coupon"


def _states(session: Session) -> Iterator[str]:
    """What stands of a referral's rewards stands only while the referral does."""
    rows = session.execute(
        select(Referral.id, Referral.state, ReferralReward.side)
        .join(ReferralReward, ReferralReward.referral_id == Referral.id)
        .where(
            ReferralReward.state != "taken_back",
            ReferralReward.side != "milestone",
            Referral.state.not_in(("qualified", "rewarded")),
        )
    )
    for id, state, side in rows:
        yield f"referral {ids.public('rf', id)}: {state}, but the {side} still has a reward"
    rewarded = session.execute(
        select(Referral.id, ReferralReward.side)
        .join(ReferralReward, ReferralReward.referral_id == Referral.id)
        .where(
            Referral.state == "rewarded",
            ReferralReward.state == "pending",
            ReferralReward.offer_id.is_(None),  # a coupon is owed until it could be used
            ReferralReward.due_at <= Referral.rewarded_at,
        )
    )
    for id, side in rewarded:
        yield f"referral {ids.public('rf', id)}: rewarded, but the {side} was given nothing"
