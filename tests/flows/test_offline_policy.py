"""Whether coupons of an offer are taken without a line, as somebody sets it."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import Database
from core.models import AuditEntry
from tests.api import Api
from tests.desk import Filled, at_desk
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_offer

UP_TO = {"policy": "up_to", "value": 500}


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    """A shop with a running campaign and an offer that is taken without a line."""
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    channels = [{"kind": "mail", "name": "Letter"}]
    campaign = api.post("/campaigns", {"name": "Spring", "channels": channels})["id"]
    offer = make_offer(api, campaign, offline=UP_TO)
    return {"shop": shop, "campaign": campaign, "offer": offer}


def audited(database: Database) -> list[tuple[Any, Any]]:
    rows = select(AuditEntry).where(AuditEntry.action == "offer.offline").order_by(AuditEntry.id)
    return database.look(lambda s: [(one.old, one.new) for one in s.scalars(rows)])


def test_a_policy_is_set_and_taken_back_without_a_new_version(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    offer = make_offer(api, store["campaign"])
    where = f"/offers/{offer}"
    before = len(audited(database))
    home = {"policy": "home_shop", "shop": store["shop"]}

    first = api.get(where)
    there = api.call("PATCH", where, {"offline": home}).json
    same = api.call("PATCH", where, {"offline": home}).json
    renamed = api.call("PATCH", where, {"name": {"en": "x"}}).json
    back = api.call("PATCH", where, {"offline": {"policy": "never"}}).json

    assert (first["offline"], first["version"]) == ({"policy": "never"}, 1)
    assert (there["offline"], there["version"]) == (home, 1)
    assert same == there
    assert (renamed["offline"], renamed["version"]) == (home, 2)
    assert (back["offline"], back["version"]) == ({"policy": "never"}, 2)
    kept = {"policy": "home_shop", "shop": store["shop"].removeprefix("sh_")}
    never = {"policy": "never"}
    assert audited(database)[before:] == [(never, kept), (kept, never)]


def test_a_change_of_the_policy_needs_what_is_there_now(api: Api, store: dict[str, Any]) -> None:
    where = f"/offers/{store['offer']}"
    tag = api.call("GET", where).headers["ETag"]
    api.call("PATCH", where, {"offline": {"policy": "never"}}, If_Match=tag)

    late = api.call("PATCH", where, {"offline": UP_TO}, If_Match=tag)

    check_refused(late, 412, "stale")


MANY = {"of": "code", "per": "day", "uses": 1}


@pytest.mark.parametrize(
    ("terms", "because"),
    [
        ({"benefit": {"kind": "fixed_price", "price": 100}}, "benefit"),
        ({"benefit": {"kind": "points_factor", "factor": "2"}}, "benefit"),
        ({"benefit": {"kind": "information", "text": "A leaflet"}}, "benefit"),
        ({"benefit": {"kind": "percent", "percent": "5", "on": {"tags": ["bio"]}}}, "products"),
        ({"benefit": {"kind": "amount", "amount": 5, "per": "piece"}}, "products"),
        ({"benefit": {"kind": "free_item", "sku": "1"}}, "products"),
        ({"benefit": {"kind": "points", "points": 5, "on": {"skus": ["1"]}}}, "products"),
        ({"conditions": {"all": [{"kind": "first_purchase"}]}}, "conditions"),
        ({"conditions": {"any": [{"kind": "minimum_basket", "amount": 1}]}}, "conditions"),
        ({"conditions": {"all": [{"none": [{"kind": "dates", "until": "2026-01-01"}]}]}},
         "conditions"),
        ({"limits": {"overall": 9}}, "limits"),
        ({"limits": {"per_customer": 9}}, "limits"),
        ({"limits": {"more": [MANY]}}, "limits"),
    ],
)  # fmt: skip
def test_an_offer_that_no_till_can_work_out_is_refused(
    api: Api, database: Database, store: dict[str, Any], terms: dict[str, Any], because: str
) -> None:
    body = {"campaign": store["campaign"], "name": {"en": "x"},
            "benefit": {"kind": "amount", "amount": 5}}  # fmt: skip
    where = f"/offers/{store['offer']}"

    with nothing_changes(database):
        made = api.call("POST", "/offers", body | terms | {"offline": UP_TO})
        changed = api.call("PATCH", where, terms)

    assert check_refused(made, 422, "offline_not_workable")["facts"] == {"because": because}
    assert check_refused(changed, 422, "offline_not_workable")["facts"] == {"because": because}
    assert api.call("PATCH", where, terms | {"offline": {"policy": "never"}}).status_code == 200


def test_an_offer_of_a_campaign_with_limits_is_refused_and_its_copy_there_is_not_taken(
    api: Api, store: dict[str, Any]
) -> None:
    limited = api.post("/campaigns", {"name": "Budget", "limits": [{"uses": 9}]})["id"]
    offer = make_offer(api, limited)

    refused = api.call("PATCH", f"/offers/{offer}", {"offline": UP_TO})
    there = api.post(f"/offers/{store['offer']}/clone", {"campaign": limited})
    here = api.post(f"/offers/{store['offer']}/clone", {})

    check_refused(refused, 422, "offline_not_workable")
    assert there["offline"] == {"policy": "never"}
    assert here["offline"] == UP_TO


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "offline.policy"),
        ({"policy": "always"}, "offline.policy"),
        ({"policy": "up_to"}, "offline.value"),
        ({"policy": "up_to", "value": 0}, "offline.value"),
        ({"policy": "up_to", "value": "5"}, "offline.value"),
        ({"policy": "home_shop"}, "offline.shop"),
        ({"policy": "never", "value": 5}, "offline.value"),
        ({"policy": "up_to", "value": 5, "shop": f"sh_{'0' * 32}"}, "offline.shop"),
    ],
)
def test_a_policy_says_just_what_it_needs(
    api: Api, store: dict[str, Any], sent: dict[str, Any], field: str
) -> None:
    answer = api.call("PATCH", f"/offers/{store['offer']}", {"offline": sent})

    assert list(check_refused(answer, 422, "invalid_request")["errors"]) == [field]


def test_a_home_that_is_no_shop_of_ours_is_refused(api: Api, store: dict[str, Any]) -> None:
    home = {"policy": "home_shop", "shop": f"sh_{'0' * 32}"}

    answer = api.call("PATCH", f"/offers/{store['offer']}", {"offline": home})

    check_refused(answer, 404, "not_found")


def test_a_marketer_sets_it_in_the_form_of_an_offer(
    app: Flask, api: Api, store: dict[str, Any]
) -> None:
    desk = at_desk(app, "marketer")
    new = f"/admin/campaigns/{store['campaign']}/offers/new?kind=amount"
    made = Filled(desk, new).done(
        name_en="It", benefit_amount="2", offline_policy="up_to", offline_value="1,50"
    )
    where = f"/offers/{made.rpartition('/')[2]}"
    first, page = api.get(where), desk.page(made)

    edit = Filled(desk, f"{made}/edit")
    edit.done(offline_policy="home_shop", offline_shop=store["shop"])
    second, page_then = api.get(where), desk.page(made)
    Filled(desk, f"{made}/edit").done(offline_policy="never", benefit_amount="3")
    third = api.get(where)

    assert (first["offline"], first["version"]) == ({"policy": "up_to", "value": 150}, 1)
    assert "Taken up to €1.50 off" in page
    home = {"policy": "home_shop", "shop": store["shop"]}
    assert (second["offline"], second["version"]) == (home, 1)
    assert "Taken in the shop Harbour only" in page_then
    assert (third["offline"], third["version"]) == ({"policy": "never"}, 2)


def test_a_form_that_says_too_little_or_too_much_says_so(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    desk = at_desk(app, "marketer")
    where = f"/admin/offers/{store['offer']}/edit"
    desk.page(where)

    with nothing_changes(database):
        nowhere = Filled(desk, where).fill(offline_policy="home_shop", offline_shop="").post()
        counted = Filled(desk, where).fill(limits_overall="9").post()

    assert "Missing data for required field." in nowhere.text
    assert "Without a line a till cannot count" in counted.text


def test_a_field_of_another_policy_is_left_alone(
    app: Flask, api: Api, store: dict[str, Any]
) -> None:
    desk = at_desk(app, "marketer")
    edit = Filled(desk, f"/admin/offers/{store['offer']}/edit")

    edit.done(offline_policy="never", offline_value="5", offline_shop=store["shop"])

    assert api.get(f"/offers/{store['offer']}")["offline"] == {"policy": "never"}
