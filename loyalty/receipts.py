"""A purchase as it is shown afterwards, built from its rows."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import i18n, ids
from core.errors import NotFound
from coupons import terms
from coupons.models import Coupon, Purchase, Redemption
from loyalty import ledger


def check_shop(session: Session, id: UUID, shop_id: UUID | None) -> None:
    """Let a purchase through that was made in a shop, if there is but one to look at.

    Raises:
        NotFound: the shop has none like that.
    """
    if shop_id and session.scalar(select(Purchase.shop_id).where(Purchase.id == id)) != shop_id:
        raise NotFound(what="purchase")


def shown(session: Session, id: UUID) -> dict[str, Any]:
    """Return a purchase with its redemptions and points, and when it was undone.

    Raises:
        NotFound: there is none.
    """
    purchase = session.get(Purchase, id, populate_existing=True)
    if purchase is None:
        raise NotFound(what="purchase")
    connection = session.connection()
    redemptions = session.execute(
        select(Redemption, Coupon)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .where(Redemption.purchase_id == id)
        .order_by(Redemption.id)
    )
    return {
        "id": ids.public("pu", id),
        "shop": ids.public("sh", purchase.shop_id),
        "receipt": purchase.receipt,
        "occurred_at": purchase.occurred_at.isoformat(),
        "voided_at": purchase.voided_at.isoformat() if purchase.voided_at else None,
        "basket_total": purchase.basket_total,
        "discount": purchase.discount,
        "paid_with_points": purchase.paid_with_points,
        "to_pay": purchase.to_pay,
        "currency": purchase.currency,
        "redemptions": [
            {
                "id": ids.public("re", one.id),
                "code": coupon.label or ids.masked(coupon.code),
                "offer": i18n.named(terms.of(connection, one.version_id).name),
                "discount": one.discount,
                "points": one.points,
                "lines": one.lines,
                "state": one.state,
            }
            for one, coupon in redemptions
        ],
        "points": ledger.earned_and_spent(connection, id),
        "refused": [],
        "messages": [],
    }
