"""Points by hand: up to a limit by one person, above it by two."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids, keys, paging
from core.auth import Actor
from core.db import locked
from core.errors import NotFound, WrongState
from loyalty import cards, points, programme
from loyalty.errors import SecondPersonNeeded
from loyalty.expiry import Balance
from loyalty.models import Adjustment


def adjust(
    session: Session, customer_id: UUID, wanted: int, reason: str, *, actor: Actor, at: datetime
) -> Balance | Adjustment:
    """Add points to an account or take them off; above the limit, ask for a second person.

    Returns:
        The new balance, or what was asked for if nothing is booked yet.

    Raises:
        InvalidRequest: there is nothing to adjust.
        PointsShort: more are to be taken off than there are.
        OwnCard: the account is the staff member's own.
        WrongState: the customer was forgotten or merged.
    """
    points.check(session, customer_id, wanted, actor=actor)
    if abs(wanted) <= programme.rules(session.connection()).adjust_limit:
        return points.adjust(session, customer_id, wanted, reason, actor=actor, at=at)
    made = Adjustment(
        customer_id=customer_id,
        points=wanted,
        reason=reason,
        requested_by=str(actor),
        requested_at=at,
    )
    session.add(made)
    session.flush()
    new = {"points": wanted, "reason": reason, "adjustment": ids.public("ad", made.id)}
    subject = ids.public("cu", customer_id)
    audit.record(session, actor, "adjustment.requested", subject, new=new, at=at)
    return made


def approve(session: Session, id: UUID, *, actor: Actor, at: datetime) -> Adjustment:
    """Book what somebody else has asked for.

    Raises:
        NotFound: there is no such request.
        WrongState: it was decided already, or the customer was forgotten meanwhile.
        SecondPersonNeeded: the actor has asked for it, or is a key of whoever did.
        OwnCard: the account is the staff member's own.
        PointsShort: more are to be taken off than there are.
    """
    found = find(session, id, lock=True)
    if _is_same(session, actor, found.requested_by):
        raise SecondPersonNeeded
    customer_id = cards.survivor(session.connection(), found.customer_id)
    points.check(session, customer_id, found.points, actor=actor)
    points.adjust(
        session, customer_id, found.points, found.reason,
        source=f"adjustment:{found.id.hex}", actor=actor, at=at,
    )  # fmt: skip
    return _decide(session, found, "approved", actor=actor, at=at)


def decline(session: Session, id: UUID, *, actor: Actor, at: datetime) -> Adjustment:
    """Say no to what was asked for; whoever asked may think better of it too.

    Raises:
        NotFound: there is no such request.
        WrongState: it was decided already.
    """
    return _decide(session, find(session, id, lock=True), "declined", actor=actor, at=at)


def find(session: Session, id: UUID, *, lock: bool = False) -> Adjustment:
    """Return a request; one that is locked waits for a decision.

    Raises:
        NotFound: there is none.
        WrongState: it was to be locked and is decided already.
    """
    rows = select(Adjustment).where(Adjustment.id == id)
    found = session.scalar(locked(rows) if lock else rows)
    if found is None:
        raise NotFound(what="adjustment")
    if lock and found.state != "requested":
        raise WrongState(state=found.state)
    return found


def listed(
    session: Session, *, state: str | None = None, limit: int = 50, cursor: str | None = None
) -> tuple[list[Adjustment], str | None]:
    """Return a page of what was asked for, newest first."""
    rows = select(Adjustment)
    if state:
        rows = rows.where(Adjustment.state == state)
    return paging.page(
        session, rows, by=Adjustment.requested_at, id=Adjustment.id, limit=limit, cursor=cursor
    )


def _is_same(session: Session, actor: Actor, asker: str) -> bool:
    """Tell whether an actor is who asked, be it at a desk, at a till, or by a key they made.

    Somebody may agree to what a program asks for, whoever made its key; a key is nobody's second
    person to whom made it, to a key it made, or to another one that the same hands made.
    """
    if actor.kind != "key":
        return actor.id is not None and _id(asker) == actor.id.hex
    mine, theirs = (
        {_id(one) for one in keys.makers(session, name)} for name in (str(actor), asker)
    )
    return not mine.isdisjoint(theirs)


def _id(name: str) -> str:
    return name.partition(":")[2]


def _decide(
    session: Session, found: Adjustment, state: str, *, actor: Actor, at: datetime
) -> Adjustment:
    found.state, found.decided_by, found.decided_at = state, str(actor), at
    subject = ids.public("cu", found.customer_id)
    new = {"points": found.points, "adjustment": ids.public("ad", found.id)}
    audit.record(session, actor, f"adjustment.{state}", subject, new=new, at=at)
    session.flush()
    return found
