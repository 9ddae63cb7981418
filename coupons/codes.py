"""Coupons by their code: find, lock, freeze and revoke."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Select, bindparam, select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked, table
from core.errors import WrongState
from coupons.errors import CodeNotFound
from coupons.models import Campaign, Coupon, Offer

_COUPON, _OFFER, _CAMPAIGN = table(Coupon), table(Offer), table(Campaign)

MOVES = {
    "freeze": (("active",), "frozen"),
    "unfreeze": (("frozen",), "active"),
    "revoke": (("active", "frozen"), "revoked"),
}
"""Every transition with the states it expects and the one it leads to."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Another till keeps a use of a coupon for its customer; ``till`` is its label."""

    till: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Held:
    """A coupon as it stands, with its campaign.

    Attributes:
        held_until: when the last hold on it ends; none can stand after that.
        kept_here, kept_elsewhere: the holds that stand, as ``coupons.holds`` has looked them up.
    """

    id: UUID
    code: str
    label: str | None
    state: str
    offer_id: UUID
    version_id: UUID
    channel_id: UUID | None
    customer_id: UUID | None
    use_limit: int | None
    per_customer: int | None
    used: int
    voided: int
    campaign_id: UUID
    campaign_state: str
    campaign_starts_at: datetime | None
    campaign_ends_at: datetime | None
    campaign_limits: list[dict[str, Any]]
    held_until: datetime | None = None
    kept_here: bool = False
    kept_elsewhere: tuple["Elsewhere", ...] = ()

    @property
    def masked(self) -> str:
        """Return the code as anybody may see it: a public one whole, else its end."""
        return self.label or ids.masked(self.code)

    @property
    def live(self) -> int:
        """Return how many uses stand."""
        return self.used - self.voided

    @property
    def is_bearer(self) -> bool:
        """Tell whether this is a unique code that went to one contact, whoever that was."""
        return self.use_limit == 1 and self.label is None and self.customer_id is None


_ROWS = (
    select(
        *(_COUPON.c[name] for name in (
            "id", "code", "label", "state", "offer_id", "version_id", "channel_id", "customer_id",
            "use_limit", "per_customer", "used", "voided",
        )),
        _CAMPAIGN.c.id.label("campaign_id"),
        _CAMPAIGN.c.state.label("campaign_state"),
        _CAMPAIGN.c.starts_at.label("campaign_starts_at"),
        _CAMPAIGN.c.ends_at.label("campaign_ends_at"),
        _CAMPAIGN.c.limits.label("campaign_limits"),
        _COUPON.c.held_until,
    )
    .join(_OFFER, _OFFER.c.id == _COUPON.c.offer_id)
    .join(_CAMPAIGN, _CAMPAIGN.c.id == _OFFER.c.campaign_id)
    .order_by(_COUPON.c.id)
)  # fmt: skip
_BY_CODE = _ROWS.where(_COUPON.c.code.in_(bindparam("codes", expanding=True)))
_BY_CODE_LOCKED = _BY_CODE.with_for_update(of=_COUPON)
_OF_CUSTOMER = _ROWS.where(
    _COUPON.c.customer_id == bindparam("customer"), _COUPON.c.state == "active"
)


def held(connection: Connection, codes: Sequence[str], *, lock: bool = False) -> list[Held]:
    """Return the coupons with these normalised codes, in the order of their ids.

    To be redeemed they are locked first, and always in that order, so that no two purchases
    wait for each other.
    """
    statement: Select[Any] = _BY_CODE_LOCKED if lock else _BY_CODE
    return [Held(*row) for row in connection.execute(statement, {"codes": list(codes)})]


def of_customer(connection: Connection, customer_id: UUID) -> list[Held]:
    """Return the personal coupons of a customer that are not stopped."""
    statement: Select[Any] = _OF_CUSTOMER
    return [Held(*row) for row in connection.execute(statement, {"customer": customer_id})]


def one(connection: Connection, code: str) -> Held:
    """Return one coupon by a code as it was typed or scanned.

    Raises:
        CodeNotFound: there is none.
    """
    found = held(connection, [ids.normalise(code)])
    if not found:
        raise CodeNotFound
    return found[0]


def move(session: Session, code: str, verb: str, *, actor: Actor, at: datetime) -> Coupon:
    """Freeze, unfreeze or revoke a coupon.

    Raises:
        CodeNotFound: there is none.
        WrongState: it is not in a state the verb expects.
    """
    coupon = session.scalar(locked(select(Coupon).where(Coupon.code == ids.normalise(code))))
    if coupon is None:
        raise CodeNotFound
    expected, becomes = MOVES[verb]
    if coupon.state not in expected:
        raise WrongState(state=coupon.state)
    old: dict[str, Any] = {"state": coupon.state}
    coupon.state = becomes
    subject = ids.public("co", coupon.id)
    audit.record(session, actor, f"coupon.{verb}", subject, old=old, new={"state": becomes}, at=at)
    return coupon
