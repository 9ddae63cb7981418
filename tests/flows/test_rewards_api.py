"""Rewards over the API: the catalogue, claims for a card, and giving back."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from core.db import Database
from loyalty import reconcile
from tests.api import Api
from tests.flows.pages import every
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_offer, make_store, sale


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    made = make_store(api)
    return made | {"reward": make_reward(api, made)}


def make_reward(api: Api, store: dict[str, Any], **given: Any) -> str:
    """Return a reward of 300 points."""
    usual = {"name": {"en": "A mug", "de": "Eine Tasse"}, "points": 300, "offer": store["offer"]}
    made: str = api.post("/rewards", usual | given)["id"]
    return made


def send(api: Api, path: str, body: Any) -> Any:
    return api.call("POST", path, body, Idempotency_Key=uuid4().hex)


def test_a_reward_is_put_into_the_catalogue_and_changed_by_whoever_saw_it_last(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/rewards/{store['reward']}"
    seen = api.call("GET", where)

    assert seen.json == {
        "id": store["reward"], "name": {"en": "A mug", "de": "Eine Tasse"}, "points": 300,
        "offer": store["offer"], "tier": None, "stock": None, "left": None, "claimed": 0,
        "cancelled": 0, "starts_at": None, "ends_at": None, "state": "active",
    }  # fmt: skip
    changed = api.call("PATCH", where, {"stock": 5, "points": 250}, If_Match=seen.headers["ETag"])
    assert (changed.json["stock"], changed.json["left"], changed.json["points"]) == (5, 5, 250)
    with nothing_changes(database):
        stale = api.call("PATCH", where, {"stock": 6}, If_Match=seen.headers["ETag"])
        unknown = api.call("PATCH", where, {"offer": "of_" + "0" * 32})
    check_refused(stale, 412, "stale")
    check_refused(unknown, 404, "not_found")
    assert api.call("PATCH", where, {"ended": True}).json["state"] == "ended"
    assert store["reward"] not in [one["id"] for one in every(api, "/rewards", active=True)]
    assert store["reward"] in [one["id"] for one in every(api, "/rewards")]
    assert api.call("PATCH", where, {"ended": False}).json["state"] == "active"


def test_a_catalogue_says_what_a_card_can_claim_now(api: Api, store: dict[str, Any]) -> None:
    dear = make_reward(api, store, points=1500)

    plain, for_card, for_customer = (
        {one["id"]: one for one in every(api, "/rewards", **query)}
        for query in ({}, {"card": store["card"]}, {"customer": store["customer"]})
    )

    assert "affordable" not in plain[dear]
    assert for_card == for_customer
    near, far = for_card[store["reward"]], for_card[dear]
    assert (near["affordable"], near["missing"], near["refused"]) == (True, 0, None)
    assert (far["affordable"], far["missing"], far["refused"]["code"]) == (
        False, 500, "points_short",
    )  # fmt: skip
    check_refused(api.call("GET", "/rewards?card=123"), 404, "card_not_found")


@pytest.mark.parametrize("by", ["card", "customer"])
def test_a_claim_hands_out_a_coupon_that_the_till_takes(
    api: Api, database: Database, store: dict[str, Any], by: str
) -> None:
    made = api.post(f"/rewards/{store['reward']}/claims", {by: store[by]})

    assert (made["points"], made["state"], made["customer"]) == (300, "claimed", store["customer"])
    assert made["balance"]["available"] == 700
    code = made["coupon"]["code"]
    assert [one["code"] for one in api.get(f"/cards/{store['card']}")["coupons"]] == [code]
    [listed] = every(api, f"/customers/{store['customer']}/claims")
    assert listed["coupon"]["code"] == "…" + code[-4:]
    assert api.get(f"/claims/{made['id']}") == listed
    paid = api.post("/purchases", sale(store["shop"], code, card=store["card"]))
    assert paid["discount"] == 499
    with nothing_changes(database):
        used = send(api, f"/claims/{made['id']}/cancel", {"reason": "not wanted"})
    check_refused(used, 409, "reward_used")
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def test_a_claim_is_made_and_cancelled_once_however_often_it_is_sent(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where, key = f"/rewards/{store['reward']}/claims", uuid4().hex
    body = {"card": store["card"]}

    made, again = (api.call("POST", where, body, Idempotency_Key=key) for _ in range(2))

    assert made.data == again.data
    assert again.headers["Idempotency-Replayed"] == "true"
    back, key = f"/claims/{made.json['id']}/cancel", uuid4().hex
    done, replay = (
        api.call("POST", back, {"reason": "not wanted"}, Idempotency_Key=key) for _ in range(2)
    )
    assert (done.status_code, done.data) == (200, replay.data)
    assert (done.json["state"], done.json["balance"]["available"]) == ("cancelled", 1000)
    with nothing_changes(database):
        check_refused(send(api, back, {"reason": "x"}), 409, "wrong_state")
        check_refused(api.call("POST", where, body), 400, "idempotency_key_missing")
    assert api.get(f"/rewards/{store['reward']}")["cancelled"] == 1


def test_what_is_refused_changes_nothing(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    soon = make_reward(api, store, starts_at="2099-01-01T00:00:00Z")
    dear, ended = make_reward(api, store, points=5000), make_reward(api, store)
    api.call("PATCH", f"/rewards/{ended}", {"ended": True})
    one = {"card": store["card"]}
    tried: list[tuple[str, Any, int, str]] = [
        (soon, one, 409, "reward_not_started"),
        (dear, one, 409, "points_short"),
        (ended, one, 409, "reward_ended"),
        ("rw_" + "0" * 32, one, 404, "not_found"),
        (store["reward"], {"card": "123"}, 404, "card_not_found"),
        (store["reward"], {"customer": "cu_" + "0" * 32}, 404, "not_found"),
        (store["reward"], {}, 422, "invalid_request"),
        (store["reward"], one | {"customer": store["customer"]}, 422, "invalid_request"),
        (store["reward"], one | {"points": 1}, 422, "invalid_request"),
    ]

    for reward, body, status, code in tried:
        with nothing_changes(database, attempts=True):
            answer = send(api, f"/rewards/{reward}/claims", body)
        check_refused(answer, status, code)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", 0), ("points", -1), ("points", "300"), ("stock", 0), ("name", {}),
        ("name", {"en": ""}), ("starts_at", "tomorrow"), ("offer", "x"), ("colour", "red"),
    ],
)  # fmt: skip
def test_a_reward_that_makes_no_sense_is_refused(
    api: Api, database: Database, store: dict[str, Any], field: str, value: Any
) -> None:
    body = {"name": {"en": "A mug"}, "points": 300, "offer": store["offer"], field: value}

    with nothing_changes(database):
        check_refused(send(api, "/rewards", body), 422, "invalid_request")
        change = api.call("PATCH", f"/rewards/{store['reward']}", {field: value})
        check_refused(change, 422, "invalid_request")


def test_a_till_may_claim_but_not_fill_the_catalogue(
    app: Flask, database: Database, store: dict[str, Any]
) -> None:
    till = Api(app, database, scopes=("rewards:read", "rewards:claim"))

    made = till.post(f"/rewards/{store['reward']}/claims", {"card": store["card"]})

    assert till.post(f"/claims/{made['id']}/cancel", {"reason": "x"})["state"] == "cancelled"
    check_refused(till.call("POST", "/rewards", {}), 403, "not_allowed")


def test_a_long_list_costs_no_more_statements_than_a_short_one(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = [f"/customers/{store['customer']}/claims", "/offers"]
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))

    def cost() -> list[int]:
        found = []
        for path in where:
            api.get(path)
            seen.clear()
            api.get(path)
            found.append(len(seen))
        return found

    def more(times: int) -> None:
        for _ in range(times):
            reward = make_reward(
                api, store | {"offer": make_offer(api, store["campaign"])}, points=1
            )
            api.post(f"/rewards/{reward}/claims", {"card": store["card"]})

    more(1)
    before = cost()
    more(4)

    assert cost() == before
