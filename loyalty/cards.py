"""Cards: what a customer shows. One is live; a replaced one is dead for ever and says so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select
from sqlalchemy.orm import Session

from core import audit, customers, ids, outbox, people
from core.auth import Actor
from core.db import locked, table
from core.errors import NotFound, WrongState
from core.models import Customer, Staff
from coupons import responses
from loyalty import expiry, ledger, stock, traces
from loyalty.errors import (
    CardBlocked,
    CardNotFound,
    CardReplaced,
    CustomerBlocked,
    CustomerErased,
    OwnCard,
)
from loyalty.ledger import Why
from loyalty.models import Card

_CARD, _CUSTOMER, _STAFF = table(Card), table(Customer), table(Staff)
_HOLDER = _CUSTOMER.alias("holder")

_IS_NOW = _CUSTOMER.c.id == func.coalesce(_HOLDER.c.merged_into_id, _HOLDER.c.id)
"""Who was merged is somebody else now; the old card goes on working as that one's."""

_SHOWN = (
    select(
        _CARD.c.id.label("card_id"),
        _CARD.c.number,
        stock.STATE.label("state"),
        _CUSTOMER.c.id,
        _CUSTOMER.c.pseudonym,
        _CUSTOMER.c.state.label("customer_state"),
    )
    .outerjoin(_HOLDER, _HOLDER.c.id == _CARD.c.customer_id)
    .outerjoin(_CUSTOMER, _IS_NOW)
    .where(_CARD.c.number == bindparam("number"))
)
_NOW = (
    select(_CUSTOMER.c.id, _CUSTOMER.c.state)
    .join(_HOLDER, _IS_NOW)
    .where(_HOLDER.c.id == bindparam("customer"))
)
_OWN = (
    select(_STAFF.c.id)
    .join(_CUSTOMER, _CUSTOMER.c.id == _STAFF.c.customer_id)
    .join(_HOLDER, _IS_NOW)
    .where(_STAFF.c.id == bindparam("staff"), _HOLDER.c.id == bindparam("customer"))
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A card that was shown, and whose it is."""

    id: UUID
    number: str
    state: str
    customer_id: UUID
    pseudonym: str
    customer_state: str


def enrol(
    session: Session,
    *,
    person: dict[str, Any] | None = None,
    consents: list[str] | None = None,
    locale: str | None = None,
    external_ref: str | None = None,
    shop_id: UUID | None = None,
    card: str | None = None,
    source: str = "api",
    actor: Actor,
    at: datetime,
) -> tuple[Customer, Card]:
    """Take in a customer with a card and an account; nothing need be known of the person.

    The card is a blank one of the stock, by its number, or else a new one.

    Raises:
        CardNotFound, CardTaken, CardWithdrawn: the card cannot be handed out.
        AlreadyExists: there is a customer with that external reference.
        InvalidRequest: a mail address, phone number or birthday cannot be.
    """
    customer = customers.enrol(
        session, locale=locale, external_ref=external_ref, shop_id=shop_id, at=at
    )
    people.remember(session, customer, **(person or {}), shop_id=shop_id, at=at)
    for kind in consents or []:
        people.agree(session, customer, kind, source=source, at=at)
    ledger.open_account(session.connection(), customer.id)
    if card is None:
        handed = _issue(session, customer.id, at=at)
    else:
        handed = stock.hand_out(session, card, customer.id, at=at)
    subject = ids.public("cu", customer.id)
    known = any((person or {}).values())
    new = {"source": source, "person": known}
    audit.record(session, actor, "customer.enrolled", subject, new=new, at=at)
    outbox.put(session, "customer.enrolled", {"customer": customer.id.hex}, at=at)
    return customer, handed


def _issue(session: Session, customer_id: UUID, *, at: datetime) -> Card:
    card = Card(customer_id=customer_id, number=ids.new_number(), issued_at=at)
    session.add(card)
    session.flush()
    return card


def forget(session: Session, customer: Customer, *, actor: Actor, at: datetime) -> None:
    """Forget the person behind a card, and what was noted of them; the books keep the pseudonym.

    Nobody can show the card any more, so what is on it lapses.

    Raises:
        WrongState: the customer was merged; forget the one they were merged into.
    """
    if customer.state == "merged":
        raise WrongState(state=customer.state)
    connection = session.connection()
    people.erase(session, customer, actor=actor, at=at)
    for one in (customer, *customers.merged_into(session, customer.id)):
        one.external_ref = None
        responses.blank_notes(connection, one.pseudonym)
        traces.forget(connection, one.id)
    account = expiry.lock(connection, customer.id, at=at)
    expiry.lapse_all(connection, account, why=Why(at, str(actor), reason="forgotten"))


def live(session: Session, customer_id: UUID, *, lock: bool = False) -> Card:
    """Return the live card of a customer.

    Raises:
        CardNotFound: there is none.
    """
    rows = select(Card).where(Card.customer_id == customer_id, Card.state != "replaced")
    card = session.scalar(locked(rows) if lock else rows)
    if card is None:
        raise CardNotFound
    return card


def live_of(session: Session, customers: Sequence[UUID]) -> dict[UUID, Card]:
    """Return the live card of each of some customers who has one."""
    rows = select(Card).where(Card.customer_id.in_(customers), Card.state != "replaced")
    return {card.customer_id: card for card in session.scalars(rows) if card.customer_id}


def find(connection: Connection, number: str) -> Shown:
    """Return a card by its number as it was typed or scanned.

    Raises:
        CardNotFound: there is none.
        CardBlank, CardWithdrawn: it is nobody's yet, or will never be.
    """
    row = connection.execute(_SHOWN, {"number": ids.normalise(number)}).one_or_none()
    if row is None:
        raise CardNotFound
    stock.check_handed_out(row.number, row.state)
    return Shown(*row)


def accept(connection: Connection, number: str, *, staff_id: UUID | None) -> Shown:
    """Return a card that may be served now.

    Raises:
        CardNotFound, CardBlank, CardWithdrawn, CardReplaced, CardBlocked, CustomerBlocked,
            CustomerErased: it may not be served.
        OwnCard: it is the card of the staff member who serves.
    """
    card = find(connection, number)
    if card.state == "replaced":
        raise CardReplaced
    if card.state == "blocked":
        raise CardBlocked
    if card.customer_state != "active":
        raise CustomerErased if card.customer_state == "erased" else CustomerBlocked
    check_not_own(connection, card.customer_id, staff_id)
    return card


def check_not_own(connection: Connection, customer_id: UUID, staff_id: UUID | None) -> None:
    """Let through whoever serves somebody else.

    Raises:
        OwnCard: it is the card of the staff member who serves.
    """
    own = {"staff": staff_id, "customer": customer_id}
    if staff_id and connection.execute(_OWN, own).first():
        raise OwnCard


def survivor(connection: Connection, customer_id: UUID) -> UUID:
    """Return who a customer is now, if they were merged.

    Raises:
        NotFound: there is no such customer.
    """
    return cast("UUID", _now(connection, customer_id).id)


def served(connection: Connection, customer_id: UUID, *, staff_id: UUID | None) -> UUID:
    """Return the customer who may be served now, as one whose card was accepted.

    Raises:
        NotFound: there is no such customer.
        CustomerBlocked, CustomerErased: they are blocked or were forgotten.
        OwnCard: it is the staff member who serves.
    """
    found = _now(connection, customer_id)
    if found.state != "active":
        raise CustomerErased if found.state == "erased" else CustomerBlocked
    check_not_own(connection, found.id, staff_id)
    return cast("UUID", found.id)


def _now(connection: Connection, customer_id: UUID) -> Any:
    found = connection.execute(_NOW, {"customer": customer_id}).one_or_none()
    if found is None:
        raise NotFound(what="customer")
    return found


def replace(
    session: Session, customer_id: UUID, reason: str, *, actor: Actor, at: datetime
) -> Card:
    """Issue a new card to a customer; the old one is dead for ever.

    Everything hangs on the customer, so points, coupons and history are on the new card at once.
    Asked again within a minute, it is the same new card: a second tap is not a second loss.

    Raises:
        NotFound: there is no such customer.
        WrongState: the customer was erased or merged.
    """
    customer = customers.find(session, customer_id, lock=True)
    if customer.state not in ("active", "blocked"):
        raise WrongState(state=customer.state)
    old = live(session, customer_id, lock=True)
    if _just_replaced(session, customer_id, at=at):
        return old
    old.state, old.reason, old.replaced_at = "replaced", reason, at
    for one in (customer, *customers.merged_into(session, customer_id)):
        one.link_version += 1
    session.flush()
    card = _issue(session, customer_id, at=at)
    subject = ids.public("cu", customer_id)
    audit.record(session, actor, "card.replaced", subject, new={"reason": reason}, at=at)
    return card


def _just_replaced(session: Session, customer_id: UUID, *, at: datetime) -> bool:
    rows = select(Card.id).where(
        Card.customer_id == customer_id, Card.replaced_at > at - timedelta(minutes=1)
    )
    return session.scalar(rows) is not None


def set_blocked(
    session: Session, number: str, *, blocked: bool, actor: Actor, at: datetime
) -> Card:
    """Block a card, or open it again.

    Raises:
        CardNotFound: there is none.
        WrongState: it was replaced.
    """
    card = session.scalar(locked(select(Card).where(Card.number == ids.normalise(number))))
    if card is None or card.customer_id is None:
        raise CardNotFound
    if card.state == "replaced":
        raise WrongState(state=card.state)
    old = {"state": card.state}
    card.state = "blocked" if blocked else "active"
    subject = ids.public("cu", card.customer_id)
    new = {"state": card.state}
    audit.record(session, actor, "card.state", subject, old=old, new=new, at=at)
    return card


def history(session: Session, customer_id: UUID) -> list[Card]:
    """Return every card a customer ever had, newest first; also of those merged into them."""
    merged = select(Customer.id).where(Customer.merged_into_id == customer_id)
    rows = select(Card).where((Card.customer_id == customer_id) | Card.customer_id.in_(merged))
    return list(session.scalars(rows.order_by(Card.issued_at.desc(), Card.id.desc())))
