"""An owner sets the rules of the points at the desk, without scripts, and reads them in words."""

import re
from datetime import date
from typing import Any

import pytest
from flask import Flask

from core.db import Database
from loyalty import programme
from loyalty.models import Programme
from tests.api import Api
from tests.desk import Desk, Filled, at_desk

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "owner")


def rules(database: Database) -> Programme:
    return database.look(programme.find)


def text(page: str) -> str:
    """Return what a page says, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_the_rules_are_said_in_words(desk: Desk) -> None:
    shown = text(desk.page("/admin/programme"))

    assert "1 point for each €1.00 that is paid in money." in shown
    assert "They expire 24 months after they were earned, at the end of that month." in shown
    assert "100 points pay €1.00." in shown


def test_rates_of_products_come_and_go_row_by_row(desk: Desk, database: Database) -> None:
    form = Filled(desk, "/admin/programme/earning")

    form.press("add earning_rates").press("add earning_rates")
    form.fill(
        earning_rates_0_points="3", earning_rates_0_per="2", earning_rates_0_on_skus="7\n8",
        earning_rates_1_points="2", earning_rates_1_per="1",
        earning_rates_1_on_categories="coffee, ground", earning_exclusions_tags="gift card",
    )  # fmt: skip
    form.press("remove earning_rates_0").done()

    kept = rules(database).earning
    assert kept == {
        "by": "money",
        "rates": [{"points": 2, "per": 100, "on": {"categories": ["coffee, ground"]}}],
        "exclusions": {"tags": ["gift card"]},
    }
    shown = text(desk.page("/admin/programme"))
    assert "2 points for each €1.00 of: coffee, ground." in shown
    assert "Nothing for: gift card." in shown


def test_double_points_on_some_hours_for_some_tiers(
    desk: Desk, database: Database, api: Api
) -> None:
    api.post("/tiers", {"key": "gold", "name": {"en": "Gold"}, "rank": 1, "entry": 100})

    form = Filled(desk, "/admin/programme/multipliers").press("add earning_multipliers")
    form.press("add earning_multipliers_0_weekly", earning_multipliers_0_factor="2")
    form.done(
        earning_multipliers_0_tiers=["gold"], earning_multipliers_0_weekly_0_days=["2", "4"],
        earning_multipliers_0_weekly_0_from="14:00", earning_multipliers_0_weekly_0_until="16:00",
        earning_multipliers_0_until="2026-12-24",
    )  # fmt: skip

    assert rules(database).earning["multipliers"] == [
        {
            "factor": "2", "tiers": ["gold"], "until": "2026-12-24",
            "weekly": [{"days": [2, 4], "from": "14:00", "until": "16:00"}],
        }
    ]  # fmt: skip
    shown = text(desk.page("/admin/programme"))
    assert "Double points: for the tier Gold; Tue, Thu 2:00" in shown
    assert "until Dec 24, 2026" in shown
    again = desk.page("/admin/programme/multipliers")
    assert 'value="14:00"' in again
    Filled(desk, "/admin/programme/multipliers").done()
    assert len(rules(database).earning["multipliers"]) == 1


def test_each_section_leaves_the_others_alone(desk: Desk, database: Database) -> None:
    desk.done("/admin/programme/earning", earning_exclusions_categories="tobacco")
    form = Filled(desk, "/admin/programme/caps").press("add earning_caps")
    form.done(earning_cap_purchase="500", earning_caps_0_points="1000", earning_caps_0_per="week")
    desk.done("/admin/programme/name", name_en="Beans")

    found = rules(database)
    assert found.earning == {
        "by": "money",
        "exclusions": {"categories": ["tobacco"]},
        "cap_purchase": 500,
        "caps": [{"per": "week", "points": 1000}],
    }
    assert found.name == {"en": "Beans", "de": "Punkte"}
    assert "At most 1,000 points in a week." in text(desk.page("/admin/programme"))


EXPIRY: list[tuple[dict[str, str], dict[str, Any], str]] = [
    ({"expiry": "never"}, {"expiry_months": None, "expiry_day": None}, "They never expire."),
    ({"expiry": "rolling", "expiry_months": "12"}, {"expiry_months": 12, "expiry_day": None},
     "They expire 12 months after they were earned"),
    ({"expiry": "yearly", "expiry_day_day": "31", "expiry_day_month": "03"},
     {"expiry_months": None, "expiry_day": "03-31"}, "They expire every year on March 31."),
    ({"expiry": "inactivity", "expiry_months": "18"}, {"expiry_months": 18, "expiry_day": None},
     "They expire when a customer did not come for 18 months."),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kept", "said"), EXPIRY)
def test_every_kind_of_expiry(
    desk: Desk, database: Database, given: dict[str, str], kept: dict[str, Any], said: str
) -> None:
    desk.done("/admin/programme/time", pending_days="3", remind_days="14", **given)

    found = rules(database)
    assert found.expiry == given["expiry"]
    assert {name: getattr(found, name) for name in kept} == kept
    assert (found.pending_days, found.remind_days) == (3, 14)
    assert said in text(desk.page("/admin/programme"))
    Filled(desk, "/admin/programme/time").done()
    assert rules(database).expiry_day == kept["expiry_day"]


WRONG = [
    ("time", {"expiry": "yearly", "expiry_day_day": ""}, "expiry_day_day"),
    ("time", {"expiry": "inactivity", "expiry_months": ""}, "expiry_months"),
    ("time", {"expiry": "yearly", "expiry_day_day": "31", "expiry_day_month": "02"},
     "expiry_day_day"),
    ("time", {"expiry": "rolling", "expiry_months": "1", "pending_days": "40"}, "pending_days"),
    ("spending", {"spend_share": "101"}, "spend_share"),
    ("earning", {"earn_per": "0"}, "earn_per"),
    ("name", {"name_en": "", "name_de": ""}, "name_en"),
]  # fmt: skip


@pytest.mark.parametrize(("section", "given", "field"), WRONG)
def test_what_does_not_fit_is_said_at_its_field(
    desk: Desk, database: Database, section: str, given: dict[str, str], field: str
) -> None:
    before = {name: getattr(rules(database), name) for name in programme.FIELDS}

    answer = desk.send(f"/admin/programme/{section}", **given)

    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text
    assert {name: getattr(rules(database), name) for name in programme.FIELDS} == before


def test_a_row_that_is_not_right_is_said_at_its_field(desk: Desk, database: Database) -> None:
    form = Filled(desk, "/admin/programme/multipliers").press("add earning_multipliers")
    wild = form.fill(earning_multipliers_0_factor="1000").post()
    rate = Filled(desk, "/admin/programme/earning").press("add earning_rates")
    bare = rate.fill(earning_rates_0_points="1", earning_rates_0_per="1").post()
    caps = Filled(desk, "/admin/programme/caps").press("add earning_caps").press("add earning_caps")
    twice = caps.fill(earning_caps_0_points="5", earning_caps_1_points="6").post()

    assert {one.status_code for one in (wild, bare, twice)} == {422}
    assert 'id="earning_multipliers_0_factor-error"' in wild.text
    assert "Above 0 and at most 100, such as 1.5." in wild.text
    assert "Name products, categories or tags." in bare.text
    assert "Each period has one cap at most." in twice.text
    assert rules(database).earning == {}


def test_what_a_purchase_would_earn_is_worked_out(desk: Desk, api: Api) -> None:
    earning = {
        "by": "money",
        "rates": [{"on": {"categories": ["coffee"]}, "points": 2, "per": 100}],
        "multipliers": [
            {"factor": "2", "weekly": [{"days": [2], "from": "14:00", "until": "16:00"}]}
        ],
    }
    assert api.call("PATCH", "/programme", {"earning": earning}).status_code == 200
    tuesday = date(2026, 11, 24).isoformat()

    path = "/admin/programme?amount=45&what=coffee&on={on}&clock=15%3A00"
    doubled = text(desk.page(path.format(on=tuesday)))
    usual = text(desk.page(path.format(on="2026-11-25")))
    nothing = desk.page("/admin/programme?amount=lots")

    assert "180 points" in doubled
    assert "Times 2 at this time." in doubled
    assert "90 points" in usual
    assert "Write an amount such as 12.50." in nothing


def test_who_may_only_read_changes_nothing(app: Flask, database: Database) -> None:
    desk = at_desk(app, "manager")

    page = desk.page("/admin/programme")

    assert "/admin/programme/earning" not in page
    assert desk.get("/admin/programme/earning").status_code == 403


def test_hostile_words_stay_words(desk: Desk) -> None:
    form = Filled(desk, "/admin/programme/earning").press("add earning_rates")
    form.done(
        earning_rates_0_points="3", earning_rates_0_per="2", earning_rates_0_on_tags=SCRIPT,
        earning_exclusions_categories=SCRIPT,
    )  # fmt: skip
    desk.done("/admin/programme/name", name_en=SCRIPT)

    for path in ("/admin/programme", "/admin/programme/earning", "/admin/programme/name"):
        page = desk.page(path)
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page
