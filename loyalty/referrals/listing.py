"""Referrals as they are listed: as they stand at an instant, whether or not a job has been by."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from core import paging
from core.errors import NotFound
from core.models import Customer
from loyalty.models import Referral, ReferralReward


@dataclass(frozen=True, slots=True)
class Listed:
    """A referral, the state it is in at an instant, and what is given for it."""

    referral: Referral
    state: str
    rewards: list[ReferralReward]


@dataclass(frozen=True, slots=True)
class Tally:
    """What came of a customer's code: friends who joined, who bought, and the rewards.

    Attributes:
        waiting: friends whose purchase is still within the hold.
        points: that the referrer got, or will get when the hold is over.
    """

    joined: int
    waiting: int
    rewarded: int
    points: int


def state_at(referral: Referral, at: datetime) -> str:
    """Return the state of a referral at an instant."""
    if referral.state == "attributed" and referral.expires_at <= at:
        return "expired"
    if referral.state == "qualified" and referral.due_at and referral.due_at <= at:
        return "rewarded"
    return referral.state


def page(
    session: Session,
    *,
    state: str | None = None,
    customer_id: UUID | None = None,
    at: datetime,
    **page: Any,
) -> tuple[list[Listed], str | None]:
    """Return a page of referrals: all, those in a state, those of a referrer or friend."""
    rows = select(Referral)
    if state:
        rows = rows.where(_is(state, at))
    if customer_id:
        rows = rows.where(
            or_(Referral.referrer_id == customer_id, Referral.referee_id == customer_id)
        )
    found, following = paging.page(session, rows, by=Referral.attributed_at, id=Referral.id, **page)
    return listed(session, found, at=at), following


def find(session: Session, id: UUID, *, at: datetime) -> Listed:
    """Return a referral.

    Raises:
        NotFound: there is none.
    """
    found = session.get(Referral, id)
    if found is None:
        raise NotFound(what="referral")
    return listed(session, [found], at=at)[0]


def listed(session: Session, referrals: Iterable[Referral], *, at: datetime) -> list[Listed]:
    """Return referrals as a list shows them."""
    wanted = list(referrals)
    owed = select(ReferralReward).where(ReferralReward.referral_id.in_([r.id for r in wanted]))
    found: Sequence[ReferralReward] = session.scalars(owed.order_by(ReferralReward.id)).all()
    return [
        Listed(one, state_at(one, at), [r for r in found if r.referral_id == one.id])
        for one in wanted
    ]


def tally(session: Session, customer_id: UUID, *, at: datetime) -> Tally:
    """Return what came of a customer's code; nothing of who the friends are."""
    rows = session.scalars(_brought_by(customer_id))
    states = [state_at(one, at) for one in rows]
    points = session.scalar(
        select(func.coalesce(func.sum(ReferralReward.points), 0)).where(
            ReferralReward.customer_id == customer_id,
            ReferralReward.side != "friend",
            ReferralReward.state != "taken_back",
        )
    )
    return Tally(
        joined=len(states),
        waiting=states.count("qualified"),
        rewarded=states.count("rewarded"),
        points=int(points or 0),
    )


def brought(session: Session, customer_id: UUID, *, at: datetime, most: int = 50) -> list[Listed]:
    """Return the friends whom a customer has brought, newest first; also before a merge."""
    order = (Referral.attributed_at.desc(), Referral.id.desc())
    return listed(
        session, session.scalars(_brought_by(customer_id).order_by(*order).limit(most)), at=at
    )


def _brought_by(customer_id: UUID) -> Select[Referral]:
    merged = select(Customer.id).where(Customer.merged_into_id == customer_id)
    rows = select(Referral)
    return rows.where((Referral.referrer_id == customer_id) | Referral.referrer_id.in_(merged))


def count_waiting(session: Session) -> int:
    """Return how many referrals wait for somebody to look twice."""
    rows = select(func.count()).select_from(Referral).where(Referral.state == "review")
    return session.scalar(rows) or 0


def _is(state: str, at: datetime) -> ColumnElement[bool]:
    """Return what tells the referrals that are in a state at an instant."""
    lapsed = and_(Referral.state == "attributed", Referral.expires_at <= at)
    due = and_(Referral.state == "qualified", Referral.due_at <= at)
    if state == "expired":
        return or_(Referral.state == "expired", lapsed)
    if state == "rewarded":
        return or_(Referral.state == "rewarded", due)
    return and_(Referral.state == state, ~lapsed, ~func.coalesce(due, False))
