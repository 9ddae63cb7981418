"""Whoever guesses codes or cards by any call is soon told to wait, by every call."""

from datetime import timedelta

import pytest
from flask import Flask

from core import throttle
from core.throttle import CODE, Limit
from tests.api import Api
from tests.flows.store import make_offer

SHOPLESS = {"basket": {"currency": "EUR", "total": 100}}


@pytest.mark.parametrize(
    "call", ["scan", "coupon", "freeze", "coupon qr", "card", "card qr", "block", "quote", "settle",
             "quote coupon", "settle coupon", "response", "friend", "join", "hand out", "picture",
             "preview"],
)  # fmt: skip
def test_guesses_are_counted(api: Api, call: str) -> None:
    shop = {"shop": api.post("/shops", {"name": "x", "zone": "UTC"})["id"]} | SHOPLESS
    campaign = api.post("/campaigns", {"name": "x", "channels": [{"kind": "mail", "name": "L"}]})
    heard = {"campaign": campaign["id"], "channel": campaign["channels"][0]["id"], "kind": "called"}
    card = api.post("/customers")["card"]["number"]
    offer = make_offer(api, campaign["id"])

    def guess(i: int) -> int:
        code = f"{i:012}"
        path, body = {
            "scan": ("/scans", {"code": code}),
            "coupon": (f"/coupons/{code}", None),
            "freeze": (f"/coupons/{code}/freeze", {}),
            "coupon qr": (f"/coupons/{code}/qr.svg", None),
            "card": (f"/cards/{code}", None),
            "card qr": (f"/cards/{code}/qr.png", None),
            "block": (f"/cards/{code}/block", {}),
            "quote": ("/quotes", shop | {"card": code}),
            "quote coupon": ("/quotes", shop | {"coupons": [code]}),
            "settle": ("/purchases", shop | {"card": code}),
            "settle coupon": ("/purchases", shop | {"coupons": [code]}),
            "response": ("/responses", heard | {"code": code}),
            "friend": (f"/referrals/{code}", None),
            "join": ("/customers", {"referral_code": code}),
            "hand out": ("/customers", {"card": code}),
            "picture": ("/scans", {"code": f"{card}.{code[-8:]}"}),
            "preview": (f"/offers/{offer}/preview", {"card": code}),
        }[call]
        method = "GET" if body is None else "POST"
        return api.call(method, path, body, Idempotency_Key=f"guess-{i:012}").status_code

    tried = [guess(i) for i in range(CODE.failures)]

    assert set(tried) <= {404, 409, 200}
    assert guess(CODE.failures) == 429
    answer = api.call("GET", f"/cards/{card}")
    assert (answer.status_code, "Retry-After" in answer.headers) == (429, True)


def test_no_stranger_shuts_the_tills(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttle, "CODE_MERCHANT", Limit(3, timedelta(minutes=10)))
    card = api.post("/customers")["card"]["number"]

    answers = [
        api.client.get(f"/c/00000000000{i}", environ_base={"REMOTE_ADDR": f"192.0.2.{i}"})
        for i in range(4)
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert api.post("/scans", {"code": card})["kind"] == "card"


def test_a_network_of_addresses_is_one_guesser(app: Flask) -> None:
    client = app.test_client()

    def guess(address: str) -> int:
        return client.get("/c/000000000000", environ_base={"REMOTE_ADDR": address}).status_code

    tried = {guess(f"2001:db8:0:1::{i:x}") for i in range(CODE.failures)}

    assert tried == {404}
    assert guess("2001:db8:0:1:ffff::1") == 429
    assert guess("2001:db8:0:2::1") == 404
