"""kill -9 under load: nothing that was acknowledged is lost, and nothing is done twice."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import ids
from core.db import Database
from coupons.models import Purchase, Redemption
from loyalty import reconcile
from loyalty.models import Entry
from tests.api import Api
from tests.factories import make_coupon, make_customer, make_offer, make_shop
from tests.faults.tills import Counter, Sale, Till
from tests.server import Server

TILLS = 6
MOST = 400
"""Sales each till has prepared; it is stopped before it has made them all."""

WORKER_KILLS, SERVER_KILLS = 12, 3
BETWEEN = 12
"""Sales acknowledged between one kill and the next."""


def make_bodies(session: Session) -> list[list[dict[str, object]]]:
    """Return what each till will sell: with a card always, with a coupon every other time."""
    shop, offer = make_shop(session), make_offer(session)
    cards = [make_customer(session)[1].number for _ in range(3)]
    bodies: list[list[dict[str, object]]] = []
    for till in range(TILLS):
        bodies.append([])
        for i in range(MOST):
            coupons = [make_coupon(session, offer).code] if i % 2 and i < 60 else []
            bodies[till].append(
                {
                    "shop": ids.public("sh", shop.id),
                    "card": cards[(till + i) % 3],
                    "coupons": coupons,
                    "basket": {"currency": "EUR", "total": 1000},
                }
            )
    return bodies


def sell(
    server: Server, database: Database, api: Api, disturb: Callable[[Counter], None],
    *, careless: bool = False,
) -> list[Sale]:  # fmt: skip
    """Let the tills sell while the server is disturbed; return every sale, all acknowledged."""
    counter = Counter()
    tills = [
        Till(server, api.key, bodies, counter, careless=careless)
        for bodies in database.transact(make_bodies)
    ]
    for till in tills:
        till.start()
    try:
        disturb(counter)
    finally:
        for till in tills:
            till.stop()
        for till in tills:
            till.join()
    return [sale for till in tills for sale in till.sales]


def check_books(database: Database, sales: list[Sale]) -> None:
    """What was acknowledged is there, once, and the books balance."""
    told = [sale.answer for sale in sales if sale.answer]
    assert {answer.status for answer in told} == {201}
    told_ids = {ids.parse("pu", answer.json["id"]) for answer in told}
    coupons = sum(len(sale.body["coupons"]) for sale in sales)
    with database.reading() as session:
        assert told_ids == set(session.scalars(select(Purchase.id)))
        assert len(told_ids) == len(sales)
        assert session.scalar(select(func.count()).select_from(Redemption)) == coupons
        points = 10 * (len(sales) - coupons) + 9 * coupons
        assert session.scalar(select(func.sum(Entry.points))) == points
        assert list(reconcile.findings(session)) == []


def check_replays(server: Server, api: Api, sales: list[Sale]) -> None:
    """Every key gives its first answer again, to the byte."""
    for sale in sales:
        answer = server.call(
            "POST",
            "/api/v1/purchases",
            sale.body,
            Authorization=f"Bearer {api.key}",
            Idempotency_Key=sale.key,
        )
        assert sale.answer
        assert (answer.status, answer.body) == (201, sale.answer.body)
        assert answer.headers["Idempotency-Replayed"] == "true"


def kill_workers(server: Server) -> Callable[[Counter], None]:
    """Return what kills one worker after another under load."""

    def disturb(counter: Counter) -> None:
        killed = 0
        while killed < WORKER_KILLS:
            counter.wait_for(BETWEEN)
            killed += server.kill_a_worker()

    return disturb


def kill_servers(server: Server) -> Callable[[Counter], None]:
    """Return what takes the power away from the whole server under load, and starts it again."""

    def disturb(counter: Counter) -> None:
        for _ in range(SERVER_KILLS):
            counter.wait_for(BETWEEN)
            server.kill()
            server.start()
        counter.wait_for(BETWEEN)

    return disturb


@pytest.mark.parametrize("disturbance", [kill_workers, kill_servers])
def test_nothing_acknowledged_is_lost_and_nothing_doubled_by_kills_under_load(
    app: Flask,
    database: Database,
    api: Api,
    disturbance: Callable[[Server], Callable[[Counter], None]],
) -> None:
    with Server(app.extensions["config"]) as server:
        sales = sell(server, database, api, disturbance(server))
        check_replays(server, api, sales)

    check_books(database, sales)


def test_tills_that_change_the_key_sell_twice_and_the_check_sees_it(
    app: Flask, database: Database, api: Api
) -> None:
    with Server(app.extensions["config"]) as server:
        sales = sell(
            server, database, api, lambda counter: counter.wait_for(10 * TILLS), careless=True
        )

    with database.reading() as session:
        assert (session.scalar(select(func.count()).select_from(Purchase)) or 0) > len(sales)
    with pytest.raises(AssertionError):
        check_books(database, sales)


def test_a_server_that_answers_before_it_commits_loses_sales_and_the_check_sees_it(
    app: Flask, database: Database, api: Api
) -> None:
    with Server(app.extensions["config"], app="tests.faults.hasty:app") as server:
        sales = sell(server, database, api, kill_workers(server))

    with database.reading() as session:
        stored = set(session.scalars(select(Purchase.id)))
    told = {ids.parse("pu", sale.answer.json["id"]) for sale in sales if sale.answer}
    assert told - stored
    with pytest.raises(AssertionError):
        check_books(database, sales)
