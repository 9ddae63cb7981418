"""SQL, HTML and templates in every text field: kept and shown to the letter, never run."""

import html
import re
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Bare, Database
from tests.api import Api
from tests.desk import at_desk
from tests.flows.queues import item, upload
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.schema_fields import text_fields
from tests.flows.store import make_store
from tests.flows.test_bad_input import filled, put

HOSTILE = (
    "Robert'); DROP TABLE coupon;--",
    '" OR ""="" /*',
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)>',
    "{{7*7}}${7*7}#{7*7}%(x)s{0}%s",
    "\u202eΩ≈ç 👩‍👩‍👧 ﷽",
)
LINK = re.compile(r'href="(/admin[^"#]*)')
SHORT = "<b>{{7*7}}"

EUR = {"currency": "EUR", "total": 500, "lines": [{"amount": 500}]}
OFFER = {
    "campaign": "{campaign}",
    "name": {"en": "x"},
    "benefit": {"kind": "percent", "percent": "1"},
}

STAMPS = {"name": {"en": "x"}, "per": "piece", "needed": 5, "reward": {"points": 1}}

SOLD = {
    "key": "key-of-a-sale-that-was-made",
    "occurred_at": "2026-11-21T18:02:11+01:00",
    "accepted": {"discount": 0, "to_pay": 0},
}

KEPT: list[tuple[str, str, dict[str, Any]]] = [
    ("put /merchant", "name", {"zone": "Europe/Oslo", "locale": "en"}),
    ("post /shops", "name", {"zone": "Europe/Oslo"}),
    ("put /shops/{shop}", "name", {"zone": "Europe/Oslo"}),
    ("post /shops/{shop}/tills", "label", {}),
    ("post /staff", "name", {"role": "cashier"}),
    ("post /keys", "name", {"scopes": ["all"]}),
    ("post /campaigns", "name", {}),
    ("post /campaigns", "channels.0.name", {"name": "x", "channels": [{"kind": "mail"}]}),
    ("post /campaigns", "external_ref", {"name": "x"}),
    ("patch /campaigns/{campaign}", "name", {}),
    ("post /campaigns/{campaign}/contacts", "external_ref", {
        "channel": "{channel}", "quantity": 1}),
    ("post /offers", "name.en", OFFER),
    ("post /offers", "benefit.text", OFFER | {"benefit": {"kind": "free_item"}}),
    ("post /offers", "benefit.sku", OFFER | {"benefit": {"kind": "free_item"}}),
    ("post /offers", "benefit.on.skus.0", OFFER | {
        "benefit": {"kind": "amount", "amount": 1, "on": {"skus": ["x"]}}}),
    ("post /offers", "benefit.on.categories.0", OFFER | {
        "benefit": {"kind": "amount", "amount": 1, "on": {"categories": ["x"]}}}),
    ("post /offers", "conditions.all.0.skus.0", OFFER | {
        "conditions": {"all": [{"kind": "products", "skus": ["x"]}]}}),
    ("post /offers", "conditions.all.0.categories.0", OFFER | {
        "conditions": {"all": [{"kind": "categories", "categories": ["x"]}]}}),
    ("post /offers", "benefit.on.tags.0", OFFER | {
        "benefit": {"kind": "amount", "amount": 1, "on": {"tags": ["x"]}}}),
    ("post /offers", "conditions.all.0.tags.0", OFFER | {
        "conditions": {"all": [{"kind": "customer_tags", "tags": ["x"]}]}}),
    ("post /offers", "conditions.all.0.equals", OFFER | {
        "conditions": {"all": [{"kind": "attribute", "name": "x"}]}}),
    ("post /offers", "together.group", OFFER | {"together": {}}),
    ("patch /offers/{offer}", "name.en", {"name": {}}),
    ("patch /offers/{offer}", "together.group", {"together": {}}),
    ("post /responses", "note", {
        "campaign": "{campaign}", "channel": "{channel}", "kind": "called"}),
    ("post /customers", "person.name", {"person": {}}),
    ("post /customers", "external_ref", {}),
    ("patch /customers/{customer}", "person.name", {"person": {}}),
    ("post /customers/{customer}/points/adjustments", "reason", {"points": 1}),
    ("post /customers", "tags.0", {"tags": ["x"]}),
    ("post /customers", "attributes.en", {"attributes": {}}),
    ("patch /customers/{customer}", "tags.0", {"tags": ["x"]}),
    ("patch /customers/{customer}", "attributes.en", {"attributes": {}}),
    ("post /customers/{customer}/cards", "reason", {}),
    ("post /rewards", "name.en", {"name": {}, "points": 1, "offer": "{offer}"}),
    ("patch /rewards/{reward}", "name.en", {"name": {}}),
    ("post /claims/{claim}/cancel", "reason", {}),
    ("post /purchases", "basket.lines.0.sku", {"shop": "{shop}", "basket": EUR}),
    ("post /purchases", "basket.lines.0.category", {"shop": "{shop}", "basket": EUR}),
    ("post /purchases", "basket.lines.0.tags.0", {
        "shop": "{shop}", "basket": EUR | {"lines": [{"amount": 500, "tags": ["x"]}]}}),
    ("post /purchases", "receipt", {"shop": "{shop}", "basket": EUR}),
    ("post /purchases/offline", "items.0.receipt", {"till": "{till}", "items": [SOLD]}),
    ("post /conflicts/{conflict}/close", "note", {}),
    ("post /purchases/{purchase}/refunds", "reason", {"amount": 1}),
    ("post /purchases/{purchase}/void", "reason", {}),
    ("patch /programme", "name.en", {"name": {}}),
    *(
        ("patch /programme", f"earning.{where}{names}.0", {"earning": {
            "rates": [{"on": {names: ["x"]}, "points": 1, "per": 1}],
            "multipliers": [{"factor": "2", "on": {names: ["x"]}}],
            "exclusions": {names: ["x"]}}})
        for where in ("rates.0.on.", "multipliers.0.on.", "exclusions.")
        for names in ("skus", "categories", "tags")
    ),
    ("post /tiers", "name.en", {"key": "one", "name": {}, "rank": 1, "entry": 1}),
    ("post /tiers", "perks.en", {
        "key": "two", "name": {"en": "x"}, "rank": 2, "entry": 2, "perks": {}}),
    ("patch /tiers/{tier}", "name.en", {"name": {}}),
    ("patch /tiers/{tier}", "perks.en", {"perks": {}}),
    ("post /stamp-cards", "name.en", STAMPS | {"name": {}}),
    ("post /stamp-cards", "on.skus.0", STAMPS | {"on": {"skus": ["x"]}}),
    ("post /stamp-cards", "on.categories.0", STAMPS | {"on": {"categories": ["x"]}}),
    ("post /stamp-cards", "on.tags.0", STAMPS | {"on": {"tags": ["x"]}}),
    ("patch /stamp-cards/{stamp_card}", "name.en", {"name": {}}),
    ("patch /stamp-cards/{stamp_card}", "on.skus.0", {"on": {"skus": ["x"]}}),
    ("patch /stamp-cards/{stamp_card}", "on.categories.0", {"on": {"categories": ["x"]}}),
    ("patch /stamp-cards/{stamp_card}", "on.tags.0", {"on": {"tags": ["x"]}}),
    ("post /customers/{customer}/standing", "reason", {"tier": None}),
    ("post /referrals/{referral}/approve", "reason", {}),
    ("post /referrals/{other_referral}/reject", "reason", {}),
]  # fmt: skip
"""Every field that keeps what it is given."""

