"""One shop that sells, on a database that is about to be spoilt."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core import ids, shops
from core.db import Database
from loyalty import programme, reconcile
from tests.api import Api
from tests.conftest import migrate
from tests.digest import digest
from tests.factories import NOON, make_customer, make_public, make_shop

BUSY = (503, "database_busy")
GONE = (503, "database_gone")
FULL = (507, "database_full")
NOT_READY = (503, "not_ready")


@dataclass(frozen=True, slots=True)
class Scene:
    """A shop with a public coupon and a customer with a card."""

    app: Flask
    database: Database
    api: Api
    body: dict[str, Any]

    def settle(self, key: str) -> TestResponse:
        """Settle the sale under a key."""
        return self.api.call("POST", "/purchases", self.body, Idempotency_Key=key)


def make_scene(app: Flask) -> Scene:
    """Bring a database to head and set the shop up."""
    migrate(app)
    database: Database = app.extensions["database"]

    def set_up(session: Session) -> dict[str, Any]:
        shops.set_up(
            session, name="Corner", currency="EUR", zone="Europe/Oslo", locale="en", at=NOON
        )
        programme.set_up(session)
        shop, coupon = make_shop(session), make_public(session)
        _, card = make_customer(session)
        return {
            "shop": ids.public("sh", shop.id),
            "card": card.number,
            "coupons": [coupon.label],
            "basket": {"currency": "EUR", "total": 4990},
        }

    body = database.transact(set_up)
    return Scene(app, database, Api(app, database), body)


def check_refused(answer: TestResponse, expected: tuple[int, str]) -> None:
    """One clear answer: a problem document with a stable code, a sentence, and no traceback."""
    status, code = expected
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    told = answer.get_json(force=True)
    assert (told["code"], told["status"]) == (code, status)
    assert told["detail"][-1] in ".e"  # a sentence, or the command to run
    assert "Traceback" not in answer.text
    assert "SELECT" not in answer.text
    if status == 503:
        assert int(answer.headers["Retry-After"]) > 0


def check_survives(
    scene: Scene, spoil: Callable[[], Any], mend: Callable[[], Any], expected: tuple[int, str]
) -> None:
    """Sell before, during and after a fault: nothing half-done, nothing lost."""
    before, during = uuid4().hex, uuid4().hex
    first = scene.settle(before)
    assert first.status_code == 201, first.text
    stood = digest(scene.database)

    spoil()
    try:
        refused = scene.settle(during)
    finally:
        mend()

    check_refused(refused, expected)
    assert digest(scene.database) == stood
    again = scene.settle(during)
    assert again.status_code == 201, again.text
    assert "Idempotency-Replayed" not in again.headers
    check_kept(scene, before, first)
    check_kept(scene, during, again)


def check_kept(scene: Scene, key: str, first: TestResponse) -> None:
    """The first answer of a key is given again, and the books balance."""
    replay = scene.settle(key)
    assert replay.data == first.data
    assert replay.headers["Idempotency-Replayed"] == "true"
    with scene.database.reading() as session:
        assert list(reconcile.findings(session)) == []
