"""Everything kept about a customer, for them to take along: readable by people and programs."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Table, select
from sqlalchemy.orm import Session

from core import customers, ids
from core.db import table
from core.models import AuditEntry, Consent, Customer, Person, Staff
from coupons.models import (
    AudienceMember,
    Campaign,
    Conflict,
    Contact,
    Coupon,
    Offer,
    OfferVersion,
    Purchase,
    PurchaseLine,
    Quota,
    QuotaUse,
    Redemption,
    Refund,
    Response,
)
from loyalty.models import (
    Account,
    Adjustment,
    Card,
    Claim,
    Entry,
    Lot,
    LotMove,
    Referral,
    ReferralCode,
    ReferralReward,
    Stamp,
    StampBook,
    Standing,
    StandingChange,
    Trace,
)

OF_CUSTOMER = (Person, Consent, Card, Account, Entry, Lot, Purchase, Redemption, Coupon, Quota,
               QuotaUse, AudienceMember, Staff, ReferralCode, ReferralReward, Trace, Claim,
               Adjustment, Standing, StandingChange, StampBook)  # fmt: skip
"""Tables that name the customer by id."""

OF_PSEUDONYM = (Response, Contact)
"""Tables that name the customer by the pseudonym."""

_OUR_BUSINESS = frozenset({
    "customer_id", "issue_id", "version_id", "staff_id", "till_id", "voided_by", "actor", "dedupe",
    "request_id", "password_hash", "pin_hash", "cost", "cap", "referrer_id", "referee_id",
    "first_id", "second_id", "reasons", "decided_by", "requested_by", "cancelled_by",
    "merged_into_id", "closed_by", "lease_id",
})  # fmt: skip
"""Columns about others, or about how the house works, rather than about the customer."""


def of(session: Session, customer: Customer, *, at: datetime) -> dict[str, Any]:
    """Return everything kept about a customer and nothing of anybody else.

    Who was merged into them is no one else.
    """
    merged = customers.merged_into(session, customer.id)
    everybody = [customer, *merged]
    return {
        "exported_at": _plain(at),
        "customer": _rows(session, _all(Customer, "id", [customer.id]))[0],
        "merged": _rows(session, _all(Customer, "id", [one.id for one in merged])),
        **_named(session, everybody),
        "audit": _rows(
            session,
            select(AuditEntry.at, AuditEntry.action, AuditEntry.old, AuditEntry.new)
            .where(AuditEntry.subject.in_([ids.public("cu", one.id) for one in everybody]))
            .order_by(AuditEntry.at, AuditEntry.id),
        ),
    }


def _named(session: Session, everybody: list[Customer]) -> dict[str, Any]:
    who, names = [one.id for one in everybody], [one.pseudonym for one in everybody]
    found = {m.__tablename__: _rows(session, _all(m, "customer_id", who)) for m in OF_CUSTOMER}
    for model in OF_PSEUDONYM:
        found[model.__tablename__] = _rows(session, _all(model, "pseudonym", names))
    for part, of, whole in (
        (PurchaseLine, PurchaseLine.purchase_id, Purchase),
        (Refund, Refund.purchase_id, Purchase),
        (Conflict, Conflict.purchase_id, Purchase),
        (LotMove, LotMove.entry_id, Entry),
        (Stamp, Stamp.stamp_book_id, StampBook),
    ):
        mine = select(whole.id).where(whole.customer_id.in_(who))
        found[part.__tablename__] = _rows(session, select(table(part)).where(of.in_(mine)))
    found["offer"] = _offers(session, who, names)
    found["referral"] = _referrals(session, who)
    return found


def _referrals(session: Session, who: list[UUID]) -> list[dict[str, Any]]:
    """Return how the customer was brought and that they brought others: not whom, nor what with."""
    of = table(Referral)
    rows = session.connection().execute(
        select(of).where(of.c.referee_id.in_(who) | of.c.referrer_id.in_(who)).order_by(of.c.id)
    )
    found = []
    for row in rows:
        kept, is_friend = _row(row), row.referee_id in who
        mine = kept if is_friend else kept | {"purchase_id": None}
        found.append({"as": "friend" if is_friend else "referrer"} | mine)
    return found


def _offers(session: Session, who: list[UUID], names: list[str]) -> list[dict[str, Any]]:
    """Return the offers that coupons and answers speak of, so that their ids mean something."""
    spoken_of = (
        select(Coupon.offer_id).where(Coupon.customer_id.in_(who)),
        select(Redemption.offer_id).where(Redemption.customer_id.in_(who)),
        select(Response.offer_id).where(
            Response.pseudonym.in_(names), Response.offer_id.is_not(None)
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


def _all(model: type[Any], column: str, values: list[Any]) -> Select[Any]:
    of: Table = table(model)
    return select(of).where(of.c[column].in_(values)).order_by(*of.primary_key.columns)


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
