"""The checkout: quote and settle one purchase. Coupons first, then points.

Locks are always taken in the same order: the key (by the edge), coupons by id, limits, the
account, its lots. So no two purchases can wait for each other in a circle.
"""

import hashlib
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import approvals, ids, outbox, shops
from core.auth import Actor
from coupons import redemption, tracing
from coupons.basket import Sale
from coupons.responses import Try
from loyalty import attempts, booking, expiry, preparing, purchases
from loyalty.cards import Shown
from loyalty.errors import NothingToSettle
from loyalty.expiry import Balance
from loyalty.ledger import Held
from loyalty.order import Order, Outcome, Settled
from loyalty.preparing import Prepared


def quote(connection: Connection, order: Order, *, actor: Actor, at: datetime) -> Outcome:
    """Return what a purchase would come to; nothing is written or locked.

    Raises:
        CardNotFound, CardBlocked, CardReplaced, CustomerBlocked, OwnCard: the card is refused.
        PointsShort, PointsTooMany, PointsTooFew, PointsNeedCard: the points cannot be spent.
        CurrencyMixed, LinesDoNotSum, TooManyCoupons, CouponTwice: the order is not right in itself.
    """
    ready = preparing.prepare(connection, order, actor=actor, lock=False, at=at)
    held = expiry.balance(connection, ready.card.customer_id, at=at) if ready.card else None
    outcome = _outcome(connection, order, ready, held.available if held else 0)
    if held:
        outcome.news = booking.outlook(connection, ready, outcome, actor=actor)
        _foresee(outcome, held, ready, at=at)
    return outcome


def _foresee(outcome: Outcome, held: Balance, ready: Prepared, *, at: datetime) -> None:
    """Say what a purchase will leave on the account; some of what it brings comes later."""
    gains = list(booking.gains(outcome, ready))
    at_once = sum(one.points for one in gains if one.due_at <= at < one.expires_at)
    waiting = sum(one.points for one in gains if one.due_at > at)
    outcome.points["available"] += max(0, at_once - held.debt) - outcome.points["spent"]
    outcome.points["balance_pending"] = held.pending + waiting


def settle(session: Session, order: Order, *, actor: Actor, at: datetime) -> Outcome:
    """Settle a purchase: redeem its coupons, spend and earn its points, and record the answers.

    Raises:
        CouponRefusal, CodeNotFound: a coupon is refused and the order does not skip it; the
            refusal's ``attempts`` name every coupon that was tried.
        ReceiptUsed: the shop has settled this receipt already.
        NothingToSettle: there is neither a basket nor a coupon.
        ApprovalNeeded: a till takes so much off that a second person must allow it.
        Refusal: as ``quote`` says.
    """
    connection = session.connection()
    if order.till_id and order.till_id != actor.till_id:
        shops.check_till(session, order.till_id, order.shop_id)
    ready = preparing.prepare(connection, order, actor=actor, lock=True, at=at)
    if order.basket is None and not ready.decision.taken:
        if ready.decision.refused:
            raise ready.decision.refused[0].refusal
        raise NothingToSettle
    card = ready.card
    account = expiry.lock(connection, card.customer_id, at=at) if card else None
    outcome = _outcome(connection, order, ready, account.available if account else 0)
    _check_value(session, outcome, ready, actor=actor, at=at)
    outcome.id = purchase_id = ids.new()
    _write(connection, outcome, ready, actor, at=at)
    _redeem(connection, outcome, ready, purchase_id, at=at)
    if account and card:
        settled = _settled(outcome, ready, purchase_id, card, actor=actor, at=at)
        outcome.news = booking.book(connection, account, outcome, ready, settled=settled)
        _tell_balance(connection, outcome, account, ready, at=at)
    whys = outcome.why["coupons"][len(ready.decision.taken) :]
    tries = [
        Try(one.coupon, one.refusal, why)
        for one, why in zip(ready.decision.refused, whys, strict=True)
    ]
    attempts.record(connection, order, tries, card=card, attempt=None, at=at)
    outbox.put(session, "purchase.settled", {"purchase": purchase_id.hex}, at=at)
    return outcome


