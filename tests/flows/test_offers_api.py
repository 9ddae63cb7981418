"""Offers over the API: what is said comes back as it was, and ids are the public ones."""

from typing import Any

import pytest

from core.db import Database
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_offer


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    channels = [{"kind": "mail", "name": "Letter"}]
    campaign = api.post("/campaigns", {"name": "Spring", "channels": channels})
    return {
        "shop": shop,
        "campaign": campaign["id"],
        "channel": campaign["channels"][0]["id"],
        "offer": make_offer(api, campaign["id"]),
    }


def test_everything_an_offer_says_comes_back_as_it_was(api: Api, store: dict[str, Any]) -> None:
    sent = {
        "campaign": store["campaign"],
        "name": {"en": "Early bird"},
        "benefit": {
            "kind": "early_bird",
            "steps": [
                {"until": "2026-11-30T23:00:00+00:00",
                 "benefit": {"kind": "percent", "percent": "30", "on": {"tags": ["bio"]}}},
                {"first": 100, "benefit": {"kind": "next_coupon", "offer": store["offer"]}},
            ],
            "after": {"kind": "points_factor", "factor": "1.5"},
        },
        "conditions": {
            "all": [
                {"kind": "hours", "weekly": [{"days": [5, 6], "from": "22:00", "until": "02:00"}]},
                {"any": [
                    {"kind": "shops", "shops": [store["shop"]]},
                    {"none": [{"kind": "channels", "channels": [store["channel"]]}]},
                ]},
            ],
        },
        "limits": {
            "overall": None,
            "per_customer": 2,
            "more": [{"of": "campaign", "each_customer": True, "per": "week", "discount": 5000,
                      "overrun": "rest"}],
        },
        "together": {"priority": 10, "group": "autumn", "mode": "best", "base": "first"},
        "on_refund": "burn",
        "starts_at": None,
        "ends_at": None,
    }  # fmt: skip

    made = api.post("/offers", sent)

    assert {name: made[name] for name in sent} == sent
    assert api.get(f"/offers/{made['id']}") == made


def test_an_audience_in_a_group_has_an_id_of_its_own_that_can_be_sent_back(
    api: Api, store: dict[str, Any]
) -> None:
    chosen = {"kind": "audience", "customers": [api.post("/customers", {})["id"]]}
    body = {
        "campaign": store["campaign"],
        "name": {"en": "x"},
        "benefit": {"kind": "amount", "amount": 5},
        "conditions": {"any": [{"none": [chosen]}]},
    }

    made = api.post("/offers", body)
    again = api.post("/offers", body | {"conditions": made["conditions"]})

    shown = made["conditions"]["any"][0]["none"][0]
    assert shown["audience"].startswith("au_")
    assert again["conditions"] == made["conditions"]


def test_a_change_of_limits_is_a_change_of_all_of_them(api: Api, store: dict[str, Any]) -> None:
    where = f"/offers/{store['offer']}"
    daily = {"of": "offer", "per": "day", "uses": 5}

    first = api.call("PATCH", where, {"limits": {"more": [daily]}}).json
    second = api.call("PATCH", where, {"name": {"en": "x"}}).json
    third = api.call("PATCH", where, {"limits": {"overall": 9}}).json

    assert first["limits"]["more"] == [daily | {"each_customer": False, "overrun": "refuse"}]
    assert second["limits"] == first["limits"]
    assert third["limits"] == {"overall": 9, "per_customer": None, "more": []}


def test_a_campaign_says_and_changes_its_limits(api: Api) -> None:
    budget = {"of": "campaign", "each_customer": False, "per": "all", "discount": 100000,
              "overrun": "rest"}  # fmt: skip

    made = api.post("/campaigns", {"name": "x", "limits": [{"discount": 100000,
                                                            "overrun": "rest"}]})  # fmt: skip
    changed = api.call("PATCH", f"/campaigns/{made['id']}", {"limits": []}).json

    assert made["limits"] == [budget]
    assert changed["limits"] == []


@pytest.mark.parametrize(
    ("terms", "path"),
    [
        ({"benefit": {"kind": "next_coupon", "offer": f"of_{'0' * 32}"}}, "benefit.offer"),
        ({"benefit": {"kind": "stamps", "stamps": 1, "stamp_card": f"sc_{'0' * 32}"}},
         "benefit.stamp_card"),
        ({"conditions": {"none": [{"kind": "shops", "shops": [f"sh_{'0' * 32}"]}]}},
         "conditions.none.0.shops.0"),
        ({"conditions": {"all": [{"kind": "channels", "channels": [f"ch_{'0' * 32}"]}]}},
         "conditions.all.0.channels.0"),
        ({"conditions": {"all": [{"kind": "tier", "tiers": ["goald"]}]}},
         "conditions.all.0.tiers.0"),
        ({"conditions": {"all": [{"kind": "audience", "customers": [f"cu_{'0' * 32}"]}]}},
         "conditions.all.0.customers"),
    ],
)  # fmt: skip
def test_an_offer_that_names_what_is_not_there_is_refused(
    api: Api, database: Database, store: dict[str, Any], terms: dict[str, Any], path: str
) -> None:
    body = {"campaign": store["campaign"], "name": {"en": "x"},
            "benefit": {"kind": "amount", "amount": 5}}  # fmt: skip

    with nothing_changes(database):
        answer = api.call("POST", "/offers", body | terms)
        change = api.call("PATCH", f"/offers/{store['offer']}", terms)

    for one in (answer, change):
        assert list(check_refused(one, 422, "invalid_request")["errors"]) == [path]


def test_an_offer_that_is_too_deep_is_refused_where_it_is(api: Api, store: dict[str, Any]) -> None:
    deep: dict[str, Any] = {"kind": "first_purchase"}
    for _ in range(6):
        deep = {"all": [deep]}
    body = {"campaign": store["campaign"], "name": {"en": "x"},
            "benefit": {"kind": "amount", "amount": 5}, "conditions": deep}  # fmt: skip

    told = check_refused(api.call("POST", "/offers", body), 422, "invalid_request")

    assert list(told["errors"]) == ["conditions"]
