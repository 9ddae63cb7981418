"""The list of purchases: found as the desk finds them, and by what has become of them."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core import clock, ids, keys
from core.auth import SYSTEM
from core.db import Database
from tests.api import Api
from tests.flows.refusing import check_refused
from tests.flows.store import make_store, sale
from tests.flows.test_offline_withheld import POS, withheld


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def found(api: Api, **wanted: Any) -> list[str]:
    """Return the ids of the purchases that are found."""
    items = api.get(f"/purchases?{urlencode(wanted)}")["items"]
    return [one["id"] for one in items]


def test_a_purchase_is_found_by_what_is_known_of_it(api: Api, store: dict[str, Any]) -> None:
    other = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    longest = clock.now() - timedelta(hours=2)
    first, mine = store["purchase"], {"card": store["card"]}
    of = {
        "till": sale(store["shop"], total=1000, till=store["till"], receipt="B-1"),
        "shop": sale(other, total=1000, receipt="B-2"),
        "past": sale(store["shop"], total=1000, occurred_at=longest.isoformat()),
    }
    made = {name: api.post("/purchases", body)["id"] for name, body in of.items()}

    assert found(api) == [made["past"], made["shop"], made["till"], first]
    assert found(api, receipt="B-1", shop=store["shop"]) == [made["till"]]
    assert found(api, **mine) == found(api, customer=store["customer"]) == [first]
    assert found(api, shop=other) == [made["shop"]]
    assert found(api, till=store["till"]) == [made["till"]]
    middle = (longest + timedelta(hours=1)).isoformat()
    assert found(api, until=middle) == [made["past"]]
    assert found(api, **{"from": middle}, shop=store["shop"]) == [made["till"], first]
    page = api.get("/purchases?limit=3")
    assert [one["id"] for one in page["items"]] == found(api)[:3]
    assert found(api, limit=3, cursor=page["next_cursor"]) == [first]


def test_a_purchase_is_found_by_what_has_become_of_it(api: Api, store: dict[str, Any]) -> None:
    made = [api.post("/purchases", sale(store["shop"], total=1000))["id"] for _ in range(3)]
    partly, returned, voided = made
    for id, amount in ((partly, 400), (returned, 400), (returned, 600)):
        api.post(f"/purchases/{id}/refunds", {"amount": amount, "reason": "back"})
    api.post(f"/purchases/{voided}/void", {"reason": "wrong"})
    state_of = {one["id"]: one["state"] for one in api.get("/purchases")["items"]}

    expected = {
        "settled": store["purchase"], "partly": partly, "returned": returned, "voided": voided,
    }  # fmt: skip
    assert state_of == {id: state for state, id in expected.items()}
    for state, id in expected.items():
        assert found(api, state=state) == [id]


def test_what_a_list_shows_is_what_the_purchase_shows(api: Api, store: dict[str, Any]) -> None:
    [item] = api.get(f"/purchases?customer={store['customer']}")["items"]
    one = api.get(f"/purchases/{item['id']}")

    assert (item["customer"], item["has_card"]) == (store["customer"], True)
    assert {name: one[name] for name in one.keys() & item.keys()} == {
        name: item[name] for name in one.keys() & item.keys()
    }


def test_what_cannot_be_asked_for_is_refused(api: Api, store: dict[str, Any]) -> None:
    for wrong in (
        {"state": "gone"}, {"from": "yesterday"}, {"customer": store["shop"]}, {"cursor": "x"},
        {"card": store["card"], "customer": store["customer"]},
    ):  # fmt: skip
        answer = api.call("GET", f"/purchases?{urlencode(wrong)}")
        check_refused(answer, 422, "invalid_request")
    check_refused(api.call("GET", "/purchases?card=2248287867899"), 404, "card_not_found")
    assert found(api, customer=f"cu_{uuid4().hex}") == []


def test_a_key_of_one_shop_finds_the_purchases_of_its_shop(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    other = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    there = api.post("/purchases", sale(other, total=1000))["id"]

    def bind(session: Session) -> str:
        shop_id = ids.parse("sh", other)
        scopes = ["purchases:read"]
        made = keys.add(
            session, "POS", scopes=scopes, shop_id=shop_id, actor=SYSTEM, at=clock.now()
        )
        return made[1]

    bound = Api(app, database, ("purchases:read",))
    bound.key = database.transact(bind)

    assert found(bound) == found(bound, shop=other) == [there]
    assert found(bound, card=store["card"]) == []
    check_refused(bound.call("GET", f"/purchases?shop={store['shop']}"), 403, "wrong_shop")


@pytest.mark.parametrize("kind", ["card", "points"])
def test_the_list_does_not_say_whose_a_withheld_sale_is(
    kind: str, app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    pos = Api(app, database, POS)
    purchases, _ = withheld(kind, pos, database, store)
    own = ("id", "receipt", "occurred_at")

    told = [one for one in pos.get("/purchases")["items"] if one["id"] in purchases]
    assert len(told) == 2
    known, guessed = ({n: v for n, v in one.items() if n not in own} for one in told)
    assert known == guessed
    assert known["customer"] is None
    assert found(pos, customer=store["customer"]) == [store["purchase"]]
    assert set(found(api, customer=store["customer"])) & set(purchases)
