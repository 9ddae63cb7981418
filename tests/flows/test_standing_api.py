"""Tiers and stamp cards over the API: set up, reached, collected, shown."""

from datetime import date
from typing import Any

import pytest
from flask import Flask

from core import clock
from core.db import Database
from loyalty import reconcile
from tests.api import Api
from tests.flows.described import DescribedApi
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_offer, make_store, sale

COFFEE = {"currency": "EUR", "total": 900, "lines": [
    {"sku": "COFFEE", "category": "drinks", "quantity": 3, "amount": 900}]}  # fmt: skip


@pytest.fixture
def api(app: Flask, database: Database) -> DescribedApi:
    return DescribedApi(app, database)


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def make_ladder(api: Api) -> None:
    """Set up silver and gold: of 100 and of 500 points in a calendar year."""
    ladder = {"by": "points", "period": "calendar", "downgrade": "fit"}
    changed = api.call("PATCH", "/programme", {"tiers": ladder})
    assert changed.json["tiers"] == ladder
    for rank, (key, entry) in enumerate((("silver", 100), ("platinum", 500)), start=1):
        name = {"en": key.title(), "de": key.upper()}
        perks = {"en": "Free coffee"}
        api.post("/tiers", {"key": key, "name": name, "rank": rank, "entry": entry, "perks": perks})


def make_stamp_card(api: Api, **given: Any) -> dict[str, Any]:
    usual = {"name": {"en": "Coffee"}, "per": "piece", "needed": 5, "reward": {"points": 50}}
    made: dict[str, Any] = api.post("/stamp-cards", usual | given)
    return made


def test_a_ladder_is_set_up_and_a_tier_is_reached(api: Api, store: dict[str, Any]) -> None:
    make_ladder(api)
    card = api.post("/customers", {})["card"]["number"]

    done = api.post("/purchases", sale(store["shop"], card=card, total=12_000))

    [said] = done["messages"]
    assert (said["kind"], said["text"]) == ("tier_reached", "Now Silver")
    shown = api.get(f"/cards/{card}")
    end = clock.day_end(
        date(clock.local_day(clock.now(), "Europe/Oslo").year + 1, 12, 31), "Europe/Oslo"
    ).isoformat()
    assert shown["tier"] == {"key": "silver", "name": "Silver", "until": end}
    assert api.post("/scans", {"code": card})["tier"] == shown["tier"]
    standing = api.get(f"/customers/{shown['customer']['id']}/standing")
    assert (standing["tier"], standing["until"]) == ("silver", end)
    assert standing["progress"]["next"]["missing"] == 380
    assert standing["progress"]["renewal"]["needed"] == 100
    [change] = standing["history"]
    assert (change["from"], change["to"], change["reason"], change["reached"]) == (
        None, "silver", "reached", 120,
    )  # fmt: skip


def test_a_quote_says_which_tier_is_near(api: Api, store: dict[str, Any]) -> None:
    make_ladder(api)
    card = api.post("/customers", {})["card"]["number"]

    quote = api.post("/quotes", sale(store["shop"], card=card, total=9000))

    [said] = quote["messages"]
    assert (said["kind"], said["missing"]) == ("tier_near", 10)
    assert said["text"] == "10 points more for Silver"


def test_tiers_are_listed_changed_and_ended(api: Api, store: dict[str, Any]) -> None:
    make_ladder(api)
    listed = api.get("/tiers")["items"]
    assert [one["key"] for one in listed] == ["gold", "platinum", "silver"]
    platinum = listed[1]
    answer = api.call("GET", f"/tiers/{platinum['id']}")

    changed = api.call(
        "PATCH", f"/tiers/{platinum['id']}", {"entry": 600}, If_Match=answer.headers["ETag"]
    )
    assert changed.json["entry"] == 600
    late = api.call(
        "PATCH", f"/tiers/{platinum['id']}", {"entry": 700}, If_Match=answer.headers["ETag"]
    )
    check_refused(late, 412, "stale")

    assert api.post(f"/tiers/{platinum['id']}/end")["state"] == "ended"
    assert [one["key"] for one in api.get("/tiers")["items"]] == ["gold", "silver", "platinum"]
    api.post(f"/tiers/{platinum['id']}/end", expect=409)
    again = {"key": "silver", "name": {"en": "S"}, "rank": 5, "entry": 300}
    assert api.post("/tiers", again, expect=409)["code"] == "already_exists"
    audited = [one["action"] for one in api.get("/audit")["items"]]
    assert {"tier.added", "tier.changed", "tier.ended"} <= set(audited)


