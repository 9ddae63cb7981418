"""Which customer a staff member is, so that nobody serves their own card."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids, shops, staff
from core.auth import Actor
from core.models import Staff


def link(
    session: Session, id: UUID, customer_id: UUID | None, *, actor: Actor, at: datetime
) -> Staff:
    """Note which customer a staff member is, so that nobody serves their own card.

    Raises:
        NotFound: there is no such staff member.
        WrongShop: they work in another shop, or in all, and the actor in one only.
    """
    person = staff.find(session, id, lock=True)
    shops.check_own(actor, person.shop_id)
    _note(session, person, customer_id, actor=actor, at=at)
    return person


def relink(
    session: Session, merged_id: UUID, survivor_id: UUID, *, actor: Actor, at: datetime
) -> None:
    """Keep staff from serving their own card when its customer becomes another one."""
    for person in session.scalars(select(Staff).where(Staff.customer_id == merged_id)).all():
        _note(session, person, survivor_id, actor=actor, at=at)


def _note(
    session: Session, person: Staff, customer_id: UUID | None, *, actor: Actor, at: datetime
) -> None:
    old = {"customer": ids.public("cu", person.customer_id) if person.customer_id else None}
    person.customer_id = customer_id
    new = {"customer": ids.public("cu", customer_id) if customer_id else None}
    subject = ids.public("st", person.id)
    audit.record(session, actor, "staff.linked", subject, old=old, new=new, at=at)