REFUSED: list[tuple[str, str, dict[str, Any], int, str]] = [
    ("put /merchant", "zone", {"name": "x", "locale": "en"}, 422, "invalid_request"),
    ("put /merchant", "locale", {"name": "x", "zone": "Europe/Oslo"}, 422, "invalid_request"),
    ("post /shops", "zone", {"name": "x"}, 422, "invalid_request"),
    ("put /shops/{shop}", "zone", {"name": "x"}, 422, "invalid_request"),
    ("post /staff", "pin", {"name": "x", "role": "cashier"}, 422, "invalid_request"),
    ("post /keys", "scopes.0", {"name": "x", "scopes": [""]}, 422, "invalid_request"),
    ("post /offers/{offer}/coupons", "code", {}, 422, "code_not_usable"),
    ("post /responses", "code", {
        "campaign": "{campaign}", "channel": "{channel}", "kind": "called"}, 404, "code_not_found"),
    ("post /customers", "person.email", {"person": {}}, 422, "invalid_request"),
    ("post /customers", "person.phone", {"person": {}}, 422, "invalid_request"),
    ("post /customers", "locale", {}, 422, "invalid_request"),
    ("patch /customers/{customer}", "person.email", {"person": {}}, 422, "invalid_request"),
    ("patch /customers/{customer}", "person.phone", {"person": {}}, 422, "invalid_request"),
    ("patch /customers/{customer}", "locale", {}, 422, "invalid_request"),
    ("post /scans", "code", {}, 404, "code_not_found"),
    ("patch /programme", "earning.multipliers.0.factor", {
        "earning": {"multipliers": [{}]}}, 422, "invalid_request"),
    ("post /offers", "conditions.all.0.any.0.tiers.0", OFFER | {
        "conditions": {"all": [{"any": [{"kind": "tier", "tiers": ["x"]}]}]}},
        422, "invalid_request"),
    ("patch /programme", "earning.multipliers.0.tiers.0", {
        "earning": {"multipliers": [{"factor": "2", "tiers": ["x"]}]}}, 422, "invalid_request"),
    ("post /customers", "referral_code", {}, 404, "code_not_found"),
    ("post /customers", "card", {}, 404, "card_not_found"),
    ("post /customers/find", "email", {}, 422, "invalid_request"),
    ("post /customers/find", "phone", {}, 422, "invalid_request"),
    ("post /cards/stock", "numbers.0", {"numbers": [""]}, 422, "invalid_request"),
    ("post /offers/{offer}/preview", "card", {"basket": EUR}, 404, "card_not_found"),
    ("post /quotes", "card", {"shop": "{shop}", "basket": EUR}, 404, "card_not_found"),
    ("post /purchases/{purchase}/claims", "reason", {"line": 0}, 409, "not_covered"),
    ("post /purchases", "card", {"shop": "{shop}", "basket": EUR}, 404, "card_not_found"),
    ("post /purchases", "coupons.0", {"shop": "{shop}", "coupons": [""]}, 404, "code_not_found"),
    ("post /holds", "coupons.0", {"coupons": [""]}, 409, "till_needed"),
    ("post /holds/release", "coupons.0", {
        "coupons": [""], "everywhere": True}, 404, "code_not_found"),
    ("post /till/approvals", "subject", {
        "action": "void_late", "badge": "x"}, 409, "till_needed"),
    ("post /till/approvals", "badge", {
        "action": "void_late", "subject": "x"}, 409, "till_needed"),
    ("post /till/approvals", "pin", {
        "action": "void_late", "subject": "x", "staff": f"st_{'0' * 32}"}, 409, "till_needed"),
    ("post /customers/{customer}/standing", "tier", {"reason": "x"}, 404, "not_found"),
    ("post /rewards", "tier", {
        "name": {"en": "x"}, "points": 1, "offer": "{offer}"}, 404, "not_found"),
    ("patch /rewards/{reward}", "tier", {}, 404, "not_found"),
    ("post /rewards/{reward}/claims", "card", {}, 404, "card_not_found"),
    ("post /customers/{customer}/points/transfers", "to.card", {
        "to": {}, "points": 1}, 404, "card_not_found"),
]  # fmt: skip
"""Every field that takes only what it knows."""