def test_a_tier_is_given_by_hand_with_a_reason(api: Api, store: dict[str, Any]) -> None:
    path = f"/customers/{store['customer']}/standing"
    until = date(clock.local_day(clock.now(), "Europe/Oslo").year + 1, 6, 30)

    given = api.post(path, {"tier": "gold", "until": until.isoformat(), "reason": "our mayor"})

    assert given["tier"] == "gold"
    assert given["until"] == clock.day_end(until, "Europe/Oslo").isoformat()
    assert given["history"][0]["reason"] == "by_hand"
    entry = next(one for one in api.get("/audit")["items"] if one["action"] == "standing.set")
    assert entry["new"]["reason"] == "our mayor"
    taken = api.post(path, {"tier": None, "reason": "elected out"})
    assert (taken["tier"], taken["until"]) == (None, None)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"tier": "gold"}, 422),
        ({"reason": "x"}, 422),
        ({"tier": "diamond", "reason": "x"}, 404),
        ({"tier": "gold", "reason": "x", "until": "2020-01-01"}, 422),
        ({"tier": "gold", "reason": "x", "until": "9999-12-31"}, 422),
        ({"tier": "gold", "reason": "x", "until": "soon"}, 422),
    ],
)
def test_a_tier_by_hand_that_cannot_be_is_refused(
    api: Api, database: Database, store: dict[str, Any], body: dict[str, Any], status: int
) -> None:
    with nothing_changes(database):
        api.post(f"/customers/{store['customer']}/standing", body, expect=status)


LADDERS = [
    {"period": "calendar"},
    {"by": "visits"},
    {"by": "points", "period": "weekly"},
    {"by": "points", "months": 0},
    {"by": "points", "months": 61},
    {"by": "points", "grace_days": 91},
    {"by": "points", "downgrade": "two"},
    {"by": "points", "surprise": 1},
    None,
]


@pytest.mark.parametrize("ladder", LADDERS)
def test_a_ladder_that_makes_no_sense_is_refused(
    api: Api, database: Database, ladder: dict[str, Any] | None
) -> None:
    with nothing_changes(database):
        answer = api.call("PATCH", "/programme", {"tiers": ladder})

    check_refused(answer, 422, "invalid_request")


