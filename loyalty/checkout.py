"""The checkout: quote and settle one purchase. Coupons first, then points.

Locks are always taken in the same order: the key (by the edge), coupons by id, limits, the
account, its lots. So no two purchases can wait for each other in a circle.
"""

import hashlib
from datetime import datetime

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import approvals, shops
from core.auth import Actor
from coupons.responses import Try
from loyalty import attempts, booking, cards, expiry, preparing, proofs, settling
from loyalty.errors import NothingToSettle
from loyalty.expiry import Balance
from loyalty.order import Order, Outcome
from loyalty.preparing import Prepared


def quote(connection: Connection, order: Order, *, actor: Actor, at: datetime) -> Outcome:
    """Return what a purchase would come to; nothing is written or locked.

    Raises:
        CardNotFound, CardBlocked, CardReplaced, CustomerBlocked, OwnCard: the card is refused.
        PointsShort, PointsTooMany, PointsTooFew, PointsNeedCard: the points cannot be spent.
        CurrencyMixed, LinesDoNotSum, TooManyCoupons, CouponTwice: the order is not right in itself.
        NothingToSettle: there is neither a basket nor a coupon, nor a card whose points to tell.
    """
    if order.basket is None and not order.codes and order.card is None:
        raise NothingToSettle
    ready = preparing.prepare(connection, order, actor=actor, lock=False, at=at)
    held = expiry.balance(connection, ready.card.customer_id, at=at) if ready.card else None
    outcome = settling.work_out(connection, order, ready, held.available if held else 0)
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
        CardProofNeeded: so many points are not spent on the number of a card alone.
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
    outcome = settling.work_out(connection, order, ready, account.available if account else 0)
    _check_value(session, outcome, ready, actor=actor, at=at)
    _check_proof(session, outcome, ready, actor=actor, at=at)
    settling.write_down(session, outcome, ready, account, actor=actor, at=at)
    whys = outcome.why["coupons"][len(ready.decision.taken) :]
    tries = [
        Try(one.coupon, one.refusal, why)
        for one, why in zip(ready.decision.refused, whys, strict=True)
    ]
    attempts.record(connection, order, tries, card=card, attempt=None, at=at)
    return outcome


def _check_value(
    session: Session, outcome: Outcome, ready: Prepared, *, actor: Actor, at: datetime
) -> None:
    """Let a till take off what it may alone, or what somebody has approved for just this sale.

    Raises:
        ApprovalNeeded: nobody has.
        OwnCard: it is the sale of whoever has.
    """
    most, off = ready.rules.approve_above, outcome.discount + outcome.paid_with_points
    if most is None or off <= most or actor.till_id is None:
        return
    used = approvals.use(
        session, outcome.order.approval,
        action="high_value", subject=_subject(outcome), amount=off, actor=actor, at=at,
    )  # fmt: skip
    if card := outcome.card:
        cards.check_not_own(session.connection(), card.customer_id, used.staff_id)


def _check_proof(
    session: Session, outcome: Outcome, ready: Prepared, *, actor: Actor, at: datetime
) -> None:
    """Let points be spent with a card that was shown itself, or that somebody has approved.

    Raises:
        CardProofNeeded: only its number is known, and nobody has.
    """
    order, card, no = outcome.order, outcome.card, outcome.lacking
    if no is None or card is None:
        return
    proofs.check(
        session, no, order.approval,
        customer_id=card.customer_id, points=order.spend_points, rules=ready.rules,
        actor=actor, at=at,
    )  # fmt: skip
    outcome.lacking = None


def _subject(outcome: Outcome) -> str:
    """Return a name for what is sold to whom, for how much: any other sale has another one."""
    card = outcome.card
    facts = (
        card.customer_id.hex if card else "",
        *sorted(one["coupon"].id.hex for one in outcome.redemptions),
        outcome.basket_total, outcome.discount, outcome.paid_with_points,
    )  # fmt: skip
    return f"sale_{hashlib.sha256(repr(facts).encode()).hexdigest()[:32]}"
