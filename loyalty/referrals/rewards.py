"""What somebody gets for a referral: owed when it qualifies, theirs when the hold is over.

Points are booked at once as pending, due when the hold ends, so that no job need come by for them
to be spendable at that very instant. A coupon is given when it is due, by ``give_due``: by the
night, or before what its holder has is shown.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, or_, select, update
from sqlalchemy.orm import Session

from core import ids
from core.db import Database, table
from coupons import granting, worth
from loyalty import expiry, ledger, programme, reversal
from loyalty.ledger import Why
from loyalty.models import Entry, Referral, ReferralReward
from loyalty.referrals import codes
from loyalty.referrals.scheme import Prize

SWEEP = 100

_OF, _REFERRAL, _ENTRY = table(ReferralReward), table(Referral), table(Entry)

_WRITE = insert(_OF)
_STANDS = _OF.c.state != "taken_back"
_TAKE_BACK = (
    update(_OF)
    .where(
        or_(
            (_OF.c.referral_id == bindparam("referral")) & (_OF.c.side != "milestone"),
            _OF.c.customer_id.in_(codes.SAME)
            & (_OF.c.side == "milestone")
            & (_OF.c.friends > bindparam("still")),
        ),
        _STANDS,
    )
    .values(state="taken_back", ended_at=bindparam("ended_on"))
    .returning(_OF.c.id, _OF.c.customer_id, _OF.c.entry_id, _OF.c.offer_id, _OF.c.coupon_id)
)
_REACHED = select(_OF.c.milestone).where(
    _OF.c.customer_id.in_(codes.SAME), _OF.c.friends == bindparam("reached"), _STANDS
)
_BOOKED = select(_ENTRY).where(_ENTRY.c.id == bindparam("entry"))
_REWARDED = (
    update(_REFERRAL)
    .where(
        _REFERRAL.c.id == bindparam("referral"),
        _REFERRAL.c.state == "qualified",
        _REFERRAL.c.due_at <= bindparam("moment"),
    )
    .values(state="rewarded", rewarded_at=_REFERRAL.c.due_at)
)
_GIVEN = (
    update(_OF)
    .where(_OF.c.id == bindparam("reward"), _OF.c.state == "pending")
    .values(state="given")
    .returning(_OF.c.id)
)
_GIVE = (
    update(_OF)
    .where(_OF.c.id == bindparam("reward"), _OF.c.state == "pending")
    .values(state="given", coupon_id=bindparam("coupon"))
)
_LAPSE = (
    update(_OF)
    .where(_OF.c.id == bindparam("reward"), _OF.c.state == "pending")
    .values(state="taken_back", ended_at=bindparam("ended_on"))
)
_CLAIM = select(_OF.c.state).where(_OF.c.id == bindparam("reward")).with_for_update()


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a reward is owed for, from when on, and by whom it came about.

    Attributes:
        side: referrer, friend or milestone.
        friends: how many friends reached the milestone.
    """

    referral_id: UUID
    side: str
    at: datetime
    due_at: datetime
    actor: str
    milestone: str | None = None
    friends: int | None = None


def owe(connection: Connection, customer_id: UUID, prize: Prize, occasion: Occasion) -> None:
    """Owe somebody a reward from when it is due on; their account must be locked."""
    entry_id = None
    if prize.points is not None:
        account = ledger.lock(connection, customer_id)
        rules = programme.rules(connection)
        why = Why(occasion.at, occasion.actor, source=_source(customer_id, occasion))
        entry_id = ledger.post(
            connection, account, "bonus", prize.points, sides=("world", "pending"), why=why,
            due_at=occasion.due_at, expires_at=rules.expires_at(occasion.due_at),
        )  # fmt: skip
    connection.execute(
        _WRITE,
        {
            "id": ids.new(), "referral_id": occasion.referral_id, "customer_id": customer_id,
            "side": occasion.side, "milestone": occasion.milestone, "friends": occasion.friends,
            "points": prize.points, "offer_id": prize.offer_id, "entry_id": entry_id,
            "coupon_id": None, "state": "pending", "at": occasion.at, "due_at": occasion.due_at,
            "ended_at": None,
        },
    )  # fmt: skip


def _source(customer_id: UUID, occasion: Occasion) -> str:
    if occasion.side == "milestone":
        return f"milestone:{customer_id.hex}:{occasion.friends}"
    return f"referral:{occasion.referral_id.hex}:{occasion.side}"


def reached(connection: Connection, referrer_id: UUID, friends: int) -> set[str]:
    """Return the milestones that a referrer has for just so many friends."""
    found = connection.execute(_REACHED, {"referrer": referrer_id, "reached": friends})
    return set(found.scalars())


