"""The checkout: quote and settle one purchase. Coupons first, then points.

Locks are always taken in the same order: the key (by the edge), coupons by id, limits, the
account, its lots. So no two purchases can wait for each other in a circle.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import ids, outbox, shops
from core.auth import Actor
from core.errors import Refusal
from coupons import codes, quoting, redemption
from coupons.basket import Sale
from coupons.codes import Held
from coupons.errors import CodeNotFound, CouponRefusal, CouponTwice, TooManyCoupons
from coupons.quoting import Decision
from loyalty import attempts, cards, expiry, ledger, programme, purchases
from loyalty.cards import Shown
from loyalty.errors import (
    NothingToSettle,
    OccurredInFuture,
    OccurredTooLongAgo,
    PointsNeedCard,
    PointsShort,
    PointsTooMany,
)
from loyalty.ledger import Why
from loyalty.order import Order, Outcome
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
    decision: Decision
    unknown: list[int]
    at: datetime


def quote(connection: Connection, order: Order, *, actor: Actor, at: datetime) -> Outcome:
    """Return what a purchase would come to; nothing is written or locked.

    Raises:
        CardNotFound, CardBlocked, CardReplaced, CustomerBlocked, OwnCard: the card is refused.
        PointsShort, PointsTooMany, PointsNeedCard: the points cannot be spent.
        CurrencyMixed, LinesDoNotSum, TooManyCoupons, CouponTwice: the order is not right in itself.
    """
    ready = _prepare(connection, order, actor=actor, lock=False, at=at)
    held = expiry.balance(connection, ready.card.customer_id, at=at) if ready.card else None
    outcome = _outcome(order, ready, held.available if held else 0)
    if held:
        points = outcome.points
        at_once = points["earned"] - points["pending"]
        points["available"] += max(0, at_once - held.debt) - points["spent"]
        points["balance_pending"] = held.pending + points["pending"]
    return outcome


def settle(session: Session, order: Order, *, actor: Actor, at: datetime) -> Outcome:
    """Settle a purchase: redeem its coupons, spend and earn its points, and record the answers.

    Raises:
        CouponRefusal, CodeNotFound: a coupon is refused and the order does not skip it; the
            refusal's ``attempts`` name every coupon that was tried.
        ReceiptUsed: the shop has settled this receipt already.
        NothingToSettle: there is neither a basket nor a coupon.
        Refusal: as ``quote`` says.
    """
    connection = session.connection()
    if order.till_id and order.till_id != actor.till_id:
        shops.check_till(session, order.till_id, order.shop_id)
    ready = _prepare(connection, order, actor=actor, lock=True, at=at)
    if order.basket is None and not ready.decision.taken:
        if ready.decision.refused:
            raise ready.decision.refused[0].refusal
        raise NothingToSettle
    purchase_id = ids.new()
    card = ready.card
    account = expiry.lock(connection, card.customer_id, at=at) if card else None
    outcome = _outcome(order, ready, account.available if account else 0)
    outcome.id = purchase_id
    _write(connection, outcome, ready, actor, at=at)
    sale = Sale(
        purchase_id,
        order.shop_id,
        card.customer_id if card else None,
        card.pseudonym if card else None,
        ready.at,
    )
    done = {
        one["coupon"].id: one for one in redemption.redeem(connection, ready.decision, sale, at=at)
    }
    for shown in outcome.redemptions:
        shown["id"] = done[shown["coupon"].id]["id"]
    if account:
        why = Why(ready.at, str(actor), purchase_id)
        _book(connection, account, outcome, ready, why=why)
        outcome.points["available"] = account.available
        outcome.points["balance_pending"] = account.pending
    for one in ready.decision.refused:
        attempts.record(connection, order, one.coupon, one.refusal, card=card, attempt=None, at=at)
    outbox.put(session, "purchase.settled", {"purchase": purchase_id.hex}, at=at)
    return outcome


def _prepare(
    connection: Connection, order: Order, *, actor: Actor, lock: bool, at: datetime
) -> Prepared:
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
    customer_id = card.customer_id if card else None
    decision = quoting.decide(connection, coupons, order.basket, customer_id, lock=lock, at=moment)
    if lock and decision.refused and not order.skip_refused:
        purchases.check_receipt(connection, order.shop_id, order.receipt)
        raise _all_or_none(decision, card)
    return Prepared(rules, card, decision, unknown, moment)


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


def _all_or_none(decision: Decision, card: Shown | None) -> Refusal:
    refusal = decision.refused[0].refusal
    if isinstance(refusal, CouponRefusal):
        refusal.attempts = [(one.coupon, one.refusal, card) for one in decision.refused]
    return refusal


def _outcome(order: Order, ready: Prepared, available: int) -> Outcome:
    decision, rules = ready.decision, ready.rules
    total = order.basket.total if order.basket else 0
    rest = total - decision.discount
    paid = _points_pay(order, ready, rest, available)
    earned = 0
    if ready.card:
        earned = rules.earned(rest - paid) + decision.points
    pending = earned if rules.pending_days else 0
    redemptions = [
        {
            "id": None,
            "coupon": one.coupon,
            "terms": one.terms,
            "given": one.given,
            "lines": [{"line": i, "discount": part} for i, part in sorted(one.given.lines.items())],
        }
        for one in decision.taken
    ]
    return Outcome(
        basket_total=total,
        discount=decision.discount,
        paid_with_points=paid,
        to_pay=rest - paid,
        currency=rules.currency,
        redemptions=redemptions,
        refused=list(decision.refused),
        points={
            "earned": earned, "pending": pending, "spent": order.spend_points,
            "available": available,
        },
        order=order,
        card=ready.card,
        unknown=ready.unknown,
    )  # fmt: skip


def _points_pay(order: Order, ready: Prepared, rest: int, available: int) -> int:
    """Return what the points to spend pay for, in minor units."""
    wanted = order.spend_points
    if not wanted:
        return 0
    if ready.card is None:
        raise PointsNeedCard
    if wanted > available:
        raise PointsShort(available=available, wanted=wanted)
    if wanted > (most := ready.rules.most_for(rest)):
        raise PointsTooMany(most=most)
    return ready.rules.worth(wanted)


def _write(
    connection: Connection, outcome: Outcome, ready: Prepared, actor: Actor, *, at: datetime
) -> None:
    order = outcome.order
    purchases.write(
        connection,
        ready.decision,
        id=outcome.id,
        shop_id=order.shop_id,
        till_id=order.till_id,
        staff_id=actor.staff_id,
        customer_id=ready.card.customer_id if ready.card else None,
        receipt=order.receipt,
        currency=outcome.currency,
        basket_total=outcome.basket_total,
        discount=outcome.discount,
        paid_with_points=outcome.paid_with_points,
        to_pay=outcome.to_pay,
        occurred_at=ready.at,
        recorded_at=at,
    )


def _book(
    connection: Connection, account: ledger.Held, outcome: Outcome, ready: Prepared, *, why: Why
) -> None:
    """Book the points: first what is spent, so that a purchase never pays for itself."""
    rules = ready.rules
    if outcome.order.spend_points:
        ledger.spend(connection, account, outcome.order.spend_points, why=why)
    due_at, expires_at = rules.due_at(ready.at), rules.expires_at(ready.at)
    bonus = ready.decision.points
    for kind, points in (("earn", outcome.points["earned"] - bonus), ("bonus", bonus)):
        if points:
            ledger.earn(
                connection, account, points,
                due_at=due_at, expires_at=expires_at, why=why, kind=kind,
            )  # fmt: skip
