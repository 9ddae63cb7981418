"""Give back what redemptions took: a share of it with a refund, all of it with a void.

The purchase is locked. Coupons come first, in the order of their ids, then the limits, as in a
purchase; so no two can wait for each other in a circle.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update

from core.db import table
from coupons import granting, quotas, terms
from coupons.models import Coupon, OfferVersion, QuotaUse, Redemption
from coupons.shares import Share

_COUPON, _REDEMPTION, _USE = table(Coupon), table(Redemption), table(QuotaUse)
_VERSION = table(OfferVersion)

_NOT_UNDONE = _REDEMPTION.c.state.in_(("redeemed", "conflict"))
_OF_PURCHASE = (
    select(_REDEMPTION, _VERSION.c.on_refund)
    .join(_VERSION, _VERSION.c.id == _REDEMPTION.c.version_id)
    .where(_REDEMPTION.c.purchase_id == bindparam("purchase"), _NOT_UNDONE)
    .order_by(_REDEMPTION.c.coupon_id)
)
_ONE = _REDEMPTION.c.id == bindparam("redemption")
_MARK = (
    update(_REDEMPTION)
    .where(_ONE, _NOT_UNDONE, _REDEMPTION.c.refunded <= bindparam("upto"))
    .values(state=bindparam("becomes"), refunded=bindparam("upto"), voided_at=bindparam("ended"))
    .returning(_REDEMPTION.c.id)
)
_COUNT_BACK = (
    update(_COUPON).where(_COUPON.c.id == bindparam("coupon")).values(voided=_COUPON.c.voided + 1)
)
_USED = select(_COUPON.c.id).where(
    _COUPON.c.offer_id == bindparam("offer"),
    _COUPON.c.external_ref == bindparam("ref"),
    _COUPON.c.used > _COUPON.c.voided,
)
_TOOK = select(_USE).where(
    _USE.c.redemption_id.in_(bindparam("redemptions", expanding=True)),
    _USE.c.given_back < _USE.c.amount,
)
_NOTE = (
    update(_USE)
    .where(
        _USE.c.redemption_id == bindparam("redemption"),
        *(_USE.c[name] == bindparam(f"of_{name}") for name in quotas.KEY),
    )
    .values(given_back=bindparam("upto"))
)


@dataclass(frozen=True, slots=True)
class Back:
    """What one redemption gave back.

    Attributes:
        discount: of the money off, with this step.
        state: redeemed, if it stands; returned or voided, if its use was given back. A conflict
            stays one: it took no use.
        kept: it had given coupons for the next purchase, and so many of them were used already.
    """

    redemption_id: UUID
    discount: int
    state: str
    kept: int


def give_share(
    connection: Connection, purchase_id: UUID, share: Share, *, at: datetime
) -> list[Back]:
    """Give back a share of the discounts and of what they took of the budgets.

    With the last share the uses are given back as well, where the offer says so.
    """
    found = connection.execute(_OF_PURCHASE, {"purchase": purchase_id}).all()
    restored = {
        row.id
        for row in found
        if share.completes and row.on_refund == "restore" and row.state == "redeemed"
    }
    back = [
        _give(connection, row, share, at=at, state="returned" if row.id in restored else row.state)
        for row in found
    ]

    def upto(use: Any) -> int:
        if use.redemption_id in restored:
            return int(use.amount)
        return share.upto(use.amount) if use.measure == "discount" else 0

    _give_limits(connection, back, upto)
    return back


def void_all(
    connection: Connection, purchase_id: UUID, share: Share, *, at: datetime
) -> list[Back]:
    """Give back everything that is left, whatever the offers say of refunds."""
    found = connection.execute(_OF_PURCHASE, {"purchase": purchase_id}).all()
    uses = [row for row in found if row.state != "conflict"]
    back = [_give(connection, row, share, at=at, state="voided") for row in uses]
    _give_limits(connection, back, lambda use: int(use.amount))
    return back


def _give(connection: Connection, row: Any, share: Share, *, at: datetime, state: str) -> Back:
    """Mark a redemption, and give the coupon's use back if it does not stand any more.

    A void leaves what refunds gave back of the discount as it was: the rest was never given.
    """
    stands, voided = state == row.state, state == "voided"
    upto = row.refunded if voided else share.upto(row.discount)
    values = {
        "redemption": row.id, "becomes": state, "upto": upto, "ended": None if stands else at,
    }  # fmt: skip
    if connection.execute(_MARK, values).first() is None:
        raise RuntimeError("a redemption has changed under the lock of its purchase")
    if not stands:
        connection.execute(_COUNT_BACK, {"coupon": row.coupon_id})
    kept = _withdraw(connection, row) if share.completes else 0
    return Back(row.id, share.of(row.discount), state, kept)


def _withdraw(connection: Connection, row: Any) -> int:
    """Withdraw the coupons for the next purchase that a redemption gave; count those used.

    A coupon that was used belongs to the purchase it was used in, and is undone with that one.
    """
    kept = 0
    for offer_id in terms.of(connection, row.version_id).next_offers:
        ref = f"next:{row.id.hex}"
        if not granting.take_back(connection, offer_id, ref):
            name = {"offer": offer_id, "ref": granting.PREFIX + ref}
            kept += connection.execute(_USED, name).first() is not None
    return kept


def given_next(connection: Connection, redemption: Any) -> list[str]:
    """Return the codes of the coupons for the next purchase that a redemption gave."""
    offers = terms.of(connection, redemption.version_id).next_offers
    ref = f"next:{redemption.id.hex}"
    found = [granting.given(connection, offer, ref) for offer in offers]
    return [code for code in found if code]


def _give_limits(connection: Connection, back: Sequence[Back], upto: Callable[[Any], int]) -> None:
    """Give back what the redemptions took of the limits, up to an amount for each use."""
    if not back:
        return
    took = connection.execute(_TOOK, {"redemptions": [one.redemption_id for one in back]}).all()
    given = [(use, upto(use)) for use in took if upto(use) > use.given_back]
    if not given:
        return
    quotas.give_back(connection, [(_name(use), amount - use.given_back) for use, amount in given])
    rows = [
        {"redemption": use.redemption_id, "upto": amount}
        | {f"of_{column}": getattr(use, column) for column in quotas.KEY}
        for use, amount in given
    ]
    connection.execute(_NOTE, rows)


def _name(use: Any) -> quotas.Name:
    return use.subject_id, use.customer_id, use.period, use.measure