def take_back(
    connection: Connection, referral_id: UUID, referrer_id: UUID, *, friends: int, why: Why
) -> None:
    """Take back what was given for a referral, and each milestone that so few friends do not reach.

    What is pending is gone; what is spendable is claimed back by the programme's policy; a coupon
    that was not used yet is withdrawn. Both accounts must be locked.
    """
    values = {"referral": referral_id, "referrer": referrer_id, "still": friends}
    rows = connection.execute(_TAKE_BACK, values | {"ended_on": why.at}).all()
    rules = programme.rules(connection)
    for row in sorted(rows, key=lambda one: one.id):
        if row.coupon_id:
            granting.take_back(connection, row.offer_id, _ref(row.id))
        if row.entry_id:
            entry = connection.execute(_BOOKED, {"entry": row.entry_id}).one()
            account = expiry.lock(connection, row.customer_id, at=why.at)
            back = Why(why.at, why.actor, reason=why.reason, source=entry.source)
            reversal.claim_back(connection, account, entry, rules, why=back)


def give_due(
    connection: Connection, *, at: datetime, customer_id: UUID | None = None, most: int = SWEEP
) -> int:
    """Give what has become due, to a customer or to everybody; return how much of it there was."""
    referrals = _due_referrals(connection, customer_id, at=at, most=most)
    for id in referrals:
        connection.execute(_REWARDED, {"referral": id, "moment": at})
    owed = _due_rewards(connection, customer_id, at=at, most=most, of=referrals)
    for row in owed:
        if row.offer_id is None:
            connection.execute(_GIVEN, {"reward": row.id})
        elif connection.execute(_CLAIM, {"reward": row.id}).scalar() == "pending":
            _give_coupon(connection, row, at=at)
    return len(referrals) + len(owed)


def _give_coupon(connection: Connection, row: Any, *, at: datetime) -> None:
    """Give a coupon to whoever the customer is now; one who was forgotten gets none."""
    holder = codes.holder(connection, row.customer_id)
    if holder.state == "erased":
        connection.execute(_LAPSE, {"reward": row.id, "ended_on": at})
        return
    given = granting.give(connection, row.offer_id, customer_id=holder.id, ref=_ref(row.id), at=at)
    connection.execute(_GIVE, {"reward": row.id, "coupon": given.coupon_id})


def _due_referrals(
    connection: Connection, customer_id: UUID | None, *, at: datetime, most: int
) -> list[UUID]:
    rows = select(_REFERRAL.c.id).where(_REFERRAL.c.state == "qualified", _REFERRAL.c.due_at <= at)
    if customer_id:
        rows = rows.where(
            or_(_REFERRAL.c.referrer_id == customer_id, _REFERRAL.c.referee_id == customer_id)
        )
    return list(connection.execute(rows.order_by(_REFERRAL.c.id).limit(most)).scalars())


def _due_rewards(
    connection: Connection,
    customer_id: UUID | None,
    *,
    at: datetime,
    most: int,
    of: Sequence[UUID] = (),
) -> list[Any]:
    """Return the rewards that are due: all of some referrals, and so many others.

    A coupon that could not be used is not given yet: it stays owed until it can be.
    """
    due = (_OF.c.state == "pending", _OF.c.due_at <= at)
    prizes = connection.execute(select(_OF.c.offer_id).where(*due).distinct()).scalars()
    over = worth.over(connection, [id for id in prizes if id], customer_id=None, at=at)
    rows = select(_OF.c.id, _OF.c.customer_id, _OF.c.offer_id).where(*due)
    rows = rows.where(_OF.c.offer_id.is_(None) | _OF.c.offer_id.not_in(over))
    others = rows.where(_OF.c.customer_id == customer_id) if customer_id else rows
    found = {row.id: row for row in connection.execute(others.order_by(_OF.c.id).limit(most))}
    if of:
        found |= {row.id: row for row in connection.execute(rows.where(_OF.c.referral_id.in_(of)))}
    return [found[id] for id in sorted(found)]


def catch_up(database: Database, customer_id: UUID, *, at: datetime) -> None:
    """Give a customer what has become due, before what they have is shown.

    Where nothing is due, which is nearly always, nothing is written.
    """

    def is_due(session: Session) -> bool:
        connection = session.connection()
        return bool(
            _due_rewards(connection, customer_id, at=at, most=1)
            or _due_referrals(connection, customer_id, at=at, most=1)
        )

    def give(session: Session) -> None:
        give_due(session.connection(), at=at, customer_id=customer_id)

    if database.look(is_due):
        database.transact(give)


def _ref(reward_id: UUID) -> str:
    return f"referral:{reward_id.hex}"
