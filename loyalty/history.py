"""What was settled at one till lately, as whoever stands there sees it again, and its slip."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, i18n, ids
from core.auth import Actor
from core.errors import NotFound
from coupons import giving_back, terms
from coupons.models import Purchase, Redemption, Refund
from loyalty import expiry, listing, portions, purchases, receipts, withheld

MOST = 50


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed of a purchase: nothing of the customer but points.

    Attributes:
        shown: the purchase as its receipt shows it.
        at: when it was.
        offers: the names of the offers that took something off, and how much.
        available: what the customer can spend now; None where there is no customer.
        codes: for the next purchase.
        is_copy: it was printed before.
    """

    shown: dict[str, Any]
    at: datetime
    offers: list[tuple[str, int]]
    available: int | None
    codes: list[str]
    is_copy: bool


def of_till(session: Session, till_id: UUID, *, most: int = MOST) -> Sequence[Purchase]:
    """Return the last purchases of a till, newest first."""
    rows = select(Purchase).where(Purchase.till_id == till_id)
    newest = rows.order_by(Purchase.recorded_at.desc(), Purchase.id.desc())
    return session.scalars(newest.limit(most)).all()


def listed(purchase: Purchase, actor: Actor) -> dict[str, Any]:
    """Return a purchase as a list shows it to whoever asks."""
    told = withheld.of(purchase, actor)
    return {
        "id": ids.public("pu", purchase.id),
        "receipt": purchase.receipt,
        "occurred_at": purchase.occurred_at.isoformat(),
        **receipts.figures(purchase, told),
        "voided_at": purchase.voided_at.isoformat() if purchase.voided_at else None,
        "has_card": told.has_card if told else purchase.customer_id is not None,
        "offline": purchase.offline,
    }


def found(purchase: Purchase, actor: Actor) -> dict[str, Any]:
    """Return a purchase as the list of all shows it to whoever asks."""
    till, customer = purchase.till_id, purchase.customer_id
    is_told = withheld.of(purchase, actor) is None
    return {
        **listed(purchase, actor),
        "shop": ids.public("sh", purchase.shop_id),
        "till": ids.public("ti", till) if till else None,
        "customer": ids.public("cu", customer) if customer and is_told else None,
        "state": purchase.state,
    }


def one(session: Session, till_id: UUID, id: UUID, *, actor: Actor) -> dict[str, Any]:
    """Return a purchase of a till with its lines, and what of each can still be given back.

    Raises:
        NotFound: the till has none like that.
    """
    purchase = _of(session, till_id, id)
    rows = listing.lines(session, purchase)
    refunds = select(Refund.lines).where(Refund.purchase_id == id).order_by(Refund.number)
    held = portions.read(rows, session.scalars(refunds))
    lines = [
        {
            "line": row.position, "sku": row.sku, "category": row.category, "amount": row.amount,
            "discount": row.discount, "quantity": row.quantity, "left": held[row.position].left,
            "left_quantity": row.quantity - held[row.position].returned,
        }
        for row in rows
    ]  # fmt: skip
    return listed(purchase, actor) | {"lines": lines}


def slip(session: Session, till_id: UUID, id: UUID, *, actor: Actor, at: datetime) -> Slip:
    """Return what is printed of a purchase of a till; the second time it is a copy, and noted.

    Raises:
        NotFound: the till has none like that.
        AnswerWithheld: what it came to is for the manager.
    """
    connection = session.connection()
    withheld.check(session, id, actor)
    printed = purchases.count_slip(connection, id, till_id)
    if printed > 1:
        subject, new = ids.public("pu", id), {"slips": printed}
        audit.record(session, actor, "purchase.reprinted", subject, new=new, at=at)
    purchase = _of(session, till_id, id)
    redemptions = session.scalars(
        select(Redemption).where(Redemption.purchase_id == id).order_by(Redemption.id)
    ).all()
    customer = purchase.customer_id
    live = [one for one in redemptions if one.state in ("redeemed", "conflict")]
    return Slip(
        shown=receipts.shown(session, id),
        at=purchase.occurred_at,
        offers=[
            (i18n.named(terms.of(connection, one.version_id).name), one.discount)
            for one in redemptions
        ],
        available=expiry.balance(connection, customer, at=at).available if customer else None,
        codes=[code for one in live for code in giving_back.given_next(connection, one)],
        is_copy=printed > 1,
    )


def _of(session: Session, till_id: UUID, id: UUID) -> Purchase:
    purchase = session.get(Purchase, id, populate_existing=True)
    if purchase is None or purchase.till_id != till_id:
        raise NotFound(what="purchase")
    return purchase
