"""A whole day without a line at three tills; then every queue is sent thrice, in any order."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random  # noqa: TID251  # of a seed, so that it can be played again
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core import clock, ids
from core.db import Database
from coupons.models import Coupon, Purchase, Redemption
from loyalty import expiry, reconcile
from tests.api import Api
from tests.flows.queues import Item, item, make_lease
from tests.flows.store import make_code, make_store
from tests.tables.stage import hurried

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "20"))
DROPPED = 5
"""Of so many replies one is lost on its way."""

TIMES = 3
SEEDS = st.integers(0, 2**32)
PLAYED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture
def api(application: Flask, app: Flask, database: Database) -> Iterator[Api]:
    with hurried(application):
        yield Api(app, database)


@dataclass
class Till:
    """A till with its queue, and what it was told of each sale."""

    id: str
    queue: list[Item] = field(default_factory=list)
    told: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass
class Day:
    """Three tills that have sold the same coupon without a line, among other things."""

    tills: list[Till]
    shared: str
    customer: str
    points: int


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def make_day(api: Api, database: Database, store: dict[str, Any]) -> Day:
    path = f"/shops/{store['shop']}/tills"
    tills = [Till(api.post(path, {"label": uuid4().hex})["id"]) for _ in range(3)]
    shared, customer = make_code(api, store["offer"]), api.post("/customers", {})
    card = customer["card"]["number"]
    for till in tills:
        lease = make_lease(database, till.id)
        own = make_code(api, store["offer"])
        till.queue = [
            item(lease, (shared, 100)),
            item(lease, (own, 90), total=900, card=card),
            item(lease, total=550, card=card, receipt=f"R-{till.id}"),
            item(None, total=200),
        ]
    return Day(tills, shared, customer["id"], 3 * (810 // 100 + 550 // 100))


def lots(random: Random, day: Day) -> list[tuple[Till, list[Item]]]:
    """Return every queue three times in pieces of any size, all of it in any order."""
    found = []
    for till in day.tills * TIMES:
        rest = random.sample(till.queue, len(till.queue))
        while rest:
            size = random.randint(1, len(rest))
            found.append((till, rest[:size]))
            rest = rest[size:]
    random.shuffle(found)
    return found


def send(api: Api, random: Random, till: Till, lot: list[Item], *, careless: bool) -> None:
    """Send some of a queue until a reply comes through; a careless till takes a new key each."""
    while True:
        sent = [one | ({"key": uuid4().hex} if careless else {}) for one in lot]
        answer = api.call("POST", "/purchases/offline", {"till": till.id, "items": sent})
        assert answer.status_code == 200, answer.text
        if random.randrange(DROPPED):
            break
    for one, told in zip(lot, answer.get_json(force=True)["items"], strict=True):
        first = till.told.setdefault(one["key"], told)
        if not careless:
            assert told | {"replayed": True} == first | {"replayed": True}


def check_day(database: Database, day: Day) -> None:
    """One has won, two have not; every sale was written down once, and every book balances."""
    sold = [one for till in day.tills for one in till.queue]
    told = {key: one for till in day.tills for key, one in till.told.items()}
    assert told.keys() == {one["key"] for one in sold}
    purchases = {one["purchase"]["id"] for one in told.values()}
    assert len(purchases) == len(sold)
    with database.reading() as session:
        tills = [ids.parse("ti", till.id) for till in day.tills]
        found = session.scalars(select(Purchase).where(Purchase.till_id.in_(tills))).all()
        assert {ids.public("pu", one.id) for one in found} == purchases
        paid = Counter(one.to_pay for one in found)
        assert paid == Counter(one["accepted"]["to_pay"] for one in sold)
        uses = select(Redemption.state).join(Coupon, Coupon.id == Redemption.coupon_id)
        shared = session.scalars(uses.where(Coupon.code == ids.normalise(day.shared)))
        assert Counter(shared) == {"redeemed": 1, "conflict": 2}
        customer = ids.parse("cu", day.customer)
        balance = expiry.balance(session.connection(), customer, at=clock.now())
        assert balance.available == day.points
        assert list(reconcile.findings(session)) == []


@PLAYED
@given(seed=SEEDS)
def test_one_wins_two_conflict_and_nothing_is_lost_or_counted_twice(
    api: Api, database: Database, store: dict[str, Any], seed: int
) -> None:
    random = Random(seed)  # noqa: S311  # an order of sending
    day = make_day(api, database, store)

    for till, lot in lots(random, day):
        send(api, random, till, lot, careless=False)

    check_day(database, day)


@settings(PLAYED, max_examples=1)
@given(seed=SEEDS)
def test_without_keys_sales_are_counted_again_and_the_check_sees_it(
    api: Api, database: Database, store: dict[str, Any], seed: int
) -> None:
    random = Random(seed)  # noqa: S311  # an order of sending
    day = make_day(api, database, store)

    for till, lot in lots(random, day):
        send(api, random, till, lot, careless=True)

    with pytest.raises(AssertionError):
        check_day(database, day)
    assert database.look(lambda s: list(reconcile.findings(s))) == []
