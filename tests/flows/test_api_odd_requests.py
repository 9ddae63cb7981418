"""Requests that are wrong in themselves: each gets one clear answer, as a problem document."""

import base64
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.api import Api

CAMPAIGN = {"name": "Spring", "channels": [{"kind": "mail", "name": "Letter"}]}
BENEFIT = {"kind": "amount", "amount": 100}


def send(api: Api, path: str, body: bytes | str, kind: str = "application/json") -> TestResponse:
    """Post a body as it is."""
    return api.client.post(
        f"/api/v1{path}",
        data=body,
        headers={
            "Authorization": f"Bearer {api.key}",
            "Idempotency-Key": uuid4().hex,
            "Content-Type": kind,
        },
    )


def is_problem(answer: TestResponse, status: int, code: str) -> bool:
    """Tell whether an answer is this problem document."""
    return (answer.status_code, answer.mimetype, answer.get_json(force=True)["code"]) == (
        status, "application/problem+json", code,
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "text/json"])
def test_a_body_that_is_not_said_to_be_json_is_not_taken_for_none(api: Api, kind: str) -> None:
    answer = send(api, "/customers", '{"person": {"name": "Ann"}}', kind)

    assert is_problem(answer, 415, "unsupported_media_type")
    assert api.get("/customers")["items"] == []


def test_a_call_without_a_body_needs_no_media_type(api: Api) -> None:
    assert api.call("POST", "/customers").status_code == 201


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe", b'{"locale": ' + b"1" * 5000 + b"}", b"[" * 100_000, b"nope"]
)
def test_what_is_no_json_is_told_so(api: Api, body: bytes) -> None:
    assert is_problem(send(api, "/customers", body), 400, "bad_request")


def test_half_a_surrogate_in_a_name_is_an_unknown_field(api: Api) -> None:
    assert is_problem(send(api, "/customers", r'{"\ud800": 1}'), 422, "invalid_request")


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"])
def test_a_made_up_cursor_is_none_of_ours(api: Api, at: str) -> None:
    good = made_up("2026-01-01T00:00:00+00:00")

    assert api.call("GET", f"/customers?cursor={good}").status_code == 200
    answer = api.call("GET", f"/customers?cursor={made_up(at)}")
    assert is_problem(answer, 422, "invalid_request")


def made_up(at: str) -> str:
    """Return a cursor as if a customer was enrolled then."""
    place = json.dumps(["customer", at, UUID(int=0).hex])
    return base64.urlsafe_b64encode(place.encode()).decode()


@pytest.mark.parametrize("path", ["/api", "/api//v1/customers", "/api/v1//customers", "/api/v2"])
def test_no_html_comes_from_the_api(client: FlaskClient, path: str) -> None:
    assert is_problem(client.get(path), 404, "not_found")


def test_a_refusal_says_what_would_do(api: Api, client: FlaskClient) -> None:
    allowed = api.call("PUT", "/customers").headers["Allow"]

    assert {"GET", "POST"} <= set(allowed.split(", "))
    assert client.get("/api/v1/customers").headers["WWW-Authenticate"] == "Bearer"


def test_numbers_too_large_to_be_meant_are_refused(api: Api) -> None:
    dear = {"kind": "mail", "name": "Gold", "unit_cost": 10**12}
    campaign = api.post("/campaigns", CAMPAIGN | {"channels": [dear]})
    channel = campaign["channels"][0]["id"]
    offer: dict[str, Any] = {"campaign": campaign["id"], "name": {"en": "x"}, "benefit": BENEFIT}
    made = api.post("/offers", offer)["id"]
    many = 2**31

    api.post(f"/campaigns/{campaign['id']}/contacts", {"channel": channel, "quantity": 2}, 422)
    api.post("/offers", offer | {"limits": {"overall": many}}, expect=422)
    api.post("/offers", offer | {"limits": {"per_customer": many}}, expect=422)
    api.post(f"/offers/{made}/coupons", {"count": 1, "use_limit": many}, expect=422)


def test_an_adjustment_of_nothing_is_refused(api: Api) -> None:
    customer = api.post("/customers")["id"]
    path = f"/customers/{customer}/points/adjustments"

    assert "points" in api.post(path, {"points": 0, "reason": "none"}, expect=422)["errors"]


def test_the_tag_of_a_change_serves_for_the_next_one(api: Api) -> None:
    id = api.post("/campaigns", CAMPAIGN)["id"]
    change = {"starts_at": "2026-11-01T00:00:00+01:00"}
    tag = api.call("PATCH", f"/campaigns/{id}", change).headers["ETag"]

    assert api.call("GET", f"/campaigns/{id}").headers["ETag"] == tag
    assert api.call("PATCH", f"/campaigns/{id}", {"name": "y"}, If_Match=tag).status_code == 200


def test_nothing_of_an_erased_person_is_kept_or_taken_in_again(api: Api) -> None:
    key, told = uuid4().hex, {"person": {"name": "Ann Example"}, "external_ref": "crm-4711"}
    id = api.post("/customers", told, key=key)["id"]
    api.call("DELETE", f"/customers/{id}")

    again = api.call("POST", "/customers", told, Idempotency_Key=key)
    change = api.call("PATCH", f"/customers/{id}", {"person": {"name": "Ann Example"}})

    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Ann Example" not in again.text
    assert "crm-4711" not in again.text
    assert is_problem(change, 409, "wrong_state")
    assert api.get(f"/customers/{id}")["person"] is None


def test_a_proxy_that_passes_on_no_address_reads_no_metrics(app: Flask) -> None:
    answer = app.test_client().get("/metrics", environ_base={"REMOTE_ADDR": "1.2.3.4:567"})

    assert answer.status_code == 403


def test_a_file_that_is_not_there_is_not_kept_for_a_year(client: FlaskClient) -> None:
    assert "immutable" not in client.get("/static/none.css?v=1").headers["Cache-Control"]
