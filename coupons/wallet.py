"""What a customer holds: personal coupons, and whether they can be used now, basket or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from core.errors import Refusal
from coupons import codes, conditions, quotas, quoting, terms
from coupons.codes import Held
from coupons.conditions import Case
from coupons.errors import BasketNeeded, CardNeeded, CouponNotYours, LinesNeeded
from coupons.terms import Terms

_LATER = (BasketNeeded, LinesNeeded)
"""What only the basket can tell."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A coupon with its terms, and why it cannot be used now, if it cannot."""

    coupon: Held
    terms: Terms
    refusal: Refusal | None

    @property
    def ends_at(self) -> datetime | None:
        """Return when it ends: with the offer, else with the campaign."""
        return self.terms.ends_at or self.coupon.campaign_ends_at


def usable(connection: Connection, customer_id: UUID, *, at: datetime) -> list[Judged]:
    """Return the personal coupons a customer can use now, the one that ends first coming first."""
    judged = judge(connection, codes.of_customer(connection, customer_id), customer_id, at=at)
    found = [one for one in judged if one.refusal is None]
    return sorted(found, key=lambda one: (one.ends_at is None, one.ends_at or at, one.coupon.id))


def judge(
    connection: Connection, coupons: Sequence[Held], customer_id: UUID | None, *, at: datetime
) -> list[Judged]:
    """Say of each coupon why a customer cannot use it now, whatever would be in the basket.

    Without a customer, what needs a card is left open, as they may have one.
    """
    known = {one.id: terms.of(connection, one.version_id) for one in coupons}
    limits = {one.id: quotas.limits(one, known[one.id], customer_id) for one in coupons}
    live = quotas.live(connection, (limit for some in limits.values() for limit in some))
    audiences = quoting.audiences_of(connection, known.values(), customer_id)
    case = Case(None, customer_id, audiences, at)
    return [
        Judged(
            one,
            known[one.id],
            _refusal(one, known[one.id], limits=limits[one.id], live=live, case=case),
        )
        for one in coupons
    ]


def _refusal(
    coupon: Held,
    offer: Terms,
    *,
    limits: tuple[quotas.Limit, ...],
    live: dict[tuple[UUID, UUID], int],
    case: Case,
) -> Refusal | None:
    if found := quoting.standing(coupon, offer, case.at):
        return found
    if case.customer_id and coupon.customer_id not in (None, case.customer_id):
        return CouponNotYours()
    for limit in limits:
        if live.get(limit.name, 0) >= limit.cap:
            return limit.refusal()
    later = (*_LATER, CardNeeded) if case.customer_id is None else _LATER
    every = conditions.refusals(offer.conditions, case)
    return next((one for one in every if not isinstance(one, later)), None)
