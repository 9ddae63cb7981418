"""The scheme: what both sides get, for which purchase, and how often. The owner sets it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from core import audit, ids, money
from core.auth import Actor
from core.db import locked, table, upsert
from core.errors import N_, InvalidRequest
from coupons.models import Channel, Offer
from loyalty.models import ReferralScheme

MOST_MILESTONES = 20

_OF = table(ReferralScheme)
_FIND = select(_OF)
_OPEN = upsert(_OF).on_conflict_do_nothing(index_elements=["singleton"])


@dataclass(frozen=True, slots=True)
class Prize:
    """What somebody gets: points, or a coupon of an offer."""

    points: int | None = None
    offer_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Milestone:
    """What a referrer gets besides, for each so many friends or once for so many."""

    friends: int
    repeats: bool
    prize: Prize

    @property
    def name(self) -> str:
        """Return the name under which it is kept: ``every:3`` or ``at:10``."""
        return f"{'every' if self.repeats else 'at'}:{self.friends}"

    def reached_by(self, friends: int) -> bool:
        """Tell whether this very number of friends reaches it."""
        return friends % self.friends == 0 if self.repeats else friends == self.friends


@dataclass(frozen=True, slots=True)
class Scheme:
    """The scheme as the rules read it.

    Attributes:
        minimum: what must be paid in money for a purchase to qualify, in minor units.
        within_days: for how long after joining a friend can qualify.
        hold_days: how long a reward waits after the purchase, so that it can be undone.
        cap: how many friends a referrer is rewarded for in a period, or None for any number.
    """

    id: UUID
    active: bool
    channel_id: UUID | None
    referrer: Prize | None
    friend: Prize | None
    minimum: int
    within_days: int
    hold_days: int
    cap: int | None
    cap_per: str
    milestones: tuple[Milestone, ...] = ()

    @property
    def least(self) -> int:
        """Return the least that must be paid in money: nothing never qualifies."""
        return max(1, self.minimum)

    @property
    def most_friends(self) -> int:
        """Return the cap as a number that the counter takes."""
        return self.cap if self.cap is not None else money.LARGEST


def read(connection: Connection) -> Scheme | None:
    """Return the scheme, or None if it was never set."""
    row = connection.execute(_FIND).one_or_none()
    return _scheme(row) if row else None


def shown(session: Session) -> Scheme:
    """Return the scheme, or the one there is before anybody has set it: nothing, and not active."""
    return read(session.connection()) or _scheme(ReferralScheme(**_new()))


def change(session: Session, changes: Mapping[str, Any], *, actor: Actor, at: datetime) -> Scheme:
    """Change the scheme for what is attributed and qualifies from now on.

    ``referrer`` and ``friend`` are None, ``{"points": n}`` or ``{"offer": id}``; ``milestones`` are
    such with ``every`` or ``at`` besides.

    Raises:
        InvalidRequest: it names no offer or channel of ours, or promises nothing.
    """
    columns = dict(_columns(changes))
    _check_known(session, columns)
    session.connection().execute(_OPEN, _new())
    found = session.scalars(locked(select(ReferralScheme))).one()
    old = {name: _plain(getattr(found, name)) for name in columns}
    for name, value in columns.items():
        setattr(found, name, value)
    if found.active and not _promises(found):
        raise InvalidRequest({"active": [N_("Say first what the friend or the referrer gets.")]})
    session.flush()
    new = {name: _plain(value) for name, value in columns.items()}
    audit.record(session, actor, "referrals.changed", "referrals", old=old, new=new, at=at)
    return _scheme(found)


def _new() -> dict[str, Any]:
    return {
        "id": ids.new(), "singleton": 1, "active": False, "channel_id": None,
        "referrer_points": None, "referrer_offer_id": None,
        "friend_points": None, "friend_offer_id": None,
        "minimum": 0, "within_days": 90, "hold_days": 14, "cap": None, "cap_per": "all",
        "milestones": [],
    }  # fmt: skip


def _scheme(row: Any) -> Scheme:
    return Scheme(
        id=row.id,
        active=row.active,
        channel_id=row.channel_id,
        referrer=_prize(row.referrer_points, row.referrer_offer_id),
        friend=_prize(row.friend_points, row.friend_offer_id),
        minimum=row.minimum,
        within_days=row.within_days,
        hold_days=row.hold_days,
        cap=row.cap,
        cap_per=row.cap_per,
        milestones=tuple(_milestone(one) for one in row.milestones),
    )


def _prize(points: int | None, offer_id: UUID | None) -> Prize | None:
    return None if points is None and offer_id is None else Prize(points, offer_id)


def _milestone(said: Mapping[str, Any]) -> Milestone:
    offer = UUID(hex=said["offer"]) if said.get("offer") else None
    return Milestone(
        said.get("every") or said["at"], bool(said.get("every")), Prize(said.get("points"), offer)
    )


def _columns(changes: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in changes.items():
        if name in ("referrer", "friend"):
            if value is not None:
                _check_one_kind(value, name)
            yield f"{name}_points", (value or {}).get("points")
            yield f"{name}_offer_id", (value or {}).get("offer")
        elif name == "milestones":
            yield name, _milestones(value)
        else:
            yield name, value


def _milestones(said: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return milestones as they are kept.

    Raises:
        InvalidRequest: one is not right in itself, or is there twice.
    """
    found, seen = [], set[str]()
    for i, one in enumerate(said):
        where = f"milestones.{i}"
        _check_one_kind(one, where)
        if (one.get("every") is None) == (one.get("at") is None):
            raise InvalidRequest({where: [N_("Say either “every” or “at”.")]})
        kept = {name: _plain(value) for name, value in one.items() if value is not None}
        if (name := _milestone(kept).name) in seen:
            raise InvalidRequest({where: [N_("There are two milestones for this.")]})
        seen.add(name)
        found.append(kept)
    return found


def _check_one_kind(said: Mapping[str, Any], where: str) -> None:
    if (said.get("points") is None) == (said.get("offer") is None):
        raise InvalidRequest({where: [N_("Give either points or a coupon of an offer.")]})


def _check_known(session: Session, columns: Mapping[str, Any]) -> None:
    wanted = {UUID(hex=one["offer"]) for one in columns.get("milestones", ()) if "offer" in one}
    wanted |= {columns[n] for n in ("referrer_offer_id", "friend_offer_id") if columns.get(n)}
    known = set(session.scalars(select(Offer.id).where(Offer.id.in_(wanted))))
    if wanted - known:
        raise InvalidRequest({"offer": [N_("There is no such offer.")]})
    channel_id = columns.get("channel_id")
    if channel_id and session.get(Channel, channel_id) is None:
        raise InvalidRequest({"channel": [N_("There is no such channel.")]})


def _promises(found: ReferralScheme) -> bool:
    return bool(
        found.referrer_points
        or found.referrer_offer_id
        or found.friend_points
        or found.friend_offer_id
        or found.milestones
    )


def _plain(value: Any) -> Any:
    return value.hex if isinstance(value, UUID) else value
