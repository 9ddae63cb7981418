"""Claims: points for a reward, as a coupon; cancelled while it is unused, the points come back.

Locks: the claim when it is cancelled, the coupon, the reward (it counts like a limit), the account.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from core import audit, ids, outbox, paging
from core.auth import Actor
from core.db import locked, table
from core.errors import NotFound, WrongState
from core.models import Customer
from coupons import codes, granting, quoting, terms, worth
from coupons.models import Coupon
from loyalty import cards, expiry, ledger, programme, proofs, reversal, rewards
from loyalty.errors import RewardSoldOut, RewardUsed
from loyalty.ledger import Why
from loyalty.models import Claim, Entry, Reward

_REWARD, _CLAIM, _ENTRY = table(Reward), table(Claim), table(Entry)

_TAKE = (
    update(_REWARD)
    .where(
        _REWARD.c.id == bindparam("reward"),
        _REWARD.c.state == "active",
        or_(_REWARD.c.stock.is_(None), _REWARD.c.claimed - _REWARD.c.cancelled < _REWARD.c.stock),
    )
    .values(claimed=_REWARD.c.claimed + 1)
    .returning(_REWARD.c.claimed)
)
_PUT_BACK = (
    update(_REWARD)
    .where(_REWARD.c.id == bindparam("reward"))
    .values(cancelled=_REWARD.c.cancelled + 1)
)
_MAKE = insert(_CLAIM)


@dataclass(frozen=True, slots=True)
class ByCard:
    """How a reward is claimed for somebody.

    Attributes:
        card_id: by which card; none if they were named without one.
        proven: the id of the card that was shown itself, and not only its number.
        approval: what a second person has given the till for this, if it needs one.
    """

    card_id: UUID | None
    proven: UUID | None
    approval: str | None


def claim(
    session: Session,
    reward_id: UUID,
    customer_id: UUID,
    *,
    shown: ByCard | None = None,
    actor: Actor,
    at: datetime,
) -> Claim:
    """Take a reward for points; its coupon is the customer's from now on.

    It is said how the card was ``shown``; whoever claims for themselves, or may give any points,
    needs none.

    Raises:
        NotFound: there is no such reward or customer.
        CustomerBlocked, OwnCard: the customer may not be served, or not by this actor.
        RewardEnded, RewardNotStarted, RewardSoldOut: it is given to nobody at this moment.
        RewardTierNeeded: the customer has not reached the tier it is for.
        PointsShort: the customer has not so many points.
        CardProofNeeded: so many points are not spent on the number of a card alone.
        CouponRefusal: its offer is over or used up, so that the coupon would be worth nothing.
    """
    connection = session.connection()
    customer_id = cards.served(connection, customer_id, staff_id=actor.staff_id)
    reward = rewards.find(session, reward_id, lock=True)
    if no := rewards.standing(reward, at=at):
        raise no
    account = expiry.lock(connection, customer_id, at=at)
    needed = rewards.tiers_of(session, [reward]).get(reward.tier_id)
    if no := rewards.below(needed, rewards.rank_of(session, account.customer_id, at=at)):
        raise no
    id, price, offer_id = ids.new(), reward.points, reward.offer_id
    if shown:
        _check_proof(session, shown, price, account.customer_id, actor=actor, at=at)
    ledger.spend(connection, account, price, why=Why(at, str(actor), source=_source(id)))
    _take(session, reward)
    coupon_id = _give(connection, offer_id, account.customer_id, id, at=at)
    connection.execute(
        _MAKE,
        {
            "id": id, "reward_id": reward_id, "customer_id": account.customer_id,
            "coupon_id": coupon_id, "points": price, "state": "claimed",
            "actor": str(actor), "at": at,
        },
    )  # fmt: skip
    subject = ids.public("cu", account.customer_id)
    new = {"claim": ids.public("cl", id), "points": price}
    audit.record(session, actor, "reward.claimed", subject, new=new, at=at)
    outbox.put(session, "reward.claimed", {"claim": id.hex}, at=at)
    return session.get_one(Claim, id)


def _check_proof(
    session: Session, shown: ByCard, price: int, customer_id: UUID, *, actor: Actor, at: datetime
) -> None:
    rules = programme.rules(session.connection())
    if no := proofs.lacking(shown.card_id, shown.proven, price, rules):
        proofs.check(
            session, no, shown.approval,
            customer_id=customer_id, points=price, rules=rules, actor=actor, at=at,
        )  # fmt: skip


def cancel(session: Session, id: UUID, reason: str, *, actor: Actor, at: datetime) -> Claim:
    """Give a reward back while its coupon is unused: the points return to where they were.

    Raises:
        NotFound: there is no such claim.
        WrongState: it was cancelled already, or the customer was forgotten.
        RewardUsed: its coupon was used.
        OwnCard: it is the staff member's own.
    """
    connection = session.connection()
    found = _lock(session, id)
    holder = session.get_one(Customer, cards.survivor(connection, found.customer_id))
    if holder.state not in ("active", "blocked"):
        raise WrongState(state=holder.state)
    cards.check_not_own(connection, holder.id, actor.staff_id)
    coupon = session.get_one(Coupon, found.coupon_id)
    if not granting.take_back(connection, coupon.offer_id, _source(id)):
        raise RewardUsed
    reward = rewards.find(session, found.reward_id, lock=True)
    connection.execute(_PUT_BACK, {"reward": reward.id})
    session.refresh(reward)
    account = expiry.lock(connection, found.customer_id, at=at)
    why = Why(at, str(actor), reason=reason, source=_source(id))
    rules = programme.rules(connection)
    reversal.give_back(connection, account, _spent(connection, found), rules, why=why)
    found.state, found.cancelled_by, found.cancelled_at = "cancelled", str(actor), at
    new = {"claim": ids.public("cl", id), "points": found.points, "reason": reason}
    subject = ids.public("cu", account.customer_id)
    audit.record(session, actor, "reward.cancelled", subject, new=new, at=at)
    session.flush()
    return found


def of_customer(
    session: Session, customer_id: UUID, *, limit: int = 50, cursor: str | None = None
) -> tuple[list[Claim], str | None]:
    """Return a page of what a customer has claimed, newest first; also before a merge."""
    merged = select(Customer.id).where(Customer.merged_into_id == customer_id)
    rows = select(Claim).where(or_(Claim.customer_id == customer_id, Claim.customer_id.in_(merged)))
    return paging.page(session, rows, by=Claim.at, id=Claim.id, limit=limit, cursor=cursor)


def find(session: Session, id: UUID) -> Claim:
    """Return a claim.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Claim, id)
    if found is None:
        raise NotFound(what="claim")
    return found


