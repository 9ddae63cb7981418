"""What would this basket get? The one place that decides, for a quote as for a purchase."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from core.errors import Refusal
from coupons import conditions, facts, quotas, stacking, terms, worth
from coupons.basket import Basket
from coupons.benefits import Ask
from coupons.codes import Held
from coupons.conditions import About, Case
from coupons.errors import (
    CampaignNotRunning,
    CardNeeded,
    CouponFrozen,
    CouponHeld,
    CouponNotYours,
    CouponRevoked,
    CouponUsedUp,
    CurrencyMixed,
    LinesDoNotSum,
)
from coupons.quotas import Name
from coupons.scene import Scene
from coupons.stacking import Candidate, Refused, Taken
from coupons.terms import Terms


@dataclass(frozen=True, slots=True)
class Conflict:
    """Something that a till did without a line and should not have done.

    Attributes:
        coupon: which it is about, if it is one of ours.
        gave: the money off that stands beside what was taken, in minor units.
        cost: what it cost us, in minor units.
        is_use: the coupon was used and is refused; else it is redeemed, or is none.
    """

    refusal: Refusal
    coupon: Held | None = None
    gave: int = 0
    cost: int = 0
    is_use: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What a basket gets from some coupons; those taken stand in the order they were applied.

    Attributes:
        live: how much of each limit was taken before.
        conflicts: what went wrong with it, if it has happened already.
    """

    basket: Basket | None
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]
    live: dict[Name, int] = field(default_factory=dict)
    conflicts: tuple[Conflict, ...] = ()

    @property
    def discount(self) -> int:
        """Return the money off in all, in minor units."""
        beside = sum(one.gave for one in self.conflicts)
        return sum(one.given.discount for one in self.taken) + beside

    @property
    def points(self) -> int:
        """Return the bonus points in all."""
        return sum(one.given.points for one in self.taken)

    def line_discounts(self) -> list[int]:
        """Return the money off by line, in the order of the basket."""
        off = [0] * len(self.basket.amounts()) if self.basket else []
        for one in self.taken:
            for position, part in one.given.lines.items():
                off[position] += part
        for conflict in self.conflicts:
            if conflict.gave:
                off[0] += conflict.gave
        return off


def check_basket(basket: Basket, currency: str) -> None:
    """Let a basket through whose figures are right in themselves.

    Raises:
        CurrencyMixed: it is not in the merchant's currency.
        LinesDoNotSum: its lines do not come to its total.
    """
    if basket.currency != currency:
        raise CurrencyMixed(currency=currency)
    total = sum(line.amount for line in basket.lines)
    if basket.lines and total != basket.total:
        raise LinesDoNotSum(lines=total, total=basket.total)


def decide(
    connection: Connection, coupons: Sequence[Held], scene: Scene, *, lock: bool = False
) -> Decision:
    """Decide which coupons take part and what each gives, without changing anything.

    To redeem, the coupons must be locked already; their limits are locked here, before anything
    is looked at.
    """
    known = [(coupon, terms.of(connection, coupon.version_id)) for coupon in coupons]
    found = [candidate(coupon, offer, scene) for coupon, offer in known]
    wanted = (limit for one in found for limit in (*one.limits, *one.places))
    live = quotas.live(connection, wanted, lock=lock)
    return decide_on(connection, found, scene, live)


def decide_on(
    connection: Connection, found: Sequence[Candidate], scene: Scene, live: dict[Name, int]
) -> Decision:
    """Decide where it is known how much of each limit is taken."""
    about = facts.about(connection, (one.terms for one in found), scene)
    judged = [judge(one, scene, about) for one in found]
    amounts = scene.basket.amounts() if scene.basket else []
    following = {id for one in found for id in one.terms.next_offers}
    ask = Ask(
        basket=scene.basket,
        left=amounts,
        first=list(amounts),
        has_card=scene.customer_id is not None,
        at=scene.at,
        zone=scene.zone,
        stamp_cards=scene.stamp_cards() if any(one.terms.gives_stamps for one in found) else None,
        over=worth.over(connection, following, customer_id=scene.customer_id, at=scene.at),
    )
    end = stacking.play(judged, ask, live)
    return Decision(scene.basket, tuple(end.taken), tuple(end.refused), live)


def candidate(coupon: Held, offer: Terms, scene: Scene) -> Candidate:
    """Return a coupon with what it counts against, not yet judged."""
    limits = quotas.limits(coupon, offer, scene.customer_id, calendar=scene.calendar, at=scene.at)
    return Candidate(coupon, offer, None, None, limits, quotas.places(offer))


def judge(one: Candidate, scene: Scene, about: About) -> Candidate:
    """Return a coupon with the first reason why it cannot take part, whatever the others do."""
    checked = conditions.check(one.terms.conditions, case(one, scene, about))
    refusal = standing(one.coupon, one.terms, scene.at) or owner(one, scene) or checked.refusal
    return Candidate(one.coupon, one.terms, refusal, checked, one.limits, one.places)


def case(one: Candidate, scene: Scene, about: About) -> Case:
    """Return what the conditions of a coupon's offer may look at."""
    return Case(
        basket=scene.basket,
        at=scene.at,
        zone=scene.zone,
        shop_id=scene.shop_id,
        channel_id=one.coupon.channel_id,
        customer_id=scene.customer_id,
        about=about,
    )


def standing(coupon: Held, offer: Terms, at: datetime) -> Refusal | None:
    """Return why a coupon cannot be used by anybody at a moment."""
    if coupon.state == "revoked":
        return CouponRevoked()
    if coupon.state == "frozen":
        return CouponFrozen()
    if coupon.use_limit is not None and coupon.live >= coupon.use_limit:
        return CouponUsedUp()
    starts = offer.starts_at or coupon.campaign_starts_at
    ends = offer.ends_at or coupon.campaign_ends_at
    if found := conditions.window(starts, ends, at):
        return found
    return _held(coupon) if coupon.campaign_state == "running" else CampaignNotRunning()


def _held(coupon: Held) -> Refusal | None:
    """Return that other tills keep whatever is left of a coupon, as looked up in ``holds``."""
    others = coupon.kept_elsewhere
    if coupon.use_limit is None or coupon.live + len(others) < coupon.use_limit:
        return None
    first = min(others, key=lambda one: one.until)
    return CouponHeld(till=first.till, until=first.until)


def owner(one: Candidate, scene: Scene) -> Refusal | None:
    """Return that a coupon is somebody else's, or that it takes a card to tell."""
    whose = one.coupon.customer_id
    if whose is not None and whose != scene.customer_id:
        return CouponNotYours() if scene.customer_id else CardNeeded()
    if scene.customer_id is None and quotas.needs_card(one.coupon, one.terms):
        return CardNeeded()
    return None
