"""Redeem coupons with a purchase, and undo it: one use, one redemption, one response event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, or_, select, update

from core import ids
from core.db import table
from coupons import codes, quotas, responses, terms
from coupons.basket import Sale
from coupons.errors import CouponUsedUp
from coupons.models import Coupon, Redemption
from coupons.quotas import Limit
from coupons.quoting import Decision, Taken

_COUPON, _REDEMPTION = table(Coupon), table(Redemption)

_TAKE_USE = (
    update(_COUPON)
    .where(
        _COUPON.c.id == bindparam("coupon"),
        _COUPON.c.state == "active",
        or_(_COUPON.c.use_limit.is_(None), _COUPON.c.used - _COUPON.c.voided < _COUPON.c.use_limit),
    )
    .values(used=_COUPON.c.used + 1)
    .returning(_COUPON.c.used)
)
_WRITE = insert(_REDEMPTION)
_OF_PURCHASE = (
    select(_REDEMPTION.c.id, _COUPON.c.code, _REDEMPTION.c.customer_id)
    .join(_COUPON, _COUPON.c.id == _REDEMPTION.c.coupon_id)
    .where(_REDEMPTION.c.purchase_id == bindparam("purchase"), _REDEMPTION.c.state == "redeemed")
)
_VOID = (
    update(_REDEMPTION)
    .where(_REDEMPTION.c.id == bindparam("redemption"), _REDEMPTION.c.state == "redeemed")
    .values(state="voided", voided_at=bindparam("voided_on"))
    .returning(_REDEMPTION.c.id)
)
_GIVE_USE_BACK = (
    update(_COUPON).where(_COUPON.c.id == bindparam("coupon")).values(voided=_COUPON.c.voided + 1)
)


def redeem(
    connection: Connection, decision: Decision, sale: Sale, *, at: datetime
) -> list[dict[str, Any]]:
    """Redeem the coupons of a decision that was made under their locks.

    Returns:
        One mapping per redemption: its id, the masked code, what it gave, and on which lines.

    Raises:
        CouponUsedUp, OfferUsedUp, CustomerLimitReached: the guards held against a decision that
            was made without locks; the caller's transaction must not be committed.
    """
    done = []
    for one in sorted(decision.taken, key=lambda taken: taken.coupon.id):
        ordinal = connection.execute(_TAKE_USE, {"coupon": one.coupon.id}).scalar()
        if ordinal is None:
            raise CouponUsedUp(coupon=one.coupon.masked)
        done.append((one, ordinal))
    quotas.take(connection, [limit for one, _ in done for limit in one.limits])
    return [_write(connection, one, ordinal, sale, at=at) for one, ordinal in done]


def _write(
    connection: Connection, one: Taken, ordinal: int, sale: Sale, *, at: datetime
) -> dict[str, Any]:
    redemption_id = ids.new()
    lines = [{"line": i, "discount": part} for i, part in sorted(one.given.lines.items())]
    connection.execute(
        _WRITE,
        {
            "id": redemption_id, "coupon_id": one.coupon.id, "offer_id": one.coupon.offer_id,
            "version_id": one.coupon.version_id, "purchase_id": sale.purchase_id,
            "customer_id": sale.customer_id, "ordinal": ordinal, "state": "redeemed",
            "discount": one.given.discount, "points": one.given.points, "lines": lines,
            "at": sale.occurred_at,
        },
    )  # fmt: skip
    responses.redeemed(connection, one.coupon, sale, redemption_id, at=at)
    return {
        "id": redemption_id,
        "coupon": one.coupon,
        "terms": one.terms,
        "given": one.given,
        "lines": lines,
    }


def void(connection: Connection, purchase_id: UUID, *, at: datetime) -> int:
    """Undo the redemptions of a purchase and return how many; their ordinals stay used.

    The coupons are locked in the order of their ids, then the limits, as in a purchase.
    """
    found = connection.execute(_OF_PURCHASE, {"purchase": purchase_id}).all()
    if not found:
        return 0
    redemptions = {row.code: row for row in found}
    limits: list[Limit] = []
    for coupon in codes.held(connection, list(redemptions), lock=True):
        row = redemptions[coupon.code]
        if connection.execute(_VOID, {"redemption": row.id, "voided_on": at}).first() is None:
            continue
        connection.execute(_GIVE_USE_BACK, {"coupon": coupon.id})
        offer = terms.of(connection, coupon.version_id)
        limits += quotas.limits(coupon, offer, row.customer_id)
    quotas.give_back(connection, limits)
    return len(found)
