"""What a purchase does to the points, the tier, the stamps and the friends of a customer."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from core import clock
from core.auth import Actor
from loyalty import earning, ledger, referrals, stamps, sums, tiers
from loyalty.earning import Earned, Paid
from loyalty.errors import PointsNeedCard, PointsShort
from loyalty.ledger import Held, Why
from loyalty.order import Order, Outcome, Settled
from loyalty.preparing import Prepared
from loyalty.programme import Rules


def points_pay(order: Order, ready: Prepared, rest: int, available: int) -> int:
    """Return what the points to spend pay for, in minor units.

    Raises:
        PointsNeedCard, PointsShort, PointsTooMany, PointsTooFew: they cannot be spent.
    """
    if order.happened:
        return order.happened.paid
    wanted = order.spend_points
    if not wanted:
        return 0
    if ready.card is None:
        raise PointsNeedCard
    if wanted > available:
        raise PointsShort(available=available, wanted=wanted)
    ready.rules.check_spend(wanted, rest)
    return ready.rules.worth(wanted)


def earned(connection: Connection, ready: Prepared, to_pay: int) -> Earned | None:
    """Return what a purchase earns for what is paid in money, or None without a card."""
    if ready.card is None:
        return None
    decision, basket = ready.decision, ready.scene.basket
    off = decision.line_discounts()
    amounts = basket.amounts() if basket else []
    customer_id = ready.card.customer_id
    paid = Paid(
        basket=basket,
        left=[amount - part for amount, part in zip(amounts, off, strict=True)],
        to_pay=to_pay,
        at=ready.at,
        zone=ready.scene.zone,
        tier=ready.scene.tier() if _asks_tier(ready.rules) else None,
        factors=tuple(factor for one in decision.taken for factor in one.given.factors),
        bonus=decision.points,
    )

    def in_period(per: str) -> int:
        start, end = clock.period(per, ready.at, ready.rules.zone)
        return sums.earned_between(connection, customer_id, start, end)

    return earning.earned(ready.rules, paid, in_period=in_period)


def _asks_tier(rules: Rules) -> bool:
    return any(one.tiers for one in rules.earning.multipliers)


def book(
    connection: Connection, account: Held, outcome: Outcome, ready: Prepared, *, settled: Settled
) -> dict[str, Any]:
    """Book the points: first what is spent, so that a purchase never pays for itself.

    Then whatever follows: stamps, the tier, the friend. Returns the news of those.
    """
    rules = ready.rules
    why = Why(ready.at, str(settled.actor), settled.purchase_id)
    ledger.touch(connection, account, ready.at)
    if outcome.order.spend_points:
        ledger.spend(connection, account, outcome.order.spend_points, why=why)
    due_at, expires_at = rules.due_at(ready.at), rules.expires_at(ready.at)
    gained = outcome.earned
    for kind, points in (("earn", gained.points), ("bonus", gained.bonus)) if gained else ():
        if points:
            ledger.earn(
                connection, account, points,
                due_at=due_at, expires_at=expires_at, why=why, kind=kind,
            )  # fmt: skip
    return follow(connection, account, settled)


def follow(connection: Connection, account: Held, settled: Settled) -> dict[str, Any]:
    """Do what follows from a settled purchase, and return the news of it."""
    return {
        "stamps": stamps.collect(connection, account, settled),
        "tier": tiers.after_purchase(connection, account, settled),
        "referrals": referrals.after_purchase(connection, settled),
    }


def outlook(
    connection: Connection, ready: Prepared, outcome: Outcome, *, actor: Actor
) -> dict[str, Any]:
    """Return the news that a purchase would bring."""
    if ready.card is None:
        return {}
    customer_id, scene = ready.card.customer_id, ready.scene
    return {
        "stamps": stamps.preview(
            connection, customer_id,
            basket=scene.basket, decision=ready.decision, zone=scene.zone, at=ready.at,
        ),
        "tier": tiers.preview(
            connection, customer_id,
            points=outcome.points["earned"], to_pay=outcome.to_pay, at=ready.at,
        ),
        "referrals": referrals.preview(
            connection, customer_id, to_pay=outcome.to_pay, actor=actor, at=ready.at
        ),
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Gain:
    """Points that a purchase brings, from when to when they can be spent."""

    points: int
    due_at: datetime
    expires_at: datetime


def gains(outcome: Outcome, ready: Prepared) -> Iterator[Gain]:
    """Yield what a purchase brings: what it earns, what full stamp cards and friends are worth."""
    rules, news = ready.rules, outcome.news
    rewards = (one["reward"] or {} for one in news.get("stamps", ()))
    points = outcome.points["earned"] + sum(one.get("points", 0) for one in rewards)
    yield Gain(points, rules.due_at(ready.at) or ready.at, rules.expires_at(ready.at))
    for one in news.get("referrals", ()):
        due_at = datetime.fromisoformat(one["due_at"])
        yield Gain(one["points"] or 0, due_at, rules.expires_at(due_at))
