"""Opening balances: points that customers bring along, each booked once under its reference."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select, text
from sqlalchemy.orm import Session

from core import audit, clock, customers
from core.auth import Actor
from core.db import table
from core.errors import NotFound, Refusal
from core.models import Customer
from loyalty import cards, expiry, ledger, programme
from loyalty.ends import IDLE
from loyalty.errors import CardBlank, EarnedInFuture, PointsExpired, ReferenceTaken
from loyalty.ledger import Held, Why
from loyalty.models import Entry
from loyalty.programme import Rules

MOST = 1000
"""So many are booked at a time."""

_ENTRY = table(Entry)
_BOOKED = (
    select(_ENTRY.c.source, _ENTRY.c.customer_id, func.sum(_ENTRY.c.points))
    .where(text("kind = 'opening'"), _ENTRY.c.source.in_(bindparam("sources", expanding=True)))
    .group_by(_ENTRY.c.source, _ENTRY.c.customer_id)
)


@dataclass(frozen=True, slots=True)
class Opening:
    """Points somebody had elsewhere; the customer is named in one of three ways.

    Attributes:
        ref: what they were called elsewhere: under it they are booked once.
        expires_at: if it is not to follow from when they were earned.
    """

    ref: str
    points: int
    earned_at: datetime
    expires_at: datetime | None = None
    customer_id: UUID | None = None
    card: str | None = None
    external_ref: str | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What became of one of them: booked now, booked already, or refused."""

    opening: Opening
    customer_id: UUID | None = None
    is_new: bool = False
    refusal: Refusal | None = None

    @property
    def outcome(self) -> str:
        """Return the outcome in a word."""
        if self.refusal:
            return "refused"
        return "booked" if self.is_new else "already"


def book(session: Session, items: Sequence[Opening], *, actor: Actor, at: datetime) -> list[Done]:
    """Book opening balances; each is booked, was booked already, or is refused on its own.

    Accounts are locked in the order of their ids, whatever the order of the items.
    """
    done: dict[int, Done] = {}
    found: list[tuple[UUID, int]] = []
    for place, one in enumerate(items):
        try:
            found.append((_customer(session, one, actor, at=at), place))
        except Refusal as refusal:
            done[place] = Done(one, refusal=refusal)
    rules = programme.rules(session.connection())
    before = _booked(session, items)
    for customer_id, place in sorted(found):
        one = items[place]
        done[place] = _book(session, one, customer_id, before, rules=rules, actor=actor, at=at)
        if done[place].is_new:
            before[_source(one)] = (customer_id, one.points)
    booked = [one for one in done.values() if one.is_new]
    if booked:
        new = {"items": len(booked), "points": sum(one.opening.points for one in booked)}
        audit.record(session, actor, "points.imported", "points", new=new, at=at)
    session.flush()
    return [done[place] for place in range(len(items))]


def _book(
    session: Session,
    one: Opening,
    customer_id: UUID,
    before: dict[str, tuple[UUID, int]],
    *,
    rules: Rules,
    actor: Actor,
    at: datetime,
) -> Done:
    connection = session.connection()
    account = expiry.lock(connection, customer_id, at=at)
    if earlier := before.get(_source(one)):
        whose, points = earlier
        if cards.survivor(connection, whose) != account.customer_id or points != one.points:
            return Done(one, account.customer_id, refusal=ReferenceTaken())
        return Done(one, account.customer_id)
    expires_at = ends(one, rules)
    if refusal := _too_late(one, account, expires_at, at=at):
        return Done(one, account.customer_id, refusal=refusal)
    why = Why(at, str(actor), source=_source(one))
    ledger.touch(connection, account, one.earned_at)
    ledger.credit(
        connection, account, "opening", one.points, origin="world", expires_at=expires_at, why=why
    )
    return Done(one, account.customer_id, is_new=True)


def ends(one: Opening, rules: Rules) -> datetime:
    """Return when points expire: at the end of the day that is given, or by the rule there is."""
    if one.expires_at is None:
        return rules.expires_at(one.earned_at)
    last = clock.local_day(one.expires_at - timedelta.resolution, rules.zone)
    return clock.day_end(last, rules.zone)


def _too_late(one: Opening, account: Held, expires_at: datetime, *, at: datetime) -> Refusal | None:
    """Say that points are not earned yet, or have expired, if so."""
    if one.earned_at > at:
        return EarnedInFuture()
    if expires_at == IDLE and account.idle:
        last = max(one.earned_at, account.active_at or one.earned_at)
        expires_at = account.idle.ends(last)
    return PointsExpired(expired_at=expires_at) if expires_at <= at else None


def _holder(session: Session, number: str, actor: Actor, *, at: datetime) -> UUID:
    """Return whose card this is; who brings points on a blank one of another system has it."""
    try:
        return cards.find(session.connection(), number).customer_id
    except CardBlank:
        customer, _ = cards.enrol(session, card=number, source="import", actor=actor, at=at)
        return customer.id


def _customer(session: Session, one: Opening, actor: Actor, *, at: datetime) -> UUID:
    """Return whom an opening balance is for, if they can still hold points.

    Nobody books any for their own card.
    """
    connection = session.connection()
    if one.customer_id:
        id = cards.survivor(connection, one.customer_id)
    elif one.card:
        id = _holder(session, one.card, actor, at=at)
    else:
        ref = select(Customer.id).where(Customer.external_ref == one.external_ref)
        named = session.scalar(ref)
        if named is None:
            raise NotFound(what="customer")
        id = cards.survivor(connection, named)
    customers.check_served(customers.find(session, id))
    cards.check_not_own(connection, id, actor.staff_id)
    return id


def _booked(session: Session, items: Iterable[Opening]) -> dict[str, tuple[UUID, int]]:
    """Return which references were booked before, for whom and how many points."""
    sources = {"sources": [_source(one) for one in items]}
    rows: Any = session.connection().execute(_BOOKED, sources)
    return {source: (customer_id, int(points)) for source, customer_id, points in rows}


def _source(one: Opening) -> str:
    return f"opening:{one.ref}"
