"""Purchases, with the redemptions in them and the answers they are."""

from collections.abc import Iterator

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import ids
from coupons.errors import CodeNotFound, CouponTwice
from coupons.models import Conflict, Purchase, Redemption, Response

LOOSE = (CodeNotFound.code, CouponTwice.code)
"""Conflicts of what has taken money off and is no use of a coupon."""


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off with what was settled."""
    yield from _purchases(session)
    yield from _responses(session)


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
