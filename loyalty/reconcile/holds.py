"""Holds that have ended are gone, where somebody works the jobs."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import ids
from coupons.models import Hold

SWEPT_WITHIN = timedelta(minutes=5)


def findings(session: Session, at: datetime) -> Iterator[str]:
    """Yield a line for every hold that ended long before a moment and is still there."""
    rows = select(Hold.coupon_id, Hold.until).where(Hold.until < at - SWEPT_WITHIN)
    for coupon, until in session.execute(rows.order_by(Hold.until, Hold.id)):
        yield (
            f"hold on coupon {ids.public('co', coupon)}: ended at {until.isoformat()} and is still "
            "there; is nobody working the jobs?"
        )
