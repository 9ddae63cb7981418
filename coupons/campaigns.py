"""Campaigns and their channels, and whom they reached."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from core import audit, ids, money
from core.auth import SYSTEM, Actor
from core.db import locked, table, upsert
from core.errors import N_, AlreadyExists, InvalidRequest, NotFound, WrongState
from core.models import Customer
from coupons.models import Campaign, Channel, Contact

MOVES = {
    "start": (("draft", "paused"), "running"),
    "pause": (("running",), "paused"),
    "end": (("running", "paused"), "ended"),
}
"""Every transition with the states it expects and the one it leads to."""


def add(
    session: Session,
    *,
    name: str,
    channels: Sequence[dict[str, Any]],
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    external_ref: str | None = None,
    limits: Sequence[dict[str, Any]] = (),
    actor: Actor,
    at: datetime,
) -> Campaign:
    """Plan a campaign with the channels it goes out by. Costs are minor units.

    Raises:
        InvalidRequest: it would end before it starts, or two channels have one name.
        AlreadyExists: there is a campaign with that external reference.
    """
    check_window(starts_at, ends_at)
    names = [channel["name"] for channel in channels]
    if len(set(names)) != len(names):
        raise InvalidRequest({"channels": [N_("Two channels have the same name.")]})
    if external_ref and session.scalar(
        select(Campaign.id).where(Campaign.external_ref == external_ref)
    ):
        raise AlreadyExists(field="external_ref")
    campaign = Campaign(
        name=name,
        starts_at=starts_at,
        ends_at=ends_at,
        external_ref=external_ref,
        limits=list(limits),
        created_at=at,
    )
    session.add(campaign)
    session.flush()
    session.add_all(Channel(campaign_id=campaign.id, **channel) for channel in channels)
    session.flush()
    subject = ids.public("ca", campaign.id)
    audit.record(session, actor, "campaign.added", subject, new={"name": name}, at=at)
    return campaign


def check_window(starts_at: datetime | None, ends_at: datetime | None) -> None:
    """Let a window through that has an inside.

    Raises:
        InvalidRequest: it ends before it starts.
    """
    if starts_at and ends_at and ends_at <= starts_at:
        raise InvalidRequest({"ends_at": [N_("Must be after the start.")]})


def find(session: Session, id: UUID, *, lock: bool = False) -> Campaign:
    """Return a campaign.

    Raises:
        NotFound: there is none.
    """
    rows = select(Campaign).where(Campaign.id == id)
    campaign = session.scalar(locked(rows) if lock else rows)
    if campaign is None:
        raise NotFound(what="campaign")
    return campaign


def change(
    session: Session, campaign: Campaign, changes: dict[str, Any], *, actor: Actor, at: datetime
) -> Campaign:
    """Change the name, the window or the limits of a campaign that has not ended.

    Raises:
        WrongState: it has ended.
        InvalidRequest: it would end before it starts.
    """
    if campaign.state == "ended":
        raise WrongState(state=campaign.state)
    old = {name: _plain(getattr(campaign, name)) for name in changes}
    for name, value in changes.items():
        setattr(campaign, name, value)
    check_window(campaign.starts_at, campaign.ends_at)
    new = {name: _plain(value) for name, value in changes.items()}
    subject = ids.public("ca", campaign.id)
    audit.record(session, actor, "campaign.changed", subject, old=old, new=new, at=at)
    return campaign


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def move(session: Session, id: UUID, verb: str, *, actor: Actor, at: datetime) -> Campaign:
    """Start, pause or end a campaign.

    Raises:
        NotFound: there is none.
        WrongState: it is not in a state the verb expects.
    """
    campaign = find(session, id, lock=True)
    expected, becomes = MOVES[verb]
    if campaign.state not in expected:
        raise WrongState(state=campaign.state)
    old = {"state": campaign.state}
    campaign.state = becomes
    new = {"state": becomes}
    audit.record(session, actor, f"campaign.{verb}", ids.public("ca", id), old=old, new=new, at=at)
    return campaign


def channels(session: Session, campaign: Campaign) -> list[Channel]:
    """Return the channels of a campaign, oldest first."""
    return channels_of(session, [campaign])[campaign.id]


def channels_of(session: Session, campaigns: Iterable[Campaign]) -> dict[UUID, list[Channel]]:
    """Return the channels of each of some campaigns, oldest first."""
    found: dict[UUID, list[Channel]] = {campaign.id: [] for campaign in campaigns}
    rows = select(Channel).where(Channel.campaign_id.in_(found)).order_by(Channel.id)
    for channel in session.scalars(rows):
        found[channel.campaign_id].append(channel)
    return found


def channel_of(session: Session, campaign: Campaign, id: UUID) -> Channel:
    """Return one channel of a campaign.

    Raises:
        NotFound: the campaign has no such channel.
    """
    found = session.get(Channel, id)
    if found is None or found.campaign_id != campaign.id:
        raise NotFound(what="channel")
    return found


def add_channel(
    session: Session,
    campaign: Campaign,
    *,
    kind: str,
    name: str,
    fixed_cost: int,
    unit_cost: int,
    actor: Actor,
    at: datetime,
) -> Channel:
    """Let a campaign go out by one more channel. Costs are minor units.

    Raises:
        AlreadyExists: it has a channel of that name.
    """
    if any(channel.name == name for channel in channels(session, campaign)):
        raise AlreadyExists(field="name")
    channel = Channel(
        campaign_id=campaign.id, kind=kind, name=name, fixed_cost=fixed_cost, unit_cost=unit_cost
    )
    session.add(channel)
    session.flush()
    new = {"kind": kind, "name": name, "fixed_cost": fixed_cost, "unit_cost": unit_cost}
    audit.record(session, actor, "channel.added", ids.public("ca", campaign.id), new=new, at=at)
    return channel


def contact_many(
    session: Session,
    campaign: Campaign,
    channel: Channel,
    *,
    quantity: int,
    cost: int | None = None,
    external_ref: str | None = None,
    actor: Actor = SYSTEM,
    at: datetime,
) -> int:
    """Record that so many were reached, nobody knows who; return how many were new.

    The cost in minor units is the channel's unit cost for each, unless it is given. The same
    external reference is counted once.

    Raises:
        InvalidRequest: the cost is too large to be one.
    """
    cost = quantity * channel.unit_cost if cost is None else cost
    if cost > money.LARGEST:
        raise InvalidRequest({"quantity": [N_("So many would cost more than anybody has.")]})
    row = _row(campaign, channel, at) | {
        "quantity": quantity,
        "cost": cost,
        "external_ref": external_ref,
    }
    statement = upsert(table(Contact)).on_conflict_do_nothing(
        index_elements=["channel_id", "external_ref"]
    )
    taken = session.execute(statement.returning(table(Contact).c.id), [row]).scalar()
    if taken is None:
        return 0
    _note(session, channel, quantity, cost=cost, actor=actor, at=at)
    return quantity


def contact_customers(
    session: Session,
    campaign: Campaign,
    channel: Channel,
    customers: Sequence[UUID],
    *,
    wave: str = "1",
    actor: Actor = SYSTEM,
    at: datetime,
) -> int:
    """Record that these customers were reached, each under the pseudonym; return how many.

    A customer is counted once per channel and wave.

    Raises:
        NotFound: one of them is no customer of ours.
    """
    found = dict(
        session.execute(
            select(Customer.id, Customer.pseudonym).where(Customer.id.in_(customers))
        ).all()
    )
    if len(found) != len(set(customers)):
        raise NotFound(what="customer")
    reached = set(
        session.scalars(
            select(Contact.external_ref).where(
                Contact.channel_id == channel.id, Contact.pseudonym.is_not(None)
            )
        )
    )
    rows = [
        _row(campaign, channel, at)
        | {
            "pseudonym": pseudonym,
            "quantity": 1,
            "cost": channel.unit_cost,
            "external_ref": f"{wave}:{pseudonym}",
        }
        for pseudonym in (found[id] for id in dict.fromkeys(customers))
        if f"{wave}:{pseudonym}" not in reached
    ]
    if rows:
        session.execute(insert(table(Contact)), rows)
        cost = len(rows) * channel.unit_cost
        _note(session, channel, len(rows), cost=cost, actor=actor, at=at)
    return len(rows)


def _note(
    session: Session, channel: Channel, quantity: int, *, cost: int, actor: Actor, at: datetime
) -> None:
    """Write down who recorded how many contacts, at which cost in minor units."""
    new = {"quantity": quantity, "cost": cost}
    subject = ids.public("ch", channel.id)
    audit.record(session, actor, "contacts.recorded", subject, new=new, at=at)


def _row(campaign: Campaign, channel: Channel, at: datetime) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "campaign_id": campaign.id,
        "channel_id": channel.id,
        "pseudonym": None,
        "at": at,
    }
