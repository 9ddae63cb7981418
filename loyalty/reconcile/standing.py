"""Tiers and stamps: every standing against its last change, every book against its stamps."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from core import ids
from coupons.granting import PREFIX
from coupons.models import Coupon
from loyalty.models import Entry, Stamp, StampBook, StampCard, Standing, StandingChange


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off."""
    yield from _standings(session)
    yield from _books(session)
    yield from _rewards(session)


def _standings(session: Session) -> Iterator[str]:
    later = aliased(StandingChange)
    newer = and_(
        later.customer_id == StandingChange.customer_id,
        or_(
            later.at > StandingChange.at,
            and_(later.at == StandingChange.at, later.id > StandingChange.id),
        ),
    )
    rows = session.execute(
        select(Standing.customer_id)
        .outerjoin(
            StandingChange,
            and_(
                StandingChange.customer_id == Standing.customer_id,
                ~select(later.id).where(newer).exists(),
            ),
        )
        .where(
            or_(
                StandingChange.id.is_(None),
                StandingChange.to_tier_id.is_distinct_from(Standing.tier_id),
                StandingChange.until.is_distinct_from(Standing.until),
            )
        )
    )
    for (id,) in rows:
        yield f"standing {ids.public('cu', id)}: is not what its last change says"


def _books(session: Session) -> Iterator[str]:
    counted = (
        select(Stamp.stamp_book_id, func.sum(Stamp.stamps).label("stamps"))
        .group_by(Stamp.stamp_book_id)
        .subquery()
    )
    total = func.coalesce(counted.c.stamps, 0)
    rows = session.execute(
        select(StampBook.id, StampBook.stamps, total)
        .outerjoin(counted, counted.c.stamp_book_id == StampBook.id)
        .where(StampBook.stamps != total)
    )
    for id, held, found in rows:
        yield f"stamp book {id.hex}: holds {held}, but its stamps come to {found}"


def _rewards(session: Session) -> Iterator[str]:
    emptied = (
        select(Stamp.stamp_book_id, func.count().label("times"))
        .where(Stamp.stamps < 0)
        .group_by(Stamp.stamp_book_id)
        .subquery()
    )
    rows = session.execute(
        select(StampBook.id, StampCard.reward_offer_id, func.coalesce(emptied.c.times, 0))
        .join(StampCard, StampCard.id == StampBook.stamp_card_id)
        .outerjoin(emptied, emptied.c.stamp_book_id == StampBook.id)
        .where(StampBook.full_at.is_not(None))
    ).all()
    given = _given(session)
    for id, offer_id, times in rows:
        ref = f"stamps:{id.hex}:{times}" if times else f"stamps:{id.hex}"
        if ((PREFIX + ref) if offer_id else ref) not in given:
            yield f"stamp book {id.hex}: is full, but its reward was not given"


def _given(session: Session) -> set[Any]:
    """Return the names of all rewards that stand."""
    points = select(Entry.source).where(Entry.source.startswith("stamps:"), Entry.kind == "bonus")
    granted = select(Coupon.external_ref).where(
        Coupon.external_ref.startswith(f"{PREFIX}stamps:"), Coupon.state != "revoked"
    )
    return set(session.scalars(points)) | set(session.scalars(granted))
