"""Which rules a till has passed by in a sale without a line: it stands, and each is said."""

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import Connection

from core import till_rules
from core.auth import Actor
from core.errors import ApprovalNeeded, Refusal
from coupons import conflicts
from coupons.errors import AmountDiffers
from coupons.offline import policy
from coupons.offline.errors import BasketAboveOffline
from coupons.quoting import Conflict, Decision
from loyalty import proofs
from loyalty.errors import PointsNeedCard, PointsShort, PointsTooFew, PointsTooMany
from loyalty.order import Order
from loyalty.preparing import Prepared
from loyalty.programme import Rules


def of_coupons(connection: Connection, decision: Decision, order: Order) -> Iterator[Conflict]:
    """Yield what stood against taking coupons without a line that are redeemed all the same.

    What is refused anyway has cost all that it gave, and is not looked at.
    """
    policies = policy.of_offers(connection, {one.coupon.offer_id for one in decision.taken})
    for one in decision.taken:
        off = one.given.discount
        said = policies[one.coupon.offer_id]
        if found := policy.passed_by(said, off, shop_id=order.shop_id):
            yield Conflict(found.refusal, one.coupon, cost=found.cost)
    most = till_rules.find(connection).offline_most if decision.taken else None
    if most is not None and order.basket and order.basket.total > most:
        yield from _each(decision, BasketAboveOffline(most=most))


def in_all(
    order: Order, ready: Prepared, available: int, *, actor: Actor
) -> tuple[Order, Prepared]:
    """Return a sale with its points as they can be booked, and with all that it passed by.

    Args:
        order: with the points that were spent, and what they were told to have paid for.
        ready: what was decided of its coupons.
        available: points on the account of its customer.
        actor: who tells of it.
    """
    told = order.happened.paid if order.happened else 0
    decision, rules = ready.decision, ready.rules
    points, found = _points(order, ready, available, told)
    most, off = rules.approve_above, decision.discount + told
    if most is not None and off > most and actor.till_id is not None:
        no = ApprovalNeeded(action="high_value", amount=off)
        found += _each(decision, no) or [Conflict(no)]
    order = replace(order, spend_points=points)
    shared = conflicts.shared_out((*decision.conflicts, *found))
    decision = replace(decision, conflicts=tuple(shared))
    return order, replace(ready, decision=decision)


def _each(decision: Decision, no: Refusal) -> list[Conflict]:
    """Return that something stood against every coupon that is redeemed, at what each took off."""
    return [Conflict(no, one.coupon, cost=one.given.discount) for one in decision.taken]


def _points(order: Order, ready: Prepared, available: int, told: int) -> tuple[int, list[Conflict]]:
    """Return how many points a sale takes, and what was wrong with that.

    What was told to be paid with points was not paid in money, whether or not there were any.
    """
    points, rules, card = order.spend_points, ready.rules, ready.card
    if not points and not told:
        return 0, []
    if card is None:
        return 0, [Conflict(PointsNeedCard(), cost=told)]
    if points > available:
        return 0, [Conflict(PointsShort(available=available, wanted=points), cost=told)]
    worth = rules.worth(points)
    paid = min(told, worth)
    found = []
    if told != worth:
        found.append(Conflict(AmountDiffers(given=told, due=worth), cost=told - paid))
    if not paid:
        return 0, found
    total = order.basket.total if order.basket else 0
    beyond = list(_spending(rules, points, paid, total - ready.decision.discount))
    if no := proofs.lacking(card.id, order.proven, points, rules):
        same = sum(one.cost for one in beyond)
        beyond.append(Conflict(no, cost=max(0, paid - rules.worth(no.facts["most"]) - same)))
    return points, found + beyond


def _spending(rules: Rules, points: int, paid: int, rest: int) -> Iterator[Conflict]:
    """Yield that so many points cannot be spent at a time; what is beyond that is the cost."""
    try:
        rules.check_spend(points, rest)
    except PointsTooMany as no:
        yield Conflict(no, cost=max(0, paid - rules.worth(no.facts["most"])))
    except PointsTooFew as no:
        yield Conflict(no, cost=paid)