def _check_value(
    session: Session, outcome: Outcome, ready: Prepared, *, actor: Actor, at: datetime
) -> None:
    """Let a till take off what it may alone, or what somebody has approved for just this sale.

    Raises:
        ApprovalNeeded: nobody has.
    """
    most, off = ready.rules.approve_above, outcome.discount + outcome.paid_with_points
    if most is None or off <= most or actor.till_id is None:
        return
    approvals.use(
        session, outcome.order.approval,
        action="high_value", subject=_subject(outcome), amount=off, actor=actor, at=at,
    )  # fmt: skip


def _subject(outcome: Outcome) -> str:
    """Return a name for what is sold to whom, for how much: any other sale has another one."""
    card = outcome.card
    facts = (
        card.customer_id.hex if card else "",
        *sorted(one["coupon"].id.hex for one in outcome.redemptions),
        outcome.basket_total, outcome.discount, outcome.paid_with_points,
    )  # fmt: skip
    return f"sale_{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"


def _tell_balance(
    connection: Connection, outcome: Outcome, account: Held, ready: Prepared, *, at: datetime
) -> None:
    """Say what is on the account now.

    A friend's gift is booked beside the account that was locked, and what an older purchase brings
    may be due or over already: then the account is read again.
    """
    held: Held | Balance = account
    if outcome.news["referrals"] or ready.at < at:
        held = expiry.balance(connection, account.customer_id, at=at)
    outcome.points |= {"available": held.available, "balance_pending": held.pending}


def _outcome(connection: Connection, order: Order, ready: Prepared, available: int) -> Outcome:
    decision, rules = ready.decision, ready.rules
    total = order.basket.total if order.basket else 0
    rest = total - decision.discount
    paid = booking.points_pay(order, ready, rest, available)
    earned = booking.earned(connection, ready, rest - paid)
    points = earned.total if earned else 0
    redemptions = [
        {
            "id": None,
            "coupon": one.coupon,
            "terms": one.terms,
            "given": one.given,
            "lines": [{"line": i, "discount": part} for i, part in sorted(one.given.lines.items())],
            "step": one.step,
            "place": None,
            "next": None,
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
            "earned": points, "pending": points if rules.pending_days else 0,
            "spent": order.spend_points, "available": available,
        },
        order=order,
        card=ready.card,
        unknown=ready.unknown,
        earned=earned,
        why={
            "coupons": tracing.of_decision(decision),
            "points": earned.why if earned else None,
        },
    )  # fmt: skip


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
        why=outcome.why,
        occurred_at=ready.at,
        recorded_at=at,
    )


def _redeem(
    connection: Connection, outcome: Outcome, ready: Prepared, purchase_id: UUID, *, at: datetime
) -> None:
    card = ready.card
    sale = Sale(
        purchase_id,
        outcome.order.shop_id,
        card.customer_id if card else None,
        card.pseudonym if card else None,
        ready.at,
        ready.scene.zone,
    )
    done = redemption.redeem(connection, ready.decision, sale, at=at)
    for one in outcome.redemptions:
        one.update(done[one["coupon"].id])


def _settled(
    outcome: Outcome, ready: Prepared, purchase_id: UUID, card: Shown, *, actor: Actor, at: datetime
) -> Settled:
    return Settled(
        purchase_id=purchase_id,
        shop_id=outcome.order.shop_id,
        zone=ready.scene.zone,
        customer_id=card.customer_id,
        pseudonym=card.pseudonym,
        basket=outcome.order.basket,
        decision=ready.decision,
        worth=outcome.to_pay + outcome.paid_with_points,
        to_pay=outcome.to_pay,
        paid_with_points=outcome.paid_with_points,
        at=ready.at,
        recorded_at=at,
        actor=actor,
    )
