"""What would this basket get? The one place that decides, for a quote as for a purchase."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from core.errors import Refusal
from coupons import conditions, quotas, terms
from coupons.basket import Basket
from coupons.benefits import Given
from coupons.codes import Held
from coupons.conditions import Case
from coupons.errors import (
    CampaignNotRunning,
    CardNeeded,
    CouponFrozen,
    CouponNotYours,
    CouponRevoked,
    CouponUsedUp,
    CurrencyMixed,
    LinesDoNotSum,
)
from coupons.models import AudienceMember
from coupons.quotas import Limit
from coupons.terms import Terms

_MEMBER = table(AudienceMember)
_IN = select(_MEMBER.c.audience_id).where(
    _MEMBER.c.customer_id == bindparam("customer"),
    _MEMBER.c.audience_id.in_(bindparam("audiences", expanding=True)),
)


@dataclass(frozen=True, slots=True)
class Taken:
    """A coupon that takes part, and what it gives."""

    coupon: Held
    terms: Terms
    given: Given
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class Refused:
    """A coupon that does not take part, and why."""

    coupon: Held
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class Decision:
    """What a basket gets from some coupons."""

    basket: Basket | None
    taken: tuple[Taken, ...]
    refused: tuple[Refused, ...]

    @property
    def discount(self) -> int:
        """Return the money off in all, in minor units."""
        return sum(one.given.discount for one in self.taken)

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
    connection: Connection,
    coupons: Sequence[Held],
    basket: Basket | None,
    customer_id: UUID | None,
    *,
    lock: bool = False,
    at: datetime,
) -> Decision:
    """Decide which coupons take part and what each gives, without changing anything.

    Benefits are applied in a fixed order (free items, percentages, amounts, points; then the age
    of the coupon), each on what those before it left, so the order of the request does not
    matter. To redeem, the coupons must be locked already; their limits are locked here.
    """
    known = {coupon.id: terms.of(connection, coupon.version_id) for coupon in coupons}
    counted = {c.id: quotas.limits(c, known[c.id], customer_id) for c in coupons}
    live = quotas.live(connection, (q for one in counted.values() for q in one), lock=lock)
    case = Case(basket, customer_id, audiences_of(connection, known.values(), customer_id), at)
    left = basket.amounts() if basket else []
    taken, refused = [], []
    for coupon in sorted(coupons, key=lambda c: (known[c.id].benefit.rank, c.id)):
        outcome = _look(
            coupon, known[coupon.id], case, counted=counted[coupon.id], live=live, left=left
        )
        if isinstance(outcome, Refusal):
            outcome.facts.setdefault("coupon", coupon.masked)
            refused.append(Refused(coupon, outcome))
            continue
        for limit in counted[coupon.id]:
            live[limit.name] = live.get(limit.name, 0) + 1
        for position, part in outcome.lines.items():
            left[position] -= part
        taken.append(Taken(coupon, known[coupon.id], outcome, counted[coupon.id]))
    return Decision(basket, tuple(taken), tuple(refused))


def _look(
    coupon: Held,
    offer: Terms,
    case: Case,
    *,
    counted: tuple[Limit, ...],
    live: dict[tuple[UUID, UUID], int],
    left: list[int],
) -> Given | Refusal:
    """Return what one coupon gives, or the first reason why it does not."""
    if found := standing(coupon, offer, case.at) or _owner(coupon, case.customer_id):
        return found
    if case.customer_id is None and (offer.per_customer or coupon.per_customer):
        return CardNeeded()
    for limit in counted:
        if live.get(limit.name, 0) >= limit.cap:
            return limit.refusal()
    if found := next(conditions.refusals(offer.conditions, case), None):
        return found
    return offer.benefit.give(case.basket, left, has_card=case.customer_id is not None)


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
    return None if coupon.campaign_state == "running" else CampaignNotRunning()


def _owner(coupon: Held, customer_id: UUID | None) -> Refusal | None:
    if coupon.customer_id is None or coupon.customer_id == customer_id:
        return None
    return CouponNotYours() if customer_id else CardNeeded()


def audiences_of(
    connection: Connection, offers: Iterable[Terms], customer_id: UUID | None
) -> frozenset[UUID]:
    """Return the audiences, of those the offers name, that a customer is in."""
    asked = frozenset().union(*(offer.audiences for offer in offers))
    if not asked or customer_id is None:
        return frozenset()
    rows = connection.execute(_IN, {"customer": customer_id, "audiences": list(asked)})
    return frozenset(rows.scalars())
