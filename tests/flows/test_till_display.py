"""What faces the customer: a window of the till, or a phone that knows an address."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock
from core.auth import hashed
from core.db import Database
from core.models import Display, Staff
from tests.api import Api
from tests.browser import Browser
from tests.flows.counter import open_till
from tests.flows.test_people_at_the_till import SUPERVISORS, Place

SHOWN = {"phase": "open", "total": 2000, "discount": 200, "spent": 0, "to_pay": 1800, "earned": 18}


def call(place: Place, method: str, body: Any = None) -> Any:
    return place.call("/till/display", body, method)


@pytest.fixture
def place(app: Flask, database: Database) -> Place:
    """A till with a cashier signed on."""
    return open_till(app, database)


@pytest.fixture
def phone(app: Flask) -> Browser:
    return Browser(app, "10.0.0.9")


def pair(place: Place) -> str:
    answer = call(place, "POST")
    assert answer.status_code == 201
    assert answer.json["picture"].startswith("data:image/svg+xml;base64,")
    return "/till/display/" + str(answer.json["address"]).rpartition("/")[2]


def test_a_window_opens_on_a_till_only_and_speaks_the_merchants_language(
    place: Place,
    phone: Browser,
) -> None:
    page = place.browser.get("/till/display", Accept_Language="de")

    assert page.status_code == 200
    assert '<html lang="en"' in page.text
    assert "Thank you!" in page.text
    assert phone.get("/till/display").location == "/till/enrol"


def test_a_phone_sees_what_its_till_has_told_and_is_not_told_twice(
    place: Place,
    phone: Browser,
    database: Database,
) -> None:
    path = pair(place)
    assert phone.get(path).status_code == 200
    assert call(place, "PUT", SHOWN).json == {"paired": True}

    first = phone.get(f"{path}/shown")
    again = phone.get(f"{path}/shown", If_None_Match=first.headers["ETag"])

    assert first.json == SHOWN
    assert (again.status_code, again.data) == (304, b"")
    with database.reading() as session:
        [token] = session.scalars(select(Display.token_hash))
    assert token == hashed(path.rpartition("/")[2])


def test_nothing_of_a_person_can_be_told_to_a_phone(
    place: Place,
) -> None:
    pair(place)

    for more in ({"name": "Ada"}, {"available": 98}, {"card": "1234"}, {"phase": "Ada"}):
        assert call(place, "PUT", SHOWN | more).status_code == 422


def test_a_phone_that_was_switched_off_or_replaced_sees_nothing(
    place: Place,
    phone: Browser,
) -> None:
    assert call(place, "PUT", SHOWN).status_code == 404
    first = pair(place)
    second = pair(place)
    assert phone.get(f"{first}/shown").status_code == 404
    assert phone.get(first).status_code == 404
    assert phone.get(f"{second}/shown").json == {}

    assert call(place, "DELETE").json == {"paired": False}

    assert phone.get(f"{second}/shown").status_code == 404
    assert call(place, "PUT", SHOWN).status_code == 404


def test_a_till_that_was_left_alone_shows_no_old_sale(
    place: Place,
    phone: Browser,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = pair(place)
    call(place, "PUT", SHOWN)
    later = clock.now() + timedelta(minutes=10)
    monkeypatch.setattr("core.clock.now", lambda: later)

    assert phone.get(f"{path}/shown").json == {}


def lock(place: Place, patch: pytest.MonkeyPatch) -> None:
    place.in_minutes(patch, 2)


def sign_off(place: Place, _: pytest.MonkeyPatch) -> None:
    place.browser.post("/till/sign-off")


def switch(place: Place, _: pytest.MonkeyPatch) -> None:
    place.sign_on(place.manager, SUPERVISORS)


def sign_on_again(place: Place, _: pytest.MonkeyPatch) -> None:
    place.sign_on()


@pytest.mark.parametrize("leave", [lock, sign_off, switch, sign_on_again])
def test_a_till_that_is_locked_or_changes_hands_shows_no_old_sale(
    place: Place,
    phone: Browser,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
    leave: Callable[[Place, pytest.MonkeyPatch], None],
) -> None:
    api.call("PATCH", "/till-rules", {"lock_minutes": 2})
    path = pair(place)
    call(place, "PUT", SHOWN)
    before = phone.get(f"{path}/shown")

    leave(place, monkeypatch)

    after = phone.get(f"{path}/shown", If_None_Match=before.headers["ETag"])
    assert (before.json, after.status_code, after.json) == (SHOWN, 200, {})
    place.sign_on()
    assert phone.get(f"{path}/shown").json == {}
    assert call(place, "PUT", SHOWN).json == {"paired": True}
    assert phone.get(f"{path}/shown").json == SHOWN


def test_a_display_stays_as_long_as_somebody_is_at_the_till(
    place: Place,
    phone: Browser,
    api: Api,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    api.call("PATCH", "/till-rules", {"lock_minutes": 2})
    path = pair(place)
    call(place, "PUT", SHOWN)

    with monkeypatch.context() as patch:
        place.in_minutes(patch, 1.5)
        place.call("/till/alive")
    place.in_minutes(monkeypatch, 3)

    assert phone.get(f"{path}/shown").json == SHOWN


def test_the_display_of_somebody_who_no_longer_works_here_shows_nothing(
    place: Place,
    phone: Browser,
    database: Database,
) -> None:
    path = pair(place)
    call(place, "PUT", SHOWN)

    def disable(session: Session) -> None:
        session.get_one(Staff, place.cashier.id).state = "disabled"

    database.transact(disable)

    assert phone.get(f"{path}/shown").json == {}


def test_the_join_code_of_the_display_is_the_shops(
    place: Place,
) -> None:
    page = place.browser.get("/till/display").text

    assert re.search(r'<img src="data:image/svg\+xml;base64,[^"]{200,}"', page)
