"""What is typed wrongly is said beside the field and kept; what is typed in malice stays text."""

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.db import Database
from core.models import Customer, Shop
from core.pages.forms import read_amount
from coupons.models import Campaign, Offer
from tests.desk import at_desk

SCRIPT = "<script>alert(1)</script>"


def count(database: Database, model: type) -> int:
    return database.look(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


def test_a_form_with_mistakes_keeps_what_was_typed(app: Flask, database: Database) -> None:
    desk = at_desk(app, "marketer")

    answer = desk.send(
        "/admin/campaigns/new", name="Autumn", channel="", fixed_cost="a lot", starts="2026-12-01",
        ends="2026-11-01", kind="radio",
    )  # fmt: skip

    assert answer.status_code == 422
    assert 'value="Autumn"' in answer.text
    assert 'value="a lot"' in answer.text
    assert 'value="2026-12-01"' in answer.text
    assert "Write an amount such as 12.50." in answer.text
    assert "Please fill this in." in answer.text
    assert '<option selected value="radio">' in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert 'href="#fixed_cost"' in answer.text
    assert count(database, Campaign) == 0


def test_what_a_rule_refuses_is_said_beside_its_field(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    campaign = desk.done("/admin/campaigns/new", name="Autumn", channel="A")

    window = desk.send(
        "/admin/campaigns/new", name="Late", channel="A", starts="2026-12-02", ends="2026-12-01"
    )
    new = f"{campaign}/offers/new"
    percent = desk.send(f"{new}?kind=percent", name_en="Much", benefit_percent="120")
    nameless = desk.send(f"{campaign}/offers/new?kind=percent", benefit_percent="10")
    nothing = desk.send(f"{campaign}/offers/new?kind=free_item", name_en="A gift")

    assert "Must be after the start." in window.text
    assert 'id="ends-error"' in window.text
    assert "Above 0 and at most 100" in percent.text
    assert 'value="120"' in percent.text
    assert "Give it a name" in nameless.text
    assert "Name the product, or what is handed over." in nothing.text
    assert {a.status_code for a in (window, percent, nameless, nothing)} == {422}
    assert count(database, Campaign) == 1
    assert count(database, Offer) == 0


def test_a_name_that_is_taken_is_said_on_the_form(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    desk.done("/admin/shops/new", name="Main")

    answer = desk.send("/admin/shops/new", name="Main")

    assert answer.status_code == 422
    assert "There is one with this name already." in answer.text
    assert 'value="Main"' in answer.text
    assert count(database, Shop) == 1


def test_nothing_of_a_refused_form_is_kept(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")

    answer = desk.send("/admin/customers/new", name="Ada", email="not a mail address")

    assert answer.status_code == 422
    assert "Not a mail address." in answer.text
    assert count(database, Customer) == 0


@pytest.mark.parametrize("text", ["\x00", "a\x07b", "two\nlines", " ", "x" * 201])
def test_odd_text_is_refused(app: Flask, database: Database, text: str) -> None:
    answer = at_desk(app, "owner").send("/admin/shops/new", name=text)

    assert answer.status_code == 422
    assert count(database, Shop) == 0


def test_markup_stays_text_everywhere(app: Flask) -> None:
    desk = at_desk(app, "owner")
    shop = desk.done("/admin/shops/new", name=SCRIPT)
    desk.send(shop, f"{shop}/tills", label=SCRIPT)
    member = desk.done("/admin/staff/new", name=SCRIPT)
    desk.send("/admin/keys/new", name=SCRIPT, scopes=["shops:read"])
    campaign = desk.done("/admin/campaigns/new", name=SCRIPT, channel=SCRIPT)
    offer = desk.done(
        f"{campaign}/offers/new?kind=free_item",
        name_en=SCRIPT,
        benefit_text=SCRIPT,
        conditions_all_0_kind="products",
        conditions_all_0_skus=SCRIPT,
    )
    issue = desk.done(f"{offer}/issue?kind=unique", count="1")
    desk.done(f"{campaign}/responses/new", kind="called", note=SCRIPT)
    customer = desk.done("/admin/customers/new", name=SCRIPT)
    desk.done(f"{customer}/points", points="5", reason=SCRIPT)
    desk.done("/admin/settings", name=SCRIPT)
    desk.done("/admin/programme/name", name_en=SCRIPT)

    for path in (
        "/admin", "/admin/settings", "/admin/shops", shop, f"{shop}/edit", "/admin/staff", member,
        "/admin/keys", "/admin/audit", "/admin/campaigns", campaign, f"{campaign}/report",
        f"{campaign}/edit", "/admin/offers", offer, f"{offer}/edit", f"{offer}/issue", issue,
        f"{issue}/print", "/admin/responses", "/admin/customers", customer, f"{customer}/bookings",
        f"{customer}/person", f"{customer}/card/print", "/admin/programme",
    ):  # fmt: skip
        page = desk.page(path)
        assert SCRIPT not in page, path
        assert "alert(1)" not in page or "&lt;script&gt;" in page, path


@pytest.mark.parametrize(
    ("text", "places", "amount"),
    [
        ("12", 2, 1200), ("12.5", 2, 1250), ("12,50", 2, 1250), ("0,05", 2, 5),
        (" 12.50 ", 2, 1250),
        ("1.000", 2, None), ("1,000", 2, None), ("99.999", 2, None), ("0,005", 2, None),
        ("1.000,50", 2, 100_050), ("1.000,00", 2, 100_000), ("0.000.005", 2, None),
        ("1,000.50", 2, 100_050), ("1'200", 2, 120_000), ("1 200,00", 2, 120_000),
        ("12.345.678", 2, 1_234_567_800), ("1200", 0, 1200), ("1,200", 0, 1200), ("12.50", 0, None),
        ("0.005", 0, None), ("1.000", 3, 1000), ("1.5", 3, 1500), ("", 2, None), ("-5", 2, None),
        ("5-", 2, None),
        ("1.0000", 2, None), ("12.", 2, None), (".5", 2, None), ("1e3", 2, None), ("٣", 2, None),
        ("1,00,000", 2, None), ("€5", 2, None), ("NaN", 2, None), ("9" * 16, 2, None),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(text: str, places: int, amount: int | None) -> None:
    assert read_amount(text, places) == amount
