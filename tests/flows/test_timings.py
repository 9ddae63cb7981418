"""How fast the tills are: measured by them, counted by the server, shown at the desk."""

from typing import Any

import pytest
from flask import Flask

from core import timings
from core.db import Database
from tests.api import Api
from tests.browser import TOKEN, Browser
from tests.desk import at_desk
from tests.factories import make_till
from tests.flows.test_till_pages import make_cashier, sign_on


@pytest.fixture
def till(app: Flask, database: Database) -> Browser:
    """A till with a cashier signed on."""
    browser = Browser(app)

    def make(session: Any) -> Any:
        place, token = make_till(session)
        return token, make_cashier(session, place)

    token, person = database.transact(make)
    browser.client.set_cookie("till_device", token)
    sign_on(browser, person)
    return browser


def measure(till: Browser, *items: tuple[str, int]) -> int:
    return told(till, {"items": [{"kind": kind, "ms": ms} for kind, ms in items]})


def told(till: Browser, sent: dict[str, Any]) -> int:
    found = TOKEN.search(till.get("/till/enrol").text)
    assert found
    headers = {"X-CSRFToken": found[1]}
    return till.open("POST", "/api/v1/till-timings", json=sent, headers=headers).status_code


def test_what_tills_measured_is_shown_to_a_bucket(api: Api, till: Browser) -> None:
    assert measure(till, *[("answer", 12)] * 18, ("answer", 140), ("start", 900)) == 204
    assert measure(till, ("answer", 141)) == 204

    [start, answer] = api.get("/till-timings")["items"]

    assert (start["kind"], start["times"], start["median"], start["p95"]) == (
        "start",
        1,
        1000,
        1000,
    )
    assert (answer["times"], answer["median"], answer["p95"]) == (20, 20, 150)


def test_the_desk_says_whether_it_is_fast_enough(app: Flask, till: Browser) -> None:
    measure(till, ("answer", 151), ("decode", 100))

    page = at_desk(app, "manager").page("/admin/tills/speed")

    assert "150 ms: missed" in page
    assert "100 ms: reached" in page


def test_only_a_till_measures(api: Api) -> None:
    sent = {"items": [{"kind": "answer", "ms": 1}]}

    assert api.call("POST", "/till-timings", sent).status_code == 403


@pytest.mark.parametrize(
    "item", [{"kind": "lunch", "ms": 1}, {"kind": "answer", "ms": -1}, {"kind": "answer"}]
)
def test_what_is_no_measurement_is_refused(api: Api, till: Browser, item: dict[str, Any]) -> None:
    assert told(till, {"items": [item]}) == 422
    assert api.get("/till-timings")["items"] == []


@pytest.mark.parametrize(
    ("ms", "most"), [(0, 10), (10, 10), (11, 20), (150, 150), (151, 200), (600_000, 60_000)]
)
def test_a_duration_is_in_the_smallest_bucket_that_holds_it(ms: int, most: int) -> None:
    assert timings.bucket(ms) == most


@pytest.mark.parametrize(
    ("parts", "percent", "most"),
    [
        ([(10, 1)], 50, 10),
        ([(10, 1), (20, 1)], 50, 10),
        ([(10, 94), (20, 6)], 95, 20),
        ([(10, 95), (20, 5)], 95, 10),
    ],
)
def test_a_quantile_is_where_so_many_are_reached(
    parts: list[tuple[int, int]], percent: int, most: int
) -> None:
    assert timings.quantile(parts, percent) == most
