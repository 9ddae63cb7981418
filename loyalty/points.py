"""Points by hand: adjustments, and the bookings of a customer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import audit, customers, ids
from core.auth import Actor
from core.errors import N_, InvalidRequest
from loyalty import cards, expiry, ledger, programme
from loyalty.errors import PointsShort
from loyalty.expiry import Balance
from loyalty.ledger import Why


def check(session: Session, customer_id: UUID, points: int, *, actor: Actor) -> None:
    """Let an adjustment through that would change something, of an account of somebody else.

    Raises:
        InvalidRequest: there is nothing to adjust.
        OwnCard: the account is the staff member's own.
        WrongState: the customer was forgotten or merged.
    """
    if points == 0:
        raise InvalidRequest({"points": [N_("Nothing would change.")]})
    customers.check_served(customers.find(session, customer_id))
    cards.check_not_own(session.connection(), customer_id, actor.staff_id)


def adjust(
    session: Session,
    customer_id: UUID,
    points: int,
    reason: str,
    *,
    source: str | None = None,
    actor: Actor,
    at: datetime,
) -> Balance:
    """Add points to an account or take them off, with a reason; return the new balance.

    How many anybody may is for ``loyalty.adjustments`` to say.

    Raises:
        InvalidRequest, OwnCard, WrongState: as ``check`` says.
        PointsShort: more are to be taken off than there are.
    """
    connection = session.connection()
    check(session, customer_id, points, actor=actor)
    account = expiry.lock(connection, customer_id, at=at)
    why = Why(at, str(actor), reason=reason, source=source)
    if points > 0:
        expires_at = programme.rules(connection).expires_at(at)
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
