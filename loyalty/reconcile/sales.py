"""Purchases, with the redemptions in them and the answers they are."""

from collections.abc import Iterator

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from core import ids
from coupons.errors import CodeNotFound, CouponTwice
from coupons.models import Conflict, Purchase, PurchaseLine, Redemption, Response

LOOSE = (CodeNotFound.code, CouponTwice.code)
"""Conflicts of what has taken money off and is no use of a coupon."""


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off with what was settled."""
    yield from _lines(session)
    yield from _purchases(session)
    yield from _responses(session)


def _lines(session: Session) -> Iterator[str]:
    """The lines of a purchase sum to it, and all that were settled are there."""
    one = PurchaseLine
    sums = (
        select(
            one.purchase_id,
            func.count().label("lines"),
            func.sum(one.amount).label("amount"),
            func.sum(one.discount).label("discount"),
        )
        .group_by(one.purchase_id)
        .subquery()
    )
    there = func.coalesce(sums.c.lines, 0)
    kept = func.coalesce(Purchase.why["lines"].as_integer(), there)
    rows = session.execute(
        select(
            Purchase.id, Purchase.basket_total, Purchase.discount, kept,
            there, func.coalesce(sums.c.amount, 0), func.coalesce(sums.c.discount, 0),
        )
        .outerjoin(sums, sums.c.purchase_id == Purchase.id)
        .where(
            or_(
                kept != there,
                sums.c.amount != Purchase.basket_total,
                sums.c.discount != Purchase.discount,
            )
        )
    )  # fmt: skip
    for id, total, off, lines, found, amount, discount in rows:
        yield (
            f"purchase {ids.public('pu', id)}: {total} less {off} in {lines} lines, "
            f"but its {found} lines come to {amount} less {discount}"
        )


def _purchases(session: Session) -> Iterator[str]:
    redeemed = (
        select(Redemption.purchase_id, func.sum(Redemption.discount).label("discount"))
        .group_by(Redemption.purchase_id)
        .subquery()
    )
    loose = (
        select(Conflict.purchase_id, func.sum(Conflict.cost).label("cost"))
        .where(Conflict.redemption_id.is_(None), Conflict.code.in_(LOOSE))
        .group_by(Conflict.purchase_id)
        .subquery()
    )
    total = func.coalesce(redeemed.c.discount, 0) + func.coalesce(loose.c.cost, 0)
    rows = session.execute(
        select(Purchase.id, Purchase.discount, total)
        .outerjoin(redeemed, redeemed.c.purchase_id == Purchase.id)
        .outerjoin(loose, loose.c.purchase_id == Purchase.id)
        .where(Purchase.discount != total)
    )
    for id, discount, found in rows:
        name = ids.public("pu", id)
        yield f"purchase {name}: discount {discount}, but its redemptions come to {found}"
    rows = session.execute(
        select(Purchase.id)
        .join(Redemption, Redemption.purchase_id == Purchase.id)
        .where(Purchase.voided_at.is_not(None), Redemption.state == "redeemed")
    )
    for (id,) in rows:
        yield f"purchase {ids.public('pu', id)}: undone, but a redemption of it stands"


def _responses(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Redemption.id)
        .outerjoin(Response, Response.redemption_id == Redemption.id)
        .where(Response.id.is_(None), Redemption.state != "conflict")
    )
    for (id,) in rows:
        yield f"redemption {ids.public('re', id)}: has no response event"
