"""Which coupons carry a token, and which one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core import signing
from core.db import table
from coupons.models import Campaign, Offer, OfferVersion
from coupons.offline import policy, tokens
from coupons.offline.tokens import Token

_OFFER, _VERSION, _CAMPAIGN = table(Offer), table(OfferVersion), table(Campaign)

_TERMS = (
    select(
        *(_VERSION.c[name] for name in (
            "id", "benefit", "conditions", "overall", "per_customer", "limits", "ends_at",
        )),
        _OFFER.c.offline,
        _CAMPAIGN.c.limits.label("campaign_limits"),
    )
    .join(_OFFER, _OFFER.c.id == _VERSION.c.offer_id)
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _OFFER.c.campaign_id)
    .where(_VERSION.c.id.in_(bindparam("versions", expanding=True)))
)  # fmt: skip

LookUp = Callable[[Connection, Sequence[UUID]], dict[UUID, str]]

CARDS: set[LookUp] = set()
"""Each looks up the numbers of the cards that customers hold."""


class Issued(Protocol):
    """A coupon, as far as it matters here."""

    @property
    def code(self) -> str: ...
    @property
    def label(self) -> str | None: ...
    @property
    def state(self) -> str: ...
    @property
    def version_id(self) -> UUID: ...
    @property
    def customer_id(self) -> UUID | None: ...
    @property
    def use_limit(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class _Terms:
    """What a version says, and whether it may be taken without a line."""

    benefit: dict[str, Any]
    conditions: dict[str, Any]
    overall: int | None
    per_customer: int | None
    limits: list[Any]
    ends_at: datetime | None
    offline: dict[str, Any]
    campaign_limits: list[Any]

    @property
    def is_taken(self) -> bool:
        return self.offline != policy.NEVER and not policy.obstacle(self, self.campaign_limits)


def marks(connection: Connection, coupons: Sequence[Issued], secret: str) -> dict[str, str]:
    """Return the tokens of those coupons that are taken without a line, by code.

    A public code has none, as the bundle of a till names it; nor has what is stopped, or a personal
    coupon whose customer holds no card that works.
    """
    asked = [one for one in coupons if one.label is None and one.state == "active"]
    if not asked:
        return {}
    versions = {"versions": list({one.version_id for one in asked})}
    rows = connection.execute(_TERMS, versions)
    taken = {id: terms for id, *said in rows if (terms := _Terms(*said)).is_taken}
    marked = [one for one in asked if one.version_id in taken]
    if not marked:
        return {}
    signer = signing.signer(connection, secret)
    cards = _cards(connection, [one.customer_id for one in marked if one.customer_id])
    return {
        one.code: tokens.make(
            signer,
            one.code,
            Token(
                version=tokens.version_of(one.version_id),
                single_use=one.use_limit == 1,
                holder=tokens.holder_of(cards[one.customer_id]) if one.customer_id else None,
                expires=taken[one.version_id].ends_at,
            ),
        )
        for one in marked
        if one.customer_id is None or one.customer_id in cards
    }


def _cards(connection: Connection, customers: Sequence[UUID]) -> dict[UUID, str]:
    found: dict[UUID, str] = {}
    for look_up in CARDS if customers else ():
        found |= look_up(connection, customers)
    return found
