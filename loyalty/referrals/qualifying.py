"""A friend's purchase qualifies, and both sides are owed their rewards until the hold is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, or_, select, update

from core import ids
from core.auth import Actor
from core.db import table
from coupons import quotas
from coupons.quotas import Limit, Name, Use
from loyalty import ledger, programme
from loyalty.models import Referral
from loyalty.order import Settled
from loyalty.referrals import codes, rewards, suspicion
from loyalty.referrals import scheme as schemes
from loyalty.referrals.codes import Holder
from loyalty.referrals.rewards import Occasion
from loyalty.referrals.scheme import Scheme

MEASURE = "referrals"
"""What the counter of a referrer's friends counts."""

CAPPED = "cap_reached"
"""Why only the friend gets something."""

_OF = table(Referral)

_LOOK = select(_OF).where(
    _OF.c.referee_id == bindparam("customer"),
    or_(_OF.c.state == "attributed", _OF.c.state == "review"),
    _OF.c.purchase_id.is_(None),
    _OF.c.expires_at > bindparam("moment"),
)
_OPEN = _LOOK.with_for_update()
_NOTED = {
    "purchase_id": bindparam("by_purchase"),
    "minimum": bindparam("least"),
    "qualified_at": bindparam("on"),
    "due_at": bindparam("due_on"),
    "reasons": bindparam("why", type_=_OF.c.reasons.type),
}
_TO_REVIEW = update(_OF).where(_OF.c.id == bindparam("referral")).values(state="review", **_NOTED)
_QUALIFY = (
    update(_OF)
    .where(_OF.c.id == bindparam("referral"), _OF.c.state.in_(("attributed", "review")))
    .values(state="qualified", period=bindparam("in_period"), **_NOTED)
)
_FRIENDS = select(func.count(), func.max(_OF.c.due_at)).where(
    _OF.c.referrer_id.in_(codes.SAME),
    _OF.c.state.in_(("qualified", "rewarded")),
    _OF.c.period.is_not(None),
)


@dataclass(frozen=True, slots=True)
class Bought:
    """The purchase that qualifies: what had to be paid, when it was, and until when to wait."""

    purchase_id: UUID
    minimum: int
    at: datetime
    due_at: datetime
    actor: str


def after_purchase(connection: Connection, settled: Settled) -> list[dict[str, Any]]:
    """Qualify the friend who has just bought enough; return what they get for it, if anything.

    Only what is paid in money counts: points and free items never qualify. Where something looks
    odd, the purchase is noted and the referral waits for a review.
    """
    of = {"customer": settled.customer_id, "moment": settled.at}
    found = connection.execute(_OPEN, of).one_or_none()
    scheme = schemes.read(connection) if found else None
    if found is None or scheme is None or settled.to_pay < scheme.least:
        return []
    due_at = settled.at + timedelta(days=scheme.hold_days)
    bought = Bought(settled.purchase_id, scheme.least, settled.at, due_at, str(settled.actor))
    fresh = _odd(connection, found, settled.actor)
    if fresh or found.state == "review":
        noted = _noted(found, bought, [*found.reasons, *fresh])
        connection.execute(_TO_REVIEW, noted)
        return []
    qualify(connection, found, scheme, bought)
    return [_promised(scheme, due_at)] if scheme.friend else []


def preview(
    connection: Connection, customer_id: UUID, *, to_pay: int, actor: Actor, at: datetime
) -> list[dict[str, Any]]:
    """Return what ``after_purchase`` would, of a purchase for which so much is paid."""
    of = {"customer": customer_id, "moment": at}
    found = connection.execute(_LOOK, of).one_or_none()
    scheme = schemes.read(connection) if found else None
    if found is None or scheme is None or not scheme.friend or to_pay < scheme.least:
        return []
    if found.state == "review" or _odd(connection, found, actor):
        return []
    return [_promised(scheme, at + timedelta(days=scheme.hold_days))]


