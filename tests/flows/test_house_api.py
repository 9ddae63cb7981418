"""The merchant, shops, tills, staff, keys, rules of the points and audit log over the API."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from core import clock, ids
from core.db import Database
from core.models import ApiKey
from tests.api import Api
from tests.flows.pages import every
from tests.flows.refusing import check_refused, nothing_changes

OSLO = {"name": "Harbour", "zone": "Europe/Oslo"}


def test_the_merchant_is_shown_and_changed_but_never_the_currency(
    api: Api, database: Database
) -> None:
    changed = api.call("PUT", "/merchant", {"name": "New", "zone": "Europe/Berlin", "locale": "de"})
    with nothing_changes(database):
        currency = api.call(
            "PUT", "/merchant",
            {"name": "x", "zone": "Europe/Berlin", "locale": "de", "currency": "USD"},
        )  # fmt: skip
        zone = api.call("PUT", "/merchant", {"name": "x", "zone": "Berlin", "locale": "de"})

    assert changed.status_code == 200
    assert api.get("/merchant") == {
        "name": "New", "currency": "EUR", "zone": "Europe/Berlin", "locale": "de",
    }  # fmt: skip
    assert list(check_refused(currency, 422, "invalid_request")["errors"]) == ["currency"]
    assert list(check_refused(zone, 422, "invalid_request")["errors"]) == ["zone"]


def test_a_shop_is_opened_renamed_and_listed(api: Api, database: Database) -> None:
    shops = [api.post("/shops", {"name": f"No. {i}", "zone": "Europe/Oslo"}) for i in range(3)]

    renamed = api.call("PUT", f"/shops/{shops[0]['id']}", OSLO)
    with nothing_changes(database):
        taken = api.call("POST", "/shops", OSLO)
        stolen = api.call("PUT", f"/shops/{shops[1]['id']}", OSLO)

    assert renamed.json == shops[0] | OSLO
    check_refused(taken, 409, "already_exists")
    check_refused(stolen, 409, "already_exists")
    assert [one["name"] for one in every(api, "/shops")] == ["No. 2", "No. 1", "Harbour"]


def test_a_till_is_set_up_enrolled_suspended_and_retired(api: Api, database: Database) -> None:
    where = f"/shops/{api.post('/shops', OSLO)['id']}/tills"
    till = api.post(where, {"label": "Till 1"})
    move = f"/tills/{till['id']}"

    with nothing_changes(database):
        early = api.call("POST", f"{move}/suspend")
        twice = api.call("POST", where, {"label": "Till 1"})
    again = api.post(f"{move}/enrol")
    retired = api.post(f"{move}/retire")
    with nothing_changes(database):
        late = api.call("POST", f"{move}/enrol")

    assert till["state"] == "enrolled"
    assert len(till["enrolment_code"]) == 14
    assert again["enrolment_code"] != till["enrolment_code"]
    assert (retired["state"], "enrolment_code" in retired) == ("retired", False)
    check_refused(early, 409, "wrong_state")
    check_refused(twice, 409, "already_exists")
    check_refused(late, 409, "wrong_state")
    assert [one["label"] for one in every(api, where)] == ["Till 1"]
    assert "enrolment_code" not in str(api.get(where))


def test_somebody_is_taken_on(api: Api, database: Database) -> None:
    made = api.post(
        "/staff", {"name": "Ines", "email": "Ines@Example.com", "role": "cashier", "pin": "4719"}
    )
    with nothing_changes(database):
        taken = api.call(
            "POST", "/staff", {"name": "x", "email": "ines@example.com", "role": "owner"}
        )
        role = api.call("POST", "/staff", {"name": "x", "role": "king"})
        pin = api.call("POST", "/staff", {"name": "x", "role": "cashier", "pin": "1234"})

    assert (made["email"], made["role"], made["state"]) == ("ines@example.com", "cashier", "active")
    assert "4719" not in [said for one in every(api, "/staff") for said in one.values()]
    check_refused(taken, 409, "already_exists")
    assert list(check_refused(role, 422, "invalid_request")["errors"]) == ["role"]
    check_refused(pin, 422, "pin_too_weak")


def test_a_key_is_shown_once_ends_when_it_says_and_is_revoked_for_ever(
    app: Flask, api: Api, database: Database
) -> None:
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    made = api.post("/keys", {"name": "POS", "scopes": ["shops:read"], "expires_at": soon})
    other = Api(app, database)
    other.key = made["key"]
    before = other.call("GET", "/shops").status_code

    revoked = [api.call("DELETE", f"/keys/{made['id']}").status_code for _ in range(2)]

    assert made["key"].startswith("lk_")
    assert before == 200
    assert revoked == [204, 204]
    check_refused(other.call("GET", "/shops"), 401, "not_signed_in")
    assert made["key"] not in api.call("GET", "/keys").text


def test_a_key_that_has_ended_opens_nothing(app: Flask, api: Api, database: Database) -> None:
    past, other = clock.now() - timedelta(seconds=1), Api(app, database)
    soon = (clock.now() + timedelta(hours=1)).isoformat()
    made = api.post("/keys", {"name": "old", "scopes": ["all"], "expires_at": soon})
    other.key = made["key"]
    assert other.call("GET", "/shops").status_code == 200
    it = ApiKey.id == ids.parse("ke", made["id"])
    database.transact(lambda s: s.execute(update(ApiKey).where(it).values(expires_at=past)))

    check_refused(other.call("GET", "/shops"), 401, "not_signed_in")


def test_a_key_that_would_have_ended_already_is_not_made(api: Api, database: Database) -> None:
    past = (clock.now() - timedelta(seconds=1)).isoformat()

    with nothing_changes(database):
        answer = api.call("POST", "/keys", {"name": "x", "scopes": ["all"], "expires_at": past})

    assert list(check_refused(answer, 422, "invalid_request")["errors"]) == ["expires_at"]


@pytest.mark.parametrize("scopes", [[], ["everything"], ["shops:read", "x"], "all", [None]])
def test_a_key_for_what_there_is_not_is_refused(
    api: Api, database: Database, scopes: object
) -> None:
    with nothing_changes(database):
        answer = api.call("POST", "/keys", {"name": "x", "scopes": scopes})

    check_refused(answer, 422, "invalid_request")


def test_the_rules_of_the_points_are_changed_for_what_comes(api: Api, database: Database) -> None:
    changed = api.call("PATCH", "/programme", {"earn_per": 50, "expiry_months": None})
    with nothing_changes(database):
        wrong = [
            api.call("PATCH", "/programme", body)
            for body in ({"earn_per": 0}, {"pending_days": 366}, {"clawback": "all"}, {"zone": "x"})
        ]

    assert (changed.json["earn_per"], changed.json["expiry_months"]) == (50, None)
    assert api.get("/programme") == changed.json
    for answer in wrong:
        check_refused(answer, 422, "invalid_request")


def test_every_change_is_in_the_audit_log_with_what_was_and_what_is(api: Api) -> None:
    shop = api.post("/shops", OSLO)
    api.call("PUT", f"/shops/{shop['id']}", OSLO | {"name": "Hill"}, X_Request_Id="audit-me-please")

    entries: list[dict[str, Any]] = every(api, "/audit")

    changed, added, *_ = entries
    assert (changed["action"], changed["subject"]) == ("shop.changed", shop["id"])
    assert (changed["old"]["name"], changed["new"]["name"]) == ("Harbour", "Hill")
    assert changed["actor"].startswith("key:")
    assert changed["request_id"] == "audit-me-please"
    assert added["action"] == "shop.added"


def test_what_is_not_there_is_not_found(api: Api, database: Database) -> None:
    with nothing_changes(database):
        answers = [
            api.call("PUT", f"/shops/sh_{uuid4().hex}", OSLO),
            api.call("POST", f"/tills/ti_{uuid4().hex}/retire"),
            api.call("DELETE", f"/keys/ke_{uuid4().hex}"),
            api.call("GET", f"/jobs/jo_{uuid4().hex}"),
            api.call("GET", f"/issues/is_{uuid4().hex}/codes.csv"),
        ]

    for answer in answers:
        check_refused(answer, 404, "not_found")
