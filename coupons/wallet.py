"""What a customer holds: personal coupons, and whether they can be used now, basket or not."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
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

CHANCES = 20
"""So many moments are looked at for the next one at which a coupon can be used."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A coupon with its terms, and why it cannot be used now, if it cannot.

    Attributes:
        opens_at: when it can be used next, where nothing but the time is against it now.
    """

    coupon: Held
    terms: Terms
    refusal: Refusal | None
    opens_at: datetime | None = None

    @property
    def ends_at(self) -> datetime | None:
        """Return when it ends: with the offer, else with the campaign."""
        return self.terms.ends_at or self.coupon.campaign_ends_at

    @property
    def is_over(self) -> bool:
        """Tell whether it cannot be used, and not at another time either."""
        return self.refusal is not None and self.opens_at is None


def usable(connection: Connection, scene: Scene) -> list[Judged]:
    """Return the personal coupons a customer can use now, the one that ends first coming first."""
    return [one for one in held(connection, scene) if one.refusal is None]


def held(connection: Connection, scene: Scene) -> list[Judged]:
    """Return the personal coupons a customer can use now, and then those for later."""
    if scene.customer_id is None:
        return []
    judged = judge(connection, codes.of_customer(connection, scene.customer_id), scene)
    return sorted(
        (one for one in judged if not one.is_over),
        key=lambda one: (
            one.refusal is not None, one.ends_at is None, one.ends_at or scene.at, one.coupon.id
        ),
    )  # fmt: skip


def judge(connection: Connection, coupons: Sequence[Held], scene: Scene) -> list[Judged]:
    """Say of each coupon why a customer cannot use it now, whatever would be in the basket.

    Without a customer, what needs a card is left open, as they may have one.
    """
    known = [(one, terms.of(connection, one.version_id)) for one in coupons]
    found = [quoting.candidate(coupon, offer, scene) for coupon, offer in known]
    wanted = (limit for one in found for limit in (*one.limits, *one.places))
    live = quotas.live(connection, wanted)
    about = facts.about(connection, (offer for _, offer in known), scene)
    return [_judged(one, scene, about, live=live) for one in found]


def _judged(one: Candidate, scene: Scene, about: About, *, live: dict[Name, int]) -> Judged:
    taken = _taken(one, scene, live)
    standing = quoting.standing(one.coupon, one.terms, scene.at)
    no = standing or taken or _firm(one, scene, about)
    opens_at = _opens(no, one, scene, about) if no and not taken else None
    return Judged(one.coupon, one.terms, no, opens_at)


def _taken(one: Candidate, scene: Scene, live: dict[Name, int]) -> Refusal | None:
    """Return that it is somebody else's, or that nothing is left of it."""
    if scene.customer_id and one.coupon.customer_id not in (None, scene.customer_id):
        return CouponNotYours()
    for limit in one.limits:
        if (taken := live.get(limit.name, 0)) >= limit.cap:
            return limit.refusal(taken)
    return quotas.sold_out(one.terms, live, at=scene.at)


def _firm(one: Candidate, scene: Scene, about: About) -> Refusal | None:
    return conditions.firm_refusal(one.terms.conditions, quoting.case(one, scene, about))


def _opens(no: Refusal, one: Candidate, scene: Scene, about: About) -> datetime | None:
    """Return when a coupon that is refused can be used next, if it only has to be waited for."""
    found: Refusal | None = no
    for _ in range(CHANCES):
        if found is None:
            return scene.at
        case = quoting.case(one, scene, about)
        moment = conditions.next_chance(found, one.terms.conditions, case)
        if moment is None:
            return None
        scene = replace(scene, at=moment)
        found = quoting.standing(one.coupon, one.terms, moment) or _firm(one, scene, about)
    return None
