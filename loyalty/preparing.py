"""Look up what a till wants to settle, and decide it: the same for a quote and for a purchase."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from core import ids
from core.auth import Actor
from core.errors import Refusal
from coupons import codes, holds, quoting, tracing
from coupons.benefits.errors import NextCouponOver
from coupons.codes import Held
from coupons.errors import (
    BetterTaken,
    CodeNotFound,
    CouponRefusal,
    CouponTwice,
    TooManyCoupons,
)
from coupons.quoting import Decision
from coupons.responses import Try
from coupons.scene import Scene
from loyalty import cards, programme, purchases, scenes
from loyalty.cards import Shown
from loyalty.errors import OccurredInFuture, OccurredTooLongAgo
from loyalty.order import Order
from loyalty.programme import Rules

MOST_COUPONS = 30
CLOCK_SKEW = timedelta(minutes=5)
SETTLED_WITHIN = timedelta(days=3)
"""How old a purchase may be when it is sent: nobody revives an offer by an old date."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An order with all that was looked up for it."""

    rules: Rules
    card: Shown | None
    scene: Scene
    decision: Decision
    unknown: list[int]
    at: datetime


def prepare(
    connection: Connection, order: Order, *, actor: Actor, lock: bool, at: datetime
) -> Prepared:
    """Look up an order, lock what it redeems if it is to be settled, and decide.

    Raises:
        Refusal: the order is not right in itself, a card or coupon is refused.
    """
    rules = programme.rules(connection)
    if order.basket:
        quoting.check_basket(order.basket, rules.currency)
    moment = order.occurred_at or at
    if moment > at + CLOCK_SKEW:
        raise OccurredInFuture(occurred_at=moment)
    if moment < at - SETTLED_WITHIN:
        raise OccurredTooLongAgo(days=SETTLED_WITHIN.days)
    card = cards.accept(connection, order.card, staff_id=actor.staff_id) if order.card else None
    coupons, unknown = _find(connection, order, lock=lock)
    coupons = holds.look(connection, coupons, till_id=order.till_id, at=at)
    scene = scenes.scene(
        connection,
        card.customer_id if card else None,
        basket=order.basket,
        shop_id=order.shop_id,
        rules=rules,
        at=moment,
    )
    decision = quoting.decide(connection, coupons, scene, lock=lock)
    if lock and not order.skip_refused and (stopping := _stopping(decision)):
        purchases.check_receipt(connection, order.shop_id, order.receipt)
        raise _all_or_none(decision, stopping, card)
    return Prepared(rules, card, scene, decision, unknown, moment)


def _stopping(decision: Decision) -> Refusal | None:
    """Return the refusal that stops a purchase of all or none.

    A better offer never does, nor that what is given for the next time is over.
    """
    refusals = (one.refusal for one in decision.refused)
    return next(
        (one for one in refusals if not isinstance(one, BetterTaken | NextCouponOver)), None
    )


def _find(connection: Connection, order: Order, *, lock: bool) -> tuple[list[Held], list[int]]:
    """Return the coupons of an order and the places of codes that are none of ours."""
    if len(order.codes) > MOST_COUPONS:
        raise TooManyCoupons(most=MOST_COUPONS)
    wanted = [ids.normalise(code) for code in order.codes]
    if len(set(wanted)) < len(wanted):
        twice = next(code for code in wanted if wanted.count(code) > 1)
        raise CouponTwice(coupon=ids.masked(twice))
    if not wanted:
        return [], []
    found = codes.held(connection, wanted, lock=lock)
    known = {coupon.code for coupon in found}
    unknown = [i for i, code in enumerate(wanted) if code not in known]
    if unknown and lock and not order.skip_refused:
        raise CodeNotFound(coupon=ids.masked(wanted[unknown[0]]))
    return found, unknown


def _all_or_none(decision: Decision, refusal: Refusal, card: Shown | None) -> Refusal:
    if isinstance(refusal, CouponRefusal):
        tries = [
            Try(one.coupon, one.refusal, tracing.of_refused(one, decision))
            for one in decision.refused
        ]
        refusal.attempts = card, tries
    return refusal
