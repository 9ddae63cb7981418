"""Is a coupon worth having? Of an offer that is over, nobody is given one."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from core.errors import Refusal
from coupons import conditions, quotas, terms
from coupons.codes import Held
from coupons.errors import CampaignNotRunning
from coupons.models import Campaign, Offer, OfferVersion
from coupons.quotas import Limit, Name
from coupons.terms import Terms

_OFFER, _VERSION, _CAMPAIGN = table(Offer), table(OfferVersion), table(Campaign)
_CURRENT = (
    select(
        _OFFER.c.id,
        _VERSION.c.id.label("version_id"),
        _CAMPAIGN.c.id.label("campaign_id"),
        _CAMPAIGN.c.state,
        _CAMPAIGN.c.starts_at,
        _CAMPAIGN.c.ends_at,
        _CAMPAIGN.c.limits,
    )
    .join(_VERSION, (_VERSION.c.offer_id == _OFFER.c.id) & (_VERSION.c.number == _OFFER.c.version))
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _OFFER.c.campaign_id)
    .where(_OFFER.c.id.in_(bindparam("offers", expanding=True)))
)
_NEW = UUID(int=0)
"""Stands for a coupon that is not there yet."""


def over(
    connection: Connection, offers: Collection[UUID], *, customer_id: UUID | None, at: datetime
) -> dict[UUID, Refusal]:
    """Return of which of some offers a coupon given now could not be used, and why.

    The campaign does not run, the offer has ended, or a limit for all time is used up: of all, or
    of this customer. What begins later, or counts by days, weeks or months, can be used yet.
    """
    if not offers:
        return {}
    rows = connection.execute(_CURRENT, {"offers": list(offers)}).all()
    known = [(_coupon(row), terms.of(connection, row.version_id)) for row in rows]
    limits = {coupon.offer_id: _limits(coupon, one, customer_id, at=at) for coupon, one in known}
    live = quotas.live(connection, (limit for some in limits.values() for limit in some))
    found = {
        coupon.offer_id: _no(coupon, one, limits[coupon.offer_id], live, at=at)
        for coupon, one in known
    }
    return {id: no for id, no in found.items() if no}


def _coupon(row: Any) -> Held:
    """Return the coupon that would be given."""
    return Held(
        id=_NEW, code="", label=None, state="active", offer_id=row.id, version_id=row.version_id,
        channel_id=None, customer_id=None, use_limit=1, per_customer=None, used=0, voided=0,
        campaign_id=row.campaign_id, campaign_state=row.state, campaign_starts_at=row.starts_at,
        campaign_ends_at=row.ends_at, campaign_limits=row.limits,
    )  # fmt: skip


def _limits(coupon: Held, offer: Terms, customer_id: UUID | None, *, at: datetime) -> list[Limit]:
    """Return the limits that never begin anew, and the places of an early bird."""
    every = quotas.limits(coupon, offer, customer_id, calendar="UTC", at=at)
    lasting = [one for one in every if not one.period and one.subject_id != _NEW]
    return [*lasting, *quotas.places(offer)]


def _no(
    coupon: Held, offer: Terms, limits: list[Limit], live: dict[Name, int], *, at: datetime
) -> Refusal | None:
    if coupon.campaign_state != "running":
        return CampaignNotRunning()
    ends = offer.ends_at or coupon.campaign_ends_at
    if no := conditions.window(None, ends, at):
        return no
    for limit in limits:
        taken = live.get(limit.name, 0)
        if limit.measure in ("uses", "discount") and taken >= limit.cap:
            return limit.refusal(taken)
    return quotas.sold_out(offer, live, at=at)
