"""Points by hand: adjustments, and the bookings of a customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.errors import N_, InvalidRequest
from core.models import Staff
from loyalty import expiry, ledger, programme
from loyalty.errors import AdjustmentTooLarge, OwnCard, PointsShort
from loyalty.expiry import Balance
from loyalty.ledger import Why


def adjust(
    session: Session, customer_id: UUID, points: int, reason: str, *, actor: Actor, at: datetime
) -> Balance:
    """Add points to an account or take them off, with a reason; return the new balance.

    Raises:
        InvalidRequest: there is nothing to adjust.
        AdjustmentTooLarge: more than the programme lets anybody adjust at a time.
        PointsShort: more are to be taken off than there are.
        OwnCard: the account is the staff member's own.
    """
    connection = session.connection()
    rules = programme.rules(connection)
    if points == 0:
        raise InvalidRequest({"points": [N_("Nothing would change.")]})
    if abs(points) > rules.adjust_limit:
        raise AdjustmentTooLarge(most=rules.adjust_limit)
    if actor.staff_id and session.get_one(Staff, actor.staff_id).customer_id == customer_id:
        raise OwnCard
    account = expiry.lock(connection, customer_id, at=at)
    why = Why(at, str(actor), reason=reason)
    if points > 0:
        expires_at = rules.expires_at(at)
        ledger.credit(
            connection, account, "adjust", points, origin="world", expires_at=expires_at, why=why
        )
    else:
        take(connection, account, -points, why)
    subject = ids.public("cu", customer_id)
    new = {"points": points, "reason": reason}
    audit.record(session, actor, "points.adjusted", subject, new=new, at=at)
    session.flush()
    return expiry.balance(connection, customer_id, at=at)


def take(connection: Connection, account: ledger.Held, points: int, why: Why) -> None:
    """Take points off an account.

    Raises:
        PointsShort: it has not so many.
    """
    if points > account.available:
        raise PointsShort(available=account.available, wanted=points)
    entry = ledger.post(
        connection, account, "adjust", points, sides=("available", "world"), why=why
    )
    ledger.draw(connection, account, entry, points)
