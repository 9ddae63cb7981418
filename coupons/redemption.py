"""Redeem coupons with a purchase: one use, one redemption, one response event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, or_, update

from core import clock, ids
from core.db import table
from coupons import granting, quotas, responses
from coupons.basket import Sale
from coupons.errors import CouponUsedUp
from coupons.models import Coupon, Redemption
from coupons.quotas import ALL, Name
from coupons.quoting import Decision
from coupons.stacking import Taken

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


def redeem(
    connection: Connection, decision: Decision, sale: Sale, *, at: datetime
) -> dict[UUID, dict[str, Any]]:
    """Redeem the coupons of a decision that was made under their locks.

    Returns:
        By coupon: the id of its redemption, its place if it was an early bird, and the code of
        a coupon for the next purchase if it gave one.

    Raises:
        CouponUsedUp, OfferUsedUp, CampaignUsedUp, CustomerLimitReached, BudgetUsedUp: the guards
            held against a decision that was made without locks; the caller's transaction must not
            be committed.
    """
    done = []
    for one in sorted(decision.taken, key=lambda taken: taken.coupon.id):
        ordinal = connection.execute(_TAKE_USE, {"coupon": one.coupon.id}).scalar()
        if ordinal is None:
            raise CouponUsedUp(coupon=one.coupon.masked)
        done.append((one, ordinal))
    places = _take_limits(connection, decision)
    rows = [_row(one, sale, ordinal, place=places.get(one.coupon.id)) for one, ordinal in done]
    if not rows:
        return {}
    connection.execute(_WRITE, rows)
    taken = [one for one, _ in done]
    quotas.note(
        connection,
        [(row["id"], use) for row, one in zip(rows, taken, strict=True) for use in one.uses],
    )
    answers = [(one.coupon, row["id"]) for one, row in zip(taken, rows, strict=True)]
    responses.redeemed(connection, answers, sale, at=at)
    return {
        one.coupon.id: {
            "id": row["id"],
            "place": row["place"],
            "next": _grant_next(connection, one, sale, row["id"], at=at),
        }
        for one, row in zip(taken, rows, strict=True)
    }


def _take_limits(connection: Connection, decision: Decision) -> dict[UUID, int]:
    """Count up every limit; return the places of early birds by coupon, in the order of applying.

    The uses of one limit are taken together, so a place is what was reached less those after it.
    """
    together: dict[Name, quotas.Use] = {}
    for taken in decision.taken:
        for use in taken.uses:
            before = together.get(use.limit.name)
            amount = use.amount + (before.amount if before else 0)
            together[use.limit.name] = quotas.Use(use.limit, amount)
    reached = quotas.take(connection, list(together.values()))
    places: dict[UUID, int] = {}
    for taken in reversed(decision.taken):
        if taken.has_place:
            name = (taken.terms.offer_id, ALL, "", "place")
            places[taken.coupon.id] = reached[name]
            reached[name] -= 1
    return places


def _row(one: Taken, sale: Sale, ordinal: int, *, place: int | None) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "coupon_id": one.coupon.id,
        "offer_id": one.coupon.offer_id,
        "version_id": one.coupon.version_id,
        "purchase_id": sale.purchase_id,
        "customer_id": sale.customer_id,
        "ordinal": ordinal,
        "state": "redeemed",
        "discount": one.given.discount,
        "refunded": 0,
        "points": one.given.points,
        "place": place,
        "step": one.step if place else None,
        "gave": _gave(one, sale),
        "lines": [{"line": i, "discount": part} for i, part in sorted(one.given.lines.items())],
        "at": sale.occurred_at,
    }


def _grant_next(
    connection: Connection, one: Taken, sale: Sale, redemption_id: UUID, *, at: datetime
) -> str | None:
    """Give the coupon for the next purchase, and return its code."""
    if one.given.next_offer is None:
        return None
    granted = granting.give(
        connection,
        one.given.next_offer,
        customer_id=sale.customer_id,
        ref=f"next:{redemption_id.hex}",
        at=at,
    )
    return granted.code


def _gave(one: Taken, sale: Sale) -> dict[str, Any] | None:
    """Return what outlives the purchase: the lines under a guarantee, and until when."""
    days = one.given.guarantee_days
    if days is None:
        return None
    until = clock.days_end(sale.occurred_at, days, sale.zone)
    return {
        "covered": list(one.given.covered),
        "until": until.isoformat(),
        "reasons": list(one.given.reasons),
    }
