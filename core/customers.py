"""Customers: pseudonymous rows that cards, answers and books refer to."""

import json
import secrets
from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, select
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


def describe(
    customer: Customer,
    *,
    tags: list[str] | None = None,
    attributes: dict[str, str | int | bool] | None = None,
) -> None:
    """Note what the merchant says of a customer, in place of what was noted; None leaves it."""
    if tags is not None:
        customer.tags = list(dict.fromkeys(tags))
    if attributes is not None:
        customer.attributes = dict(attributes)


def tagged(tag: str) -> ColumnElement[bool]:
    """Return the condition that a customer has a tag, to the letter."""
    written = cast(Customer.tags, String)
    return func.replace(written, json.dumps(tag), "") != written


def survivors(session: Session, customers: Iterable[UUID]) -> dict[UUID, UUID]:
    """Return of those that are customers of ours who they are now, if they were merged."""
    rows = session.execute(
        select(Customer.id, func.coalesce(Customer.merged_into_id, Customer.id)).where(
            Customer.id.in_(list(customers))
        )
    )
    return dict(rows.all())


def merged_into(session: Session, id: UUID) -> list[Customer]:
    """Return those who were merged into a customer, in the order they were taken in."""
    rows = select(Customer).where(Customer.merged_into_id == id)
    return list(session.scalars(rows.order_by(Customer.enrolled_at, Customer.id)))


def merge(session: Session, merged: Customer, survivor: Customer) -> None:
    """Let one customer be another one from now on, and all those who had become that one."""
    for earlier in merged_into(session, merged.id):
        earlier.merged_into_id = survivor.id
    merged.state, merged.merged_into_id = "merged", survivor.id
    survivor.locale = survivor.locale or merged.locale
    describe(
        survivor,
        tags=[*survivor.tags, *merged.tags],
        attributes=merged.attributes | survivor.attributes,
    )
    describe(merged, tags=[], attributes={})
    session.flush()


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
