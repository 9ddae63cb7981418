"""A purchase as it is shown afterwards, built from its rows."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import i18n, ids
from core.auth import Actor
from core.errors import NotFound
from core.i18n import ngettext
from coupons import terms
from coupons.models import Coupon, Purchase, Redemption, Refund
from coupons.shares import Share
from loyalty import sums, withheld
from loyalty.offline import review
from loyalty.offline.review import Seen
from loyalty.refunding import Paid
from loyalty.withheld import Told


def check_shop(session: Session, id: UUID, shop_id: UUID | None) -> None:
    """Let a purchase through that was made in a shop, if there is but one to look at.

    Raises:
        NotFound: the shop has none like that.
    """
    if shop_id and session.scalar(select(Purchase.shop_id).where(Purchase.id == id)) != shop_id:
        raise NotFound(what="purchase")


def why(session: Session, id: UUID) -> dict[str, Any] | None:
    """Return what was written down of how a purchase came about.

    Raises:
        NotFound: there is none.
    """
    found = session.execute(select(Purchase.why).where(Purchase.id == id)).one_or_none()
    if found is None:
        raise NotFound(what="purchase")
    kept: dict[str, Any] | None = found.why
    return kept


def shown_to(session: Session, id: UUID, actor: Actor) -> dict[str, Any]:
    """Return a purchase as ``shown`` does; of one whose answer is withheld only what was told.

    Raises:
        NotFound: there is none.
    """
    purchase = session.get(Purchase, id, populate_existing=True)
    if purchase is None:
        raise NotFound(what="purchase")
    told = withheld.of(purchase, actor)
    if told is None:
        return shown(session, id)
    return _about(purchase) | figures(purchase, told) | {"conflicts": [withheld.conflict()]}


def figures(purchase: Purchase, instead: Told | None = None) -> dict[str, Any]:
    """Return what a purchase came to and what of it is left, in fact or as it was told."""
    paid = instead.paid if instead else purchase.paid_with_points
    to_pay = purchase.basket_total - purchase.discount - paid
    return {
        "basket_total": purchase.basket_total,
        "discount": purchase.discount,
        "paid_with_points": paid,
        "to_pay": to_pay,
        "currency": purchase.currency,
        "refunded": purchase.refunded,
        "left": _left(purchase, to_pay),
    }


def _about(purchase: Purchase) -> dict[str, Any]:
    return {
        "id": ids.public("pu", purchase.id),
        "shop": ids.public("sh", purchase.shop_id),
        "receipt": purchase.receipt,
        "occurred_at": purchase.occurred_at.isoformat(),
        "offline": purchase.offline,
        "voided_at": purchase.voided_at.isoformat() if purchase.voided_at else None,
    }


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
        **_about(purchase),
        **figures(purchase),
        "conflicts": [told(one) for one in review.of_purchase(session, id)],
        "refunds": [_refund(one) for one in _refunds(session, id)],
        "redemptions": [
            {
                "id": ids.public("re", one.id),
                "code": coupon.label or ids.masked(coupon.code),
                "offer": i18n.named(terms.of(connection, one.version_id).name),
                "discount": one.discount,
                "refunded": one.refunded,
                "points": one.points,
                "lines": one.lines,
                "state": one.state,
                "guarantee": _guarantee(one.gave),
            }
            for one, coupon in redemptions
        ],
        "points": sums.earned_and_spent(connection, id),
        "refused": [],
        "messages": [],
    }


def told(one: Seen) -> dict[str, Any]:
    """Return what was wrong with a purchase, as whoever made it is told."""
    found = one.conflict
    return {"code": found.code, "coupon": one.coupon, "cost": one.cost, "detail": one.detail}


def refunded(session: Session, paid: Paid) -> dict[str, Any]:
    """Return what one refund gave back, and how the purchase stands after it."""
    purchase = session.get_one(Purchase, paid.purchase_id)
    account = paid.given.account
    return {
        "id": ids.public("rd", paid.id),
        "purchase": ids.public("pu", paid.purchase_id),
        "currency": purchase.currency,
        **{name: getattr(paid, name) for name in _REFUND},
        "left": {"worth": paid.left[0], "money": paid.left[1]},
        "points": account
        and {"available": account.available, "pending": account.pending, "debt": account.debt},
        "redemptions": [
            {"id": ids.public("re", one.redemption_id), "refunded": one.discount,
             "state": one.state}
            for one in paid.given.redemptions
        ],
        "messages": kept_messages(paid.given.kept),
    }  # fmt: skip


def kept_messages(kept: int) -> list[dict[str, str]]:
    """Return what to say where coupons that a purchase gave were used already."""
    if not kept:
        return []
    text = ngettext(
        "A coupon that this purchase gave was used already; it stays with that purchase.",
        "%(num)s coupons that this purchase gave were used already; they stay with those "
        "purchases.",
        kept,
    )
    return [{"kind": "coupon_kept", "text": text}]


_REFUND = (
    "number", "kind", "worth", "money", "points_worth", "points_back", "points_claimed", "lines",
    "reason",
)  # fmt: skip


def _refunds(session: Session, id: UUID) -> Sequence[Refund]:
    return session.scalars(
        select(Refund).where(Refund.purchase_id == id).order_by(Refund.number)
    ).all()


def _refund(one: Refund) -> dict[str, Any]:
    shown = {name: getattr(one, name) for name in _REFUND}
    return {"id": ids.public("rd", one.id)} | shown | {"at": one.at.isoformat()}


def _left(purchase: Purchase, to_pay: int) -> dict[str, int]:
    """Return what of a purchase was not given back before: of its worth, and in money.

    After a void it is what the void has given back.
    """
    worth = purchase.basket_total - purchase.discount
    share = Share(0, purchase.refunded, worth or 1)
    money = to_pay - share.upto(to_pay)
    return {"worth": worth - purchase.refunded, "money": money}


def _guarantee(gave: dict[str, Any] | None) -> dict[str, Any] | None:
    """Return the money-back guarantee of a redemption, for a claim to be made under it."""
    if not gave or "covered" not in gave:
        return None
    reasons = [{"key": one["key"], "text": i18n.named(one["text"])} for one in gave["reasons"]]
    return {"lines": gave["covered"], "until": gave["until"], "reasons": reasons}
