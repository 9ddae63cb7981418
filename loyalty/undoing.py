"""Undo a share of a purchase: what its coupons, its points and whatever hangs on it gave.

The purchase is locked; then come coupons by id, limits, the account, its lots.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import approvals, ids, till_rules
from core.auth import Actor
from coupons import giving_back
from coupons.giving_back import Back
from coupons.shares import Share
from loyalty import cards, expiry, programme, referrals, reversal, stamps, tiers
from loyalty.errors import FullyRefunded, VoidElsewhere, VoidTooLate
from loyalty.ledger import Held, Why
from loyalty.reversal import Undone


@dataclass(frozen=True, slots=True)
class Given:
    """What came back of a purchase: of each redemption, and in points."""

    redemptions: list[Back] = field(default_factory=list)
    points: Undone = field(default_factory=Undone)
    account: Held | None = None

    @property
    def kept(self) -> int:
        """Return how many coupons that the purchase had given were used already.

        They belong to the purchase they were used in, and are undone with that one.
        """
        return sum(one.kept for one in self.redemptions)


def check_may(
    session: Session, purchase: Any, *, approval: str | None, actor: Actor, at: datetime
) -> None:
    """Let through who may undo a purchase, or some of it, now.

    At a till a second person can allow what is too late for the cashier alone.

    Raises:
        OwnCard: it is the purchase of whoever serves, or approves.
        VoidElsewhere: the actor may undo what was settled at the own till only.
        VoidTooLate: the key may undo for some minutes only.
        ApprovalNeeded: so may the cashier, and nobody has approved it.
    """
    if purchase.customer_id is not None:
        cards.check_not_own(session.connection(), purchase.customer_id, actor.staff_id)
    if actor.may("purchases:void-any"):
        return
    if not _is_own(purchase, actor):
        raise VoidElsewhere
    minutes = till_rules.find(session.connection()).void_minutes
    if at - purchase.recorded_at <= timedelta(minutes=minutes):
        return
    if actor.till_id is None:
        raise VoidTooLate(minutes=minutes)
    used = approvals.use(
        session, approval,
        action="void_late", subject=ids.public("pu", purchase.id),
        amount=int(purchase.basket_total - purchase.discount - purchase.refunded),
        actor=actor, at=at,
    )  # fmt: skip
    if purchase.customer_id is not None:
        cards.check_not_own(session.connection(), purchase.customer_id, used.staff_id)


def _is_own(purchase: Any, actor: Actor) -> bool:
    """Tell whether a purchase was made at the actor's till, or in the shop of a POS with a key."""
    if actor.kind == "key":
        return actor.works_for(purchase.shop_id)
    return purchase.till_id is not None and purchase.till_id == actor.till_id


def check_something_left(purchase: Any) -> int:
    """Return what the goods of a purchase were worth, if not all of it was given back.

    Raises:
        FullyRefunded: there is nothing left to undo.
    """
    worth = int(purchase.basket_total - purchase.discount)
    if worth and purchase.refunded == worth:
        raise FullyRefunded
    return worth


def undo(
    connection: Connection, purchase: Any, share: Share, *,
    part: int, voided: bool, actor: Actor, reason: str, at: datetime,
) -> Given:  # fmt: skip
    """Undo a share of a locked purchase; ``part`` is the number of the refund, 0 for a void."""
    give = giving_back.void_all if voided else giving_back.give_share
    redemptions = give(connection, purchase.id, share, at=at)
    if purchase.customer_id is None:
        return Given(redemptions)
    account = expiry.lock(connection, purchase.customer_id, at=at)
    points = reversal.reverse_purchase(
        connection, account, purchase.id, programme.rules(connection),
        spent=_spent(purchase, share), earned=share, part=part,
        why=Why(at, str(actor), purchase.id, reason),
    )  # fmt: skip
    stamps.take_back(
        connection, account, purchase.id,
        done=share.after, whole=share.whole, actor=str(actor), at=at,
    )  # fmt: skip
    referrals.after_undo(connection, purchase.id, full=share.completes, actor=str(actor), at=at)
    tiers.after_undo(connection, account, actor=str(actor), at=at)
    return Given(redemptions, points, account)


def _spent(purchase: Any, share: Share) -> Share:
    """Return the share of the points spent: of what they paid, as money is of what it paid.

    So what comes back in points is worth what the refund says, not a cent more or less.
    """
    to_pay, paid = purchase.to_pay, purchase.paid_with_points
    if not paid:
        return share
    return Share(share.before - share.since(to_pay), share.after - share.upto(to_pay), paid)
