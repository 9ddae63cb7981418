"""Points that are moved by many at once, and the same where what was seen is old when used."""

import secrets
from threading import local
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from core.db import Database, table
from core.errors import DatabaseBusy, WrongState
from loyalty import adjustments, claims, ledger, merging, moving, rewards, transfers
from loyalty.errors import CardBlocked, PointsShort
from loyalty.models import Adjustment, Reward
from loyalty.order import Order
from tests.factories import MANAGER, NOON
from tests.loyalty.hands import ANOTHER
from tests.races import acts, careless

_FIND, _STANDING, _TAKE = rewards.find, rewards.standing, claims._take  # noqa: SLF001  # to be called apart
_REQUEST, _LOCK = adjustments.find, moving.lock
_seen = local()
"""What this thread saw when it looked."""


def claim(database: Database, reward_id: UUID, customers: list[UUID]) -> None:
    """Claim a reward for one of some customers."""
    careless.all_have_looked()
    _claim(database, reward_id, customers)


def _claim(database: Database, reward_id: UUID, customers: list[UUID]) -> None:
    who = customers[secrets.randbelow(len(customers))]
    database.transact(lambda s: claims.claim(s, reward_id, who, actor=MANAGER, at=NOON))


def claim_carelessly(database: Database, reward_id: UUID, customers: list[UUID]) -> None:
    """The same, but whether there is one left is looked up before, in another transaction."""
    rewards.find, rewards.standing, claims._take = _found, _stood, _taken  # noqa: SLF001
    try:
        database.look(lambda s: _STANDING(_FIND(s, reward_id), at=NOON))
    finally:
        careless.all_have_looked()
    _seen.reward = True
    try:
        _claim(database, reward_id, customers)
    finally:
        _seen.reward = False


def _found(session: Session, id: UUID, *, lock: bool = False) -> Reward:
    return _FIND(session, id, lock=lock and not getattr(_seen, "reward", False))


def _stood(reward: Any, **given: Any) -> Any:
    return None if getattr(_seen, "reward", False) else _STANDING(reward, **given)


def _taken(session: Session, reward: Reward) -> None:
    if not getattr(_seen, "reward", False):
        _TAKE(session, reward)
        return
    more = table(Reward).c.claimed + 1
    session.execute(update(table(Reward)).values(claimed=more))


def cancel_or_use(database: Database, claim_id: UUID, order: Order) -> None:
    """Give a reward back, or use its coupon."""
    careless.all_have_looked()
    if secrets.randbelow(2):
        acts.settle(database, order)
    else:
        database.transact(
            lambda s: claims.cancel(s, claim_id, "not wanted", actor=MANAGER, at=NOON)
        )


def approve(database: Database, adjustment_id: UUID) -> None:
    careless.all_have_looked()
    _approve(database, adjustment_id)


def _approve(database: Database, adjustment_id: UUID) -> None:
    database.transact(lambda s: adjustments.approve(s, adjustment_id, actor=ANOTHER, at=NOON))


def approve_carelessly(database: Database, adjustment_id: UUID) -> None:
    """The same, but whether it waits for a decision is looked up before."""
    adjustments.find = _asked
    try:
        state = database.look(lambda s: _REQUEST(s, adjustment_id).state)
    finally:
        careless.all_have_looked()
    if state != "requested":
        raise WrongState(state=state)
    _seen.request = True
    try:
        _approve(database, adjustment_id)
    finally:
        _seen.request = False


def _asked(session: Session, id: UUID, *, lock: bool = False) -> Adjustment:
    return _REQUEST(session, id, lock=lock and not getattr(_seen, "request", False))


def transfer(database: Database, giver_id: UUID, taker_id: UUID, points: int) -> None:
    careless.all_have_looked()
    _transfer(database, giver_id, taker_id, points)


def _transfer(database: Database, giver_id: UUID, taker_id: UUID, points: int) -> None:
    database.transact(
        lambda s: transfers.transfer(s, giver_id, taker_id, points, actor=MANAGER, at=NOON)
    )


def transfer_carelessly(database: Database, giver_id: UUID, taker_id: UUID, points: int) -> None:
    """The same, but what the giver has is looked up before, in another transaction."""
    moving.lock = _held
    try:
        held = database.look(
            lambda s: {id: ledger.stored(s.connection(), id) for id in (giver_id, taker_id)}
        )
    finally:
        careless.all_have_looked()
    if held[giver_id].available < points:
        raise PointsShort(available=held[giver_id].available, wanted=points)
    _seen.held = held
    try:
        _transfer(database, giver_id, taker_id, points)
    finally:
        _seen.held = None


def _held(connection: Any, customers: Any, **given: Any) -> Any:
    return getattr(_seen, "held", None) or _LOCK(connection, customers, **given)


def transfer_crosswise(database: Database, both: tuple[UUID, UUID], points: int) -> None:
    """Move points the one way or the other; a busy database is an outcome, not a second try."""
    giver, taker = both if secrets.randbelow(2) else both[::-1]
    careless.all_have_looked()
    try:
        _transfer(database, giver, taker, points)
    except DatabaseBusy:
        raise CardBlocked from None  # stands for the 5xx a till would get


def merge_or_buy(database: Database, both: tuple[UUID, UUID], order: Order) -> None:
    """Merge two customers the one way or the other, or buy with the card of the first."""
    merged, survivor = both if secrets.randbelow(2) else both[::-1]
    careless.all_have_looked()
    if secrets.randbelow(4):
        acts.settle(database, order)
    else:
        database.transact(lambda s: merging.merge(s, merged, survivor, actor=MANAGER, at=NOON))
