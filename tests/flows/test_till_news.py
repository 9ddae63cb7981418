"""What the till is told beside the figures: tier, stamps, places, codes for the next purchase."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from core import ids
from core.db import Database
from coupons import qr
from tests.api import Api
from tests.browser import Browser
from tests.factories import make_till
from tests.flows.store import make_offer, make_store, sale
from tests.flows.test_till_pages import make_cashier, sign_on


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


@pytest.fixture
def till(app: Flask, database: Database) -> Browser:
    """A till with a cashier signed on."""
    browser = Browser(app)

    def make(session: Any) -> Any:
        place, token = make_till(session)
        return token, make_cashier(session, place)

    token, person = database.transact(make)
    browser.client.set_cookie("till_device", token)
    assert sign_on(browser, person).location == "/till"
    return browser


def test_a_scan_says_tier_and_stamps_in_the_language_asked_for(
    api: Api, store: dict[str, Any]
) -> None:
    api.post(f"/customers/{store['customer']}/standing", {"tier": "gold", "reason": "a friend"})
    names = {"en": "Coffee card", "de": "Kaffeekarte"}
    card = {"name": names, "per": "visit", "needed": 10, "reward": {"points": 5}}
    api.post("/stamp-cards", card)
    api.post("/purchases", sale(store["shop"], card=store["card"]))

    english = api.post("/scans", {"code": store["card"]})
    german = api.call("POST", "/scans", {"code": store["card"]}, Accept_Language="de").json

    assert english["tier"]["name"] == "Gold"
    assert [one["name"] for one in english["stamps"]] == ["Gifts", "Coffee card"]
    assert [one["held"] for one in english["stamps"]] == [0, 1]
    assert german["stamps"][1]["name"] == "Kaffeekarte"


def test_a_scan_of_an_early_bird_says_where_it_stands(api: Api, store: dict[str, Any]) -> None:
    twenty = {"kind": "percent", "percent": "20"}
    bird = {"kind": "early_bird", "steps": [{"first": 2, "benefit": twenty}]}
    offer = make_offer(api, store["campaign"], benefit=bird)
    api.post(f"/offers/{offer}/coupons", {"code": "EARLY"})
    first = api.post("/scans", {"code": "EARLY"})["coupon"]["early_bird"]
    for _ in range(2):
        api.post("/purchases", sale(store["shop"], coupons=["EARLY"]))

    last = api.get("/coupons/EARLY")["early_bird"]
    plain = api.get(f"/coupons/{store['codes'][0]}")["early_bird"]

    assert (first["left"], first["taken"], first["benefit"]) == (2, 0, "20% off")
    assert first["text"] == ["2 of 2 places left"]
    assert (last["left"], last["taken"], last["benefit"]) == (0, 2, None)
    assert last["text"] == ["Sold out: all 2 places are taken"]
    assert plain is None


def draw(browser: Browser, code: str) -> TestResponse:
    return browser.get(f"/till/codes/{code}.svg")


def test_the_till_draws_the_code_for_the_next_purchase(
    api: Api, store: dict[str, Any], till: Browser
) -> None:
    following = {"kind": "next_coupon", "offer": store["offer"]}
    offer = make_offer(api, store["campaign"], benefit=following)
    api.post(f"/offers/{offer}/coupons", {"code": "AGAIN"})
    done = api.post("/purchases", sale(store["shop"], coupons=["AGAIN"]))
    code = done["redemptions"][0]["next_coupon"]["code"]

    picture = draw(till, code)

    assert picture.status_code == 200
    assert picture.mimetype == "image/svg+xml"
    assert picture.data == draw(till, ids.normalise(code).lower()).data
    assert draw(till, "ZZZZZZZZZZZZ").status_code == 404


def test_the_code_for_the_next_purchase_says_what_a_till_without_a_line_needs(
    api: Api, store: dict[str, Any], till: Browser
) -> None:
    following = {"kind": "next_coupon", "offer": store["offer"]}
    offer = make_offer(api, store["campaign"], benefit=following)
    api.post(f"/offers/{offer}/coupons", {"code": "AGAIN"})
    policy = {"policy": "up_to", "value": 500}
    api.call("PATCH", f"/offers/{store['offer']}", {"offline": policy})

    done = api.post("/purchases", sale(store["shop"], coupons=["AGAIN"]))
    code = done["redemptions"][0]["next_coupon"]["code"]

    told = api.call("GET", f"/coupons/{code}/qr.svg?ec=M").data
    plain = qr.svg(f"HTTP://LOCALHOST:8000/C/{ids.normalise(code)}", ec="M")
    assert draw(till, code).data == told != plain.encode()


ODD = ["x" * 33, "ab", "..%2F..%2Fx", "%C3%A9t%C3%A9t%C3%A9"]


@pytest.mark.parametrize("code", ODD)
def test_what_is_no_code_is_not_drawn(till: Browser, code: str) -> None:
    assert draw(till, code).status_code == 404


def test_nobody_else_has_codes_drawn(app: Flask) -> None:
    assert draw(Browser(app), "ZZZZZZZZZZZZ").status_code in (302, 303, 401)
