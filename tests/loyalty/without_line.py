"""What a till has sold without a line, and told afterwards."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import ids
from core.auth import Actor, of_role
from core.models import Lease, Shop, Till
from coupons.models import Campaign, Conflict, Coupon, Offer, Purchase, Redemption
from loyalty import reconcile
from loyalty.offline import recording
from loyalty.offline.recording import Recorded
from loyalty.order import Happened, Order
from tests import factories
from tests.factories import NOON, make_basket, make_shop, make_staff, make_till

SOLD_AT = NOON - timedelta(hours=2)
"""When something is sold without a line, which is told at noon."""


@dataclass(frozen=True)
class Stand:
    """A till in its shop, the lease under which it goes on without a line, and who is there."""

    shop: Shop
    till: Till
    lease: Lease | None
    actor: Actor


def make_stand(session: Session, shop: Shop | None = None, *, hours: int = 24) -> Stand:
    """Return a till with a lease for some hours that began ten hours before noon."""
    place = shop or make_shop(session)
    till, _ = make_till(session, place)
    issued_at = NOON - timedelta(hours=10)
    ends_at = issued_at + timedelta(hours=hours)
    lease = Lease(till_id=till.id, issued_at=issued_at, expires_at=ends_at)
    session.add(lease)
    session.flush()
    actor = Actor(
        "till", make_staff(session).id, permissions=of_role("cashier"),
        shop_id=place.id, till_id=till.id,
    )  # fmt: skip
    return Stand(place, till, lease, actor)


def make_offer(session: Session, campaign: Campaign | None = None, **given: Any) -> Offer:
    """Return an offer whose coupons are taken without a line, whatever they take off."""
    offer = factories.make_offer(session, campaign, **given)
    offer.offline = {"policy": "up_to", "value": 10**6}
    session.flush()
    return offer


def make_coupon(session: Session, offer: Offer | None = None, **given: Any) -> Coupon:
    """Return one unique coupon that is taken without a line."""
    return factories.make_coupon(session, offer or make_offer(session), **given)


def make_public(session: Session, offer: Offer | None = None) -> Coupon:
    """Return one public coupon that is taken without a line."""
    return factories.make_public(session, offer or make_offer(session))


def sold(
    stand: Stand, *gave: tuple[str, int], total: int | None = 1000,
    staff_id: UUID | None = None, at: datetime = SOLD_AT, paid: int = 0, **given: Any,
) -> tuple[Order, Happened]:  # fmt: skip
    """Return a sale as a till tells of it: each code with what was taken off for it.

    ``paid`` is what points have paid for, in minor units.
    """
    basket = None if total is None else make_basket(total=total)
    order = Order(stand.shop.id, basket, till_id=stand.till.id, occurred_at=at, **given)
    codes = tuple((ids.normalise(code), amount) for code, amount in gave)
    lease_id = stand.lease.id if stand.lease else None
    return order, Happened(codes, staff_id, lease_id, paid)


def record(
    session: Session, stand: Stand, *gave: tuple[str, int], told_at: datetime = NOON, **given: Any
) -> Recorded:
    """Write a sale down."""
    done = recording.record(session, *sold(stand, *gave, **given), actor=stand.actor, at=told_at)
    session.flush()
    return done


def purchase_of(session: Session, done: Recorded) -> Purchase:
    return session.get_one(Purchase, done.purchase_id, populate_existing=True)


def conflicts_of(session: Session, done: Recorded) -> list[tuple[str, int]]:
    """Return the conflicts of a sale: each with its code and cost."""
    rows = select(Conflict.code, Conflict.cost).where(Conflict.purchase_id == done.purchase_id)
    return [(code, cost) for code, cost in session.execute(rows.order_by(Conflict.id))]


def uses_of(session: Session, coupon: Coupon) -> list[tuple[str, int]]:
    """Return what became of each use of a coupon, and what it took off."""
    rows = select(Redemption.state, Redemption.discount).where(Redemption.coupon_id == coupon.id)
    return [(state, off) for state, off in session.execute(rows.order_by(Redemption.id))]


def live_uses(session: Session, coupon: Coupon) -> int:
    """Return how often a coupon counts as used."""
    found = session.get_one(Coupon, coupon.id, populate_existing=True)
    return found.used - found.voided


def check_books(session: Session) -> None:
    found = list(reconcile.findings(session))
    assert not found, found