NEITHER = {
    "post /quotes basket.lines.0.sku", "post /quotes basket.lines.0.category",
    "post /quotes card_proof", "post /purchases card_proof",
    "post /rewards/{reward}/claims card_proof",
    "post /quotes basket.lines.0.tags.0", "post /quotes receipt", "post /quotes coupons.0",
    "post /points/imports items.0.ref", "post /points/imports items.0.card",
    "post /points/imports items.0.external_ref",
    "post /offers/{offer}/preview basket.lines.0.sku",
    "post /offers/{offer}/preview basket.lines.0.category",
    "post /offers/{offer}/preview basket.lines.0.tags.0",
    "post /purchases/offline items.0.card", "post /purchases/offline items.0.coupons.0",
    "post /purchases/offline items.0.accepted.coupons.0.code",
}  # fmt: skip
"""A quote and a preview keep nothing, and a quote answers for each coupon; an import for each
item, under its reference, which is kept with what it is for. What a till has sold without a line is
kept whatever codes were shown: of those that are none of ours the end. A proof that is none counts
as if there were none."""


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    made = make_store(api) | make_odd_friends(api)
    return made | {"conflict": make_conflict(api, made["till"])}


def make_conflict(api: Api, till: str) -> str:
    """Return a conflict that waits for somebody to look."""
    upload(api, till, item(None))
    return str(api.get("/conflicts")["items"][0]["id"])


def make_odd_friends(api: Api) -> dict[str, str]:
    """Return two referrals that wait for somebody to look."""
    api.call("PATCH", "/referral-scheme", {"active": True, "friend": {"points": 1}})
    person = {"person": {"email": "ada@example.org"}}
    code = api.post("/referrals", {"customer": api.post("/customers", person)["id"]})["code"]
    friends = [api.post("/customers", person | {"referral_code": code}) for _ in range(2)]
    return {"referral": friends[0]["referral"], "other_referral": friends[1]["referral"]}


