"""Response events: the measurable answer of one customer to one offer in one medium."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.orm import Session

from core import ids
from core.db import table, upsert
from core.errors import NotFound, Refusal
from core.models import Customer
from coupons.basket import Sale
from coupons.codes import Held
from coupons.errors import CodeNotFound
from coupons.models import Campaign, Channel, Response

_WRITE = upsert(table(Response)).on_conflict_do_nothing(index_elements=["dedupe"])
_PSEUDONYM = select(table(Customer).c.pseudonym).where(
    table(Customer).c.id == bindparam("customer")
)
_CAMPAIGN_OF = select(table(Channel).c.campaign_id).where(
    table(Channel).c.id == bindparam("channel")
)
_EMPTY = dict.fromkeys(
    (
        "reason", "campaign_id", "channel_id", "offer_id", "coupon_id", "redemption_id",
        "purchase_id", "shop_id", "pseudonym", "responder", "note", "dedupe",
        "why",
    )
)  # fmt: skip
_REDEEMED = select(
    *(
        table(Response).c[name]
        for name in (
            "campaign_id", "channel_id", "offer_id", "coupon_id", "purchase_id", "shop_id",
            "pseudonym", "responder",
        )
    )
).where(table(Response).c.redemption_id == bindparam("redemption"))  # fmt: skip


def write(connection: Connection, **values: Any) -> UUID:
    """Write down one event; one with a ``dedupe`` that is there already is the same event."""
    event = _EMPTY | {"id": ids.new(), "outcome": "accepted"} | values
    connection.execute(_WRITE, event)
    return UUID(str(event["id"]))


def redeemed(
    connection: Connection, answers: Sequence[tuple[Held, UUID]], sale: Sale, *, at: datetime
) -> None:
    """Record the answers that redemptions are; always in the transaction of the redemptions."""
    rows = [
        _EMPTY
        | {
            "id": ids.new(),
            "kind": "redeemed",
            "outcome": "accepted",
            **_about(coupon),
            "redemption_id": redemption_id,
            "purchase_id": sale.purchase_id,
            "shop_id": sale.shop_id,
            "pseudonym": sale.pseudonym,
            "responder": _responder(coupon, sale.pseudonym),
            "at": sale.occurred_at,
            "recorded_at": at,
        }
        for coupon, redemption_id in answers
    ]
    connection.execute(_WRITE, rows)


@dataclass(frozen=True, slots=True)
class Try:
    """A coupon that was tried and refused; ``why`` explains it.

    It names the purchase that it was used in all the same, by a till without a line.
    """

    coupon: Held | None
    refusal: Refusal
    why: dict[str, Any] | None = None
    purchase_id: UUID | None = None


def refused(
    connection: Connection,
    tries: Sequence[Try],
    *,
    shop_id: UUID | None,
    pseudonym: str | None,
    attempt: str | None,
    occurred_at: datetime,
    at: datetime,
) -> None:
    """Record that a customer tried coupons, and was refused with a reason each.

    ``attempt`` names the try (the idempotency key and its scope), so that a till that sends its
    request again is not two customers.
    """
    rows = [
        _EMPTY
        | (_about(one.coupon) if one.coupon else {})
        | {
            "id": ids.new(),
            "kind": "redeemed",
            "outcome": "refused",
            "reason": one.refusal.code,
            "purchase_id": one.purchase_id,
            "shop_id": shop_id,
            "pseudonym": pseudonym,
            "responder": _responder(one.coupon, pseudonym),
            "dedupe": _digest(attempt, one) if attempt else None,
            "why": one.why,
            "at": occurred_at,
            "recorded_at": at,
        }
        for one in tries
    ]
    if rows:
        connection.execute(_WRITE, rows)


def _digest(attempt: str, one: Try) -> str:
    text = f"{attempt}\x1f{one.coupon.id.hex if one.coupon else ''}\x1f{one.refusal.code}"
    return hashlib.sha256(text.encode()).hexdigest()


def followed(
    connection: Connection, redemption_id: UUID, kind: str, *, at: datetime, **more: Any
) -> None:
    """Record what came after a redemption, of the same answerer: a return, a claim."""
    row = connection.execute(_REDEEMED, {"redemption": redemption_id}).one()
    write(connection, kind=kind, **row._mapping, at=at, recorded_at=at, **more)  # noqa: SLF001  # SQLAlchemy's public name for it


def scanned(connection: Connection, coupon: Held, refusal: Refusal | None, *, at: datetime) -> None:
    """Record that a customer's own phone opened a printed code."""
    owner = _owner(connection, coupon)
    write(
        connection,
        kind="scanned",
        **_about(coupon),
        outcome="refused" if refusal else "accepted",
        reason=refusal.code if refusal else None,
        pseudonym=owner,
        responder=_responder(coupon, owner),
        at=at,
        recorded_at=at,
    )


