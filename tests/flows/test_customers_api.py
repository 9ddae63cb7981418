"""Customers, their cards and their points over the API."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import ids
from core.db import Database
from core.models import AuditEntry, IdempotencyKey, Person
from loyalty import reconcile
from tests.api import Api
from tests.flows.pages import every
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store, sale

ADA = {
    "person": {
        "name": "Ada Byron",
        "email": "Ada@Example.ORG",
        "phone": "+47 22 86 44 00",
        "birthday": "1985-12-10",
    },
    "locale": "de",
    "consents": ["messages", "name_at_till"],
    "external_ref": "crm-1",
}


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def test_a_customer_is_enrolled_with_nothing_but_a_card(api: Api) -> None:
    made = api.post("/customers", {})

    assert made["id"].startswith("cu_")
    assert len(made["pseudonym"]) == 16
    assert ids.is_number(made["card"]["number"])
    assert made["card"]["qr"] == f"/api/v1/cards/{made['card']['number']}/qr.svg"
    assert (made["points"]["available"], made["points"]["pending"]) == (0, 0)
    assert made["state"] == "active"
    assert api.get(f"/customers/{made['id']}")["person"] is None


def test_a_customer_is_enrolled_with_a_person_whose_data_is_put_in_order(api: Api) -> None:
    id = api.post("/customers", ADA)["id"]

    made = api.get(f"/customers/{id}")
    assert made["person"] == {
        "name": "Ada Byron",
        "email": "ada@example.org",
        "phone": "+4722864400",
        "birthday": "1985-12-10",
    }
    assert made["consents"] == {"messages": True, "tracking": False, "name_at_till": True}
    assert (made["locale"], made["external_ref"]) == ("de", "crm-1")


def test_the_answer_to_an_enrolment_is_kept_without_the_person(
    api: Api, database: Database
) -> None:
    key = uuid4().hex

    told = api.post("/customers", ADA, key=key)

    kept = database.look(lambda s: s.scalars(select(IdempotencyKey.body)).all())
    for text in (str(told), *kept):
        assert not [word for word in ("Ada", "example.org", "2286", "1985") if word in text]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("email", "no address"), ("email", "a@b@c.de"), ("phone", "call me"), ("phone", "12"),
        ("birthday", "1885-01-01"), ("birthday", "2999-01-01"), ("birthday", "10.12.1985"),
    ],
)  # fmt: skip
def test_a_person_who_cannot_be_is_refused(
    api: Api, database: Database, field: str, value: str
) -> None:
    with nothing_changes(database):
        answer = api.call("POST", "/customers", {"person": {field: value}})

    assert list(check_refused(answer, 422, "invalid_request")["errors"]) == [f"person.{field}"]


def test_customers_are_listed_page_by_page_and_found_by_their_reference(api: Api) -> None:
    made = [api.post("/customers", {"external_ref": f"crm-{i}"})["id"] for i in range(5)]

    assert [one["id"] for one in every(api, "/customers")] == made[::-1]
    assert [one["id"] for one in every(api, "/customers", external_ref="crm-3")] == [made[3]]
    assert every(api, "/customers", external_ref="nobody") == []


def test_a_reference_is_given_once(api: Api, database: Database) -> None:
    api.post("/customers", ADA)

    with nothing_changes(database):
        again = api.call("POST", "/customers", ADA)

    check_refused(again, 409, "already_exists")


def test_a_customer_is_changed_field_by_field_by_whoever_saw_it_last(
    api: Api, database: Database
) -> None:
    where = f"/customers/{api.post('/customers', ADA)['id']}"
    seen = api.call("GET", where).headers["ETag"]

    changed = api.call(
        "PATCH",
        where,
        {"person": {"phone": None}, "consents": {"tracking": True, "messages": False}},
        If_Match=seen,
    )
    with nothing_changes(database):
        stale = api.call("PATCH", where, {"locale": "en"}, If_Match=seen)

    assert changed.json["person"]["phone"] is None
    assert changed.json["person"]["name"] == "Ada Byron"
    assert changed.json["consents"] == {"messages": False, "tracking": True, "name_at_till": True}
    check_refused(stale, 412, "stale")


def test_the_person_is_shown_only_to_whoever_may_read_customers(
    app: Flask, database: Database, api: Api
) -> None:
    till = Api(app, database, scopes=("customers:enrol", "cards:read"))

    made = till.post("/customers", ADA)

    assert "person" not in made
    assert "Ada" not in str(made)
    assert "Ada" in till.call("GET", f"/cards/{made['card']['number']}").text
    quiet = till.post("/customers", ADA | {"consents": [], "external_ref": "crm-2"})
    assert "Ada" not in till.call("GET", f"/cards/{quiet['card']['number']}").text


def test_a_forgotten_person_leaves_the_books_as_they_were(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/customers/{store['customer']}"
    api.call("PATCH", where, {"person": ADA["person"]})

    gone = api.call("DELETE", where)

    assert (gone.status_code, gone.data) == (204, b"")
    kept = api.get(where)
    assert (kept["state"], kept["person"], kept["external_ref"]) == ("erased", None, None)
    assert database.look(lambda s: s.scalar(select(func.count()).select_from(Person))) == 0
    assert api.get(f"/purchases/{store['purchase']}")["basket_total"] == 100_000
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def test_everything_kept_about_a_customer_is_given_to_take_along(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    other = api.post("/customers", ADA)
    where = f"/customers/{store['customer']}"
    api.call("PATCH", where, {"person": {"name": "Grace Hopper"}})

    export = api.call("GET", f"{where}/export")

    assert export.status_code == 200
    assert "Grace Hopper" in export.text
    assert "A-0" in export.text
    assert "Ada" not in export.text
    assert other["pseudonym"] not in export.text
    done = select(AuditEntry.action).where(AuditEntry.subject == store["customer"])
    assert "customer.exported" in database.look(lambda s: list(s.scalars(done)))


def test_a_lost_card_is_replaced_and_everything_is_on_the_new_one(
    api: Api, store: dict[str, Any]
) -> None:
    new = api.post(f"/customers/{store['customer']}/cards", {"reason": "lost"})["number"]

    old_one = api.get(f"/cards/{store['card']}")
    new_one = api.get(f"/cards/{new}")

    assert (old_one["state"], new_one["state"]) == ("replaced", "active")
    assert new_one["points"]["available"] == 1000
    paid = api.post("/purchases", sale(store["shop"], card=new, total=500, spend_points=500))
    assert paid["to_pay"] == 0
    dead = api.call("POST", "/scans", {"code": store["card"]})
    check_refused(dead, 409, "card_replaced")


def test_a_card_is_blocked_and_opened_again_but_a_replaced_one_never(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/cards/{store['card']}"
    states = [api.post(f"{where}/{verb}")["state"] for verb in ("block", "unblock")]
    api.post(f"/customers/{store['customer']}/cards", {"reason": "worn"})

    with nothing_changes(database):
        answer = api.call("POST", f"{where}/unblock")

    assert states == ["blocked", "active"]
    check_refused(answer, 409, "wrong_state")


def test_a_card_says_which_coupons_it_can_use_now(api: Api, store: dict[str, Any]) -> None:
    body = {"customers": [{"customer": store["customer"], "external_ref": "b-1"}]}
    code = api.post(f"/offers/{store['offer']}/coupons", body)["items"][0]["code"]
    before = api.get(f"/cards/{store['card']}")["coupons"]

    api.post("/purchases", sale(store["shop"], code, card=store["card"]))
    after = api.get(f"/cards/{store['card']}")["coupons"]

    assert [(one["code"], one["offer"]) for one in before] == [(code, "Ten off")]
    assert after == []


@pytest.mark.parametrize(
    ("form", "kind", "begins"), [("svg", "image/svg+xml", b"<"), ("png", "image/png", b"\x89PNG")]
)
def test_a_card_is_a_picture(
    api: Api, store: dict[str, Any], form: str, kind: str, begins: bytes
) -> None:
    answer = api.call("GET", f"/cards/{store['card']}/qr.{form}?size=200&ec=M")

    assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, kind)
    assert answer.data.startswith(begins)


def test_a_picture_of_an_odd_size_is_refused(api: Api, store: dict[str, Any]) -> None:
    for query in ("size=1", "size=100000", "ec=X", "size=big"):
        answer = api.call("GET", f"/cards/{store['card']}/qr.svg?{query}")
        assert list(check_refused(answer, 422, "invalid_request")["errors"]) == [
            query[: query.index("=")]
        ]


def test_points_are_adjusted_with_a_reason_within_the_limit(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/customers/{store['customer']}/points"
    more = api.post(f"{where}/adjustments", {"points": 50, "reason": "sorry"})
    less = api.post(f"{where}/adjustments", {"points": -1050, "reason": "mistake"})

    with nothing_changes(database):
        short = api.call(
            "POST", f"{where}/adjustments", {"points": -1, "reason": "x"},
            Idempotency_Key=uuid4().hex,
        )  # fmt: skip

    assert (more["available"], less["available"]) == (1050, 0)
    assert check_refused(short, 409, "points_short")["facts"] == {"available": 0, "wanted": 1}


def test_every_booking_is_listed_newest_first(api: Api, store: dict[str, Any]) -> None:
    where = f"/customers/{store['customer']}/points"
    api.post("/purchases", sale(store["shop"], card=store["card"], total=300, spend_points=300))
    api.post(f"{where}/adjustments", {"points": 5, "reason": "sorry"})

    entries = every(api, f"{where}/entries")

    assert [(one["kind"], one["points"]) for one in entries] == [
        ("adjust", 5), ("spend", 300), ("earn", 1000),
    ]  # fmt: skip
    assert (entries[1]["from"], entries[1]["to"]) == ("available", "redeemed")
    assert entries[2]["purchase"] == store["purchase"]
    assert (entries[0]["reason"], entries[0]["actor"][:4]) == ("sorry", "key:")
    assert api.get(where)["available"] == 705


def test_a_balance_says_what_expires_next(api: Api, store: dict[str, Any]) -> None:
    held = api.get(f"/customers/{store['customer']}/points")

    assert held["next_expiry"]["points"] == 1000
    assert held["next_expiry"]["at"] > "2026"
