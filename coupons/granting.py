"""Coupons that are given for something: the next purchase, a reward, a full card, a friend."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, update

from core import ids
from core.db import table, upsert
from core.errors import NotFound
from coupons.models import Channel, Coupon, Issue, Offer, OfferVersion

PREFIX = "grant:"
"""What the external reference of a granted coupon begins with; nobody else may use it."""

_COUPON, _ISSUE, _OFFER, _VERSION, _CHANNEL = (
    table(Coupon), table(Issue), table(Offer), table(OfferVersion), table(Channel),
)  # fmt: skip
_CURRENT = (
    select(_VERSION.c.id, _OFFER.c.campaign_id)
    .join(_OFFER, (_OFFER.c.id == _VERSION.c.offer_id) & (_OFFER.c.version == _VERSION.c.number))
    .where(_OFFER.c.id == bindparam("offer"))
)
_CHANNELS = select(_CHANNEL.c.id).where(_CHANNEL.c.campaign_id == bindparam("of")).limit(2)
_OPEN = insert(_ISSUE)
_MAKE = (
    upsert(_COUPON)
    .on_conflict_do_nothing(index_elements=["offer_id", "external_ref"])
    .returning(_COUPON.c.id)
)
_FIND = select(_COUPON.c.id, _COUPON.c.code).where(
    _COUPON.c.offer_id == bindparam("offer"), _COUPON.c.external_ref == bindparam("ref")
)
_REVOKE = (
    update(_COUPON)
    .where(
        _COUPON.c.offer_id == bindparam("offer"),
        _COUPON.c.external_ref == bindparam("ref"),
        _COUPON.c.used == _COUPON.c.voided,
        _COUPON.c.state.in_(("active", "frozen")),
    )
    .values(state="revoked")
    .returning(_COUPON.c.id)
)


@dataclass(frozen=True, slots=True)
class Granted:
    """A coupon that was given."""

    coupon_id: UUID
    code: str


def give(
    connection: Connection, offer_id: UUID, *, customer_id: UUID | None, ref: str, at: datetime
) -> Granted:
    """Give a coupon of an offer as it stands now, once for each reference; return it.

    A personal one if there is a customer, else one for whoever holds it.

    Raises:
        NotFound: there is no such offer.
    """
    name = {"offer": offer_id, "ref": PREFIX + ref}
    if found := connection.execute(_FIND, name).one_or_none():
        return Granted(*found)
    current = connection.execute(_CURRENT, {"offer": offer_id}).one_or_none()
    if current is None:
        raise NotFound(what="offer")
    channel_id = _channel(connection, current.campaign_id)
    issue_id, coupon_id, code = ids.new(), ids.new(), ids.new_code()
    same = {"offer_id": offer_id, "version_id": current.id, "channel_id": channel_id}
    issue = {"id": issue_id, "kind": "personal", "quantity": 1, "job_id": None, "created_at": at}
    connection.execute(_OPEN, same | issue)
    made = connection.execute(
        _MAKE,
        same | {
            "id": coupon_id, "issue_id": issue_id, "position": 0, "customer_id": customer_id,
            "external_ref": PREFIX + ref, "code": code, "label": None, "state": "active",
            "use_limit": 1, "per_customer": None, "used": 0, "voided": 0,
        },
    ).scalar()  # fmt: skip
    return Granted(coupon_id, code) if made else Granted(*connection.execute(_FIND, name).one())


def given(connection: Connection, offer_id: UUID, ref: str) -> str | None:
    """Return the code of the coupon that was given under a reference, if one was."""
    name = {"offer": offer_id, "ref": PREFIX + ref}
    found = connection.execute(_FIND, name).one_or_none()
    return found.code if found else None


def _channel(connection: Connection, campaign_id: UUID) -> UUID | None:
    """Return the channel of a campaign that has but one: what is given goes out by none else."""
    found = connection.execute(_CHANNELS, {"of": campaign_id}).scalars().all()
    return found[0] if len(found) == 1 else None


def take_back(connection: Connection, offer_id: UUID, ref: str) -> bool:
    """Withdraw a coupon that was given, unless it was used; return whether that was so."""
    name = {"offer": offer_id, "ref": PREFIX + ref}
    return connection.execute(_REVOKE, name).first() is not None
