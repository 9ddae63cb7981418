"""Write a purchase that was decided: now at a till, or before, without a line."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import ids, outbox
from core.auth import Actor
from coupons import conflicts, holds, redemption, tracing
from coupons.basket import Sale
from loyalty import booking, expiry, proofs, purchases, withheld
from loyalty.cards import Shown
from loyalty.expiry import Balance
from loyalty.ledger import Held
from loyalty.order import Order, Outcome, Settled
from loyalty.preparing import Prepared


def work_out(connection: Connection, order: Order, ready: Prepared, available: int) -> Outcome:
    """Return what a purchase that was decided comes to, for whoever has so many points.

    Raises:
        PointsNeedCard, PointsShort, PointsTooMany, PointsTooFew: the points cannot be spent.
    """
    decision, rules, card = ready.decision, ready.rules, ready.card
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
        card=card,
        unknown=ready.unknown,
        earned=earned,
        why={
            **({"lines": len(order.basket.lines)} if order.basket and order.basket.lines else {}),
            "coupons": tracing.of_decision(decision),
            "points": earned.why if earned else None,
            **withheld.mark(order),
        },
        lacking=proofs.lacking(
            card.id if card else None, order.proven, order.spend_points, rules
        ),
    )  # fmt: skip


def write_down(
    session: Session, outcome: Outcome, ready: Prepared, account: Held | None, *,
    actor: Actor, at: datetime,
) -> UUID:  # fmt: skip
    """Write a purchase whose coupons and account are locked, and all that it brings.

    Raises:
        ReceiptUsed: the shop has settled this receipt already.
    """
    connection, card = session.connection(), ready.card
    outcome.id = purchase_id = ids.new()
    _write(connection, outcome, ready, actor, at=at)
    _redeem(connection, outcome, ready, purchase_id, at=at)
    if account and card:
        settled = _settled(outcome, ready, purchase_id, card, actor=actor, at=at)
        outcome.news = booking.book(connection, account, outcome, ready, settled=settled)
        _tell_balance(connection, outcome, account, ready, at=at)
    outbox.put(session, "purchase.settled", {"purchase": purchase_id.hex}, at=at)
    return purchase_id


def served_by(order: Order, actor: Actor) -> UUID | None:
    """Return the staff member who served: who is signed on, or who was at that time."""
    told = order.happened.staff_id if order.happened else None
    return told or actor.staff_id


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
        staff_id=served_by(order, actor),
        customer_id=ready.card.customer_id if ready.card else None,
        receipt=order.receipt,
        currency=outcome.currency,
        basket_total=outcome.basket_total,
        discount=outcome.discount,
        paid_with_points=outcome.paid_with_points,
        to_pay=outcome.to_pay,
        why=outcome.why,
        occurred_at=ready.at,
        offline=order.happened is not None,
        lease_id=order.happened.lease_id if order.happened else None,
        recorded_at=at,
    )


def _let_go(connection: Connection, order: Order, ready: Prepared) -> None:
    """End what the till held for this purchase."""
    decision = ready.decision
    tried = [one.coupon for one in decision.taken] + [one.coupon for one in decision.refused]
    kept = [one.id for one in tried if one.kept_here]
    if kept and order.till_id:
        holds.drop(connection, kept, till_id=order.till_id)


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
    _let_go(connection, outcome.order, ready)
    for one in outcome.redemptions:
        one.update(done[one["coupon"].id])
    made = {coupon: one["id"] for coupon, one in done.items()}
    conflicts.record(connection, ready.decision, sale, redemptions=made, at=at)


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
