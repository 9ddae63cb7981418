"""Same request, same answer: one effect per key, and the first answer to the byte ever after."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import staff
from core.auth import SYSTEM
from core.db import Database
from coupons.models import Purchase, Response
from tests.api import Api
from tests.browser import TOKEN, Browser
from tests.digest import digest
from tests.factories import NOON, make_staff, make_till
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store, sale
from tests.flows.test_bad_input import filled

EUR = {"currency": "EUR", "total": 500}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("/purchases", {"shop": "{shop}", "basket": EUR, "card": "{card}", "coupons": ["{public}"]}),
    ("/purchases/{purchase}/void", {"reason": "returned"}),
    ("/purchases/{purchase}/refunds", {"amount": 100, "reason": "returned"}),
    ("/customers/{customer}/points/adjustments", {"points": 7, "reason": "sorry"}),
    ("/rewards/{reward}/claims", {"card": "{card}"}),
    ("/claims/{claim}/cancel", {"reason": "not wanted"}),
    ("/customers/{customer}/cards", {"reason": "lost"}),
    ("/customers", {"person": {"name": "Ada"}}),
    ("/campaigns", {"name": "Autumn"}),
    ("/campaigns/{campaign}/contacts", {"channel": "{channel}", "quantity": 3}),
    ("/offers", {
        "campaign": "{campaign}", "name": {"en": "x"},
        "benefit": {"kind": "percent", "percent": "5"}}),
    ("/offers/{offer}/coupons", {"count": 3}),
    ("/offers/{offer}/coupons", {"count": 1001}),
    ("/responses", {"campaign": "{campaign}", "channel": "{channel}", "kind": "called"}),
]  # fmt: skip
"""Every call that takes a key."""

NEEDED = CALLS[:6]


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def count(database: Database, model: type[Any]) -> int:
    return database.look(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


@pytest.mark.parametrize(("path", "template"), CALLS)
def test_a_request_sent_again_gets_the_first_answer_to_the_byte(
    api: Api, database: Database, store: dict[str, Any], path: str, template: dict[str, Any]
) -> None:
    where, body, key = path.format(**store), filled(template, store), uuid4().hex
    first = api.call("POST", where, body, Idempotency_Key=key)

    with nothing_changes(database):
        again = api.call("POST", where, body, Idempotency_Key=key)

    assert first.status_code in (200, 201, 202), first.text
    assert "Idempotency-Replayed" not in first.headers
    assert (again.status_code, again.data) == (first.status_code, first.data)
    assert again.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(("path", "template"), NEEDED)
def test_what_moves_value_is_refused_without_a_key(
    api: Api, database: Database, store: dict[str, Any], path: str, template: dict[str, Any]
) -> None:
    with nothing_changes(database):
        answer = api.call("POST", path.format(**store), filled(template, store))

    check_refused(answer, 400, "idempotency_key_missing")


def test_the_same_fields_in_another_order_are_the_same_request(
    api: Api, store: dict[str, Any]
) -> None:
    body, key = sale(store["shop"], receipt="B-1"), uuid4().hex
    first = api.call("POST", "/purchases", body, Idempotency_Key=key)

    turned = dict(reversed(body.items()))
    again = api.call("POST", "/purchases", turned, Idempotency_Key=key)

    assert again.data == first.data


def test_another_body_or_address_under_a_key_is_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    key = uuid4().hex
    api.post("/purchases", sale(store["shop"]), key=key)

    with nothing_changes(database):
        body = api.call("POST", "/purchases", sale(store["shop"], total=1), Idempotency_Key=key)
        where = api.call("POST", "/customers", {}, Idempotency_Key=key)

    check_refused(body, 422, "idempotency_key_reused")
    check_refused(where, 422, "idempotency_key_reused")


def test_two_programs_may_choose_the_same_key(
    app: Flask, database: Database, api: Api, store: dict[str, Any]
) -> None:
    other, key = Api(app, database), uuid4().hex

    mine = api.post("/purchases", sale(store["shop"]), key=key)
    theirs = other.post("/purchases", sale(store["shop"]), key=key)

    assert mine["id"] != theirs["id"]


def test_a_refusal_keeps_nothing_so_the_same_key_works_later(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    code, key = store["codes"][0], uuid4().hex
    api.post(f"/coupons/{code}/freeze")
    refused = api.call("POST", "/purchases", sale(store["shop"], code), Idempotency_Key=key)
    api.post(f"/coupons/{code}/unfreeze")

    done = api.call("POST", "/purchases", sale(store["shop"], code), Idempotency_Key=key)

    check_refused(refused, 409, "coupon_frozen")
    assert done.status_code == 201
    assert "Idempotency-Replayed" not in done.headers


def test_a_refused_try_is_one_answer_of_the_customer_however_often_it_is_sent(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    code = store["codes"][0]
    api.post(f"/coupons/{code}/freeze")
    before, key = count(database, Response), uuid4().hex

    for _ in range(3):
        api.call("POST", "/purchases", sale(store["shop"], code), Idempotency_Key=key)
    once = count(database, Response)
    api.call("POST", "/purchases", sale(store["shop"], code), Idempotency_Key=uuid4().hex)

    assert (once - before, count(database, Response) - before) == (1, 2)
    [newest, *_] = api.get("/responses")["items"]
    assert (newest["outcome"], newest["reason"]) == ("refused", "coupon_frozen")


def test_the_first_answer_stays_the_answer_whatever_happened_since(
    api: Api, store: dict[str, Any]
) -> None:
    body, key = sale(store["shop"], store["codes"][0], card=store["card"]), uuid4().hex
    first = api.call("POST", "/purchases", body, Idempotency_Key=key)
    api.post(f"/purchases/{first.json['id']}/void", {"reason": "returned"})

    again = api.call("POST", "/purchases", body, Idempotency_Key=key)

    assert again.data == first.data


def test_a_till_keeps_its_keys_when_the_cashier_changes(
    app: Flask, database: Database, store: dict[str, Any]
) -> None:
    def make(session: Session) -> tuple[str, list[str]]:
        till, token = make_till(session)
        people = [make_staff(session, shop_id=till.shop_id) for _ in range(2)]
        for one in people:
            staff.set_pin(session, one, "4711", actor=SYSTEM, at=NOON)
        return token, [str(one.id) for one in people]

    token, people = database.transact(make)
    browser, key, answers = Browser(app), uuid4().hex, []
    browser.client.set_cookie("till_device", token)
    before = count(database, Purchase)

    for person in people:
        assert browser.post("/till/sign-on", staff=person, pin="4711").status_code == 303
        found = TOKEN.search(browser.get("/till/enrol").text)
        assert found
        headers = {"X-CSRFToken": found[1], "Idempotency-Key": key}
        body = {"basket": {"currency": "EUR", "total": 500}}
        answers.append(browser.open("POST", "/api/v1/purchases", json=body, headers=headers))
        browser.post("/till/sign-off")

    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].data == answers[1].data
    assert count(database, Purchase) == before + 1


def test_a_kept_answer_is_kept_with_its_effect_in_one_transaction(
    api: Api, database: Database, store: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fails after the effect and before the answer is kept leaves neither."""

    def fail(*_: Any, **__: Any) -> str:
        raise RuntimeError

    before, key = digest(database), uuid4().hex
    with monkeypatch.context() as patch:
        patch.setattr("core.idempotency.written", fail)
        broken = api.call("POST", "/purchases", sale(store["shop"]), Idempotency_Key=key)

    check_refused(broken, 500, "internal_error")
    assert digest(database) == before
    assert (
        api.call("POST", "/purchases", sale(store["shop"]), Idempotency_Key=key).status_code == 201
    )
