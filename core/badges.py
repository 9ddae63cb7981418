"""Badges: a code on a card with which a supervisor approves at a till."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids, staff
from core.auth import Actor, hashed
from core.models import Staff, Till

PREFIX = "BADGE"
RANDOM = 26
"""So many random characters (130 bits) follow the prefix."""


def renew(session: Session, id: UUID, *, actor: Actor, at: datetime) -> str:
    """Give somebody a badge and return its code, kept nowhere; the one before is dead.

    Raises:
        NotFound: there is no such staff member.
        NotAllowed, WrongShop: as ``staff.check_over`` says.
    """
    person = staff.find(session, id, lock=True)
    staff.check_over(actor, person)
    code = PREFIX + "".join(secrets.choice(ids.ALPHABET) for _ in range(RANDOM))
    person.badge_hash = hashed(code)
    audit.record(session, actor, "staff.badge_made", ids.public("st", id), at=at)
    return code


def drop(session: Session, id: UUID, *, actor: Actor, at: datetime) -> None:
    """Take somebody's badge away, if they have one.

    Raises:
        NotFound: there is no such staff member.
        NotAllowed, WrongShop: as ``staff.check_over`` says.
    """
    person = staff.find(session, id, lock=True)
    staff.check_over(actor, person)
    if person.badge_hash is not None:
        person.badge_hash = None
        audit.record(session, actor, "staff.badge_dropped", ids.public("st", id), at=at)


def holder(session: Session, till: Till, code: str) -> Staff | None:
    """Return who works at a till and holds the badge with a code, as it was scanned."""
    return session.scalar(
        select(Staff).where(
            Staff.badge_hash == hashed(ids.normalise(code)),
            Staff.state == "active",
            (Staff.shop_id == till.shop_id) | Staff.shop_id.is_(None),
        )
    )
