"""Uses of coupons, and what is taken of the limits."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from core import ids
from coupons.models import Coupon, Quota, QuotaUse, Redemption

FRIENDS = "referrals"
"""What is counted by referrals, and looked after there."""

KEY = ("subject_id", "customer_id", "period", "measure")


def findings(session: Session) -> Iterator[str]:
    """Yield a line for every coupon and every limit that is counted wrong."""
    yield from _coupons(session)
    yield from _quotas(session)


def _live() -> Any:
    return func.sum(case((Redemption.state == "redeemed", 1), else_=0))


def _coupons(session: Session) -> Iterator[str]:
    counted = (
        select(
            Redemption.coupon_id, func.count(Redemption.ordinal).label("uses"),
            _live().label("live"),
        )
        .group_by(Redemption.coupon_id)
        .subquery()
    )  # fmt: skip
    uses, live = func.coalesce(counted.c.uses, 0), func.coalesce(counted.c.live, 0)
    rows = session.execute(
        select(Coupon.id, Coupon.used, Coupon.voided, uses, live)
        .outerjoin(counted, counted.c.coupon_id == Coupon.id)
        .where(or_(Coupon.used != uses, Coupon.used - Coupon.voided != live))
    )
    for id, used, voided, found, standing in rows:
        name = ids.public("co", id)
        yield (
            f"coupon {name}: used {used} - voided {voided}, "
            f"but {standing} of {found} redemptions stand"
        )


def _quotas(session: Session) -> Iterator[str]:
    """What is taken of a limit is what the redemptions took of it, less what they gave back."""
    nothing = literal(0)
    said = select(
        *(getattr(Quota, name) for name in KEY),
        (Quota.used - Quota.voided).label("said"),
        nothing.label("found"),
    ).where(Quota.measure != FRIENDS)
    found = select(
        *(getattr(QuotaUse, name) for name in KEY), nothing, QuotaUse.amount - QuotaUse.given_back
    )
    both = union_all(said, found).subquery()
    sums = [func.sum(both.c.said), func.sum(both.c.found)]
    keys = [both.c[name] for name in KEY]
    rows = session.execute(select(*keys, *sums).group_by(*keys).having(sums[0] != sums[1]))
    for subject, customer, period, measure, taken, noted in rows:
        name = " ".join(part for part in (subject.hex, customer.hex, period, measure) if part)
        yield f"quota {name}: says {taken}, but redemptions took {noted}"
