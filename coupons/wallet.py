"""What a customer holds: personal coupons, and whether they can be used now, basket or not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from core.errors import Refusal
from coupons import codes, conditions, facts, quotas, quoting, terms
from coupons.codes import Held
from coupons.conditions import About
from coupons.errors import CouponNotYours
from coupons.quotas import Name
from coupons.scene import Scene
from coupons.stacking import Candidate
from coupons.terms import Terms


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


def usable(connection: Connection, scene: Scene) -> list[Judged]:
    """Return the personal coupons a customer can use now, the one that ends first coming first."""
    if scene.customer_id is None:
        return []
    judged = judge(connection, codes.of_customer(connection, scene.customer_id), scene)
    found = [one for one in judged if one.refusal is None]
    return sorted(
        found, key=lambda one: (one.ends_at is None, one.ends_at or scene.at, one.coupon.id)
    )


def judge(connection: Connection, coupons: Sequence[Held], scene: Scene) -> list[Judged]:
    """Say of each coupon why a customer cannot use it now, whatever would be in the basket.

    Without a customer, what needs a card is left open, as they may have one.
    """
    known = [(one, terms.of(connection, one.version_id)) for one in coupons]
    found = [quoting.candidate(coupon, offer, scene) for coupon, offer in known]
    wanted = (limit for one in found for limit in (*one.limits, *one.places))
    live = quotas.live(connection, wanted)
    about = facts.about(connection, (offer for _, offer in known), scene)
    return [Judged(one.coupon, one.terms, _refusal(one, scene, about, live=live)) for one in found]


def _refusal(
    one: Candidate, scene: Scene, about: About, *, live: dict[Name, int]
) -> Refusal | None:
    if found := quoting.standing(one.coupon, one.terms, scene.at):
        return found
    if scene.customer_id and one.coupon.customer_id not in (None, scene.customer_id):
        return CouponNotYours()
    for limit in one.limits:
        if (taken := live.get(limit.name, 0)) >= limit.cap:
            return limit.refusal(taken)
    if found := quotas.sold_out(one.terms, live, at=scene.at):
        return found
    return conditions.firm_refusal(one.terms.conditions, quoting.case(one, scene, about))