def build(template: dict[str, Any], field: str, text: str, store: dict[str, Any]) -> Any:
    return put(filled(template, store), field, text)


def where(session: Session, text: str) -> list[str]:
    """Return the tables in which a text stands to the letter."""
    found = []
    for table in Bare.metadata.sorted_tables:
        for row in session.execute(select(table)):
            if any(contains(value, text) for value in row):
                found.append(table.name)
                break
    return found


def contains(value: Any, text: str) -> bool:
    if isinstance(value, dict):
        return any(contains(one, text) for one in value.values())
    if isinstance(value, list):
        return any(contains(one, text) for one in value)
    return bool(value == text)


def sizes(database: Database) -> dict[str, int]:
    """Return how many rows every table has."""

    def work(session: Session) -> dict[str, int]:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Bare.metadata.sorted_tables
        }

    return database.look(work)


def test_every_text_field_of_the_api_is_tried_here(api: Api) -> None:
    listed = {f"{call} {field}" for call, field, *_ in (*KEPT, *REFUSED)} | NEITHER
    names = ("shop", "campaign", "offer", "customer", "purchase", "tier", "stamp_card",
             "referral", "other_referral", "reward", "claim", "conflict")  # fmt: skip
    known = {one.replace("/api/v1", "") for one in text_fields(api.get("/openapi.json"))}

    for name in names:
        listed = {one.replace(f"{{{name}}}", "{id}") for one in listed}

    assert known <= listed, "list it in KEPT or in REFUSED"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_kept_and_returned_to_the_letter(
    api: Api, database: Database, store: dict[str, Any], text: str
) -> None:
    for i, (call, field, template) in enumerate(KEPT):
        method, path = call.split()
        before, sent = sizes(database), f"{text} {i}"
        body = build(template, field, sent, store)
        answer = api.call(method.upper(), path.format(**store), body, Idempotency_Key=uuid4().hex)

        assert answer.status_code in (200, 201), (call, field, answer.text)
        assert answer.content_type == "application/json"
        assert database.look(lambda s, sent=sent: where(s, sent)), (call, field)
        after = sizes(database)
        assert not [name for name in before if after[name] < before[name]]


@pytest.mark.parametrize("text", [*HOSTILE, SHORT])
def test_hostile_text_where_only_known_words_are_taken_is_refused(
    api: Api, database: Database, store: dict[str, Any], text: str
) -> None:
    for call, field, template, status, code in REFUSED:
        method, path = call.split()
        body = build(template, field, text, store)
        with nothing_changes(database, attempts=True):
            answer = api.call(
                method.upper(), path.format(**store), body, Idempotency_Key=uuid4().hex
            )
        check_refused(answer, status, code)


def test_what_was_kept_is_returned_by_every_list(api: Api, store: dict[str, Any]) -> None:
    text = HOSTILE[2]
    shop = api.post("/shops", {"name": text, "zone": "Europe/Oslo"})
    customer = api.post("/customers", {"external_ref": text, "person": {"name": text}})
    campaign = api.post("/campaigns", {"name": text, "external_ref": text})

    assert text in [one["name"] for one in api.get("/shops")["items"]]
    assert text in [one["name"] for one in api.get("/campaigns")["items"]]
    assert api.get(f"/customers/{customer['id']}")["person"]["name"] == text
    assert api.get(f"/campaigns/{campaign['id']}")["external_ref"] == text
    assert shop["name"] == text


def test_no_page_of_the_desk_runs_what_was_kept(
    app: Flask, api: Api, store: dict[str, Any]
) -> None:
    for text in (HOSTILE[2], HOSTILE[3], HOSTILE[4]):
        for i, (call, field, template) in enumerate(KEPT):
            method, path = call.split()
            body = build(template, field, f"{text} {i}", store)
            api.call(method.upper(), path.format(**store), body, Idempotency_Key=uuid4().hex)
    desk, seen, waiting = at_desk(app, "owner"), set[str](), ["/admin"]
    shown = 0

    while waiting and len(seen) < 150:
        path = waiting.pop()
        seen.add(path)
        answer = desk.get(path)
        if answer.status_code != 200 or "html" not in answer.content_type:
            continue
        assert "<script>alert" not in answer.text, path
        assert "<img src=x" not in answer.text, path
        assert "49${" not in answer.text, path
        shown += "&lt;script&gt;alert" in answer.text
        fresh = {html.unescape(link) for link in LINK.findall(answer.text)}
        waiting = sorted({*waiting, *fresh} - seen)

    assert shown >= 5
