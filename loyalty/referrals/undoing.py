"""The purchase that qualified is undone: within the hold that cancels, after it claims back."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from core.db import table
from coupons import quotas
from coupons.models import Purchase
from coupons.shares import Share
from loyalty import expiry
from loyalty.ledger import Why
from loyalty.models import Referral
from loyalty.referrals import codes, rewards
from loyalty.referrals import scheme as schemes
from loyalty.referrals.qualifying import counted, counter

_OF, _PURCHASE = table(Referral), table(Purchase)

_QUALIFIED = (
    select(_OF)
    .where(
        _OF.c.purchase_id == bindparam("purchase"),
        _OF.c.state.in_(("qualified", "rewarded", "review")),
    )
    .with_for_update()
)
_PAID = select(
    _PURCHASE.c.basket_total,
    _PURCHASE.c.discount,
    _PURCHASE.c.refunded,
    _PURCHASE.c.to_pay,
).where(_PURCHASE.c.id == bindparam("purchase"))
_CANCEL = (
    update(_OF)
    .where(_OF.c.id == bindparam("referral"))
    .values(
        state=bindparam("becomes"), ended_at=bindparam("ended_on"), purchase_id=None, minimum=None,
        qualified_at=None, due_at=None, period=None,
    )
)  # fmt: skip
_REVERSE = (
    update(_OF)
    .where(_OF.c.id == bindparam("referral"))
    .values(state="reversed", rewarded_at=_OF.c.due_at, ended_at=bindparam("ended_on"))
)


def after_undo(
    connection: Connection, purchase_id: UUID, *, full: bool, actor: str, at: datetime
) -> None:
    """Take back what a referral gave if its purchase is undone, or no longer paid for enough.

    Within the hold it is as if the purchase had not been: the friend can still qualify with
    another one. After it the referral has ended, and what was given is claimed back.
    """
    found = connection.execute(_QUALIFIED, {"purchase": purchase_id}).one_or_none()
    if found is None or (not full and _paid(connection, purchase_id) >= found.minimum):
        return
    if found.state == "review":
        _cancel(connection, found, "review", at=at)
        return
    if found.state == "rewarded" or found.due_at <= at:
        connection.execute(_REVERSE, {"referral": found.id, "ended_on": at})
    else:
        _cancel(connection, found, "attributed" if found.expires_at > at else "expired", at=at)
    _take_back(connection, found, Why(at, actor, reason="undone"))


def _cancel(connection: Connection, referral: Any, becomes: str, *, at: datetime) -> None:
    ended_on = at if becomes == "expired" else None
    values = {"referral": referral.id, "becomes": becomes, "ended_on": ended_on}
    connection.execute(_CANCEL, values)


def _take_back(connection: Connection, referral: Any, why: Why) -> None:
    """Free the place in the cap and take back the rewards; the referral says so already."""
    scheme = schemes.read(connection)
    if referral.period is not None and scheme:
        name = counter(scheme.id, referral.referrer_id, referral.period)
        quotas.give_back(connection, [(name, 1)])
    referrer = codes.holder(connection, referral.referrer_id)
    expiry.lock(connection, referrer.id, at=why.at)
    friends, _ = counted(connection, referrer.id)
    rewards.take_back(connection, referral.id, referrer.id, friends=friends, why=why)


def _paid(connection: Connection, purchase_id: UUID) -> int:
    """Return what of a purchase is still paid in money, after its refunds."""
    row = connection.execute(_PAID, {"purchase": purchase_id}).one()
    share = Share(0, row.refunded, row.basket_total - row.discount)
    return int(row.to_pay - (share.upto(row.to_pay) if row.refunded else 0))
