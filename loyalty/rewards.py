"""Rewards: what points buy. Each is given out as a coupon of an offer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids, paging
from core.auth import Actor
from core.db import locked
from core.errors import N_, InvalidRequest, NotFound, Refusal
from coupons import offers
from coupons.campaigns import check_window
from loyalty import expiry, tiers
from loyalty.errors import (
    PointsShort,
    RewardEnded,
    RewardNotStarted,
    RewardSoldOut,
    RewardTierNeeded,
)
from loyalty.models import Reward, Tier

FIELDS = ("name", "points", "offer_id", "tier_id", "stock", "starts_at", "ends_at")


@dataclass(frozen=True, slots=True)
class Judged:
    """A reward in the eyes of a customer: how many points are missing, and why it is a no."""

    reward: Reward
    missing: int
    refusal: Refusal | None


def add(
    session: Session,
    *,
    name: dict[str, str],
    points: int,
    offer_id: UUID,
    tier: str | None = None,
    stock: int | None = None,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> Reward:
    """Put a reward into the catalogue.

    Raises:
        NotFound: there is no such offer or tier.
        InvalidRequest: the window has no inside.
    """
    check_window(starts_at, ends_at)
    made = Reward(
        name=name,
        points=points,
        offer_id=offers.find(session, offer_id).id,
        tier_id=_tier(session, tier),
        stock=stock,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=at,
    )
    session.add(made)
    session.flush()
    new = {"name": name, "points": points, "stock": stock}
    audit.record(session, actor, "reward.added", ids.public("rw", made.id), new=new, at=at)
    return made


def change(
    session: Session, reward: Reward, changes: dict[str, Any], *, actor: Actor, at: datetime
) -> Reward:
    """Change a reward for the claims to come; the reward must be locked.

    Raises:
        NotFound: there is no such offer or tier.
        InvalidRequest: the window has no inside, or more were claimed than the stock would be.
    """
    values = dict(changes)
    if "tier" in values:
        values["tier_id"] = _tier(session, values.pop("tier"))
    if "offer_id" in values:
        offers.find(session, values["offer_id"])
    if "ended" in values:
        values["state"] = "ended" if values.pop("ended") else "active"
    merged = {name: getattr(reward, name) for name in ("starts_at", "ends_at", "stock")} | values
    check_window(merged["starts_at"], merged["ends_at"])
    if merged["stock"] is not None and merged["stock"] < reward.claimed - reward.cancelled:
        raise InvalidRequest({"stock": [N_("More than that were claimed already.")]})
    old = {name: _told(getattr(reward, name)) for name in values}
    for name, value in values.items():
        setattr(reward, name, value)
    session.flush()
    new = {name: _told(value) for name, value in values.items()}
    subject = ids.public("rw", reward.id)
    audit.record(session, actor, "reward.changed", subject, old=old, new=new, at=at)
    return reward


def find(session: Session, id: UUID, *, lock: bool = False) -> Reward:
    """Return a reward.

    Raises:
        NotFound: there is none.
    """
    rows = select(Reward).where(Reward.id == id)
    found = session.scalar(locked(rows) if lock else rows)
    if found is None:
        raise NotFound(what="reward")
    return found


def catalogue(
    session: Session, *, active: bool = False, limit: int = 50, cursor: str | None = None
) -> tuple[list[Reward], str | None]:
    """Return a page of the rewards, newest first; the ended ones too unless told otherwise."""
    rows = select(Reward)
    if active:
        rows = rows.where(Reward.state == "active")
    return paging.page(
        session, rows, by=Reward.created_at, id=Reward.id, limit=limit, cursor=cursor
    )


def judge(
    session: Session, rewards: list[Reward], customer_id: UUID, *, at: datetime
) -> list[Judged]:
    """Say of each reward whether a customer could claim it now."""
    connection = session.connection()
    available = expiry.balance(connection, customer_id, at=at).available
    rank = rank_of(session, customer_id, at=at)
    needed = tiers_of(session, rewards)
    found = []
    for one in rewards:
        missing = max(0, one.points - available)
        refusal = standing(one, at=at) or below(needed.get(one.tier_id), rank)
        if refusal is None and missing:
            refusal = PointsShort(available=available, wanted=one.points)
        found.append(Judged(one, missing, refusal))
    return found


def out_of_time(reward: Reward, *, at: datetime) -> Refusal | None:
    """Say that a reward is not given out yet, or no more, if so."""
    if reward.state == "ended" or (reward.ends_at and at >= reward.ends_at):
        return RewardEnded()
    if reward.starts_at and at < reward.starts_at:
        return RewardNotStarted(starts_at=reward.starts_at)
    return None


def standing(reward: Reward, *, at: datetime) -> Refusal | None:
    """Say why a reward is given to nobody at a moment, if it is not."""
    if no := out_of_time(reward, at=at):
        return no
    if reward.stock is not None and reward.claimed - reward.cancelled >= reward.stock:
        return RewardSoldOut()
    return None


def below(needed: Tier | None, rank: int) -> Refusal | None:
    """Say that a customer has not reached the tier a reward is for, if so."""
    if needed is None or rank >= needed.rank:
        return None
    return RewardTierNeeded(tier=needed.key)


def rank_of(session: Session, customer_id: UUID, *, at: datetime) -> int:
    """Return the rank of the tier a customer holds; 0 without one."""
    key = tiers.key_of(session.connection(), customer_id, at=at)
    rank = session.scalar(select(Tier.rank).where(Tier.key == key)) if key else None
    return rank or 0


def tiers_of(session: Session, rewards: list[Reward]) -> dict[UUID | None, Tier]:
    """Return the tiers that rewards are for."""
    wanted = {one.tier_id for one in rewards if one.tier_id}
    if not wanted:
        return {}
    return {one.id: one for one in session.scalars(select(Tier).where(Tier.id.in_(wanted)))}


def _tier(session: Session, key: str | None) -> UUID | None:
    if key is None:
        return None
    found = session.scalar(select(Tier.id).where(Tier.key == key))
    if found is None:
        raise NotFound(what="tier")
    return found


def _told(value: Any) -> Any:
    """Return a value as the audit log keeps it."""
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value
