"""Points that people move: adjustments by two, transfers, merges, balances brought along."""

from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from flask import Flask

from core.db import Database
from loyalty import reconcile
from tests.api import Api
from tests.flows.pages import every
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store, sale

NOBODY = "cu_" + "0" * 32


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    made = make_store(api)
    other = api.post("/customers", {})
    return made | {"other": other["id"], "other_card": other["card"]["number"]}


@pytest.fixture
def another(app: Flask, database: Database) -> Api:
    """Somebody else with a key of their own."""
    return Api(app, database)


def send(api: Api, path: str, body: Any = None) -> Any:
    return api.call("POST", path, body, Idempotency_Key=uuid4().hex)


def available(api: Api, customer: str) -> int:
    found: int = api.get(f"/customers/{customer}/points")["available"]
    return found


def check_books(database: Database) -> None:
    assert database.look(lambda s: list(reconcile.findings(s))) == []


# adjustments


def test_many_points_wait_for_a_second_person(
    api: Api, another: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/customers/{store['customer']}/points/adjustments"

    asked = send(api, where, {"points": 10_001, "reason": "sorry"})

    assert asked.status_code == 202
    made = asked.json
    assert (made["state"], made["points"], made["customer"]) == (
        "requested", 10_001, store["customer"],
    )  # fmt: skip
    assert available(api, store["customer"]) == 1000
    assert every(api, "/adjustments", state="requested") == [made]
    with nothing_changes(database):
        mine = send(api, f"/adjustments/{made['id']}/approve")
    check_refused(mine, 409, "second_person_needed")
    done = another.post(f"/adjustments/{made['id']}/approve")
    assert (done["state"], available(api, store["customer"])) == ("approved", 11_001)
    assert api.get(f"/adjustments/{made['id']}") == done
    with nothing_changes(database):
        check_refused(send(another, f"/adjustments/{made['id']}/decline"), 409, "wrong_state")
    assert every(api, "/adjustments", state="requested") == []
    check_books(database)


def test_what_was_declined_is_never_booked(api: Api, another: Api, store: dict[str, Any]) -> None:
    where = f"/customers/{store['customer']}/points/adjustments"
    made = api.post(where, {"points": 10_001, "reason": "sorry"})

    done = another.post(f"/adjustments/{made['id']}/decline")

    assert (done["state"], available(api, store["customer"])) == ("declined", 1000)
    check_refused(send(another, f"/adjustments/{made['id']}/approve"), 409, "wrong_state")


def test_to_approve_takes_a_right_of_its_own(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/customers/{store['customer']}/points/adjustments"
    made = api.post(where, {"points": 10_001, "reason": "sorry"})
    clerk = Api(app, database, scopes=("points:adjust", "points:read"))

    with nothing_changes(database):
        check_refused(send(clerk, f"/adjustments/{made['id']}/approve"), 403, "not_allowed")


# transfers


def transfers_on(api: Api) -> None:
    assert api.call("PATCH", "/programme", {"transfers": True}).status_code == 200


def test_points_are_given_to_another_card_where_that_is_switched_on(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/customers/{store['customer']}/points/transfers"
    body = {"to": {"card": store["other_card"]}, "points": 300}
    with nothing_changes(database):
        check_refused(send(api, where, body), 409, "transfers_off")
    transfers_on(api)
    expiry = api.get(f"/customers/{store['customer']}/points")["next_expiry"]["at"]

    done = api.post(where, body)

    assert (done["customer"], done["to"]) == (store["customer"], store["other"])
    assert (done["points"], done["available"]) == (300, 700)
    got = api.get(f"/customers/{store['other']}/points")
    assert got["next_expiry"] == {"at": expiry, "points": 300}
    back = api.post(
        f"/customers/{store['other']}/points/transfers",
        {"to": {"customer": store["customer"]}, "points": 300},
    )
    assert (back["available"], available(api, store["customer"])) == (0, 1000)
    check_books(database)


def test_a_transfer_that_cannot_be_changes_nothing(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    transfers_on(api)
    blocked = api.post("/customers", {})["id"]
    api.call("PATCH", f"/customers/{blocked}", {"blocked": True})
    other = {"customer": store["other"]}
    tried: list[tuple[Any, int, str]] = [
        ({"to": other, "points": 1001}, 409, "points_short"),
        ({"to": {"card": store["card"]}, "points": 1}, 409, "transfer_to_self"),
        ({"to": {"customer": blocked}, "points": 1}, 409, "customer_blocked"),
        ({"to": {"customer": NOBODY}, "points": 1}, 404, "not_found"),
        ({"to": {"card": "123"}, "points": 1}, 404, "card_not_found"),
        ({"to": other, "points": 0}, 422, "invalid_request"),
        ({"to": other, "points": -5}, 422, "invalid_request"),
        ({"to": {}, "points": 1}, 422, "invalid_request"),
        ({"to": other | {"card": store["card"]}, "points": 1}, 422, "invalid_request"),
    ]

    for body, status, code in tried:
        with nothing_changes(database, attempts=True):
            answer = send(api, f"/customers/{store['customer']}/points/transfers", body)
        check_refused(answer, status, code)


# merges


def test_two_customers_become_one_and_every_card_leads_there(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    person = {"person": {"name": "Ada Byron"}, "tags": ["vip"]}
    api.call("PATCH", f"/customers/{store['customer']}", person)

    merged = send(api, f"/customers/{store['customer']}/merge", {"into": store["other"]})

    assert merged.status_code == 200
    assert (merged.json["id"], merged.json["points"]["available"]) == (store["other"], 1000)
    assert "Ada" not in merged.text  # the answer is kept under its key
    old, new = api.get(f"/customers/{store['customer']}"), api.get(f"/customers/{store['other']}")
    assert (old["state"], old["merged_into"], old["points"]["available"]) == (
        "merged", store["other"], 0,
    )  # fmt: skip
    assert (new["person"]["name"], new["tags"], old["person"]) == ("Ada Byron", ["vip"], None)
    shown = api.get(f"/cards/{store['card']}")
    assert (shown["customer"]["id"], shown["points"]["available"]) == (store["other"], 1000)
    assert api.post("/scans", {"code": store["card"]})["customer"]["id"] == store["other"]
    paid = api.post(
        "/purchases", sale(store["shop"], card=store["card"], total=400, spend_points=400)
    )
    assert paid["to_pay"] == 0
    assert available(api, store["other"]) == 600
    api.post(f"/purchases/{store['purchase']}/void", {"reason": "returned"})
    assert api.get(f"/customers/{store['other']}/points")["debt"] == 400
    check_books(database)


def test_a_merge_that_cannot_be_changes_nothing(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    fresh = api.post("/customers", {})["id"]
    api.post(f"/customers/{store['other']}/merge", {"into": store["customer"]})
    tried = [
        (fresh, {"into": fresh}, 409, "merge_with_self"),
        (store["other"], {"into": fresh}, 409, "wrong_state"),
        (fresh, {"into": store["other"]}, 409, "wrong_state"),
        (store["customer"], {"into": store["other"]}, 409, "wrong_state"),
        (fresh, {"into": NOBODY}, 404, "not_found"),
        (fresh, {}, 422, "invalid_request"),
    ]

    for id, body, status, code in tried:
        with nothing_changes(database):
            answer = send(api, f"/customers/{id}/merge", body)
        check_refused(answer, status, code)
    with nothing_changes(database):
        for path, body in (
            ("points/adjustments", {"points": 5, "reason": "x"}),
            ("cards", {"reason": "lost"}),
        ):
            check_refused(
                send(api, f"/customers/{store['other']}/{path}", body), 409, "wrong_state"
            )
        check_refused(api.call("PATCH", f"/customers/{store['other']}", {}), 409, "wrong_state")
        check_refused(api.call("DELETE", f"/customers/{store['other']}"), 409, "wrong_state")


# opening balances

LAST_YEAR = "2025-06-30T12:00:00+02:00"


def item(ref: str, **given: Any) -> dict[str, Any]:
    return {"ref": ref, "points": 500, "earned_at": LAST_YEAR} | given


def test_every_opening_balance_has_an_outcome_of_its_own(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    items = [
        item("1", customer=store["other"]),
        item("2", card=store["other_card"], points=20),
        item("3", external_ref="first", points=3),
        item("4", customer=NOBODY),
        item("5", customer=store["other"], expires_at="2025-12-31T00:00:00Z"),
        item("6", customer=store["other"], earned_at="2099-01-01T00:00:00Z"),
    ]

    done = api.post("/points/imports", {"items": items})
    again = api.post("/points/imports", {"items": [*items[:3], item("1", card=store["card"])]})

    assert [(one["ref"], one["outcome"], one.get("code")) for one in done["items"]] == [
        ("1", "booked", None), ("2", "booked", None), ("3", "booked", None),
        ("4", "refused", "not_found"), ("5", "refused", "points_expired"),
        ("6", "refused", "earned_in_future"),
    ]  # fmt: skip
    assert (done["booked"], done["already"], done["refused"]) == (3, 0, 3)
    assert [one["outcome"] for one in again["items"]] == ["already"] * 3 + ["refused"]
    assert again["items"][3]["code"] == "reference_taken"
    assert (available(api, store["other"]), available(api, store["customer"])) == (520, 1003)
    kinds = {one["kind"] for one in every(api, f"/customers/{store['other']}/points/entries")}
    assert kinds == {"opening"}
    check_books(database)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("points", 0), ("points", "5"), ("ref", ""), ("earned_at", "2025-06-30"),
        ("customer", "x"), ("card", "123"), ("colour", "red"), ("expires_at", "never"),
    ],
)  # fmt: skip
def test_a_batch_that_is_not_right_in_itself_is_refused_as_a_whole(
    api: Api, database: Database, store: dict[str, Any], field: str, value: Any
) -> None:
    wrong = item("1", customer=store["other"]) | {field: value}

    with nothing_changes(database):
        answer = send(api, "/points/imports", {"items": [item("0", card=store["card"]), wrong]})
        empty = send(api, "/points/imports", {"items": []})
        many = send(api, "/points/imports", {"items": [item("1", card="1")] * 1001})

    for one in (answer, empty, many):
        check_refused(one, 422, "invalid_request")


# what is noted of a customer


def test_tags_and_attributes_are_kept_shown_found_and_forgotten(
    api: Api, store: dict[str, Any]
) -> None:
    attributes = {"size": "L", "kids": 2, "b": True}
    tags = ["vip", "Kaffee & Tee", "vip"]
    made = api.post("/customers", {"tags": tags, "attributes": attributes})
    where = f"/customers/{made['id']}"

    assert "tags" not in made
    kept = api.get(where)
    assert (kept["tags"], kept["attributes"]) == (tags[:2], attributes)
    found = {
        tag: [one["id"] for one in every(api, "/customers", tag=quote(tag))]
        for tag in (*tags, "VIP", "vi")
    }
    assert found == {"vip": [made["id"]], "Kaffee & Tee": [made["id"]], "VIP": [], "vi": []}
    changed = api.call("PATCH", where, {"tags": ["über", 'a "b"']}).json
    assert (changed["tags"], changed["attributes"]) == (["über", 'a "b"'], kept["attributes"])
    assert api.call("PATCH", where, {"locale": "de"}).json["tags"] == ["über", 'a "b"']
    for tag in ("über", 'a "b"'):
        assert [one["id"] for one in every(api, "/customers", tag=quote(tag))] == [made["id"]]
    assert every(api, "/customers", tag="vip") == []
    exported = api.get(f"{where}/export")["customer"]
    assert (exported["tags"], exported["attributes"]) == (["über", 'a "b"'], kept["attributes"])
    api.call("DELETE", where)
    gone = api.get(where)
    assert (gone["tags"], gone["attributes"]) == ([], {})


@pytest.mark.parametrize(
    "noted",
    [
        {"tags": ["x" * 51]}, {"tags": [""]}, {"tags": [str(i) for i in range(51)]},
        {"tags": "vip"}, {"tags": [1]}, {"tags": ["\x00"]},
        {"attributes": {str(i): 1 for i in range(51)}}, {"attributes": {"x": 1.5}},
        {"attributes": {"x": None}}, {"attributes": {"x": [1]}}, {"attributes": {"": 1}},
        {"attributes": {"x": "y" * 201}}, {"attributes": {"x": 10**13}}, {"attributes": ["x"]},
        {"attributes": {"x" * 51: 1}}, {"attributes": {"x": "\x1b"}},
    ],
    ids=lambda noted: str(noted)[:40],
)  # fmt: skip
def test_what_cannot_be_noted_is_refused(
    api: Api, database: Database, store: dict[str, Any], noted: dict[str, Any]
) -> None:
    with nothing_changes(database):
        for answer in (
            send(api, "/customers", noted),
            api.call("PATCH", f"/customers/{store['customer']}", noted),
        ):
            check_refused(answer, 422, "invalid_request")
