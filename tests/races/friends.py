"""Friends who join and buy at the same moment, and the same without the guard of the cap."""

from datetime import datetime, timedelta
from threading import local
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.db import Database, table, upsert
from core.models import Customer
from coupons.models import Quota
from loyalty import cards
from loyalty.models import Card, Referral
from loyalty.order import Order
from loyalty.referrals import attribution, qualifying, rewards
from tests.factories import NOON, make_basket
from tests.races import acts, careless

_QUOTA = table(Quota)
_GUARDED = qualifying._count  # noqa: SLF001  # to be called apart
_seen = local()
"""What this thread saw when it looked."""


def make_elder(session: Session) -> Customer:
    """Return a customer who was there before the race."""
    return cards.enrol(session, actor=SYSTEM, at=NOON - timedelta(days=1))[0]


def join(session: Session, code: str) -> Card:
    """Join by a friend's code, an hour before noon."""
    at = NOON - timedelta(hours=1)
    customer, card = cards.enrol(session, actor=SYSTEM, at=at)
    attribution.attribute(session, code, customer, actor=SYSTEM, at=at)
    return card


def join_and_buy(database: Database, shop_id: UUID, code: str) -> None:
    try:
        number = database.transact(lambda s: join(s, code).number)
    finally:
        careless.all_have_looked()
    acts.settle(database, Order(shop_id, basket=make_basket(1000), card=number))


def join_and_buy_carelessly(database: Database, shop_id: UUID, code: str) -> None:
    """The same, but how many friends there are is looked up before, in another transaction."""
    qualifying._count = _count_as_seen  # noqa: SLF001  # only for whoever has looked
    there = select(func.count()).where(Referral.period.is_not(None))
    try:
        number = database.transact(lambda s: join(s, code).number)
        _seen.friends = database.look(lambda s: s.scalar(there))
    finally:
        careless.all_have_looked()
    try:
        acts.settle(database, Order(shop_id, basket=make_basket(1000), card=number))
    finally:
        _seen.friends = None


def _count_as_seen(connection: Any, scheme: Any, referrer_id: UUID, *, at: datetime) -> str | None:
    if getattr(_seen, "friends", None) is None:
        return _GUARDED(connection, scheme, referrer_id, at=at)
    if _seen.friends >= scheme.cap:
        return None
    name = {"subject_id": scheme.id, "customer_id": referrer_id, "period": "",
            "measure": qualifying.MEASURE}  # fmt: skip
    row = name | {"cap": scheme.cap, "used": 0, "voided": 0}
    connection.execute(upsert(_QUOTA).values(row).on_conflict_do_nothing())
    one = [_QUOTA.c[column] == value for column, value in name.items()]
    connection.execute(update(_QUOTA).where(*one).values(used=_QUOTA.c.used + 1))
    return ""


def give_due(database: Database, at: datetime) -> None:
    database.transact(lambda s: rewards.give_due(s.connection(), at=at))
