"""Over HTTP: the same key sent 64 times at once has one effect, and one answer to the byte."""

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
from core.db import Database
from coupons.models import Coupon, Purchase, Redemption
from loyalty import reconcile
from loyalty.models import Entry
from tests.api import Api
from tests.factories import make_coupon, make_customer, make_shop
from tests.server import Answer, Server, receive, send

TIMES = 64


@pytest.fixture
def server(app: Flask) -> Iterator[Server]:
    """Two worker processes with eight threads each, on either engine."""
    with Server(app.extensions["config"]) as server:
        yield server


def at_once(server: Server, body: Any, key: str, keys: list[str]) -> list[Answer]:
    """Send one request with each key, all at the same moment, each on its own connection."""
    together = Barrier(len(keys))

    def one(idempotency_key: str) -> Answer:
        connection = server.connect()
        together.wait()
        headers = {"Authorization": f"Bearer {key}", "Idempotency_Key": idempotency_key}
        send(connection, "POST", "/api/v1/purchases", body, **headers)
        answer = receive(connection)
        connection.close()
        return answer

    with ThreadPoolExecutor(len(keys)) as hands:
        return list(hands.map(one, keys))


def make_body(session: Session) -> dict[str, Any]:
    """Return a purchase with a coupon, a card and points."""
    shop, coupon = make_shop(session), make_coupon(session)
    _, card = make_customer(session)
    return {
        "shop": ids.public("sh", shop.id),
        "card": card.number,
        "coupons": [coupon.code],
        "basket": {"currency": "EUR", "total": 4990},
    }


def check_one_effect(database: Database, answers: list[Answer]) -> None:
    """One effect, and every answer is the first one to the byte."""
    assert [one.status for one in answers] == [201] * TIMES
    assert len({one.body for one in answers}) == 1
    replays = Counter(one.headers.get("Idempotency-Replayed") for one in answers)
    assert replays == {"true": TIMES - 1, None: 1}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Purchase)) == 1
        assert session.scalar(select(func.count()).select_from(Redemption)) == 1
        assert session.scalar(select(func.count()).select_from(Entry)) == 1
        assert session.scalars(select(Coupon.used)).one() == 1
        assert list(reconcile.findings(session)) == []


def test_a_key_sent_64_times_at_once_has_one_effect_and_one_answer(
    server: Server, database: Database, api: Api
) -> None:
    body = database.transact(make_body)

    answers = at_once(server, body, api.key, [uuid4().hex] * TIMES)

    check_one_effect(database, answers)


def test_64_keys_have_64_effects_and_the_check_sees_it(
    server: Server, database: Database, api: Api
) -> None:
    body = database.transact(make_body) | {"coupons": []}

    answers = at_once(server, body, api.key, [uuid4().hex for _ in range(TIMES)])

    assert [one.status for one in answers] == [201] * TIMES
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Purchase)) == TIMES
    with pytest.raises(AssertionError):
        check_one_effect(database, answers)
