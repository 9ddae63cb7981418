"""What a till without a line is told: the offers it takes, their public codes, what is gone."""

import hashlib
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, or_, select

from core.db import table
from core.models import Customer
from coupons.models import Campaign, Coupon, Offer, OfferVersion
from coupons.offline import policy

_OFFER, _VERSION, _CAMPAIGN = table(Offer), table(OfferVersion), table(Campaign)
_COUPON, _CUSTOMER = table(Coupon), table(Customer)

NO_LIMIT = 2**31 - 1
DIGEST = 8
"""Bytes of a digest that stand for what is gone."""

_TAKEN = (
    select(
        *(_VERSION.c[name] for name in (
            "id", "offer_id", "name", "benefit", "conditions", "overall", "per_customer", "limits",
            "starts_at", "ends_at",
        )),
        _OFFER.c.offline,
        _CAMPAIGN.c.limits.label("campaign_limits"),
        _CAMPAIGN.c.starts_at.label("campaign_starts_at"),
        _CAMPAIGN.c.ends_at.label("campaign_ends_at"),
    )
    .join(_OFFER, _OFFER.c.id == _VERSION.c.offer_id)
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _OFFER.c.campaign_id)
    .where(_CAMPAIGN.c.state == "running", _OFFER.c.offline["policy"].as_string() != "never")
    .order_by(_VERSION.c.id)
)  # fmt: skip
_OURS = _COUPON.c.offer_id.in_(bindparam("offers", expanding=True))
_IS_STOPPED = or_(
    _COUPON.c.state != "active",
    _COUPON.c.used - _COUPON.c.voided >= func.coalesce(_COUPON.c.use_limit, NO_LIMIT),
)
_PUBLIC = (
    select(_COUPON.c.code, _COUPON.c.version_id)
    .where(
        _OURS, _COUPON.c.label.is_not(None), _COUPON.c.per_customer.is_(None), ~_IS_STOPPED
    )
    .order_by(_COUPON.c.code)
)  # fmt: skip
_GONE = (
    select(_COUPON.c.code)
    .outerjoin(_CUSTOMER, _CUSTOMER.c.id == _COUPON.c.customer_id)
    .where(_OURS, _COUPON.c.label.is_(None), or_(_IS_STOPPED, _CUSTOMER.c.state != "active"))
)


@dataclass(frozen=True, slots=True)
class Taken:
    """The terms of a version that is taken without a line; its window is that of its coupons."""

    version_id: UUID
    offer_id: UUID
    name: dict[str, str]
    benefit: dict[str, Any]
    conditions: dict[str, Any]
    policy: dict[str, Any]
    starts_at: datetime | None
    ends_at: datetime | None


def offers(connection: Connection, *, at: datetime) -> list[Taken]:
    """Return what is taken at a moment, or will be; also of versions before the present ones."""
    rows = connection.execute(_TAKEN).all()
    found = [
        Taken(
            version_id=row.id,
            offer_id=row.offer_id,
            name=row.name,
            benefit=row.benefit,
            conditions=row.conditions,
            policy=row.offline,
            starts_at=row.starts_at or row.campaign_starts_at,
            ends_at=row.ends_at or row.campaign_ends_at,
        )
        for row in rows
        if not policy.obstacle(row, row.campaign_limits)
    ]
    return [one for one in found if one.ends_at is None or at < one.ends_at]


def public_codes(connection: Connection, taken: Iterable[Taken]) -> list[tuple[str, UUID]]:
    """Return the public codes that can be used, each with the version that it holds."""
    known = {one.version_id: one.offer_id for one in taken}
    rows = connection.execute(_PUBLIC, {"offers": list(set(known.values()))})
    return [(row.code, row.version_id) for row in rows if row.version_id in known]


def gone(connection: Connection, taken: Iterable[Taken]) -> list[str]:
    """Return the codes with a token that count no more: used up, stopped, or of nobody's card."""
    offers = {"offers": list({one.offer_id for one in taken})}
    return list(connection.execute(_GONE, offers).scalars())


def packed(names: Iterable[bytes]) -> str:
    """Return the beginnings of the digests of some names, sorted, as base 64."""
    digests = sorted(hashlib.sha256(name).digest()[:DIGEST] for name in names)
    return b64encode(b"".join(digests)).decode()
