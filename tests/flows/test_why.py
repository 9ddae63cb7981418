"""Why? Every quote, purchase and refusal can be asked, now and next year, in each language."""

from typing import Any

import pytest
from flask import Flask

from core.db import Database
from tests.api import Api
from tests.flows.described import DescribedApi

TEN = {"kind": "percent", "percent": "10"}
MINIMUM = {"all": [{"kind": "minimum_basket", "amount": 2000}]}
EVENING = {
    "kind": "hours",
    "weekly": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "00:00", "until": "00:00"}],
}


@pytest.fixture
def api(app: Flask, database: Database) -> DescribedApi:
    return DescribedApi(app, database)


@pytest.fixture
def shop(api: Api) -> str:
    return str(api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"])


@pytest.fixture
def card(api: Api) -> str:
    return str(api.post("/customers", {})["card"]["number"])


def make_offer(api: Api, code: str, **terms: Any) -> str:
    """Make an offer with a public code; return its id."""
    campaign = api.post("/campaigns", {"name": code, "channels": [{"kind": "mail", "name": "L"}]})
    api.post(f"/campaigns/{campaign['id']}/start")
    name = {"en": code.title(), "de": f"{code.title()} auf Deutsch"}
    body = {"campaign": campaign["id"], "name": name, "benefit": TEN} | terms
    made = api.post("/offers", body)
    api.post(f"/offers/{made['id']}/coupons", {"code": code})
    return str(made["id"])


def order(shop: str, *codes: str, total: int = 3000, **given: Any) -> dict[str, Any]:
    basket = {"currency": "EUR", "total": total}
    return {"shop": shop, "coupons": codes, "basket": basket} | given


def test_a_quote_says_why_where_it_is_asked(api: Api, shop: str) -> None:
    make_offer(api, "FROM20", conditions=MINIMUM, limits={"overall": 7})

    plain = api.post("/quotes", order(shop, "FROM20"))
    asked = api.post("/quotes", order(shop, "FROM20", explain=True))

    assert "why" not in plain
    [told] = asked["why"]["coupons"]
    assert (told["taken"], told["order"], told["version"]) == (True, 1, 1)
    assert told["text"] == "10% off: €3.00 off"
    assert [(one["held"], one["text"]) for one in told["conditions"]] == [
        (True, "From a basket of €20.00")
    ]
    assert [one["text"] for one in told["limits"]] == ["This offer: 0 of 7 taken before"]


def test_a_purchase_says_next_year_what_it_said_on_its_day(api: Api, shop: str, card: str) -> None:
    offer = make_offer(api, "FROM20", conditions=MINIMUM, limits={"overall": 7})
    settled = api.post("/purchases", order(shop, "FROM20", card=card, explain=True))
    before = api.get(f"/purchases/{settled['id']}/why")

    api.call("PATCH", f"/offers/{offer}", {"benefit": {"kind": "amount", "amount": 1}})
    api.call("PATCH", "/programme", {"earn_points": 9})
    for _ in range(2):
        api.post("/purchases", order(shop, "FROM20"))
    after = api.get(f"/purchases/{settled['id']}/why")

    assert before == after == settled["why"]
    assert after["points"] == [
        "€27.00 was paid in money for what earns points.",
        "€27.00 at 1 point for each €1.00.",
        "Points in all: 27.",
    ]


def test_it_says_so_in_the_language_of_who_asks(api: Api, shop: str, card: str) -> None:
    make_offer(api, "FROM20", conditions=MINIMUM)
    settled = api.post("/purchases", order(shop, "FROM20", card=card))["id"]

    english = api.get(f"/purchases/{settled}/why")["coupons"][0]
    german = api.call("GET", f"/purchases/{settled}/why", Accept_Language="de").json["coupons"][0]

    assert (english["name"], german["name"]) == ("From20", "From20 auf Deutsch")
    assert english["conditions"][0]["text"] == "From a basket of €20.00"
    assert german["conditions"][0]["text"] not in ("", english["conditions"][0]["text"])


def test_a_refused_try_says_which_condition_did_not_hold(api: Api, shop: str) -> None:
    either = {
        "any": [{"kind": "minimum_basket", "amount": 9000}, {"kind": "tags", "tags": ["new"]}]
    }
    make_offer(api, "EITHER", conditions={"all": [EVENING, either]})
    api.post("/purchases", order(shop, "EITHER"), expect=409)

    [event] = api.get("/responses?kind=redeemed")["items"]
    told = api.get(f"/responses/{event['id']}/why")

    assert (told["outcome"], told["reason"]) == ("refused", event["reason"])
    hours, group = told["why"]["conditions"]
    assert hours["held"]
    assert (group["kind"], group["held"]) == ("any", False)
    assert [one["held"] for one in group["of"]] == [False, False]
    assert group["of"][0]["code"] == "basket_too_small"
    assert "€60.00" in group["of"][0]["because"]


def test_an_accepted_answer_is_explained_with_its_purchase(api: Api, shop: str) -> None:
    make_offer(api, "PLAIN")
    api.post("/purchases", order(shop, "PLAIN"))

    [event] = api.get("/responses?kind=redeemed")["items"]

    assert api.get(f"/responses/{event['id']}/why")["why"] is None
    api.get("/responses/rs_" + "0" * 32 + "/why", expect=404)


def test_a_coupon_that_stood_back_says_for_which(api: Api, shop: str) -> None:
    make_offer(api, "LESS", together={"mode": "best", "group": "a"})
    more = {"kind": "percent", "percent": "20"}
    make_offer(api, "MORE", benefit=more, together={"mode": "best", "group": "a"})

    settled = api.post("/purchases", order(shop, "LESS", "MORE", explain=True))

    assert settled["discount"] == 600
    assert [(one["coupon"], one["code"]) for one in settled["refused"]] == [
        ("LESS", "better_taken")
    ]
    taken, back = settled["why"]["coupons"]
    assert (taken["coupon"], taken["order"]) == ("MORE", 1)
    assert back["text"] == "MORE gives more, so this coupon was kept for another time."
