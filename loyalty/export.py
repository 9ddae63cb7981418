"""Everything kept about a customer, for them to take along: readable by people and programs."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from core import ids
from core.db import table
from core.models import AuditEntry, Consent, Customer, Person, Staff
from coupons.models import (
    AudienceMember,
    Campaign,
    Contact,
    Coupon,
    Offer,
    OfferVersion,
    Purchase,
    PurchaseLine,
    Quota,
    Redemption,
    Response,
)
from loyalty.models import Account, Card, Entry, Lot, LotMove

OF_CUSTOMER = (Person, Consent, Card, Account, Entry, Lot, Purchase, Redemption, Coupon, Quota,
               AudienceMember, Staff)  # fmt: skip
"""Tables that name the customer by id."""

OF_PSEUDONYM = (Response, Contact)
"""Tables that name the customer by the pseudonym."""

_OUR_BUSINESS = frozenset({
    "customer_id", "issue_id", "version_id", "staff_id", "till_id", "voided_by", "actor", "dedupe",
    "request_id", "password_hash", "pin_hash", "cost", "cap",
})  # fmt: skip
"""Columns about others, or about how the house works, rather than about the customer."""


def of(session: Session, customer: Customer, *, at: datetime) -> dict[str, Any]:
    """Return everything kept about a customer and nothing of anybody else."""
    return {
        "exported_at": _plain(at),
        "customer": _row(session.connection().execute(_all(Customer, "id", customer.id)).one()),
        **_named(session, customer),
        "audit": _rows(
            session,
            select(AuditEntry.at, AuditEntry.action, AuditEntry.old, AuditEntry.new)
            .where(AuditEntry.subject == ids.public("cu", customer.id))
            .order_by(AuditEntry.at, AuditEntry.id),
        ),
    }


def _named(session: Session, customer: Customer) -> dict[str, Any]:
    found = {
        m.__tablename__: _rows(session, _all(m, "customer_id", customer.id)) for m in OF_CUSTOMER
    }
    for model in OF_PSEUDONYM:
        found[model.__tablename__] = _rows(session, _all(model, "pseudonym", customer.pseudonym))
    mine = select(Purchase.id).where(Purchase.customer_id == customer.id)
    found["purchase_line"] = _rows(
        session, select(table(PurchaseLine)).where(PurchaseLine.purchase_id.in_(mine))
    )
    booked = select(Entry.id).where(Entry.customer_id == customer.id)
    found["lot_move"] = _rows(session, select(table(LotMove)).where(LotMove.entry_id.in_(booked)))
    found["offer"] = _offers(session, customer)
    return found


def _offers(session: Session, customer: Customer) -> list[dict[str, Any]]:
    """Return the offers that coupons and answers speak of, so that their ids mean something."""
    spoken_of = (
        select(Coupon.offer_id).where(Coupon.customer_id == customer.id),
        select(Redemption.offer_id).where(Redemption.customer_id == customer.id),
        select(Response.offer_id).where(
            Response.pseudonym == customer.pseudonym, Response.offer_id.is_not(None)
        ),
    )
    rows = (
        select(Offer.id, OfferVersion.name, Campaign.name.label("campaign"))
        .join(
            OfferVersion,
            (OfferVersion.offer_id == Offer.id) & (OfferVersion.number == Offer.version),
        )
        .join(Campaign, Campaign.id == Offer.campaign_id)
        .where(Offer.id.in_(spoken_of[0].union(*spoken_of[1:])))
    )
    return _rows(session, rows.order_by(Offer.id))


def _all(model: type[Any], column: str, value: Any) -> Select[Any]:
    of: Table = table(model)
    return select(of).where(of.c[column] == value).order_by(*of.primary_key.columns)


def _rows(session: Session, rows: Select[Any]) -> list[dict[str, Any]]:
    return [_row(one) for one in session.connection().execute(rows)]


def _row(row: Any) -> dict[str, Any]:
    kept: Iterable[tuple[str, Any]] = row._mapping.items()  # noqa: SLF001  # SQLAlchemy's public name
    return {name: _plain(value) for name, value in kept if name not in _OUR_BUSINESS}


def _plain(value: Any) -> Any:
    """Return a value as JSON carries it: instants in RFC 3339, ids as text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value
