"""How long a till may go on without a line, from when it last heard the rules."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import locked
from core.models import Lease


def give(session: Session, till_id: UUID, *, hours: int, at: datetime) -> Lease | None:
    """Return the lease of a till that has just heard the rules; None if it may not go on at all.

    A fresh lease is prolonged, so that a till that asks every few minutes has one a day or so; when
    it was first given, the last one is over. Where the rules allow less than a lease does, it
    stands, as the till may have gone by it, and another one begins.
    """
    if not hours:
        return None
    span = timedelta(hours=hours)
    until = at + span
    rows = select(Lease).where(
        Lease.till_id == till_id,
        Lease.issued_at > at - span,
        Lease.expires_at > at,
        Lease.expires_at <= until,
    )
    found = session.scalar(locked(rows.order_by(Lease.expires_at.desc()).limit(1)))
    if found is None:
        found = Lease(till_id=till_id, issued_at=at, expires_at=until)
        session.add(found)
    found.expires_at = until
    session.flush()
    return found
