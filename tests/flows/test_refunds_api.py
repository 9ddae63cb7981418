"""Give some of a purchase back, and claim under a guarantee, over the API."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core.db import Database
from loyalty import reconcile
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_code, make_offer, make_store, sale

LINES = [
    {"sku": "400638133", "category": "coffee", "quantity": 3, "amount": 2000, "tax_rate": "0.19"},
    {"sku": "400990038", "category": "tea", "quantity": 1, "amount": 3000, "tax_rate": "0.07"},
]  # fmt: skip
BASKET = {"currency": "EUR", "total": 5000, "lines": LINES}
GUARANTEE = {
    "kind": "guarantee", "days": 14, "on": {"categories": ["coffee"]},
    "reasons": [{"key": "taste", "text": {"en": "I did not like it", "de": "Schmeckt nicht"}}],
}  # fmt: skip


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def buy(api: Api, store: dict[str, Any], *codes: str, **given: Any) -> str:
    """Return the path of a purchase."""
    body = sale(store["shop"], *codes, card=store["card"], basket=BASKET, **given)
    return f"/purchases/{api.post('/purchases', body)['id']}"


def refuse(api: Api, path: str, body: dict[str, Any], code: str, status: int = 409) -> Any:
    answer = api.call("POST", path, body, Idempotency_Key=uuid4().hex)
    return check_refused(answer, status, code)


def points(api: Api, store: dict[str, Any]) -> int:
    return int(api.get(f"/customers/{store['customer']}/points")["available"])


def check_books(database: Database) -> None:
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def test_pieces_of_a_line_are_given_back_and_all_follows(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = buy(api, store, store["codes"][0], spend_points=450)

    done = api.post(
        f"{where}/refunds", {"lines": [{"line": 0, "quantity": 1}], "reason": "too bitter"}
    )

    redemption = done["redemptions"][0]
    assert done["id"].startswith("rd_")
    assert (done["number"], done["kind"], done["currency"]) == (1, "refund", "EUR")
    assert (done["worth"], done["money"], done["points_worth"]) == (600, 540, 60)
    assert (done["points_back"], done["points_claimed"]) == (60, 5)
    assert done["lines"] == [{"line": 0, "quantity": 1, "worth": 600}]
    assert done["left"] == {"worth": 3900, "money": 3510}
    assert (redemption["refunded"], redemption["state"]) == (66, "redeemed")
    assert done["points"]["available"] == points(api, store) == 1000 - 450 + 40 + 60 - 5
    check_books(database)


def test_a_purchase_shows_its_refunds_and_what_is_left(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = buy(api, store, store["codes"][0])
    for body in ({"amount": 1000}, {"lines": [{"line": 1}]}, {"lines": [{"line": 0, "amount": 7}]}):
        api.post(f"{where}/refunds", body | {"reason": "back"})

    shown = api.get(where)

    assert (shown["refunded"], shown["left"]) == (3707, {"worth": 793, "money": 793})
    assert [(one["number"], one["worth"]) for one in shown["refunds"]] == [
        (1, 1000), (2, 2700), (3, 7),
    ]  # fmt: skip
    assert shown["redemptions"][0]["refunded"] == 500 * 3707 // 4500
    assert shown["redemptions"][0]["state"] == "redeemed"
    check_books(database)


def test_after_the_last_part_all_is_as_before_and_nothing_is_undone_again(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    code = store["codes"][0]
    where = buy(api, store, code, spend_points=333)
    api.post(f"{where}/refunds", {"lines": [{"line": 0, "quantity": 2}], "reason": "back"})

    last = api.post(f"{where}/refunds", {"lines": [{"line": 0}, {"line": 1}], "reason": "back"})

    assert last["left"] == {"worth": 0, "money": 0}
    assert last["redemptions"][0]["state"] == "returned"
    assert points(api, store) == 1000
    assert api.get(f"/coupons/{code}")["used"] == 0
    with nothing_changes(database):
        refuse(api, f"{where}/refunds", {"amount": 1, "reason": "back"}, "fully_refunded")
        refuse(api, f"{where}/void", {"reason": "back"}, "fully_refunded")
    check_books(database)


def test_no_more_than_is_left_is_given_back(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"{buy(api, store)}/refunds"
    api.post(where, {"amount": 4000, "reason": "back"})

    with nothing_changes(database):
        amount = refuse(api, where, {"amount": 1001, "reason": "back"}, "refund_too_much")
        body = {"lines": [{"line": 0, "quantity": 4}], "reason": "back"}
        pieces = refuse(api, where, body, "pieces_too_many")
        body = {"lines": [{"line": 2}], "reason": "back"}
        line = refuse(api, where, body, "invalid_request", 422)

    assert (amount["facts"], amount["detail"]) == (
        {"left": 1000}, "Only €10.00 is left to give back.",
    )  # fmt: skip
    assert pieces["facts"] == {"line": 0, "left": 3}
    assert line["errors"] == {"lines.0.line": ["This purchase has no such line."]}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "x"},
        {"amount": 1},
        {"amount": 0, "reason": "x"},
        {"lines": [], "reason": "x"},
        {"amount": 1, "lines": [{"line": 0}], "reason": "x"},
        {"lines": [{"line": 0, "quantity": 1, "amount": 1}], "reason": "x"},
        {"lines": [{"line": -1}], "reason": "x"},
        {"lines": [{"line": 0}, {"line": 0}], "reason": "x"},
        {"lines": [{"quantity": 1}], "reason": "x"},
    ],
)
def test_a_refund_says_either_lines_or_an_amount_and_why(
    api: Api, database: Database, store: dict[str, Any], body: dict[str, Any]
) -> None:
    where = f"{buy(api, store)}/refunds"

    with nothing_changes(database):
        refuse(api, where, body, "invalid_request", 422)


def test_a_key_of_another_shop_does_not_see_the_purchase(
    api: Api, app: Flask, database: Database, store: dict[str, Any]
) -> None:
    where = buy(api, store)
    elsewhere = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    body = {"name": "pos", "scopes": ["purchases:refund"], "shop": elsewhere}
    program = Api(app, database)
    program.key = api.post("/keys", body)["key"]

    refuse(program, f"{where}/refunds", {"amount": 1, "reason": "x"}, "not_found", 404)
    refuse(program, f"{where}/claims", {"line": 0, "reason": "taste"}, "not_found", 404)


@pytest.fixture
def guaranteed(api: Api, store: dict[str, Any]) -> str:
    """The path of a purchase whose coffee is under a guarantee."""
    code = make_code(api, make_offer(api, store["campaign"], benefit=GUARANTEE))
    return buy(api, store, code)


def test_a_claim_is_made_for_what_the_purchase_shows_as_covered(
    api: Api, database: Database, store: dict[str, Any], guaranteed: str
) -> None:
    [redemption] = api.get(guaranteed)["redemptions"]
    covered = redemption["guarantee"]

    done = api.post(
        f"{guaranteed}/claims",
        {"line": covered["lines"][0], "quantity": 1, "reason": covered["reasons"][0]["key"]},
    )

    assert covered["reasons"] == [{"key": "taste", "text": "I did not like it"}]
    assert (done["kind"], done["reason"], done["worth"]) == ("claim", "taste", 666)
    answers = api.get(f"/responses?campaign={store['campaign']}&kind=claimed")["items"]
    assert [(one["outcome"], one["purchase"]) for one in answers] == [
        ("accepted", done["purchase"])
    ]
    report = api.get(f"/campaigns/{store['campaign']}/report")
    assert (report["totals"]["guarantees"], report["totals"]["claims"]) == (1, 1)
    assert max(one["claim_rate"] or 0 for one in report["offers"]) == 1.0
    check_books(database)


def test_a_refused_claim_is_recorded_once_whatever_is_sent_again(
    api: Api, database: Database, store: dict[str, Any], guaranteed: str
) -> None:
    key = uuid4().hex
    for line, reason, code in ((0, "colour", "claim_reason_unknown"), (1, "taste", "not_covered")):
        body = {"line": line, "reason": reason}
        for _ in range(2):
            answer = api.call("POST", f"{guaranteed}/claims", body, Idempotency_Key=key)
            told = check_refused(answer, 409, code)
            if line == 0:
                assert [one["key"] for one in told["facts"]["reasons"]] == ["taste"]

    answers = api.get("/responses?kind=claimed")["items"]
    assert sorted((one["outcome"], one["reason"]) for one in answers) == [
        ("refused", "claim_reason_unknown"),
        ("refused", "not_covered"),
    ]
    check_books(database)


def test_a_void_says_which_coupons_it_could_not_take_back(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    benefit = {"kind": "next_coupon", "offer": store["offer"]}
    code = make_code(api, make_offer(api, store["campaign"], benefit=benefit))
    body = sale(store["shop"], code, card=store["card"], basket=BASKET)
    first = api.post("/purchases", body)
    following = first["redemptions"][0]["next_coupon"]["code"]
    buy(api, store, following)

    undone = api.post(f"/purchases/{first['id']}/void", {"reason": "wrong"})

    [said] = undone["messages"]
    assert said["kind"] == "coupon_kept"
    assert said["text"].startswith("A coupon that this purchase gave was used already;")
    check_books(database)
