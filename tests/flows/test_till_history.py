"""What a till has settled: seen again, given back in part, printed; and one truth at all tills."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import Database
from core.models import AuditEntry
from tests.api import Api
from tests.digest import digest
from tests.flows import counter
from tests.flows.store import make_code, make_offer, make_store, sale
from tests.flows.test_people_at_the_till import Place

EUR = {"currency": "EUR"}


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


@pytest.fixture
def open_till(app: Flask, database: Database, store: dict[str, Any]) -> Callable[[], Place]:
    """Open one more till of the shop, with a cashier signed on."""
    return lambda: counter.open_till(app, database, store["shop"])


@pytest.fixture
def till(open_till: Callable[[], Place]) -> Place:
    return open_till()


def get(place: Place, path: str, expect: int = 200) -> Any:
    answer = place.call(path, method="GET")
    assert answer.status_code == expect, answer.text
    return answer.json


def post(place: Place, path: str, body: Any = None, expect: int | None = None) -> Any:
    answer = place.call(path, body)
    assert answer.status_code == expect or (expect is None and answer.status_code < 300), (
        answer.text
    )
    return answer.json


def settle(place: Place, *codes: str, total: int = 2000, **given: Any) -> dict[str, Any]:
    sent = {"coupons": list(codes), "basket": EUR | {"total": total}} | given
    made: dict[str, Any] = post(place, "/purchases", sent)
    return made


# history


def test_a_till_sees_what_it_has_settled_and_no_other_tills(
    till: Place, open_till: Callable[[], Place], store: dict[str, Any]
) -> None:
    first = settle(till, store["codes"][0])
    second = settle(till, card=store["card"], total=500)
    elsewhere = settle(open_till())
    post(till, f"/purchases/{first['id']}/void", {"reason": "mistyped"})

    items = get(till, "/till/purchases")["items"]

    assert [one["id"] for one in items] == [second["id"], first["id"]]
    assert items[0]["has_card"]
    assert items[0]["left"] == {"worth": 500, "money": 500}
    assert (items[1]["to_pay"], items[1]["discount"]) == (1800, 200)
    assert items[1]["voided_at"]
    get(till, f"/till/purchases/{elsewhere['id']}", 404)


def test_the_list_ends_at_fifty(till: Place) -> None:
    made = [settle(till)["id"] for _ in range(51)]

    items = get(till, "/till/purchases")["items"]

    assert [one["id"] for one in items] == made[:0:-1]


def test_each_line_says_what_is_left_of_it(till: Place) -> None:
    lines = [{"sku": "tea", "quantity": 2, "amount": 600}, {"category": "cake", "amount": 400}]
    made = settle(till, basket=EUR | {"total": 1000, "lines": lines})
    sent = {"lines": [{"line": 0, "quantity": 1}], "reason": "returned"}
    post(till, f"/purchases/{made['id']}/refunds", sent)

    found = get(till, f"/till/purchases/{made['id']}")["lines"]

    assert [(one["sku"], one["left"], one["left_quantity"]) for one in found] == [
        ("tea", 300, 1), (None, 400, 1),
    ]  # fmt: skip


def test_what_a_refund_will_give_back_is_told_before_and_nothing_is_done(
    till: Place, store: dict[str, Any], database: Database
) -> None:
    spent = {"card": store["card"], "spend_points": 300}
    made = settle(till, total=1000, **spent)
    path, amount = f"/purchases/{made['id']}/refunds", {"amount": 500}
    before = digest(database)

    told = post(till, f"{path}/preview", amount)

    assert digest(database) == before
    assert (told["money"], told["points_back"]) == (350, 150)
    done = post(till, path, amount | {"reason": "returned"})
    assert {name: done[name] for name in told} == told


def test_a_refund_that_cannot_be_is_told_before(till: Place) -> None:
    made = settle(till, total=1000)

    no = post(till, f"/purchases/{made['id']}/refunds/preview", {"amount": 1001}, expect=409)

    assert no["code"] == "refund_too_much"


# slips


def test_a_slip_is_printed_once_and_then_as_a_copy_that_is_noted(
    till: Place, api: Api, store: dict[str, Any], database: Database
) -> None:
    following = make_offer(api, store["campaign"])
    gift = make_offer(
        api, store["campaign"], benefit={"kind": "next_coupon", "offer": following}
    )  # fmt: skip
    made = settle(till, make_code(api, gift), store["codes"][0], card=store["card"])
    given = next(one["next_coupon"]["code"] for one in made["redemptions"] if "next_coupon" in one)
    path = f"/till/purchases/{made['id']}/slip"

    first, second = till.browser.post(path), till.browser.post(path)

    assert first.status_code == second.status_code == 200
    for said in ("Harbour", "€20.00", "−€2.00", "€18.00", "Points now", given):
        assert said in first.text
    assert store["card"] not in first.text
    assert ("Copy" in first.text, "Copy" in second.text) == (False, True)
    with database.reading() as session:
        rows = select(AuditEntry).where(AuditEntry.action == "purchase.reprinted")
        [entry] = session.scalars(rows)
    assert (entry.subject, entry.new) == (made["id"], {"slips": 2})


def test_a_till_prints_no_slip_of_another_till(till: Place, open_till: Callable[[], Place]) -> None:
    made = settle(open_till())

    assert till.browser.post(f"/till/purchases/{made['id']}/slip").status_code == 404


# several tills, one truth


def scan(place: Place, code: str) -> Any:
    return post(place, "/scans", {"code": code})


def reason(place: Place, code: str) -> str | None:
    found = scan(place, code)["coupon"]["reason"]
    return found and str(found["code"])


def test_what_is_used_held_undone_or_revoked_at_one_till_is_seen_by_another_at_its_next_scan(
    till: Place, open_till: Callable[[], Place], api: Api, store: dict[str, Any]
) -> None:
    other, code = open_till(), store["codes"][0]
    assert reason(other, code) is None

    post(till, "/holds", {"coupons": [code]})
    assert (reason(till, code), reason(other, code)) == (None, "coupon_held")
    made = settle(till, code)
    assert reason(other, code) == "coupon_used_up"
    post(till, f"/purchases/{made['id']}/void", {"reason": "mistyped"})
    assert reason(other, code) is None
    api.post(f"/coupons/{code}/revoke")
    assert reason(other, code) == "coupon_revoked"


def test_a_card_that_is_blocked_is_refused_at_every_till_at_once(
    till: Place, open_till: Callable[[], Place], api: Api, store: dict[str, Any]
) -> None:
    places = [till, open_till()]
    for place in places:
        assert scan(place, store["card"])["kind"] == "card"

    api.post(f"/cards/{store['card']}/block")

    for place in places:
        assert post(place, "/scans", {"code": store["card"]}, expect=409)["code"] == "card_blocked"


def test_an_early_bird_that_sells_out_at_one_till_is_sold_out_at_the_other(
    till: Place, open_till: Callable[[], Place], api: Api, store: dict[str, Any]
) -> None:
    steps = [{"first": 1, "benefit": {"kind": "percent", "percent": "20"}}]
    offer = make_offer(api, store["campaign"], benefit={"kind": "early_bird", "steps": steps})
    code, other = make_code(api, offer, count=1), open_till()
    api.post(f"/offers/{offer}/coupons", {"code": "EARLY"})
    assert scan(other, "EARLY")["coupon"]["early_bird"]["left"] == 1

    settle(till, code)

    assert scan(other, "EARLY")["coupon"]["early_bird"]["left"] == 0
    quote = post(other, "/quotes", {"coupons": ["EARLY"], "basket": EUR | {"total": 2000}})
    assert [one["code"] for one in quote["refused"]] == ["early_bird_sold_out"]


# holds over HTTP


def test_a_second_person_frees_what_another_till_holds(
    till: Place, open_till: Callable[[], Place], store: dict[str, Any]
) -> None:
    other, code = open_till(), store["codes"][0]
    post(till, "/holds", {"coupons": [code]})
    sent = {"coupons": [code], "everywhere": True}
    no = post(other, "/holds/release", sent, expect=409)
    assert (no["code"], no["facts"]["action"]) == ("approval_needed", "hold_release")

    token = other.approve(**no["facts"]).json["approval"]
    answer = other.call("/holds/release", sent, Approval=token)

    assert answer.status_code == 200
    assert reason(other, code) is None


def test_a_program_says_for_which_till_it_holds_and_buys(api: Api, store: dict[str, Any]) -> None:
    code = store["codes"][0]
    api.post("/holds", {"coupons": [code], "till": store["till"]}, expect=201)

    assert api.get(f"/coupons/{code}")["reason"]["facts"]["till"] == "Till 1"
    no = api.post("/purchases", sale(store["shop"], code), expect=409)
    assert no["code"] == "coupon_held"
    api.post("/purchases", sale(store["shop"], code, till=store["till"]), expect=201)
    assert api.post("/holds", {"coupons": ["SPRING10"]}, expect=409)["code"] == "till_needed"
    ours = {"coupons": ["SPRING10"], "till": store["till"]}
    assert api.post("/holds", ours, expect=201) == {"items": []}