def _odd(connection: Connection, referral: Any, actor: Actor) -> list[str]:
    """Return why a referral must be looked at twice that was not known before."""
    odd = suspicion.reasons(connection, referral.referrer_id, referral.referee_id, actor=actor)
    fresh = [reason for reason in odd if reason not in referral.reasons]
    if codes.holder(connection, referral.referrer_id).id == referral.referee_id:
        fresh.append("merged")
    return fresh


def qualify(connection: Connection, referral: Any, scheme: Scheme, bought: Bought) -> None:
    """Count a locked referral, and owe both sides what they get; the friend's account is locked.

    Beyond the cap, and where the referrer is no longer there, only the friend gets anything.
    """
    friend = codes.holder(connection, referral.referee_id)
    referrer = codes.holder(connection, referral.referrer_id)
    reasons = [one for one in referral.reasons if one != CAPPED]
    period = None
    if referrer.state != "erased" and referrer.id != friend.id:
        period = _count(connection, scheme, referral.referrer_id, at=bought.at)
        if period is None:
            reasons.append(CAPPED)
    noted = _noted(referral, bought, reasons) | {"in_period": period}
    connection.execute(_QUALIFY, noted)
    if scheme.friend and friend.state != "erased":
        occasion = Occasion(referral.id, "friend", bought.at, bought.due_at, bought.actor)
        rewards.owe(connection, friend.id, scheme.friend, occasion)
    if period is not None:
        ledger.lock(connection, referrer.id)
        _reward_referrer(connection, referral.id, referrer, scheme, bought=bought)


def _reward_referrer(
    connection: Connection, referral_id: UUID, referrer: Holder, scheme: Scheme, *, bought: Bought
) -> None:
    """Owe the referrer a reward, and every milestone that this friend reaches."""
    if scheme.referrer:
        occasion = Occasion(referral_id, "referrer", bought.at, bought.due_at, bought.actor)
        rewards.owe(connection, referrer.id, scheme.referrer, occasion)
    if not scheme.milestones:
        return
    friends, last_due = counted(connection, referrer.id)
    there = rewards.reached(connection, referrer.id, friends)
    for milestone in scheme.milestones:
        if milestone.reached_by(friends) and milestone.name not in there:
            occasion = Occasion(
                referral_id, "milestone", bought.at, last_due or bought.due_at, bought.actor,
                milestone.name, friends,
            )  # fmt: skip
            rewards.owe(connection, referrer.id, milestone.prize, occasion)


def counted(connection: Connection, referrer_id: UUID) -> tuple[int, datetime | None]:
    """Return how many friends of a referrer count, and when the last hold on them is over."""
    friends, last_due = connection.execute(_FRIENDS, {"referrer": referrer_id}).one()
    return int(friends), last_due


def counter(scheme_id: UUID, referrer_id: UUID, period: str) -> Name:
    """Return the name of the counter of a referrer's friends in a period."""
    return scheme_id, referrer_id, period, MEASURE


def _count(
    connection: Connection, scheme: Scheme, referrer_id: UUID, *, at: datetime
) -> str | None:
    """Count one more friend of a referrer; return in which period, or None beyond the cap."""
    zone = programme.rules(connection).zone
    period = quotas.period(scheme.cap_per, zone, at)
    name = counter(scheme.id, referrer_id, period)
    limit = Limit(*name, scheme.most_friends)
    if quotas.live(connection, [limit], lock=True)[name] >= limit.cap:
        return None
    quotas.take(connection, [Use(limit, 1)])
    return period


def _noted(referral: Any, bought: Bought, reasons: list[str]) -> dict[str, Any]:
    return {
        "referral": referral.id, "by_purchase": bought.purchase_id, "least": bought.minimum,
        "on": bought.at, "due_on": bought.due_at, "why": reasons,
    }  # fmt: skip


def _promised(scheme: Scheme, due_at: datetime) -> dict[str, Any]:
    prize = scheme.friend
    offer_id = prize.offer_id if prize else None
    return {
        "kind": "referral",
        "points": prize.points if prize else None,
        "offer": ids.public("of", offer_id) if offer_id else None,
        "hold_days": scheme.hold_days,
        "due_at": due_at.isoformat(),
    }
