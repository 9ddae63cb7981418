"""The person behind a customer: apart from it, changeable, and erasable."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from core import audit, ids, phones, shops
from core.auth import Actor
from core.errors import N_, InvalidRequest
from core.models import Consent, Customer, Person

FIELDS = ("name", "email", "phone", "birthday")
CONSENTS = ("messages", "tracking", "name_at_till")
STANDS = Consent.withdrawn_at.is_(None)
"""What makes a consent one that was not taken back."""


def find(session: Session, customer: Customer) -> Person | None:
    """Return what is known of the person, if anything is."""
    return session.scalar(select(Person).where(Person.customer_id == customer.id))


def find_all(session: Session, customers: Sequence[UUID]) -> dict[UUID, Person]:
    """Return what is known of the persons behind some customers, of whom anything is."""
    rows = select(Person).where(Person.customer_id.in_(customers))
    return {person.customer_id: person for person in session.scalars(rows)}


def remember(
    session: Session,
    customer: Customer,
    *,
    name: str | None = None,
    email: str | None = None,
    phone: str | None = None,
    birthday: date | None = None,
    shop_id: UUID | None = None,
    at: datetime,
) -> Person | None:
    """Keep what a person told us, in the shop or elsewhere, normalised; nothing told, nothing kept.

    Raises:
        InvalidRequest: the mail address, phone number or birthday cannot be.
    """
    values = {
        "name": (name or "").strip() or None,
        "email": _email(email) if email else None,
        "phone": _phone(session, phone, shop_id) if phone else None,
        "birthday": birthday,
    }
    if birthday and not date(1900, 1, 1) <= birthday <= at.date():
        raise InvalidRequest({"person.birthday": [N_("Not a day somebody alive was born on.")]})
    person = find(session, customer)
    if person is None:
        if not any(values.values()):
            return None
        person = Person(customer_id=customer.id)
        session.add(person)
    for field, value in values.items():
        setattr(person, field, value)
    session.flush()
    return person


def erase(session: Session, customer: Customer, *, actor: Actor, at: datetime) -> None:
    """Forget the person; the customer stays in the books as a pseudonym that nobody can resolve."""
    session.execute(delete(Person).where(Person.customer_id == customer.id))
    session.execute(delete(Consent).where(Consent.customer_id == customer.id))
    customer.state = "erased"
    customer.external_ref = None
    customer.tags, customer.attributes = [], {}
    customer.link_version += 1
    audit.record(session, actor, "person.erased", ids.public("cu", customer.id), at=at)


def merge(session: Session, merged: Customer, survivor: Customer, *, at: datetime) -> None:
    """Let what is known of one customer fill the gaps in what is known of another.

    The stricter of two consents holds: it stands where everybody who was ever asked agreed.
    """
    theirs, ours = find(session, merged), find(session, survivor)
    given, asked = _given(session, merged, theirs), _given(session, survivor, ours)
    every = [one for one in (given, asked) if one is not None]
    for kind in CONSENTS:
        if every and all(one[kind] for one in every):
            agree(session, survivor, kind, source="merge", at=at)
        else:
            withdraw(session, survivor, kind, at=at)
        withdraw(session, merged, kind, at=at)
    if theirs and ours:
        for field in FIELDS:
            setattr(ours, field, getattr(ours, field) or getattr(theirs, field))
        session.delete(theirs)
    elif theirs:
        theirs.customer_id = survivor.id
    session.flush()


def _given(session: Session, customer: Customer, person: Person | None) -> dict[str, bool] | None:
    """Return to what a customer agreed, or None of one who was never asked anything."""
    ever = select(Consent.id).where(Consent.customer_id == customer.id).limit(1)
    if person is None and session.scalar(ever) is None:
        return None
    return consents(session, customer)


def agree(session: Session, customer: Customer, kind: str, *, source: str, at: datetime) -> None:
    """Record a consent. Agreeing twice changes nothing."""
    if not agreed(session, customer, kind):
        session.add(Consent(customer_id=customer.id, kind=kind, given_at=at, source=source))
        session.flush()


def withdraw(session: Session, customer: Customer, kind: str, *, at: datetime) -> None:
    """Record that a consent was taken back."""
    for consent in session.scalars(_standing(customer).where(Consent.kind == kind)):
        consent.withdrawn_at = at


def agreed(session: Session, customer: Customer, kind: str) -> bool:
    """Tell whether a consent stands."""
    return session.scalar(_standing(customer).where(Consent.kind == kind)) is not None


def consents(session: Session, customer: Customer) -> dict[str, bool]:
    """Return every kind of consent and whether it stands."""
    return consents_of(session, [customer.id])[customer.id]


def consents_of(session: Session, customers: Sequence[UUID]) -> dict[UUID, dict[str, bool]]:
    """Return of each of some customers every kind of consent and whether it stands."""
    found = {id: dict.fromkeys(CONSENTS, False) for id in customers}
    rows = select(Consent).where(Consent.customer_id.in_(customers), STANDS)
    for consent in session.scalars(rows):
        found[consent.customer_id][consent.kind] = True
    return found


def _standing(customer: Customer) -> Select[Consent]:
    return select(Consent).where(Consent.customer_id == customer.id, STANDS)


def contact(session: Session, text: str, *, shop_id: UUID | None) -> str | None:
    """Return a mail address or phone number in the one form in which it is kept, or None.

    A number without its country is of the shop's country, or else of the merchant's.
    """
    try:
        return _email(text) if "@" in text else _phone(session, text, shop_id)
    except InvalidRequest:
        return None


def _email(text: str) -> str:
    try:
        found = validate_email(text.strip(), check_deliverability=False)
    except EmailNotValidError:
        raise InvalidRequest({"person.email": [N_("Not a mail address.")]}) from None
    return found.normalized.casefold()


def _phone(session: Session, text: str, shop_id: UUID | None) -> str:
    place = shops.find(session, shop_id) if shop_id else shops.merchant(session)
    number = phones.read(text, place.zone)
    if number is None:
        raise InvalidRequest({"person.phone": [phones.WRONG]})
    return number
