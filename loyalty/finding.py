"""Find whoever forgot the card: by exactly what they gave, and by nobody's curiosity."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids, people, phones
from core.auth import Actor
from core.errors import N_, InvalidRequest
from core.models import Person

WRONG = {
    "email": N_("Not a mail address."),
    "phone": phones.WRONG,
}


def seek(session: Session, by: str, text: str, *, actor: Actor, at: datetime) -> UUID | None:
    """Return the customer with a mail address or phone number, if there is exactly one.

    Of several who share it none is told: it proves none of them. That somebody was looked for is
    audited, without the address.

    Args:
        session: of the transaction.
        by: email or phone.
        text: as it was typed; it counts in the one form in which it is kept.
        actor: who looks.
        at: the moment.

    Raises:
        InvalidRequest: it is no address or number.
    """
    contact = people.contact(session, text, shop_id=actor.shop_id)
    if contact is None or ("@" in text) != (by == "email"):
        raise InvalidRequest({by: [WRONG[by]]})
    rows = select(Person.customer_id).where(getattr(Person, by) == contact).limit(2)
    found = list(session.scalars(rows))
    customer_id = found[0] if len(found) == 1 else None
    subject = ids.public("cu", customer_id) if customer_id else "customer"
    new = {"by": by, "found": customer_id is not None}
    audit.record(session, actor, "customer.sought", subject, new=new, at=at)
    return customer_id


def masked(name: str) -> str:
    """Return a name as it may be read out to ask whether it is theirs: its first letters."""
    return " ".join(f"{word[0]}…" for word in name.split())
