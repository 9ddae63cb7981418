"""What a customer's own page says of the tier, the stamps and the points."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session

from core import clock
from core.auth import SYSTEM
from core.db import Database
from core.models import Customer
from loyalty import checkout, expiry, ledger, programme, stamps, tiers
from loyalty.ledger import Why
from loyalty.models import Card
from tests.browser import Browser
from tests.factories import MANAGER, NOON, make_offer, make_order, make_shop
from tests.flows.visiting import make_visitor

HOSTILE = "<script>alert(1)</script>"
Visitor = tuple[Browser, Customer, Card]


@pytest.fixture
def visitor(app: Flask, database: Database) -> Visitor:
    return make_visitor(app, database)


def ladder(session: Session, renewal: int | None = None, **settings: Any) -> None:
    """Set up silver from 100 and gold from 1,000 on."""
    programme.change(session, {"tiers": {"by": "points"} | settings}, actor=SYSTEM, at=NOON)
    for rank, (name, entry) in enumerate((("Silver", 100), ("Gold", 1000)), 1):
        perks = {"en": f"Perks of {name}", "de": "Vorteile"}
        tiers.add(
            session, key=name.lower(), name={"en": name}, rank=rank, entry=entry,
            renewal=entry if renewal is None else renewal, perks=perks, actor=SYSTEM, at=NOON,
        )  # fmt: skip


def buy(session: Session, card: Card, total: int) -> None:
    order = make_order(make_shop(session), card=card.number, total=total)
    checkout.settle(session, order, actor=MANAGER, at=clock.now())


def bars(page: str) -> list[tuple[int, int, str]]:
    """Return every bar of a page: how far, of how much, and what it is called."""
    found = re.findall(r'<progress value="(\d+)"\s+max="(\d+)"\s+aria-label="([^"]*)"', page)
    return [(int(value), int(most), label) for value, most, label in found]


# tiers


def test_without_a_ladder_nothing_is_said_of_tiers(visitor: Visitor) -> None:
    page = visitor[0].get("/me").text

    assert 'id="tier"' not in page
    assert bars(page) == []


def test_who_has_no_tier_sees_how_far_the_first_one_is(
    database: Database, visitor: Visitor
) -> None:
    browser, _, card = visitor
    database.transact(ladder)
    database.transact(lambda s: buy(s, card, 4000))

    page = browser.get("/me").text

    assert bars(page) == [(40, 100, "60 points more for Silver")]
    assert "40 of 100 points" in page
    assert "Silver brings: Perks of Silver" in page


def test_a_tier_is_shown_with_its_dates_its_perks_and_what_keeps_it(
    database: Database, visitor: Visitor
) -> None:
    browser, _, card = visitor
    database.transact(ladder)
    database.transact(lambda s: buy(s, card, 15_000))

    page = browser.get("/me").text

    day = clock.local_day(clock.now(), "Europe/Oslo")
    assert '<h2 id="tier">Silver</h2>' in page
    assert f"until Dec 31, {day.year + 1}" in page
    assert "Perks of Silver" in page
    assert f"100 points more to keep it after Dec 31, {day.year + 1}" in page
    assert bars(page) == [(150, 1000, "850 points more for Gold")]


def test_the_highest_tier_has_nothing_above_it(database: Database, visitor: Visitor) -> None:
    browser, _, card = visitor
    database.transact(lambda s: ladder(s, renewal=0))
    database.transact(lambda s: buy(s, card, 200_000))

    page = browser.get("/me").text

    assert '<h2 id="tier">Gold</h2>' in page
    assert "You have done enough to keep it after" in page
    assert bars(page) == []


def test_a_ladder_of_money_speaks_of_money(database: Database, visitor: Visitor) -> None:
    browser, _, card = visitor
    database.transact(lambda s: ladder(s, by="money"))
    database.transact(lambda s: buy(s, card, 40))
    below = browser.get("/me").text
    database.transact(lambda s: buy(s, card, 500))

    page = browser.get("/me").text

    assert bars(below) == [(40, 100, "€0.60 more for Silver")]
    assert "€0.40 of €1.00" in below
    assert "€1.00 more to keep it after" in page


def test_a_tier_outlives_the_ladder_and_is_still_shown(
    database: Database, visitor: Visitor
) -> None:
    browser, _, card = visitor
    database.transact(ladder)
    database.transact(lambda s: buy(s, card, 15_000))
    database.transact(lambda s: programme.change(s, {"tiers": {}}, actor=SYSTEM, at=clock.now()))

    page = browser.get("/me").text

    assert '<h2 id="tier">Silver</h2>' in page
    assert bars(page) == []


# stamps


def stamp_card(session: Session, **given: Any) -> None:
    usual: dict[str, Any] = {
        "name": {"en": "Coffee card"}, "per": "visit", "products": {}, "minimum": 0, "needed": 3,
        "daily_cap": None, "expiry_months": None, "reward_points": 50, "reward_offer_id": None,
    }  # fmt: skip
    stamps.add(session, **usual | given, actor=SYSTEM, at=NOON)


def stamps_of(page: str) -> list[bool]:
    return ["stamp-got" in one for one in re.findall(r'<span class="(stamp[^"]*)"', page)]


def test_stamps_stand_in_a_row_and_are_told_in_words(database: Database, visitor: Visitor) -> None:
    browser, _, card = visitor
    database.transact(lambda s: stamp_card(s, expiry_months=2))
    for _ in range(5):
        database.transact(lambda s: buy(s, card, 500))

    page = browser.get("/me").text

    assert stamps_of(page) == [True, True, False]
    assert 'role="img" aria-label="2 of 3 stamps"' in page
    assert "A full card brings 50 points" in page
    assert "one was full before" in page
    assert re.search(r"Until \w+ \d+, \d{4}", page)
    assert "Full stamp card" in page


def test_a_card_of_many_stamps_is_a_bar(database: Database, visitor: Visitor) -> None:
    browser, _, card = visitor

    def work(session: Session) -> None:
        gift = make_offer(session).id
        stamp_card(session, needed=50, reward_points=None, reward_offer_id=gift)
        buy(session, card, 500)

    database.transact(work)

    page = browser.get("/me").text

    assert stamps_of(page) == []
    assert bars(page) == [(1, 50, "Coffee card")]
    assert "1 of 50 stamps" in page
    assert "A full card brings a coupon: 10% off" in page


# points


def give(session: Session, customer: Customer, *lots: tuple[int, int]) -> None:
    """Give points, each with the days after which they expire."""
    at, connection = clock.now(), session.connection()
    account = expiry.lock(connection, customer.id, at=at)
    for points, days in lots:
        ledger.credit(
            connection, account, "adjust", points, origin="world",
            expires_at=at + timedelta(days=days), why=Why(at, str(SYSTEM), reason="a test"),
        )  # fmt: skip


def wait_for(session: Session, customer: Customer, *coming: tuple[int, int]) -> None:
    at, connection = clock.now(), session.connection()
    account = expiry.lock(connection, customer.id, at=at)
    for points, days in coming:
        due_at, expires_at = at + timedelta(days=days), at + timedelta(days=900)
        why = Why(at, str(SYSTEM))
        ledger.earn(connection, account, points, due_at=due_at, expires_at=expires_at, why=why)


def test_what_runs_out_when_is_a_list(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    database.transact(lambda s: give(s, customer, (70, 400), (30, 40)))

    page = browser.get("/me").text

    assert "30 run out after" in page
    listed = page[page.index("What runs out when") :]
    assert re.findall(r"<strong>(\d+)</strong>", listed)[:2] == ["30", "70"]
    assert "What comes when" not in page


def test_what_comes_when_is_said(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    database.transact(lambda s: wait_for(s, customer, (25, 10)))
    one = browser.get("/me").text
    database.transact(lambda s: wait_for(s, customer, (5, 20)))

    page = browser.get("/me").text

    assert re.search(r"25 more to spend from \w+ \d+, \d{4}", one)
    assert "30 more are on their way" in page
    listed = page[page.index("What comes when") :]
    assert re.findall(r"<strong>(\d+)</strong>", listed)[:2] == ["25", "5"]


def test_names_and_perks_are_text_whatever_they_say(database: Database, visitor: Visitor) -> None:
    browser, _, card = visitor
    text = {"en": HOSTILE}

    def work(session: Session) -> None:
        programme.change(session, {"tiers": {"by": "points"}}, actor=SYSTEM, at=NOON)
        for rank in (1, 2):
            tiers.add(
                session, key=f"t{rank}", name=text, rank=rank, entry=rank * 10, renewal=0,
                perks=text, actor=SYSTEM, at=NOON,
            )  # fmt: skip
        stamp_card(session, name=text)
        stamp_card(session, name=text, needed=40)
        buy(session, card, 1500)

    database.transact(work)

    page = browser.get("/me").text

    assert "<script>alert" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6
