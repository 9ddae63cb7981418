"""Scan, quote, settle, show and undo a purchase over the API."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core import clock, ids, keys, throttle
from core.auth import SYSTEM
from core.db import Database
from loyalty import reconcile
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_code, make_offer, make_store, sale

LINES = [
    {"sku": "400638133", "category": "coffee", "quantity": 2, "amount": 1990, "tax_rate": "0.19"},
    {"sku": "400990038", "category": "tea", "quantity": 1, "amount": 3000, "tax_rate": "0.07"},
]  # fmt: skip
BASKET = {"currency": "EUR", "total": 4990, "lines": LINES}


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def check_books(database: Database) -> None:
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def test_a_purchase_is_settled_and_answered_in_full(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    code = store["codes"][0]
    body = sale(
        store["shop"], code, card=store["card"], basket=BASKET, spend_points=500,
        receipt="2026-11-21-0042", till=store["till"], occurred_at=clock.now().isoformat(),
    )  # fmt: skip

    answer = api.post("/purchases", body)

    assert answer["id"].startswith("pu_")
    figures = ("basket_total", "discount", "paid_with_points", "to_pay", "currency")
    assert [answer[name] for name in figures] == [4990, 499, 500, 3991, "EUR"]
    [redemption] = answer["redemptions"]
    assert redemption["id"].startswith("re_")
    assert (redemption["code"], redemption["offer"]) == ("…" + code[-4:], "Ten off")
    assert redemption["lines"] == [{"line": 0, "discount": 199}, {"line": 1, "discount": 300}]
    assert answer["points"]["spent"] == 500
    assert answer["points"]["earned"] == 39
    assert answer["points"]["available"] == 1000 - 500 + 39
    assert (answer["refused"], answer["messages"]) == ([], [])
    check_books(database)


def test_a_quote_says_what_the_purchase_will_come_to_and_writes_nothing(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    body = sale(store["shop"], store["codes"][0], card=store["card"], spend_points=100)

    with nothing_changes(database):
        quote = api.post("/quotes", body)
    done = api.post("/purchases", body)

    assert "id" not in quote
    same = ("basket_total", "discount", "paid_with_points", "to_pay", "currency", "refused")
    assert {name: quote[name] for name in same} == {name: done[name] for name in same}
    assert quote["points"]["earned"] == done["points"]["earned"]
    assert quote["redemptions"][0]["lines"] == done["redemptions"][0]["lines"]


def test_a_quote_tells_each_refusal_with_its_reason(api: Api, store: dict[str, Any]) -> None:
    large = {"all": [{"kind": "minimum_basket", "amount": 9000}]}
    small = make_code(api, make_offer(api, store["campaign"], conditions=large))
    api.post(f"/coupons/{store['codes'][0]}/freeze")

    quote = api.post(
        "/quotes", sale(store["shop"], small, store["codes"][0], store["codes"][1], "NO")
    )

    told = {one["index"]: (one["code"], one["coupon"]) for one in quote["refused"]}
    assert told == {
        0: ("basket_too_small", "…" + small[-4:]),
        1: ("coupon_frozen", "…" + store["codes"][0][-4:]),
        3: ("code_not_found", "…N0"),
    }
    facts = next(one["facts"] for one in quote["refused"] if one["index"] == 0)
    assert (facts["minimum"], facts["total"], facts["missing"]) == (9000, 4990, 4010)
    assert quote["discount"] == 499


def test_all_coupons_or_none_unless_the_request_says_skip(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    api.post(f"/coupons/{store['codes'][0]}/freeze")
    body = sale(store["shop"], store["codes"][0], store["codes"][1])

    with nothing_changes(database, attempts=True):
        refused = api.call("POST", "/purchases", body, Idempotency_Key=uuid4().hex)
    skipped = api.post("/purchases", body | {"on_refusal": "skip"})

    check_refused(refused, 409, "coupon_frozen")
    assert skipped["discount"] == 499
    assert [one["code"] for one in skipped["refused"]] == ["coupon_frozen"]


def test_a_bare_total_a_lone_coupon_and_a_lone_basket_can_be_settled(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    total = api.post("/purchases", sale(store["shop"], total=1000))
    coupon = api.post("/purchases", {"shop": store["shop"], "coupons": [store["codes"][0]]})

    assert (total["to_pay"], coupon["to_pay"], coupon["basket_total"]) == (1000, 0, 0)
    assert len(coupon["redemptions"]) == 1
    check_books(database)


def test_a_purchase_is_shown_as_it_was_settled_and_after_its_undoing(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    body = sale(store["shop"], store["codes"][0], card=store["card"], receipt="A-7")
    done = api.post("/purchases", body)
    shown = api.get(f"/purchases/{done['id']}")

    undone = api.post(f"/purchases/{done['id']}/void", {"reason": "wrong card"})
    again = api.call(
        "POST", f"/purchases/{done['id']}/void", {"reason": "again"}, Idempotency_Key=uuid4().hex
    )

    assert (shown["receipt"], shown["voided_at"]) == ("A-7", None)
    assert shown["redemptions"][0]["state"] == "redeemed"
    assert undone["voided_at"]
    assert undone["redemptions"][0]["state"] == "voided"
    check_refused(again, 409, "purchase_voided")
    assert api.get(f"/coupons/{store['codes'][0]}")["used"] == 0
    assert api.get(f"/customers/{store['customer']}/points")["available"] == 1000
    check_books(database)


def test_a_void_gives_the_coupon_the_receipt_and_the_points_back(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    body = sale(
        store["shop"], store["codes"][0], card=store["card"], receipt="A-7", spend_points=200
    )
    first = api.post("/purchases", body)
    api.post(f"/purchases/{first['id']}/void", {})

    second = api.post("/purchases", body)

    assert second["discount"] == first["discount"]
    assert second["points"] == first["points"]
    check_books(database)


def test_a_scan_says_what_it_is_and_what_it_can_do(api: Api, store: dict[str, Any]) -> None:
    card = api.post("/scans", {"code": store["card"]})
    coupon = api.post("/scans", {"code": store["codes"][0].lower().replace("-", " ")})
    address = api.post("/scans", {"code": f"HTTP://LOCALHOST:8000/C/{store['codes'][0]}"})

    assert card["kind"] == "card"
    assert card["customer"]["id"] == store["customer"]
    assert card["points"]["available"] == 1000
    assert coupon["kind"] == address["kind"] == "coupon"
    assert coupon["coupon"]["usable"] is True
    assert store["codes"][0] not in str(coupon)


def test_a_scanned_coupon_says_why_it_cannot_be_used(api: Api, store: dict[str, Any]) -> None:
    api.post("/purchases", sale(store["shop"], store["codes"][0]))

    found = api.post("/scans", {"code": store["codes"][0]})["coupon"]

    assert found["usable"] is False
    assert found["reason"]["code"] == "coupon_used_up"


def make_bound(app: Flask, database: Database, shop: str) -> Api:
    """Return a program whose key belongs to one shop."""
    api = Api(app, database)

    def make(session: Session) -> str:
        _, key = keys.add(
            session, "till", scopes=["all"], shop_id=ids.parse("sh", shop), actor=SYSTEM,
            at=clock.now(),
        )  # fmt: skip
        return key

    api.key = database.transact(make)
    return api


def test_a_key_of_a_shop_settles_there_and_nowhere_else(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    bound = make_bound(app, database, store["shop"])
    other = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    body = sale(store["shop"], total=500)
    del body["shop"]

    here = bound.post("/purchases", body)
    with nothing_changes(database):
        there = bound.call("POST", "/purchases", body | {"shop": other}, Idempotency_Key="k" * 16)

    assert bound.get(f"/purchases/{here['id']}")["shop"] == store["shop"]
    check_refused(there, 403, "wrong_shop")


def test_a_till_of_another_shop_is_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    other = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    body = sale(other, till=store["till"])

    with nothing_changes(database):
        answer = api.call("POST", "/purchases", body, Idempotency_Key=uuid4().hex)

    check_refused(answer, 404, "not_found")


def test_whoever_guesses_codes_is_made_to_wait(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    for i in range(throttle.CODE.failures):
        check_refused(api.call("POST", "/scans", {"code": f"GUESS{i:07}"}), 404, "code_not_found")

    answers = [
        api.call("POST", "/scans", {"code": store["codes"][0]}),
        api.call("POST", "/quotes", sale(store["shop"], store["codes"][0])),
        api.call("POST", "/purchases", sale(store["shop"], store["codes"][0]),
                 Idempotency_Key=uuid4().hex),
    ]  # fmt: skip

    for answer in answers:
        told = check_refused(answer, 429, "too_many_attempts")
        wait = int(answer.headers["Retry-After"])
        assert 0 < wait <= throttle.CODE.within.total_seconds() + 1
        assert told["facts"]["retry_after"] == wait
    assert api.get(f"/coupons/{store['codes'][0]}", expect=429)


def test_points_that_are_pending_are_told_apart(api: Api, store: dict[str, Any]) -> None:
    assert api.call("PATCH", "/programme", {"pending_days": 14}).status_code == 200

    done = api.post("/purchases", sale(store["shop"], card=store["card"], total=5000))

    assert (done["points"]["earned"], done["points"]["pending"]) == (50, 50)
    assert done["points"]["available"] == 1000
    held = api.get(f"/customers/{store['customer']}/points")
    assert (held["available"], held["pending"]) == (1000, 50)
