"""What a phone opens from a friend's code, or from that of an early bird."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, people, throttle
from core.auth import SYSTEM
from core.db import Database
from core.models import Customer
from coupons.models import Response
from loyalty import checkout, links
from loyalty.models import Referral
from loyalty.referrals import codes
from loyalty.referrals import scheme as schemes
from tests.browser import Browser, without_token
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)

HIDDEN = re.compile(r'name="(c|once)"[^>]*value="([^"]*)"')


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def promise(database: Database, **given: Any) -> str:
    """Set the scheme, and return the code of somebody who may bring friends."""

    def work(session: Session) -> str:
        usual = {"active": True, "friend": {"points": 200}, "minimum": 1500, "hold_days": 14}
        schemes.change(session, usual | given, actor=SYSTEM, at=NOON)
        customer, _ = make_customer(session, person={"name": "Ada Byron"})
        return codes.of_customer(session, customer.id, at=NOON)

    return database.transact(work)


def put_card(app: Flask, browser: Browser, customer: Customer) -> None:
    address = links.address(customer, app.extensions["config"])
    browser.get(re.sub("^https?://[^/]+", "", address))


# a friend's code


def test_a_friends_code_says_what_there_is_and_nothing_of_whose_it_is(
    browser: Browser, database: Database
) -> None:
    code = promise(database)

    page = browser.get(f"/C/{code.lower()}")

    assert page.status_code == 200
    for shown in ("A friend invites you", "You get 200 points", "€15.00", "90 days", "14 days"):
        assert shown in page.text
    assert f'href="/join?c={code}"' in page.text
    assert "Ada" not in page.text


def test_a_friend_is_told_of_the_coupon_they_get(browser: Browser, database: Database) -> None:
    offer = database.transact(lambda s: make_offer(s, name={"en": "Hello"})).id
    code = promise(database, friend={"offer": offer})

    assert "You get a coupon: 10% off" in browser.get(f"/c/{code}").text


def test_where_only_the_referrer_gets_something_the_friend_is_still_invited(
    browser: Browser, database: Database
) -> None:
    code = promise(database, friend=None, referrer={"points": 500})

    page = browser.get(f"/c/{code}").text

    assert "A friend invites you" in page
    assert "500" not in page


def test_from_the_code_of_a_friend_to_a_card_in_two_steps(
    browser: Browser, database: Database
) -> None:
    code = promise(database)
    link = re.search(r'href="(/join[^"]+)"', browser.get(f"/c/{code}").text)
    assert link
    fields = dict(HIDDEN.findall(browser.get(link[1]).text))

    joined = browser.post("/join", **fields)

    assert joined.location == "/me"
    assert "invitation counts" in browser.get("/me").text
    states = database.look(lambda s: s.scalars(select(Referral.state)).all())
    assert states == ["attributed"]


def test_who_has_a_card_cannot_be_invited_and_is_told_so(
    app: Flask, browser: Browser, database: Database
) -> None:
    code = promise(database)
    customer, _ = database.transact(make_customer)
    put_card(app, browser, customer)

    page = browser.get(f"/c/{code}").text

    assert "You have a card already" in page
    assert "/join" not in page


def test_who_opens_their_own_code_is_told_what_it_is_for(
    app: Flask, browser: Browser, database: Database
) -> None:
    code = promise(database)
    owner = database.look(lambda s: s.scalars(select(Customer)).one())
    put_card(app, browser, owner)

    assert "This is your own code" in browser.get(f"/c/{code}").text


def block_owner(session: Session) -> None:
    session.scalars(select(Customer)).one().state = "blocked"


def forget_owner(session: Session) -> None:
    people.erase(session, session.scalars(select(Customer)).one(), actor=SYSTEM, at=NOON)


def end_scheme(session: Session) -> None:
    schemes.change(session, {"active": False}, actor=SYSTEM, at=NOON)


@pytest.mark.parametrize("spoil", [block_owner, forget_owner, end_scheme])
def test_a_code_that_is_good_for_nothing_looks_like_any_other(
    browser: Browser, database: Database, spoil: Any
) -> None:
    code = promise(database)
    database.transact(spoil)

    gone, unknown = browser.get(f"/c/{code}"), browser.get("/c/ZZZZZZZZZZZZ")

    assert gone.status_code == unknown.status_code == 404
    assert without_token(gone) == without_token(unknown)


def test_codes_of_friends_cannot_be_guessed_for_long(
    app: Flask, browser: Browser, database: Database
) -> None:
    code = promise(database)
    guesses = {browser.get(f"/c/GUESS{i}").status_code for i in range(30)}

    shut = browser.get(f"/c/{code}")
    elsewhere = Browser(app, address="10.0.0.2").get(f"/c/{code}")

    assert guesses == {404}
    assert shut.status_code == 429
    assert elsewhere.status_code == 200


def test_a_code_that_ended_counts_as_a_guess(
    browser: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "CODE", throttle.Limit(2, timedelta(minutes=10)))
    code = promise(database)
    database.transact(end_scheme)

    answers = [browser.get(f"/c/{code}").status_code for _ in range(3)]

    assert answers == [404, 404, 429]


def test_what_is_promised_is_text_whatever_it_says(browser: Browser, database: Database) -> None:
    benefit = {"kind": "free_item", "text": "<script>alert(1)</script>"}
    offer = database.transact(lambda s: make_offer(s, benefit=benefit)).id
    code = promise(database, friend={"offer": offer})

    page = browser.get(f"/c/{code}").text

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)" in page


# an early bird

TWENTY, TEN = {"kind": "percent", "percent": "20"}, {"kind": "percent", "percent": "10"}


def early_bird(database: Database, *steps: dict[str, Any], after: Any = None) -> str:
    benefit = {"kind": "early_bird", "steps": list(steps), "after": after}

    def work(session: Session) -> str:
        offer = make_offer(session, name={"en": "Opening"}, benefit=benefit)
        return make_public(session, offer, "EARLY").code

    return database.transact(work)


def redeem(database: Database, times: int) -> None:
    def work(session: Session) -> None:
        shop = make_shop(session)
        for _ in range(times):
            checkout.settle(session, make_order(shop, "EARLY"), actor=MANAGER, at=clock.now())

    database.transact(work)


def test_an_early_bird_counts_its_places_down(browser: Browser, database: Database) -> None:
    early_bird(database, {"first": 3, "benefit": TWENTY}, after=TEN)
    fresh = browser.get("/c/EARLY").text
    redeem(database, 2)

    page = browser.get("/c/EARLY").text
    redeem(database, 1)
    after = browser.get("/c/EARLY").text

    assert "3 of 3 places left" in fresh
    assert '<h1 id="offer">20% off</h1>' in page
    assert "1 of 3 places left" in page
    assert "then: 10% off" in page
    assert '<h1 id="offer">10% off</h1>' in after
    assert "The early bird is over" in after


def test_an_early_bird_says_until_when_and_what_comes_then(
    browser: Browser, database: Database
) -> None:
    day = clock.day_start(clock.now().date() + timedelta(days=20), "Europe/Oslo")
    past = clock.now() - timedelta(days=1)
    early_bird(
        database,
        {"first": 2, "benefit": {"kind": "percent", "percent": "30"}},
        {"until": past.isoformat(), "benefit": {"kind": "percent", "percent": "25"}},
        {"until": day.isoformat(), "benefit": TWENTY},
        {"first": 5, "benefit": TEN},
    )
    first = browser.get("/c/EARLY").text
    redeem(database, 2)

    page = browser.get("/c/EARLY").text

    assert "2 of 2 places left" in first
    assert re.search(r"then until \w+ \d+, \d{4}: 20% off", first)
    assert "25%" not in first
    assert '<h1 id="offer">20% off</h1>' in page
    assert re.search(r"Until \w+ \d+, \d{4}", page)
    assert "then, while places last: 10% off" in page


def test_of_an_early_bird_that_is_sold_out_everybody_is_told(
    browser: Browser, database: Database
) -> None:
    early_bird(database, {"first": 2, "benefit": TWENTY})
    redeem(database, 2)

    page = browser.get("/c/EARLY")

    assert page.status_code == 410
    assert "Opening" in page.text
    assert "Sold out: all 2 places are taken" in page.text
    rows = select(Response.kind, Response.reason).where(Response.kind == "scanned")
    found = database.look(lambda s: [tuple(row) for row in s.execute(rows)])
    assert found == [("scanned", "early_bird_sold_out")]
