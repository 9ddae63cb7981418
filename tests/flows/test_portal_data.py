"""What customers take along of the programme: all of theirs, and nothing of their friends."""

import json
from typing import Any

import pytest
from flask import Flask

from core import ids
from core.db import Database
from tests.api import Api
from tests.flows.store import make_store, sale
from tests.flows.visiting import make_visitor


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def test_tier_stamps_claims_friends_tags_and_transfers_are_taken_along(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    browser, customer, card = make_visitor(app, database)
    mine = ids.public("cu", customer.id)
    api.call("PATCH", "/programme", {"tiers": {"by": "points"}, "transfers": True})
    api.call("PATCH", f"/customers/{mine}", {"tags": ["vip"], "attributes": {"children": 3}})
    api.post(f"/customers/{mine}/standing", {"tier": "gold", "reason": "a friend"})
    visits = {"name": {"en": "Coffee"}, "per": "visit", "needed": 2, "reward": {"points": 5}}
    api.post("/stamp-cards", visits)
    api.post("/purchases", sale(store["shop"], card=card.number, total=50_000))
    api.post(f"/rewards/{store['reward']}/claims", {"customer": mine})
    api.call("PATCH", "/referral-scheme", {"active": True, "referrer": {"points": 7}})
    code = api.post("/referrals", {"customer": mine})["code"]
    friend = api.post("/customers", {"referral_code": code, "person": {"name": "Grace Hopper"}})
    api.post("/purchases", sale(store["shop"], card=friend["card"]["number"], total=777))
    to = {"to": {"customer": friend["id"]}, "points": 3}
    api.post(f"/customers/{mine}/points/transfers", to)

    answer = browser.get("/me/data.json")

    kept = json.loads(answer.text)
    assert kept["customer"]["tags"] == ["vip"]
    assert kept["customer"]["attributes"] == {"children": 3}
    assert [one["reason"] for one in kept["standing_change"]] == ["by_hand"]
    assert [one["stamps"] for one in kept["stamp"]] == [1]
    assert [one["state"] for one in kept["claim"]] == ["claimed"]
    assert [one["as"] for one in kept["referral"]] == ["referrer"]
    assert [one["points"] for one in kept["referral_reward"]] == [7]
    assert [one["code"] for one in kept["referral_code"]] == [ids.normalise(code)]
    assert "transfer" in {one["kind"] for one in kept["ledger_entry"]}
    hidden = ids.parse("cu", friend["id"]).hex
    for foreign in ("Grace", hidden, friend["card"]["number"], friend["pseudonym"]):
        assert foreign not in answer.text
