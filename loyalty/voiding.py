"""Undo a purchase: all of it that was not given back before, once, by who may."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import audit, ids, outbox
from core.auth import Actor
from coupons.shares import Share
from loyalty import purchases, undoing


@dataclass(frozen=True, slots=True)
class Voided:
    """A purchase that was undone, as it stood before.

    Attributes:
        kept: so many coupons for the next purchase that it had given were used already.
    """

    purchase: Any
    kept: int


def void(
    session: Session, purchase_id: UUID, reason: str, *,
    approval: str | None = None, actor: Actor, at: datetime,
) -> Voided:  # fmt: skip
    """Undo a purchase: its coupons can be used again, its points are booked back.

    After refunds it undoes what is left. Uses are free again whatever an offer says of refunds,
    as after a void the purchase never was.

    Raises:
        NotFound: there is none.
        PurchaseVoided: it was undone already.
        FullyRefunded: all of it was given back already.
        OwnCard, VoidElsewhere, VoidTooLate, ApprovalNeeded: the actor may not undo it.
    """
    connection = session.connection()
    row = purchases.lock(connection, purchase_id)
    undoing.check_may(session, row, approval=approval, actor=actor, at=at)
    worth = undoing.check_something_left(row)
    purchases.mark_void(connection, purchase_id, by=str(actor), reason=reason, at=at)
    share = Share.rest(row.refunded, worth)
    given = undoing.undo(
        connection, row, share, part=0, voided=True, actor=actor, reason=reason, at=at
    )
    subject = ids.public("pu", purchase_id)
    new = {"reason": reason} | ({"coupons_kept": given.kept} if given.kept else {})
    audit.record(session, actor, "purchase.voided", subject, new=new, at=at)
    outbox.put(session, "purchase.voided", {"purchase": purchase_id.hex}, at=at)
    return Voided(row, given.kept)
