"""Undo a purchase: all of it, once, by who may."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import audit, ids, outbox
from core.auth import Actor
from coupons import redemption
from loyalty import expiry, programme, purchases, reversal
from loyalty.errors import VoidElsewhere, VoidTooLate
from loyalty.ledger import Why

VOID_WITHIN = timedelta(minutes=30)
"""How long a till, or a POS with a key, may undo; a manager may at any time."""


def void(session: Session, purchase_id: UUID, reason: str, *, actor: Actor, at: datetime) -> Any:
    """Undo a purchase: its coupons can be used again, its points are booked back.

    Returns:
        The purchase as it stood.

    Raises:
        NotFound: there is none.
        PurchaseVoided: it was undone already.
        VoidElsewhere: the actor may undo what was settled at the own till only.
        VoidTooLate: the actor may undo for some minutes only.
    """
    connection = session.connection()
    row = purchases.lock(connection, purchase_id)
    if not actor.may("purchases:void-any"):
        if not _is_own(row, actor):
            raise VoidElsewhere
        if at - row.recorded_at > VOID_WITHIN:
            raise VoidTooLate(minutes=int(VOID_WITHIN.total_seconds() // 60))
    purchases.mark_void(connection, purchase_id, by=str(actor), reason=reason, at=at)
    redemption.void(connection, purchase_id, at=at)
    if row.customer_id is not None:
        account = expiry.lock(connection, row.customer_id, at=at)
        why = Why(at, str(actor), purchase_id, reason)
        rules = programme.rules(connection)
        reversal.reverse_purchase(connection, account, purchase_id, rules, why=why)
    subject = ids.public("pu", purchase_id)
    audit.record(session, actor, "purchase.voided", subject, new={"reason": reason}, at=at)
    outbox.put(session, "purchase.voided", {"purchase": purchase_id.hex}, at=at)
    return row


def _is_own(purchase: Any, actor: Actor) -> bool:
    """Tell whether a purchase was made at the actor's till, or in the shop of a POS with a key."""
    if actor.kind == "key":
        return actor.shop_id in (None, purchase.shop_id)
    return purchase.till_id is not None and purchase.till_id == actor.till_id