def coupon_of(session: Session, claim: Claim) -> Coupon:
    """Return the coupon a reward was given out as."""
    return session.get_one(Coupon, claim.coupon_id)


def _take(session: Session, reward: Reward) -> None:
    """Count a reward up if there is one left."""
    if session.connection().execute(_TAKE, {"reward": reward.id}).first() is None:
        raise RewardSoldOut
    session.refresh(reward)


def _give(
    connection: Connection, offer_id: UUID, customer_id: UUID, claim_id: UUID, *, at: datetime
) -> UUID:
    """Give the coupon of a reward, and let nobody pay for one that cannot be used."""
    over = worth.over(connection, [offer_id], customer_id=customer_id, at=at)
    if no := over.get(offer_id):
        raise no
    given = granting.give(
        connection, offer_id, customer_id=customer_id, ref=_source(claim_id), at=at
    )
    [held] = codes.held(connection, [given.code])
    if no := quoting.standing(held, terms.of(connection, held.version_id), at):
        raise no
    return given.coupon_id


def _lock(session: Session, id: UUID) -> Claim:
    found = session.scalar(locked(select(Claim).where(Claim.id == id)))
    if found is None:
        raise NotFound(what="claim")
    if found.state != "claimed":
        raise WrongState(state=found.state)
    return found


def _spent(connection: Connection, claim: Claim) -> Any:
    """Return the ledger line by which a claim was paid."""
    return connection.execute(
        select(_ENTRY).where(
            _ENTRY.c.customer_id == claim.customer_id,
            _ENTRY.c.source == _source(claim.id),
            _ENTRY.c.kind == "spend",
        )
    ).one()


def _source(id: UUID) -> str:
    return f"claim:{id.hex}"
