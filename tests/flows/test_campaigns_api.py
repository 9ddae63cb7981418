"""Campaigns, offers, contacts, answers and the report over the API."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from core.db import Database
from coupons.models import Contact, OfferVersion
from tests.api import Api
from tests.flows.pages import every
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_code, make_offer, make_store, sale

AUTUMN = {
    "name": "Autumn",
    "starts_at": "2026-11-01T00:00:00+01:00",
    "ends_at": "2026-12-01T00:00:00+01:00",
    "channels": [
        {"kind": "mail", "name": "Letter A", "fixed_cost": 120_000, "unit_cost": 85},
        {"kind": "email", "name": "Mail"},
    ],
    "external_ref": "autumn-26",
}


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def test_a_campaign_is_planned_as_a_draft_with_its_channels(api: Api) -> None:
    made = api.post("/campaigns", AUTUMN)

    assert made["id"].startswith("ca_")
    assert (made["state"], made["name"]) == ("draft", "Autumn")
    assert made["starts_at"] == "2026-10-31T23:00:00+00:00"
    letter, mail = made["channels"]
    assert letter["id"].startswith("ch_")
    assert (letter["fixed_cost"], letter["unit_cost"], mail["unit_cost"]) == (120_000, 85, 0)
    assert api.get(f"/campaigns/{made['id']}") == made


def test_an_external_reference_is_there_once(api: Api, database: Database) -> None:
    api.post("/campaigns", AUTUMN)

    with nothing_changes(database):
        again = api.call("POST", "/campaigns", AUTUMN)

    assert check_refused(again, 409, "already_exists")["facts"] == {"field": "external_ref"}


def test_a_campaign_moves_from_draft_to_its_end_and_never_back(
    api: Api, database: Database
) -> None:
    where = f"/campaigns/{api.post('/campaigns', AUTUMN)['id']}"
    too_early = api.call("POST", f"{where}/pause")

    states = [api.post(f"{where}/{verb}")["state"] for verb in ("start", "pause", "start", "end")]
    with nothing_changes(database):
        refused = [api.call("POST", f"{where}/{verb}") for verb in ("start", "pause", "end")]
        renamed = api.call("PATCH", where, {"name": "x"})

    check_refused(too_early, 409, "wrong_state")
    assert states == ["running", "paused", "running", "ended"]
    for answer in [*refused, renamed]:
        assert check_refused(answer, 409, "wrong_state")["facts"]["state"] == "ended"


def test_a_change_made_from_an_old_version_is_refused(api: Api, database: Database) -> None:
    where = f"/campaigns/{api.post('/campaigns', AUTUMN)['id']}"
    seen = api.call("GET", where).headers["ETag"]

    first = api.call("PATCH", where, {"name": "Late autumn"}, If_Match=seen)
    with nothing_changes(database):
        second = api.call("PATCH", where, {"name": "Winter"}, If_Match=seen)
    third = api.call("PATCH", where, {"name": "Winter"}, If_Match=first.headers["ETag"])

    assert (first.status_code, first.json["name"]) == (200, "Late autumn")
    check_refused(second, 412, "stale")
    assert third.json["name"] == "Winter"
    assert third.headers["ETag"] == api.call("GET", where).headers["ETag"]


def test_a_window_without_an_inside_is_refused(api: Api, database: Database) -> None:
    body = AUTUMN | {"ends_at": AUTUMN["starts_at"]}

    with nothing_changes(database):
        answer = api.call("POST", "/campaigns", body)

    assert list(check_refused(answer, 422, "invalid_request")["errors"]) == ["ends_at"]


def test_lists_are_paged_newest_first_and_stay_right_while_rows_are_added(api: Api) -> None:
    made = [api.post("/campaigns", {"name": f"No. {i}"})["id"] for i in range(7)]

    first = api.get("/campaigns?limit=3")
    api.post("/campaigns", {"name": "in between"})
    rest = api.get(f"/campaigns?limit=200&cursor={first['next_cursor']}")
    listed = [one["id"] for one in first["items"] + rest["items"]]

    assert listed == made[::-1]
    assert rest["next_cursor"] is None
    assert every(api, "/campaigns", limit=3)[0]["name"] == "in between"


def test_an_offer_is_changed_by_a_new_version_and_coupons_keep_theirs(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    offer = make_offer(api, store["campaign"])
    before = make_code(api, offer)
    where = f"/offers/{offer}"
    seen = api.call("GET", where).headers["ETag"]

    changed = api.call("PATCH", where, {"benefit": {"kind": "amount", "amount": 50}}, If_Match=seen)
    stale = api.call("PATCH", where, {"name": {"en": "x"}}, If_Match=seen)
    after = make_code(api, offer)

    assert (changed.status_code, changed.json["version"]) == (200, 2)
    check_refused(stale, 412, "stale")
    old = api.post("/purchases", sale(store["shop"], before, total=1000))
    new = api.post("/purchases", sale(store["shop"], after, total=1000))
    assert (old["discount"], new["discount"]) == (100, 50)
    versions = select(func.count()).select_from(OfferVersion)
    assert database.look(lambda s: s.scalar(versions)) == 3


def test_an_offer_of_an_unknown_kind_is_refused_with_the_known_ones(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    body = {"campaign": store["campaign"], "name": {"en": "x"}}
    wrong = [
        (body | {"benefit": {"kind": "half"}}, "benefit", "percent"),
        (body | {"benefit": {"kind": "percent", "percent": "10"},
                 "conditions": {"all": [{"kind": "moon"}]}}, "conditions.all.0", "minimum_basket"),
    ]  # fmt: skip

    for sent, field, known in wrong:
        with nothing_changes(database):
            answer = api.call("POST", "/offers", sent)
        told = check_refused(answer, 422, "invalid_request")["errors"]
        assert known in told[field][0]


@pytest.mark.parametrize("percent", ["0", "0.00", "100.01", "12.345", "-5", "ten", "1e1", 10, True])
def test_a_percentage_that_makes_no_sense_is_refused(
    api: Api, database: Database, store: dict[str, Any], percent: object
) -> None:
    body = {
        "campaign": store["campaign"],
        "name": {"en": "x"},
        "benefit": {"kind": "percent", "percent": percent},
    }

    with nothing_changes(database):
        answer = api.call("POST", "/offers", body)

    assert "benefit.percent" in check_refused(answer, 422, "invalid_request")["errors"]


def test_offers_are_listed_by_campaign(api: Api, store: dict[str, Any]) -> None:
    other = api.post("/campaigns", {"name": "Other"})["id"]
    mine = [make_offer(api, other) for _ in range(3)]

    listed = [one["id"] for one in every(api, "/offers", campaign=other)]

    assert listed == mine[::-1]
    assert len(every(api, "/offers")) == 4


def test_contacts_are_counted_once_per_reference_and_customer(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where, channel = f"/campaigns/{store['campaign']}/contacts", store["channel"]
    others = [api.post("/customers", {})["id"] for _ in range(2)]
    number = {"channel": channel, "quantity": 500, "external_ref": "drop-1"}
    names = {"channel": channel, "customers": [store["customer"], *others]}

    recorded = [
        api.post(where, number)["recorded"],
        api.post(where, number)["recorded"],
        api.post(where, names)["recorded"],
        api.post(where, names)["recorded"],
        api.post(where, names | {"external_ref": "second wave"})["recorded"],
    ]

    assert recorded == [500, 0, 3, 0, 3]
    total = select(func.sum(Contact.quantity))
    assert database.look(lambda s: s.scalar(total)) == 506


def test_contacts_of_strangers_or_by_a_strange_channel_are_refused(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    other = api.post("/campaigns", AUTUMN)["channels"][0]["id"]
    where = f"/campaigns/{store['campaign']}/contacts"
    nobody = "cu_" + uuid4().hex

    with nothing_changes(database):
        stranger = api.call("POST", where, {"channel": store["channel"], "customers": [nobody]})
        channel = api.call("POST", where, {"channel": other, "quantity": 1})
        both = api.call(
            "POST", where,
            {"channel": store["channel"], "quantity": 1, "customers": [store["customer"]]},
        )  # fmt: skip

    check_refused(stranger, 404, "not_found")
    check_refused(channel, 404, "not_found")
    check_refused(both, 422, "invalid_request")


def test_answers_by_hand_are_recorded_and_listed(api: Api, store: dict[str, Any]) -> None:
    body = {"campaign": store["campaign"], "channel": store["channel"], "kind": "called"}
    made = [api.post("/responses", body | {"note": f"No. {i}"})["id"] for i in range(3)]
    api.post("/responses", body | {"kind": "visited", "customer": store["customer"]})

    called = every(api, "/responses", kind="called")

    assert [one["id"] for one in called] == made[::-1]
    assert called[0]["note"] == "No. 2"
    assert {one["outcome"] for one in called} == {"accepted"}
    assert len(every(api, "/responses", campaign=store["campaign"])) == 4


def test_a_redemption_cannot_be_claimed_by_hand(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    body = {"campaign": store["campaign"], "channel": store["channel"], "kind": "redeemed"}

    with nothing_changes(database):
        answer = api.call("POST", "/responses", body)

    assert "kind" in check_refused(answer, 422, "invalid_request")["errors"]


def test_the_report_says_what_the_campaign_brought(api: Api, store: dict[str, Any]) -> None:
    campaign = api.post(
        "/campaigns",
        {
            "name": "Autumn",
            "channels": [{"kind": "mail", "name": "Letter", "fixed_cost": 1000, "unit_cost": 85}],
        },
    )
    where, channel = f"/campaigns/{campaign['id']}", campaign["channels"][0]["id"]
    api.post(f"{where}/start")
    offer = make_offer(api, campaign["id"])
    codes = [one["code"] for one in api.post(f"/offers/{offer}/coupons", {"count": 5})["items"]]
    api.post(f"{where}/contacts", {"channel": channel, "quantity": 10})
    for code in codes[:3]:
        kept = api.post("/purchases", sale(store["shop"], code, total=1000))
    undone = api.post("/purchases", sale(store["shop"], codes[3], total=1000))
    api.post(f"/purchases/{undone['id']}/void", {})
    api.call("POST", "/purchases", sale(store["shop"], codes[0]), Idempotency_Key=uuid4().hex)
    api.post("/responses", {"campaign": campaign["id"], "channel": channel, "kind": "called"})

    report = api.get(f"{where}/report")

    assert kept["to_pay"] == 900
    expected = {
        "contacts": 10, "responders": 3, "responses": 4, "redemptions": 3, "refused": 1,
        "discount": 300, "revenue": 2700, "cost": 1000 + 10 * 85, "response_rate": 0.3,
    }  # fmt: skip
    assert expected.items() <= report["totals"].items()
    [by_channel], [by_offer] = report["channels"], report["offers"]
    assert expected.items() <= by_channel.items()
    assert (by_offer["redemptions"], by_offer["discount"], by_offer["revenue"]) == (3, 300, 2700)
    assert report["campaign"]["name"] == "Autumn"