def by_hand(
    connection: Connection,
    campaign: Campaign,
    channel: Channel,
    *,
    kind: str,
    coupon: Held | None,
    pseudonym: str | None,
    note: str | None,
    occurred_at: datetime,
    at: datetime,
) -> UUID:
    """Record an answer that came by phone, reply card or visit; return its id.

    Raises:
        CodeNotFound: the code belongs to another campaign.
    """
    if coupon and coupon.campaign_id != campaign.id:
        raise CodeNotFound
    return write(
        connection,
        kind=kind,
        campaign_id=campaign.id,
        channel_id=channel.id,
        offer_id=coupon.offer_id if coupon else None,
        coupon_id=coupon.id if coupon else None,
        pseudonym=pseudonym,
        responder=_responder(coupon, pseudonym),
        note=note,
        at=occurred_at,
        recorded_at=at,
    )


def joined(connection: Connection, coupon: Held, pseudonym: str, *, at: datetime) -> None:
    """Record that somebody became a customer by way of a printed code."""
    write(
        connection,
        kind="joined",
        **_about(coupon),
        pseudonym=pseudonym,
        responder=_responder(coupon, pseudonym),
        at=at,
        recorded_at=at,
    )


def joined_by(session: Session, channel_id: UUID, pseudonym: str, *, at: datetime) -> None:
    """Record that somebody became a customer by way of a channel.

    Raises:
        NotFound: there is no such channel.
    """
    if session.get(Channel, channel_id) is None:
        raise NotFound(what="channel")
    by_channel(session.connection(), channel_id, kind="joined", pseudonym=pseudonym, at=at)


def by_channel(
    connection: Connection, channel_id: UUID, *, kind: str, pseudonym: str, at: datetime
) -> None:
    """Record what somebody did by way of a channel that is there."""
    write(
        connection,
        kind=kind,
        campaign_id=connection.execute(_CAMPAIGN_OF, {"channel": channel_id}).scalar_one(),
        channel_id=channel_id,
        pseudonym=pseudonym,
        responder=pseudonym,
        at=at,
        recorded_at=at,
    )


def blank_notes(connection: Connection, pseudonym: str) -> None:
    """Take away what was noted beside the answers of somebody who is to be forgotten."""
    of = table(Response)
    connection.execute(update(of).where(of.c.pseudonym == pseudonym).values(note=None))


def _about(coupon: Held) -> dict[str, Any]:
    return {
        "campaign_id": coupon.campaign_id,
        "channel_id": coupon.channel_id,
        "offer_id": coupon.offer_id,
        "coupon_id": coupon.id,
    }


def _responder(coupon: Held | None, pseudonym: str | None) -> str | None:
    """Return whom an answer is counted for, once: the contact a unique code went to, else a name.

    A unique code stands for the one contact that got it, whether or not a card was shown later.
    """
    if coupon and coupon.is_bearer:
        return f"coupon:{coupon.id.hex}"
    return pseudonym


def _owner(connection: Connection, coupon: Held) -> str | None:
    if coupon.customer_id is None:
        return None
    return connection.execute(_PSEUDONYM, {"customer": coupon.customer_id}).scalar()
