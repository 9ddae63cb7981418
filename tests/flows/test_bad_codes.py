"""Codes, cards, receipts and keys that cannot be used: each gets one clear answer."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from core.db import Database
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_code, make_offer, make_store, sale

PAST, FUTURE = "2020-01-01T00:00:00+01:00", "2099-01-01T00:00:00+01:00"


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def unknown(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], "7KQF-AAAA-BBBB")


def malformed(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], "%%% no code at all ☕")


def foreign(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    """A coupon of another customer."""
    return sale(store["shop"], personal(api, store), card=other_card(api))


def without_card(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], personal(api, store))


def personal(api: Api, store: dict[str, Any]) -> str:
    body = {"customers": [store["customer"]]}
    made: str = api.post(f"/offers/{store['offer']}/coupons", body)["items"][0]["code"]
    return made


def other_card(api: Api) -> str:
    made: str = api.post("/customers", {})["card"]["number"]
    return made


def expired(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    offer = make_offer(api, store["campaign"], starts_at=PAST, ends_at="2020-02-01T00:00:00+01:00")
    return sale(store["shop"], make_code(api, offer))


def early(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    offer = make_offer(api, store["campaign"], starts_at=FUTURE)
    return sale(store["shop"], make_code(api, offer))


def exhausted(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    api.post("/purchases", sale(store["shop"], store["codes"][0]))
    return sale(store["shop"], store["codes"][0])


def frozen(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    api.post(f"/coupons/{store['codes'][0]}/freeze")
    return sale(store["shop"], store["codes"][0])


def revoked(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    api.post(f"/coupons/{store['codes'][0]}/revoke")
    return sale(store["shop"], store["codes"][0])


def paused(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    api.post(f"/campaigns/{store['campaign']}/pause")
    return sale(store["shop"], store["codes"][0])


def sold_out(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    offer = make_offer(api, store["campaign"], limits={"overall": 1})
    api.post("/purchases", sale(store["shop"], make_code(api, offer)))
    return sale(store["shop"], make_code(api, offer))


def used_often_enough(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    offer = make_offer(api, store["campaign"], limits={"per_customer": 1})
    api.post("/purchases", sale(store["shop"], make_code(api, offer), card=store["card"]))
    return sale(store["shop"], make_code(api, offer), card=store["card"])


def small_basket(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    conditions = {"all": [{"kind": "minimum_basket", "amount": 9000}]}
    offer = make_offer(api, store["campaign"], conditions=conditions)
    return sale(store["shop"], make_code(api, offer))


def wrong_products(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    conditions = {"all": [{"kind": "products", "skus": ["TEA"]}]}
    offer = make_offer(api, store["campaign"], conditions=conditions)
    basket = {"currency": "EUR", "total": 500, "lines": [{"sku": "COFFEE", "amount": 500}]}
    return sale(store["shop"], make_code(api, offer), basket=basket)


def others_only(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    conditions = {"all": [{"kind": "audience", "customers": [store["customer"]]}]}
    offer = make_offer(api, store["campaign"], conditions=conditions)
    return sale(store["shop"], make_code(api, offer), card=other_card(api))


def nothing_off(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], store["codes"][0], total=0)


def twice(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    code = store["codes"][0]
    return sale(store["shop"], code, code.lower().replace("-", " "))


def too_many(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], *(f"CODE{i:08}" for i in range(31)))


def unknown_card(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], card="4006381333931")


def coupon_as_card(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], card=store["codes"][0])


def replaced_card(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    api.post(f"/customers/{store['customer']}/cards", {"reason": "lost"})
    return sale(store["shop"], card=store["card"])


def blocked_card(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    api.post(f"/cards/{store['card']}/block")
    return sale(store["shop"], card=store["card"])


def withdrawn_card(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    [number] = api.post("/cards/stock", {"count": 1})["numbers"]
    [batch] = api.get("/cards/stock")["batches"]
    api.post("/cards/stock/withdraw", {"made": batch["made"]})
    return sale(store["shop"], card=number)


def blocked_customer(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    answer = api.call("PATCH", f"/customers/{store['customer']}", {"blocked": True})
    assert answer.status_code == 200
    return sale(store["shop"], card=store["card"])


def erased_customer(api: Api, store: dict[str, Any]) -> dict[str, Any]:
    assert api.call("DELETE", f"/customers/{store['customer']}").status_code == 204
    return sale(store["shop"], card=store["card"])


def points_short(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], card=store["card"], spend_points=1001)


def points_too_many(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], card=store["card"], total=500, spend_points=501)


def points_of_nobody(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], spend_points=1)


def receipt_again(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], receipt="A-0")


def other_currency(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], basket={"currency": "USD", "total": 100})


def lines_off(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    lines = [{"amount": 500}, {"amount": 400}]
    return sale(store["shop"], basket={"currency": "EUR", "total": 1000, "lines": lines})


def nothing(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return {"shop": store["shop"]}


def tomorrow(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], occurred_at=FUTURE)


def long_ago(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    return sale(store["shop"], occurred_at=PAST)


def no_shop(_api: Api, store: dict[str, Any]) -> dict[str, Any]:
    body = sale(store["shop"])
    del body["shop"]
    return body


Make = Callable[[Api, dict[str, Any]], dict[str, Any]]
CASES: list[tuple[Make, int, str]] = [
    (unknown, 404, "code_not_found"),
    (malformed, 404, "code_not_found"),
    (foreign, 409, "coupon_not_yours"),
    (without_card, 409, "card_needed"),
    (expired, 409, "offer_ended"),
    (early, 409, "offer_not_started"),
    (exhausted, 409, "coupon_used_up"),
    (frozen, 409, "coupon_frozen"),
    (revoked, 409, "coupon_revoked"),
    (paused, 409, "campaign_not_running"),
    (sold_out, 409, "offer_used_up"),
    (used_often_enough, 409, "customer_limit_reached"),
    (small_basket, 409, "basket_too_small"),
    (wrong_products, 409, "products_missing"),
    (others_only, 409, "not_in_audience"),
    (nothing_off, 409, "no_benefit"),
    (twice, 409, "coupon_twice"),
    (too_many, 409, "too_many_coupons"),
    (unknown_card, 404, "card_not_found"),
    (coupon_as_card, 404, "card_not_found"),
    (replaced_card, 409, "card_replaced"),
    (blocked_card, 409, "card_blocked"),
    (withdrawn_card, 409, "card_withdrawn"),
    (blocked_customer, 409, "customer_blocked"),
    (erased_customer, 409, "customer_erased"),
    (points_short, 409, "points_short"),
    (points_too_many, 409, "points_too_many"),
    (points_of_nobody, 409, "points_need_card"),
    (receipt_again, 409, "receipt_used"),
    (other_currency, 422, "currency_mixed"),
    (lines_off, 422, "lines_do_not_sum"),
    (nothing, 422, "nothing_to_settle"),
    (tomorrow, 422, "occurred_in_future"),
    (long_ago, 422, "occurred_too_long_ago"),
    (no_shop, 422, "shop_needed"),
]


@pytest.mark.parametrize(
    ("make", "status", "code"), CASES, ids=lambda one: getattr(one, "__name__", "")
)
def test_a_purchase_that_cannot_be_settled_is_refused_and_changes_nothing(
    api: Api, database: Database, store: dict[str, Any], make: Make, status: int, code: str
) -> None:
    body, key = make(api, store), uuid4().hex

    with nothing_changes(database, attempts=True):
        first = api.call("POST", "/purchases", body, Idempotency_Key=key)
        again = api.call("POST", "/purchases", body, Idempotency_Key=key)

    told = check_refused(first, status, code)
    assert check_refused(again, status, code)["facts"] == told["facts"]
    assert not [one for one in store["codes"] if one in first.text]


def test_a_refused_coupon_is_named_in_the_facts_by_its_end(api: Api, store: dict[str, Any]) -> None:
    body = frozen(api, store)

    answer = api.call("POST", "/purchases", body, Idempotency_Key=uuid4().hex)

    told = check_refused(answer, 409, "coupon_frozen")
    assert told["facts"]["coupon"] == "…" + store["codes"][0][-4:]


@pytest.mark.parametrize("code", ["7KQF-AAAA-BBBB", "nonsense", "4006381333931", "☕"])
def test_a_scan_of_what_is_none_of_ours_is_refused(
    api: Api, database: Database, store: dict[str, Any], code: str
) -> None:
    with nothing_changes(database, attempts=True):
        answer = api.call("POST", "/scans", {"code": code})

    check_refused(answer, 404, "code_not_found")


@pytest.mark.parametrize(
    ("make", "status", "code"),
    [(replaced_card, 409, "card_replaced"), (blocked_card, 409, "card_blocked")],
)
def test_a_dead_card_says_so_when_it_is_scanned(
    api: Api, database: Database, store: dict[str, Any], make: Make, status: int, code: str
) -> None:
    make(api, store)

    with nothing_changes(database):
        answer = api.call("POST", "/scans", {"code": store["card"]})

    check_refused(answer, status, code)


def test_a_key_used_for_another_payload_is_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    key = uuid4().hex
    api.post("/purchases", sale(store["shop"]), key=key)

    with nothing_changes(database):
        other = api.call("POST", "/purchases", sale(store["shop"], total=1), Idempotency_Key=key)
        void = api.call("POST", f"/purchases/{store['purchase']}/void", {}, Idempotency_Key=key)

    check_refused(other, 422, "idempotency_key_reused")
    check_refused(void, 422, "idempotency_key_reused")


@pytest.mark.parametrize("key", [None, "", "short", "x" * 65, "key with spaces in it", "ключ" * 8])
def test_a_purchase_without_a_usable_key_is_refused(
    api: Api, database: Database, store: dict[str, Any], key: str | None
) -> None:
    headers = {} if key is None else {"Idempotency_Key": key}

    with nothing_changes(database):
        answer = api.call("POST", "/purchases", sale(store["shop"]), **headers)

    check_refused(answer, 400, "idempotency_key_missing")
