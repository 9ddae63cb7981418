"""The rules of the points over the API: what fits together is kept, what does not is told where."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import Database
from core.models import AuditEntry
from loyalty import programme
from tests.api import Api
from tests.factories import NOON
from tests.flows.refusing import check_refused, nothing_changes

HOURS = {"days": [5, 6], "from": "22:00", "until": "02:00"}
EARNING: dict[str, Any] = {
    "by": "money",
    "rates": [{"on": {"categories": ["coffee"], "tags": ["bio"]}, "points": 5, "per": 100}],
    "multipliers": [
        {"factor": "2", "weekly": [HOURS], "on": {"skus": ["A"]}},
        {"factor": "1.5", "from": "2026-03-01", "until": "2026-03-31"},
    ],
    "exclusions": {"categories": ["tobacco"]},
    "cap_purchase": 500,
    "caps": [{"per": "day", "points": 1000}, {"per": "year", "points": 50_000}],
}
A_RATE = EARNING["rates"][0]


def test_every_rule_is_kept_and_shown_as_it_was_sent(api: Api, database: Database) -> None:
    rules = {
        "earning": EARNING, "rounding": "half_up", "spend_minimum": 100, "spend_share": 50,
        "transfers": True, "remind_days": 14, "expiry": "yearly", "expiry_day": "12-31",
    }  # fmt: skip

    changed = api.call("PATCH", "/programme", rules)

    assert changed.status_code == 200, changed.text
    assert rules.items() <= changed.json.items()
    assert changed.json["expiry_months"] is None
    assert api.get("/programme") == changed.json
    found = database.look(lambda s: programme.rules(s.connection()))
    assert found.earning.multipliers[0].hundredths == 200
    assert [cap.points for cap in found.earning.caps] == [1000, 50_000]


def test_the_rules_of_earning_are_replaced_as_a_whole(api: Api) -> None:
    api.call("PATCH", "/programme", {"earning": EARNING})

    changed = api.call("PATCH", "/programme", {"earning": {"by": "visit"}})

    assert changed.json["earning"] == {"by": "visit"}


WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("a kind of expiry that is none", {"expiry": "sometimes"}, "expiry"),
    ("by a day, but which", {"expiry": "yearly"}, "expiry_day"),
    ("by months, but how many", {"expiry": "inactivity", "expiry_months": None}, "expiry_months"),
    ("months and a day", {"expiry": "yearly", "expiry_day": "12-31", "expiry_months": 3},
     "expiry_months"),
    ("a day and months", {"expiry": "rolling", "expiry_day": "12-31"}, "expiry_day"),
    ("never, after months", {"expiry": "never", "expiry_months": 3}, "expiry_months"),
    ("a day that some years lack", {"expiry": "yearly", "expiry_day": "02-29"}, "expiry_day"),
    ("a day that no month has", {"expiry": "yearly", "expiry_day": "04-31"}, "expiry_day"),
    ("a month that is none", {"expiry": "yearly", "expiry_day": "13-01"}, "expiry_day"),
    ("a day in another form", {"expiry": "yearly", "expiry_day": "1-1"}, "expiry_day"),
    ("pending for longer than they live", {"expiry_months": 1, "pending_days": 28}, "pending_days"),
    ("no month at all", {"expiry_months": 0}, "expiry_months"),
    ("a rounding that is none", {"rounding": "up"}, "rounding"),
    ("a share of nothing", {"spend_share": 0}, "spend_share"),
    ("more than the basket", {"spend_share": 101}, "spend_share"),
    ("a minimum below zero", {"spend_minimum": -1}, "spend_minimum"),
    ("a reminder a year ahead and more", {"remind_days": 366}, "remind_days"),
    ("transfers, perhaps", {"transfers": "yes"}, "transfers"),
    ("earning by weight", {"earning": {"by": "weight"}}, "earning.by"),
    ("earning by something unknown", {"earning": {"weight": 1}}, "earning.weight"),
    ("a rate of everything", {"earning": {"rates": [{"on": {}, "points": 1, "per": 1}]}},
     "earning.rates.0.on"),
    ("a rate for no money", {"earning": {"rates": [A_RATE | {"per": 0}]}}, "earning.rates.0.per"),
    ("too many points", {"earning": {"rates": [A_RATE | {"points": 10_001}]}},
     "earning.rates.0.points"),
    ("rates of a visit", {"earning": {"by": "visit", "rates": [A_RATE]}}, "earning.rates"),
    ("a hundred and one rates", {"earning": {"rates": [A_RATE] * 101}}, "earning.rates"),
    ("zero times", {"earning": {"multipliers": [{"factor": "0"}]}},
     "earning.multipliers.0.factor"),
    ("a number of times that is a number", {"earning": {"multipliers": [{"factor": 2}]}},
     "earning.multipliers.0.factor"),
    ("too many decimals", {"earning": {"multipliers": [{"factor": "1.505"}]}},
     "earning.multipliers.0.factor"),
    ("a tier that there is not", {"earning": {"multipliers": [
        {"factor": "2"}, {"factor": "2", "tiers": ["gold"]}]}}, "earning.multipliers.1.tiers"),
    ("an eighth day", {"earning": {"multipliers": [
        {"factor": "2", "weekly": [HOURS | {"days": [8]}]}]}},
     "earning.multipliers.0.weekly.0.days.0"),
    ("an hour that is none", {"earning": {"multipliers": [
        {"factor": "2", "weekly": [HOURS | {"from": "24:00"}]}]}},
     "earning.multipliers.0.weekly.0.from"),
    ("to a day before the first", {"earning": {"multipliers": [
        {"factor": "2", "from": "2026-03-02", "until": "2026-03-01"}]}},
     "earning.multipliers.0.until"),
    ("a cap of nothing", {"earning": {"cap_purchase": 0}}, "earning.cap_purchase"),
    ("a cap per hour", {"earning": {"caps": [{"per": "hour", "points": 1}]}},
     "earning.caps.0.per"),
    ("two caps per day", {"earning": {"caps": [{"per": "day", "points": 1}] * 2}}, "earning.caps"),
]  # fmt: skip


@pytest.mark.parametrize(("body", "field"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_rules_that_do_not_fit_together_are_refused(
    api: Api, database: Database, body: dict[str, Any], field: str
) -> None:
    with nothing_changes(database):
        answer = api.call("PATCH", "/programme", body)

    told = check_refused(answer, 422, "invalid_request")
    assert list(told["errors"]) == [field]


@pytest.mark.parametrize(
    ("before", "body", "after"),
    [
        ({}, {"expiry_months": None}, ("never", None, None)),
        ({"expiry": "never"}, {"expiry_months": 6}, ("rolling", 6, None)),
        ({}, {"expiry": "never"}, ("never", None, None)),
        ({}, {"expiry": "inactivity"}, ("inactivity", 24, None)),
        ({}, {"expiry": "yearly", "expiry_day": "06-30"}, ("yearly", None, "06-30")),
        ({"expiry": "yearly", "expiry_day": "06-30"}, {"expiry_day": "07-01"},
         ("yearly", None, "07-01")),
        ({"expiry": "yearly", "expiry_day": "06-30"}, {"expiry": "rolling", "expiry_months": 3},
         ("rolling", 3, None)),
        ({"expiry": "yearly", "expiry_day": "06-30"}, {"expiry_months": None},
         ("yearly", None, "06-30")),
        ({"expiry": "inactivity"}, {"expiry_months": None}, ("never", None, None)),
    ],
)  # fmt: skip
def test_one_kind_of_expiry_leaves_nothing_of_another(
    api: Api, before: dict[str, Any], body: dict[str, Any], after: tuple[Any, ...]
) -> None:
    api.call("PATCH", "/programme", before)

    changed = api.call("PATCH", "/programme", body)

    assert changed.status_code == 200, changed.text
    shown = changed.json
    assert (shown["expiry"], shown["expiry_months"], shown["expiry_day"]) == after


def test_only_what_changed_is_in_the_audit_log(api: Api, database: Database) -> None:
    api.call("PATCH", "/programme", {"spend_share": 50, "spend_minimum": 0, "rounding": "floor"})
    api.call("PATCH", "/programme", {"spend_share": 50})

    [entry] = database.look(
        lambda s: s.scalars(
            select(AuditEntry).where(AuditEntry.action == "programme.changed")
        ).all()
    )

    assert (entry.old, entry.new) == ({"spend_share": 100}, {"spend_share": 50})


def test_a_purchase_follows_rules_that_were_changed_a_moment_ago(api: Api) -> None:
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    card = api.post("/customers")["card"]["number"]
    basket = {
        "currency": "EUR", "total": 1500,
        "lines": [
            {"amount": 1000, "category": "coffee"}, {"amount": 500, "category": "tobacco"},
        ],
    }  # fmt: skip
    body = {"shop": shop, "card": card, "basket": basket}

    before = api.post("/quotes", body)["points"]["earned"]
    api.call("PATCH", "/programme", {"earning": EARNING | {"multipliers": []}})
    quoted = api.post("/quotes", body)["points"]["earned"]
    settled = api.post("/purchases", body)["points"]["earned"]

    assert (before, quoted, settled) == (15, 50, 50)


def test_a_cap_of_the_day_holds_over_purchases_and_what_is_undone_counts_no_more(
    api: Api,
) -> None:
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    card = api.post("/customers")["card"]["number"]
    body = {"shop": shop, "card": card, "basket": {"currency": "EUR", "total": 3000}}
    api.call("PATCH", "/programme", {"earning": {"caps": [{"per": "day", "points": 50}]}})

    first, second, third = (api.post("/purchases", body) for _ in range(3))
    api.post(f"/purchases/{first['id']}/void")
    after = api.post("/purchases", body)

    earned = [one["points"]["earned"] for one in (first, second, third, after)]
    assert earned == [30, 20, 0, 30]


def test_points_pay_no_more_than_their_share_and_no_less_than_the_minimum(
    api: Api, database: Database
) -> None:
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    customer = api.post("/customers")
    api.post(f"/customers/{customer['id']}/points/adjustments", {"points": 5000, "reason": "gift"})
    api.call("PATCH", "/programme", {"spend_minimum": 200, "spend_share": 50})

    def pay(points: int, total: int) -> Any:
        body = {
            "shop": shop, "card": customer["card"]["number"], "spend_points": points,
            "basket": {"currency": "EUR", "total": total},
        }  # fmt: skip
        return api.call("POST", "/quotes", body)

    with nothing_changes(database):
        few, many, small = pay(199, 1001), pay(501, 1001), pay(200, 399)

    assert check_refused(few, 409, "points_too_few")["facts"] == {"least": 200}
    assert check_refused(many, 409, "points_too_many")["facts"] == {"most": 500}
    assert check_refused(small, 409, "points_too_many")["facts"] == {"most": 0}
    assert pay(200, 400).json["to_pay"] == 200
    assert pay(500, 1001).json["to_pay"] == 501
    assert pay(0, 1001).json["to_pay"] == 1001


def test_points_say_when_they_expire_and_when_they_come(api: Api, app: Flask) -> None:
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    customer = api.post("/customers")
    body = {
        "shop": shop, "card": customer["card"]["number"],
        "basket": {"currency": "EUR", "total": 3000},
    }  # fmt: skip
    api.post("/purchases", body)
    api.call("PATCH", "/programme", {"pending_days": 14})
    api.post("/purchases", body)

    held = api.get(f"/customers/{customer['id']}/points")

    assert (held["available"], held["pending"]) == (30, 30)
    assert held["schedule"] == [held["next_expiry"]]
    [coming] = held["coming"]
    assert coming["points"] == 30
    assert coming["at"] < held["schedule"][0]["at"]


@pytest.mark.parametrize("rules", [{"expiry": "never"}, {"expiry": "inactivity"}])
def test_a_booking_without_a_day_says_none(api: Api, rules: dict[str, Any]) -> None:
    api.call("PATCH", "/programme", rules)
    customer = api.post("/customers")["id"]
    api.post(f"/customers/{customer}/points/adjustments", {"points": 5, "reason": "gift"})

    [entry] = api.get(f"/customers/{customer}/points/entries")["items"]

    assert entry["expires_at"] is None


def test_the_rules_are_read_once_for_each_content(database: Database) -> None:
    first = database.look(lambda s: programme.rules(s.connection()))
    again = database.look(lambda s: programme.rules(s.connection()))

    assert again is first
    assert first.expires_at(NOON) > NOON