def test_stamps_are_collected_and_a_full_card_is_rewarded(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    made = make_stamp_card(api, on={"categories": ["drinks"]})
    body = sale(store["shop"], card=store["card"], basket=COFFEE)
    quote, done = api.post("/quotes", body), api.post("/purchases", body)
    assert quote["messages"] == done["messages"]
    assert done["messages"][0]["text"] == "Coffee: 3 of 5 stamps"

    second = api.post("/purchases", body)

    assert second["messages"][0]["text"] == "Coffee is full"
    [shown] = [one for one in api.get(f"/cards/{store['card']}")["stamps"] if one["needed"] == 5]
    assert shown == {
        "stamp_card": made["id"], "name": "Coffee", "held": 1, "needed": 5,
        "expires_at": None, "full": 1, "reward": {"points": 50},
    }  # fmt: skip
    listed = api.get(f"/customers/{store['customer']}/stamps")["items"]
    assert shown | {"name": {"en": "Coffee"}} in listed
    api.post(f"/purchases/{second['id']}/void")
    items = api.get(f"/customers/{store['customer']}/stamps")["items"]
    assert [(one["held"], one["full"]) for one in items] == [(0, 0), (3, 0)]
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def test_a_full_card_is_worth_a_coupon_that_the_card_shows(api: Api, store: dict[str, Any]) -> None:
    offer = make_offer(
        api, store["campaign"], name={"en": "A coffee"},
        benefit={"kind": "free_item", "text": "A coffee"},
    )  # fmt: skip
    make_stamp_card(api, needed=3, reward={"offer": offer})

    api.post("/purchases", sale(store["shop"], card=store["card"], basket=COFFEE))

    assert "A coffee" in [one["offer"] for one in api.get(f"/cards/{store['card']}")["coupons"]]


def test_an_offer_gives_stamps(api: Api, store: dict[str, Any]) -> None:
    benefit = {"kind": "stamps", "stamps": 4, "stamp_card": store["stamp_card"]}
    offer = make_offer(api, store["campaign"], benefit=benefit)
    code = api.post(f"/offers/{offer}/coupons", {"count": 1})["items"][0]["code"]

    api.post("/purchases", sale(store["shop"], code, card=store["card"]))

    [shown] = api.get(f"/customers/{store['customer']}/stamps")["items"]
    assert (shown["stamp_card"], shown["held"]) == (store["stamp_card"], 4)


def test_stamp_cards_are_listed_changed_and_ended(api: Api, store: dict[str, Any]) -> None:
    made = make_stamp_card(api)
    answer = api.call("GET", f"/stamp-cards/{made['id']}")
    assert answer.json == made

    changed = api.call(
        "PATCH", f"/stamp-cards/{made['id']}", {"daily_cap": 2, "on": {"skus": ["A"]}},
        If_Match=answer.headers["ETag"],
    )  # fmt: skip

    assert (changed.json["daily_cap"], changed.json["on"]) == (2, {"skus": ["A"]})
    late = api.call("PATCH", f"/stamp-cards/{made['id']}", {"needed": 4}, If_Match='"x"')
    check_refused(late, 412, "stale")
    assert api.post(f"/stamp-cards/{made['id']}/end")["state"] == "ended"
    api.post(f"/stamp-cards/{made['id']}/end", expect=409)
    check_refused(
        api.call("PATCH", f"/stamp-cards/{made['id']}", {"needed": 4}), 409, "wrong_state"
    )
    listed = api.get("/stamp-cards")["items"]
    assert [one["state"] for one in listed] == ["active", "ended"]


WRONG: list[dict[str, Any]] = [
    {"reward": {}},
    {"reward": {"points": 1, "offer": "of_" + "0" * 32}},
    {"reward": None},
    {"per": "week"},
    {"needed": 1001},
    {"per": "coupon", "on": {"skus": ["A"]}},
    {"expiry_months": 0},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_a_stamp_card_that_makes_no_sense_is_refused(
    api: Api, database: Database, wrong: dict[str, Any]
) -> None:
    usual = {"name": {"en": "Coffee"}, "per": "piece", "needed": 5, "reward": {"points": 50}}

    with nothing_changes(database):
        told = api.post("/stamp-cards", usual | wrong, expect=422)

    assert told["code"] == "invalid_request"


@pytest.mark.parametrize("kind", ["stamps", "ladder"])
def test_a_coupon_for_a_stamp_card_that_has_ended_is_kept(
    api: Api, store: dict[str, Any], database: Database, kind: str
) -> None:
    card = make_stamp_card(api, per="coupon")
    stamps = {"kind": "stamps", "stamps": 2, "stamp_card": card["id"]}
    ladder = {"kind": "ladder", "by": "quantity", "steps": [{"from": 1, "benefit": stamps}]}
    offer = make_offer(api, store["campaign"], benefit=ladder if kind == "ladder" else stamps)
    codes = [one["code"] for one in api.post(f"/offers/{offer}/coupons", {"count": 2})["items"]]
    bought = {"card": store["card"], "basket": COFFEE}
    done = api.post("/purchases", sale(store["shop"], codes[0], **bought))
    assert done["messages"][0]["stamps"] == 2
    api.call("POST", f"/stamp-cards/{card['id']}/end")

    body = sale(store["shop"], codes[1], **bought)
    quoted = api.post("/quotes", body)
    with nothing_changes(database, attempts=True):
        refused = api.call("POST", "/purchases", body, Idempotency_Key="a-stamp-card-ended")

    assert [one["code"] for one in quoted["refused"]] == ["no_benefit"]
    check_refused(refused, 409, "no_benefit")
    assert api.get(f"/coupons/{codes[1]}")["used"] == 0
