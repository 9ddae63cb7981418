"""Requests that are wrong in themselves: each gets one clear answer, and nothing changes."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core.db import Database
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store, sale

POSTS = (
    "/purchases", "/quotes", "/scans", "/customers", "/campaigns", "/offers",
    "/offers/{offer}/coupons", "/campaigns/{campaign}/contacts",
    "/customers/{customer}/points/adjustments",
    "/customers/{customer}/cards", "/purchases/{purchase}/void",
    "/purchases/{purchase}/refunds", "/purchases/{purchase}/claims", "/responses", "/shops",
    "/shops/{shop}/tills", "/staff", "/keys", "/tiers", "/stamp-cards",
    "/customers/{customer}/standing", "/rewards", "/rewards/{reward}/claims",
    "/claims/{claim}/cancel", "/customers/{customer}/points/transfers",
    "/customers/{customer}/merge", "/points/imports",
)  # fmt: skip
"""Every call that takes a body, but for the changes, which take the same kinds of fields."""


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def refuse(
    api: Api, database: Database, path: str, body: Any, *, status: int = 422,
    code: str = "invalid_request", method: str = "POST",
) -> dict[str, Any]:  # fmt: skip
    """Send a body that must be refused, and return what was told."""
    with nothing_changes(database):
        answer = api.call(method, path, body, Idempotency_Key=uuid4().hex)
    return check_refused(answer, status, code)


def raw(api: Api, path: str, body: bytes, content_type: str = "application/json") -> Any:
    """Send bytes as they are."""
    headers = {"Authorization": f"Bearer {api.key}", "Idempotency-Key": uuid4().hex}
    return api.client.post(f"/api/v1{path}", data=body, content_type=content_type, headers=headers)


DEEP = 100_000
BODIES: list[tuple[str, bytes, int, str]] = [
    ("not JSON", b"{this is not JSON", 400, "bad_request"),
    ("a form", b"code=7KQF", 400, "bad_request"),
    ("not UTF-8", b'{"code": "\xff\xfe"}', 400, "bad_request"),
    ("UTF-16", '{"code": "7KQF"}'.encode("utf-16-be"), 400, "bad_request"),
    ("nested arrays", b"[" * DEEP + b"]" * DEEP, 400, "bad_request"),
    ("nested objects", b'{"a":' * DEEP + b"1" + b"}" * DEEP, 400, "bad_request"),
    ("2 MiB", b'{"code": "' + b"x" * 2**21 + b'"}', 413, "too_large"),
    ("NaN", b'{"code": NaN}', 400, "bad_request"),
    ("Infinity", b'{"code": -Infinity}', 400, "bad_request"),
    ("a number of 5,000 digits", b'{"code": ' + b"9" * 5000 + b"}", 400, "bad_request"),
    ("an array", b"[]", 422, "invalid_request"),
    ("a string", b'"text"', 422, "invalid_request"),
    ("null", b"null", 422, "invalid_request"),
    ("a number", b"1", 422, "invalid_request"),
    ("an unknown field", b'{"nobody_knows_this": 1}', 422, "invalid_request"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), [b[1:] for b in BODIES], ids=[b[0] for b in BODIES]
)
def test_a_body_that_is_no_object_of_ours_is_refused_everywhere(
    api: Api, database: Database, store: dict[str, Any], body: bytes, status: int, code: str
) -> None:
    with nothing_changes(database):
        answers = {path: raw(api, path.format(**store), body) for path in POSTS}

    for path, answer in answers.items():
        told = check_refused(answer, status, code)
        if b"nobody_knows_this" in body:
            assert told["errors"]["nobody_knows_this"] == ["Unknown field."], path


def test_an_empty_body_is_an_object_without_fields(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    with nothing_changes(database):
        nameless, nowhere = raw(api, "/campaigns", b""), raw(api, "/purchases", b"")
    customer = raw(api, "/customers", b"")

    assert check_refused(nameless, 422, "invalid_request")["errors"] == {
        "name": ["Missing data for required field."]
    }
    check_refused(nowhere, 422, "shop_needed")
    assert customer.status_code == 201


def test_a_body_of_another_kind_is_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    body = json.dumps(sale(store["shop"])).encode()

    with nothing_changes(database):
        answers = [
            raw(api, "/purchases", body, kind)
            for kind in ("text/plain", "application/x-www-form-urlencoded", "text/xml", "")
        ]

    for answer in answers:
        check_refused(answer, 415, "unsupported_media_type")


NO_AMOUNTS: list[Any] = [
    -1, 0.5, 10**30, 10**12 + 1, True, "100", "1e3", 1e3, None, [], {}, [100],
]  # fmt: skip
AMOUNTS: list[tuple[str, str, dict[str, Any]]] = [
    ("/purchases", "basket.total", {"shop": "", "basket": {"currency": "EUR", "total": 0}}),
    ("/purchases", "basket.lines.0.amount", {
        "basket": {"currency": "EUR", "total": 0, "lines": [{"amount": 0}]}}),
    ("/purchases", "spend_points", {"basket": {"currency": "EUR", "total": 0}, "spend_points": 0}),
    ("/quotes", "basket.total", {"basket": {"currency": "EUR", "total": 0}}),
    ("/campaigns", "channels.0.fixed_cost", {
        "name": "x", "channels": [{"kind": "mail", "name": "x", "fixed_cost": 0}]}),
    ("/campaigns", "channels.0.unit_cost", {
        "name": "x", "channels": [{"kind": "mail", "name": "x", "unit_cost": 0}]}),
    ("/campaigns/{campaign}/contacts", "quantity", {"channel": "{channel}", "quantity": 0}),
    ("/offers/{offer}/coupons", "count", {"count": 0}),
    ("/offers/{offer}/coupons", "use_limit", {"count": 1, "use_limit": 0}),
    ("/offers", "benefit.amount", {
        "campaign": "{campaign}", "name": {"en": "x"}, "benefit": {"kind": "amount", "amount": 0}}),
    ("/offers", "benefit.points", {
        "campaign": "{campaign}", "name": {"en": "x"}, "benefit": {"kind": "points", "points": 0}}),
    ("/offers", "limits.overall", {
        "campaign": "{campaign}", "name": {"en": "x"},
        "benefit": {"kind": "percent", "percent": "10"}, "limits": {"overall": 0}}),
    ("/customers/{customer}/points/adjustments", "points", {"points": 0, "reason": "x"}),
    ("/rewards", "points", {"name": {"en": "x"}, "points": 1, "offer": "{offer}"}),
    ("/rewards", "stock", {"name": {"en": "x"}, "points": 1, "offer": "{offer}", "stock": 0}),
    ("/customers/{customer}/points/transfers", "points", {
        "to": {"card": "{card}"}, "points": 0}),
    ("/tiers", "entry", {"key": "x", "name": {"en": "x"}, "rank": 1, "entry": 0}),
    ("/tiers", "rank", {"key": "x", "name": {"en": "x"}, "rank": 0, "entry": 1}),
    ("/stamp-cards", "minimum", {
        "name": {"en": "x"}, "per": "visit", "needed": 1, "minimum": 0, "reward": {"points": 1}}),
    ("/stamp-cards", "needed", {
        "name": {"en": "x"}, "per": "visit", "needed": 0, "reward": {"points": 1}}),
    ("/stamp-cards", "reward.points", {
        "name": {"en": "x"}, "per": "visit", "needed": 1, "reward": {"points": 0}}),
]  # fmt: skip
NULLABLE = {"limits.overall", "use_limit", "reward.points", "stock"}
SIGNED = {"points"}


def filled(template: Any, store: dict[str, Any]) -> Any:
    """Return a template with the ids of the store put in."""
    if isinstance(template, dict):
        return {name: filled(value, store) for name, value in template.items() if value != ""}
    if isinstance(template, list):
        return [filled(one, store) for one in template]
    return template.format(**store) if isinstance(template, str) else template


def put(body: Any, path: str, value: Any) -> Any:
    """Put a value in a body, at a path such as ``basket.lines.0.amount``."""
    *way, last = path.split(".")
    at = body
    for step in way:
        at = at[int(step)] if step.isdecimal() else at[step]
    at[int(last) if last.isdecimal() else last] = value
    return body


@pytest.mark.parametrize(
    ("path", "field", "template"), AMOUNTS, ids=[f"{a[0]} {a[1]}" for a in AMOUNTS]
)
def test_an_amount_that_is_no_whole_number_in_its_range_is_refused(
    api: Api, database: Database, store: dict[str, Any], path: str, field: str, template: Any
) -> None:
    wrong = [
        value
        for value in NO_AMOUNTS
        if not (value is None and field in NULLABLE) and not (value == -1 and field in SIGNED)
    ]

    for value in wrong:
        body = put(filled(template, store), field, value)
        told = refuse(api, database, path.format(**store), body)
        assert list(told["errors"]) == [field], (value, told)


def test_figures_that_must_not_be_nothing_are_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    for path, field, template in AMOUNTS:
        if field.endswith(("count", "use_limit", "overall", "benefit.amount", "benefit.points")):
            told = refuse(api, database, path.format(**store), filled(template, store))
            assert list(told["errors"]) == [field]


def test_an_adjustment_of_nothing_is_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    path = f"/customers/{store['customer']}/points/adjustments"

    told = refuse(api, database, path, {"points": 0, "reason": "x"})

    assert list(told["errors"]) == ["points"]


TIMES = (
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1999-12-31T23:00:00Z", "2026-11-21T18:02:11",
    "2026-11-21", "2025-02-29T12:00:00Z", "tomorrow", "2026-11-21T25:00:00Z", "", 1763740931, None,
    "2026-11-21T18:02:11+99:00",
)  # fmt: skip


@pytest.mark.parametrize("value", TIMES)
def test_a_time_that_is_no_instant_of_business_is_refused(
    api: Api, database: Database, store: dict[str, Any], value: Any
) -> None:
    campaign = {"name": "x", "starts_at": value}
    purchase = sale(store["shop"], occurred_at=value)
    contacts = {"channel": store["channel"], "quantity": 1, "at": value}
    where = [
        ("/campaigns", campaign, "starts_at"),
        ("/purchases", purchase, "occurred_at"),
        (f"/campaigns/{store['campaign']}/contacts", contacts, "at"),
    ]
    if value is None:
        where = where[2:]

    for path, body, field in where:
        assert list(refuse(api, database, path, body)["errors"]) == [field]


def texts() -> Iterator[tuple[str, str]]:
    """Yield texts that no field takes: what they are, and they themselves."""
    yield "a NUL", "before\x00after"
    yield "an escape", "\x1b[31mred"
    yield "a lone surrogate", "\ud800"
    yield "nothing but space", "   "
    yield "nothing", ""
    yield "too long", "x" * 10_001


TEXTS: list[tuple[str, str, dict[str, Any]]] = [
    ("/campaigns", "name", {"name": "x"}),
    ("/campaigns", "external_ref", {"name": "x", "external_ref": "x"}),
    ("/campaigns", "channels.0.name", {"name": "x", "channels": [{"kind": "mail", "name": "x"}]}),
    ("/customers", "external_ref", {"external_ref": "x"}),
    ("/customers", "person.name", {"person": {"name": "x"}}),
    ("/shops", "name", {"name": "x", "zone": "Europe/Oslo"}),
    ("/shops/{shop}/tills", "label", {"label": "x"}),
    ("/staff", "name", {"name": "x", "role": "cashier"}),
    ("/keys", "name", {"name": "x", "scopes": ["all"]}),
    ("/purchases", "receipt", {"receipt": "x", "basket": {"currency": "EUR", "total": 1}}),
    ("/purchases", "coupons.0", {"coupons": ["x"]}),
    ("/purchases", "card", {"card": "x"}),
    ("/customers/{customer}/cards", "reason", {"reason": "x"}),
    ("/customers/{customer}/points/adjustments", "reason", {"points": 1, "reason": "x"}),
    ("/responses", "note", {
        "campaign": "{campaign}", "channel": "{channel}", "kind": "called", "note": "x"}),
    ("/customers/{customer}/standing", "reason", {"tier": None, "reason": "x"}),
]  # fmt: skip
"""Every text but that of a scan, which may be whatever a scanner reads."""


@pytest.mark.parametrize("text", [t[1] for t in texts()], ids=[t[0] for t in texts()])
def test_a_text_that_cannot_be_shown_is_refused(
    api: Api, database: Database, store: dict[str, Any], text: str
) -> None:
    for path, field, template in TEXTS:
        body = put(filled(template, store), field, text)
        told = refuse(api, database, path.format(**store), body)
        assert list(told["errors"]) == [field], (path, field, told)


PATTERNS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("/offers", "benefit.reasons.0.key", "taste", {
        "campaign": "{campaign}", "name": {"en": "x"},
        "benefit": {"kind": "guarantee", "days": 1, "reasons": [
            {"key": "taste", "text": {"en": "x"}}]}}),
    ("/offers", "conditions.all.0.weekly.0.from", "22:00", {
        "campaign": "{campaign}", "name": {"en": "x"}, "benefit": {"kind": "points", "points": 1},
        "conditions": {"all": [{"kind": "hours", "weekly": [
            {"days": [1], "from": "22:00", "until": "02:00"}]}]}}),
    ("/tiers", "key", "x", {"key": "x", "name": {"en": "x"}, "rank": 1, "entry": 1}),
    ("/quotes", "basket.currency", "EUR", {"basket": {"currency": "EUR", "total": 1}}),
    ("/quotes", "basket.lines.0.tax_rate", "0.19", {
        "basket": {"currency": "EUR", "total": 1, "lines": [{"amount": 1, "tax_rate": "0.19"}]}}),
]  # fmt: skip


@pytest.mark.parametrize("odd", ["{}\n", "\n{}", "{} ", ""])
def test_a_text_of_a_certain_form_has_nothing_after_it(
    api: Api, database: Database, store: dict[str, Any], odd: str
) -> None:
    for path, field, right, template in PATTERNS:
        body = put(filled(template, store), field, odd.format(right))
        told = refuse(api, database, path.format(**store), body)
        assert list(told["errors"]) == [field], (path, field, told)


PATHS = (
    "/customers/cu_", "/customers/1", "/customers/cu_' OR '1'='1", "/purchases/pu_" + "z" * 32,
    "/campaigns/cu_" + "0" * 32, "/campaigns/ca_" + "0" * 32, "/jobs/jo_" + "0" * 32, "/nowhere",
    "/offers/of_" + "0" * 5000, "/purchases/..%2f..%2fetc%2fpasswd", "/customers/%00",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_an_address_of_nothing_is_not_found(api: Api, database: Database, path: str) -> None:
    with nothing_changes(database):
        answer = api.call("GET", path)

    check_refused(answer, 404, "not_found")


@pytest.mark.parametrize("path", ["/coupons/%00", "/coupons/☕", "/coupons/" + "x" * 5000])
def test_a_coupon_that_cannot_be_is_not_found(api: Api, path: str) -> None:
    check_refused(api.call("GET", path), 404, "code_not_found")


QUERIES = (
    "limit=0", "limit=-1", "limit=201", "limit=all", "limit=1e1", f"limit={10**30}", "cursor=x",
    "cursor=%00", "cursor=WzEsMl0%3D", "cursor=" + "x" * 300,
)  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
def test_a_list_asked_for_wrongly_is_refused(api: Api, database: Database, query: str) -> None:
    with nothing_changes(database):
        answer = api.call("GET", f"/campaigns?{query}")

    told = check_refused(answer, 422, "invalid_request")
    assert list(told["errors"]) == [query.partition("=")[0]]


def test_a_method_that_an_address_does_not_take_is_refused(api: Api) -> None:
    for method in ("DELETE", "PUT", "PATCH"):
        check_refused(api.call(method, "/purchases", {}), 405, "method_not_allowed")


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer lk_wrong", "Basic b3duZXI6eA==", "\u2603", ""]
)
def test_credentials_that_are_none_are_refused(app: Flask, database: Database, header: str) -> None:
    with nothing_changes(database):
        answer = app.test_client().get("/api/v1/shops", headers={"Authorization": header})

    check_refused(answer, 401, "not_signed_in")
