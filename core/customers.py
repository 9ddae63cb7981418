"""Customers: pseudonymous rows that cards, answers and books refer to."""

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids, shops
from core.auth import Actor
from core.db import locked
from core.errors import AlreadyExists, NotFound, WrongState
from core.models import Customer


def enrol(
    session: Session,
    *,
    locale: str | None = None,
    external_ref: str | None = None,
    shop_id: UUID | None = None,
    at: datetime,
) -> Customer:
    """Take in a customer, of whom nothing need be known.

    Raises:
        AlreadyExists: there is a customer with that external reference.
        InvalidRequest: the locale is no language tag.
    """
    if locale:
        shops.check_locale(locale)
    if external_ref and session.scalar(
        select(Customer.id).where(Customer.external_ref == external_ref)
    ):
        raise AlreadyExists(field="external_ref")
    customer = Customer(
        pseudonym=new_pseudonym(),
        locale=locale,
        external_ref=external_ref,
        enrolled_at=at,
        shop_id=shop_id,
    )
    session.add(customer)
    session.flush()
    return customer


def new_pseudonym() -> str:
    """Return a name that is nobody's: 80 random bits."""
    return "".join(secrets.choice(ids.ALPHABET) for _ in range(16)).lower()


def speak(customer: Customer, locale: str | None) -> None:
    """Write to a customer in this language from now on, or in the merchant's.

    Raises:
        InvalidRequest: the locale is no language tag.
    """
    if locale:
        shops.check_locale(locale)
    customer.locale = locale


def find(session: Session, id: UUID, *, lock: bool = False) -> Customer:
    """Return a customer.

    Raises:
        NotFound: there is none.
    """
    rows = select(Customer).where(Customer.id == id)
    customer = session.scalar(locked(rows) if lock else rows)
    if customer is None:
        raise NotFound(what="customer")
    return customer


def check_served(customer: Customer) -> None:
    """Let a customer through who is served, or could be again.

    Raises:
        WrongState: the customer was erased or merged.
    """
    if customer.state not in ("active", "blocked"):
        raise WrongState(state=customer.state)


def set_blocked(
    session: Session, id: UUID, *, blocked: bool, actor: Actor, at: datetime
) -> Customer:
    """Stop serving a customer, or serve them again.

    Raises:
        NotFound: there is none.
        WrongState: the customer was erased or merged.
    """
    customer = find(session, id, lock=True)
    check_served(customer)
    old = {"state": customer.state}
    customer.state = "blocked" if blocked else "active"
    new = {"state": customer.state}
    audit.record(session, actor, "customer.state", ids.public("cu", id), old=old, new=new, at=at)
    return customer
