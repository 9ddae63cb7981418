"""The line is back at many tills at once: one wins, every sale is there once, no book is off."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import ids
from core.auth import Actor
from core.db import Database
from coupons.models import Conflict, Coupon, Purchase, Redemption, Response
from loyalty.models import Entry
from loyalty.order import Happened, Order
from tests.api import Api
from tests.factories import make_customer
from tests.flows.queues import Item, item
from tests.loyalty.without_line import check_books, make_coupon, make_stand, sold
from tests.races import acts, careless
from tests.races.crowd import WON, Arena, Crowd
from tests.server import Answer, Server, receive, send

AT_ONCE, TILLS = 60, 3
THREADS = 16
_COSTS = select(Conflict.code, Conflict.cost)

Sale = tuple[Order, Happened, Actor]


def make_sales(session: Session, *, receipt: str | None = None) -> tuple[Coupon, list[Sale]]:
    """Return a coupon that was used at every till without a line, and those sales."""
    coupon = make_coupon(session)
    stands = [make_stand(session) for _ in range(TILLS)]
    return coupon, [(*sold(one, (coupon.code, 100), receipt=receipt), one.actor) for one in stands]


def check_one_winner(database: Database, coupon: Coupon, sales: int) -> None:
    """One has redeemed it; every other sale stands with a conflict and an answer."""
    with database.reading() as session:
        states = select(Redemption.state).where(Redemption.coupon_id == coupon.id)
        lost = {"conflict": sales - 1} if sales > 1 else {}
        assert Counter(session.scalars(states)) == {"redeemed": 1} | lost
        stored = session.get_one(Coupon, coupon.id)
        assert (stored.used, stored.voided) == (1, 0)
        costs = Counter((code, cost) for code, cost in session.execute(_COSTS))
        assert costs == ({("coupon_used_up", 100): sales - 1} if lost else {})
        assert session.scalar(select(func.count()).select_from(Response)) == sales
        assert session.scalar(select(func.sum(Purchase.to_pay))) == 900 * sales
        check_books(session)


def test_of_60_sales_at_three_tills_with_one_coupon_told_at_once_one_wins(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    coupon, sales = database.transact(make_sales)

    outcomes = crowd.rush(arena, acts.tell, sales, times=AT_ONCE)

    assert outcomes == {WON: AT_ONCE}
    check_one_winner(database, coupon, AT_ONCE)


def test_the_same_without_guards_wins_more_than_once_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    coupon, sales = database.transact(make_sales)

    outcomes = crowd.rush(arena, careless.tell, sales, times=AT_ONCE, unguarded=True)

    assert outcomes[WON] == AT_ONCE
    with pytest.raises(AssertionError):
        check_one_winner(database, coupon, AT_ONCE)


def test_three_sales_with_a_receipt_each_told_20_times_at_once_are_three_sales(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    coupon, sales = database.transact(lambda s: make_sales(s, receipt="0042"))

    outcomes = crowd.rush(arena, acts.tell, sales, times=AT_ONCE)

    assert outcomes == {WON: AT_ONCE}
    check_one_winner(database, coupon, TILLS)


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    """Two worker processes with eight threads each, on either engine."""
    with Server(app.extensions["config"]) as server:
        yield server


def at_once(server: Server, key: str, till: str, items: list[Item]) -> list[Answer]:
    """Send each sale at the same moment, each on its own connection."""
    together = Barrier(len(items))

    def one(item_: Item) -> Answer:
        connection = server.connect()
        together.wait()
        body, headers = {"till": till, "items": [item_]}, {"Authorization": f"Bearer {key}"}
        send(connection, "POST", "/api/v1/purchases/offline", body, **headers)
        answer = receive(connection)
        connection.close()
        return answer

    with ThreadPoolExecutor(len(items)) as hands:
        return list(hands.map(one, items))


def make_sale(session: Session) -> tuple[str, Item]:
    """Return a till and a sale with a coupon and a card that it made without a line."""
    coupon, stand, (_, card) = make_coupon(session), make_stand(session), make_customer(session)
    sale = item(None, (coupon.code, 100), card=card.number)
    return ids.public("ti", stand.till.id), sale


def check_one_effect(database: Database, answers: list[Answer]) -> None:
    """One sale, one booking, and every answer is the first one."""
    assert [one.status for one in answers] == [200] * THREADS
    told: list[dict[str, Any]] = [one.json["items"][0] for one in answers]
    assert Counter(one.pop("replayed") for one in told) == {True: THREADS - 1, False: 1}
    assert all(one == told[0] for one in told)
    with database.reading() as session:
        for model in (Purchase, Redemption, Entry, Conflict):
            assert session.scalar(select(func.count()).select_from(model)) == 1
        check_books(session)


def test_a_sale_that_is_told_by_16_threads_at_once_is_one_sale(
    server: Server, database: Database, api: Api
) -> None:
    till, sale = database.transact(make_sale)

    answers = at_once(server, api.key, till, [sale] * THREADS)

    check_one_effect(database, answers)


def test_under_16_keys_it_is_16_sales_and_the_check_sees_it(
    server: Server, database: Database, api: Api
) -> None:
    till, sale = database.transact(make_sale)

    answers = at_once(server, api.key, till, [sale | {"key": uuid4().hex} for _ in range(THREADS)])

    assert [one.status for one in answers] == [200] * THREADS
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Purchase)) == THREADS
        check_books(session)
    with pytest.raises(AssertionError):
        check_one_effect(database, answers)
