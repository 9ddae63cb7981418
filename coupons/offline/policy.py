"""Whether coupons of an offer may be taken without a line: as somebody has set, if a till can."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from core import audit, ids, shops
from core.auth import Actor
from core.db import table
from core.errors import Refusal
from coupons.models import Campaign, Offer
from coupons.offline.errors import (
    DiscountAboveOffline,
    LineNeeded,
    OfflineNotWorkable,
    OtherShopOffline,
)

_OFFER = table(Offer)
_POLICIES = select(_OFFER.c.id, _OFFER.c.offline).where(
    _OFFER.c.id.in_(bindparam("offers", expanding=True))
)

Terms = Mapping[str, Any]

NEVER: dict[str, Any] = {"policy": "never"}
ALONE = frozenset({"percent", "amount", "free_item", "points", "sample"})
"""The benefits that can be worked out on the total of a basket."""

KNOWN = frozenset({"minimum_basket", "dates", "hours", "shops"})
"""The conditions that can be looked at without asking anybody."""


class Said(Protocol):
    """What a version of an offer says, as far as it matters here."""

    @property
    def benefit(self) -> dict[str, Any]: ...
    @property
    def conditions(self) -> dict[str, Any]: ...
    @property
    def overall(self) -> int | None: ...
    @property
    def per_customer(self) -> int | None: ...
    @property
    def limits(self) -> list[Any]: ...


def obstacle(said: Said, campaign_limits: Sequence[Any]) -> str | None:
    """Return what keeps a till from working an offer out by itself, or None if nothing does."""
    if said.benefit["kind"] not in ALONE:
        return "benefit"
    if said.benefit.get("on") or said.benefit.get("sku") or said.benefit.get("per") == "piece":
        return "products"
    if not _is_known(said.conditions):
        return "conditions"
    if said.overall or said.per_customer or said.limits or campaign_limits:
        return "limits"
    return None


def _is_known(conditions: Terms) -> bool:
    """Tell whether all of the conditions, however deep, can be looked at by a till."""
    if "kind" in conditions:
        return conditions["kind"] in KNOWN
    every = conditions.get("all", [])
    return not (conditions.get("any") or conditions.get("none")) and all(map(_is_known, every))


def settle(
    session: Session,
    offer: Offer,
    said: Said,
    policy: dict[str, Any],
    *,
    actor: Actor,
    at: datetime,
) -> None:
    """Set whether coupons of an offer are taken without a line, from the next bundle of a till on.

    Raises:
        OfflineNotWorkable: a till could not work out what the offer gives.
        NotFound: the shop is none of ours.
    """
    if policy != NEVER:
        campaign = session.get_one(Campaign, offer.campaign_id)
        if because := obstacle(said, campaign.limits):
            raise OfflineNotWorkable(because=because)
    if "shop" in policy:
        shops.find(session, UUID(hex=policy["shop"]))
    if policy != offer.offline:
        old, offer.offline = offer.offline, policy
        subject = ids.public("of", offer.id)
        audit.record(session, actor, "offer.offline", subject, old=old, new=policy, at=at)


@dataclass(frozen=True, slots=True)
class Passed:
    """A policy that a till has passed by, and what that cost in minor units."""

    refusal: Refusal
    cost: int


def of_offers(connection: Connection, offers: Collection[UUID]) -> dict[UUID, dict[str, Any]]:
    """Return as what somebody has set some offers."""
    if not offers:
        return {}
    rows = connection.execute(_POLICIES, {"offers": list(offers)})
    return {row.id: row.offline for row in rows}


def passed_by(policy: dict[str, Any], discount: int, *, shop_id: UUID) -> Passed | None:
    """Return what stood against taking a coupon without a line, or None if nothing did.

    Args:
        policy: of its offer.
        discount: what was taken off, in minor units.
        shop_id: where it was taken.
    """
    match policy:
        case {"policy": "up_to", "value": most}:
            above = discount - most
            return Passed(DiscountAboveOffline(most=most), above) if above > 0 else None
        case {"policy": "home_shop", "shop": home}:
            return None if UUID(hex=home) == shop_id else Passed(OtherShopOffline(), discount)
    return Passed(LineNeeded(), discount)
