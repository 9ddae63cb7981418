"""What a phone opens from a printed code: the offer, and nothing for those who guess."""

import re
from collections.abc import Callable
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
from coupons import codes, issuing, offers, quotas
from coupons.models import Coupon, Quota, Response
from loyalty import cards, links
from tests.browser import Browser, without_token
from tests.factories import (
    NOON,
    make_campaign,
    make_coupon,
    make_customer,
    make_offer,
    make_public,
)

Make = Callable[[Session], str]


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def events(database: Database) -> list[tuple[str, str, str | None]]:
    rows = select(Response.kind, Response.outcome, Response.reason)
    return database.look(lambda s: [tuple(row) for row in s.execute(rows)])


def usable(session: Session) -> str:
    offer = make_offer(
        session,
        name={"en": "Autumn", "de": "Herbst"},
        conditions={"all": [{"kind": "minimum_basket", "amount": 2000}]},
        ends_at=clock.day_start(clock.now().date() + timedelta(days=30), "Europe/Oslo"),
    )
    return make_coupon(session, offer).code


def used(session: Session) -> str:
    coupon = make_coupon(session)
    coupon.used = 1
    return coupon.code


def ended(session: Session) -> str:
    return make_coupon(session, make_offer(session, ends_at=NOON)).code


def not_started(session: Session) -> str:
    """Of a campaign that is not running either: else it is shown, with when."""
    starts_at = clock.now() + timedelta(days=1)
    offer = make_offer(session, make_campaign(session, start=False), starts_at=starts_at)
    return make_public(session, offer, "BLACKFRIDAY").code


def frozen(session: Session) -> str:
    return codes.move(session, make_coupon(session).code, "freeze", actor=SYSTEM, at=NOON).code


def revoked(session: Session) -> str:
    return codes.move(session, make_coupon(session).code, "revoke", actor=SYSTEM, at=NOON).code


def of_a_draft(session: Session) -> str:
    return make_coupon(session, make_offer(session, make_campaign(session, start=False))).code


def sold_out(session: Session) -> str:
    offer = make_offer(session, overall=1)
    session.add(
        Quota(
            subject_id=offer.id,
            customer_id=quotas.ALL,
            period="",
            measure="uses",
            cap=1,
            used=1,
            voided=0,
        )
    )
    return make_coupon(session, offer).code


def of_somebody_else(session: Session) -> str:
    other, _ = make_customer(session)
    return personal(session, other).code


def for_an_audience(session: Session) -> str:
    other, _ = make_customer(session)
    audience = {"all": [{"kind": "audience", "customers": [other.id]}]}
    return make_public(session, make_offer(session, conditions=audience)).code


def personal(session: Session, customer: Customer) -> Coupon:
    offer = make_offer(session)
    version = offers.current(session, offer)
    return issuing.issue_personal(
        session, offer, version, [(customer.id, None)], actor=SYSTEM, at=NOON
    )[0]


def unknown(session: Session) -> str:
    return "ZZZZZZZZZZZZ"


def unknown_card(session: Session) -> str:
    return "4111111111111111"


def replaced_card(session: Session) -> str:
    customer, card = make_customer(session)
    cards.replace(session, customer.id, "lost", actor=SYSTEM, at=NOON)
    return card.number


def blocked_card(session: Session) -> str:
    _, card = make_customer(session)
    return cards.set_blocked(session, card.number, blocked=True, actor=SYSTEM, at=NOON).number


def card_of_the_forgotten(session: Session) -> str:
    customer, card = make_customer(session)
    people.erase(session, customer, actor=SYSTEM, at=NOON)
    return card.number


REFUSED: list[tuple[Make, str | None]] = [
    (unknown, None),
    (unknown_card, None),
    (replaced_card, None),
    (blocked_card, None),
    (card_of_the_forgotten, None),
    (used, "coupon_used_up"),
    (ended, "offer_ended"),
    (not_started, "offer_not_started"),
    (frozen, "coupon_frozen"),
    (revoked, "coupon_revoked"),
    (of_a_draft, "campaign_not_running"),
    (sold_out, "offer_used_up"),
    (of_somebody_else, "coupon_not_yours"),
    (for_an_audience, "not_in_audience"),
]


def test_a_code_that_can_be_used_shows_the_offer(browser: Browser, database: Database) -> None:
    code = database.transact(usable)

    english = browser.get(f"/c/{code}")
    german = browser.get(f"/C/{code}", Accept_Language="de")

    assert english.status_code == german.status_code == 200
    for shown in ("Autumn", "10% off", "€20.00", "-".join(re.findall("....", code))):
        assert shown in english.text
    assert f"/join?c={code}" in english.text
    assert "Herbst" in german.text
    assert "Autumn" not in german.text


@pytest.mark.parametrize(
    ("offer", "code", "needed"),
    [
        ({"per_customer": 1}, {}, True),
        ({"benefit": {"kind": "points", "points": 50}}, {}, True),
        ({}, {"per_customer": 1}, True),
        ({}, {}, False),
    ],
    ids=["offer", "points", "code", "none"],
)
def test_who_needs_a_card_is_told_before_the_till(
    browser: Browser,
    database: Database,
    offer: dict[str, Any],
    code: dict[str, Any],
    needed: bool,  # noqa: FBT001  # a column of the table
) -> None:
    label = "SUMMER10"
    database.transact(lambda s: make_public(s, make_offer(s, **offer), label, **code).code)

    assert ("Only with a customer card" in browser.get(f"/c/{label}").text) is needed


def test_outsiders_get_one_answer_to_whatever_cannot_be_used(
    app: Flask, browser: Browser, database: Database
) -> None:
    visitor, _ = database.transact(make_customer)
    link = links.address(visitor, app.extensions["config"])
    browser.get(re.sub("^https?://[^/]+", "", link))
    every = [database.transact(make) for make, _ in REFUSED]

    answers = [browser.get(f"/c/{code}") for code in every]
    control = browser.get(f"/c/{database.transact(usable)}")

    assert {answer.status_code for answer in answers} == {404}
    assert len({without_token(answer) for answer in answers}) == 1
    headers = [{n: v for n, v in a.headers.items() if n != "X-Request-Id"} for a in answers]
    assert all(some == headers[0] for some in headers)
    assert control.status_code == 200
    assert without_token(control) != without_token(answers[0])


@pytest.mark.parametrize(("make", "reason"), REFUSED, ids=lambda v: getattr(v, "__name__", None))
def test_the_report_learns_why(
    app: Flask, browser: Browser, database: Database, make: Make, reason: str | None
) -> None:
    visitor, _ = database.transact(make_customer)
    link = links.address(visitor, app.extensions["config"])
    browser.get(re.sub("^https?://[^/]+", "", link))
    code = database.transact(make)

    browser.get(f"/c/{code}")

    assert events(database) == ([("scanned", "refused", reason)] if reason else [])


def test_each_time_a_phone_opens_a_code_is_one_answer(browser: Browser, database: Database) -> None:
    code = database.transact(usable)

    browser.get(f"/c/{code}")
    browser.get(f"/C/{code.lower()}")

    assert events(database) == [("scanned", "accepted", None)] * 2
    event = database.look(lambda s: s.scalars(select(Response)).first())
    assert event
    assert event.campaign_id
    assert event.channel_id
    assert event.responder == f"coupon:{event.coupon_id.hex}" if event.coupon_id else False
    assert event.pseudonym is None


def test_what_no_person_opened_is_no_answer(browser: Browser, database: Database) -> None:
    code = database.transact(usable)

    browser.open("HEAD", f"/c/{code}")
    browser.get(f"/c/{code}", Sec_Purpose="prefetch;prerender")
    browser.get(f"/c/{code}", Purpose="prefetch")
    browser.get(f"/c/{code}", Sec_Fetch_Site="same-origin")

    assert events(database) == []


def test_a_personal_coupon_is_shown_to_its_owner_and_to_who_holds_the_letter(
    app: Flask, browser: Browser, database: Database
) -> None:
    def make(session: Session) -> tuple[Customer, str]:
        customer, _ = make_customer(session)
        return customer, personal(session, customer).code

    owner, code = database.transact(make)

    letter = browser.get(f"/c/{code}")
    browser.get(re.sub("^https?://[^/]+", "", links.address(owner, app.extensions["config"])))
    own = browser.get(f"/c/{code}")

    assert letter.status_code == own.status_code == 200
    assert "/join" in letter.text
    assert "/join" not in own.text
    events = database.look(lambda s: s.scalars(select(Response.pseudonym)).all())
    assert events == [owner.pseudonym] * 2


def test_the_code_of_a_card_says_nothing_of_whose_it_is(
    browser: Browser, database: Database
) -> None:
    person = {"name": "Ada Byron", "email": "ada@example.org"}
    numbers = [
        database.transact(lambda s: make_customer(s, person=person))[1].number for _ in range(2)
    ]

    pages = [browser.get(f"/c/{number}") for number in numbers]

    assert {page.status_code for page in pages} == {200}
    assert without_token(pages[0]) == without_token(pages[1])
    assert "This is a customer card" in pages[0].text
    for private in ("Ada", numbers[0][-4:], "points to"):
        assert private not in pages[0].text
    assert events(database) == []


def test_codes_cannot_be_guessed_for_long(app: Flask, browser: Browser, database: Database) -> None:
    code = database.transact(usable)
    guesses = [browser.get(f"/c/GUESS{i}") for i in range(30)]

    shut = browser.get(f"/c/{code}")
    elsewhere = Browser(app, address="10.0.0.2").get(f"/c/{code}")

    assert {guess.status_code for guess in guesses} == {404}
    assert shut.status_code == 429
    assert 0 < int(shut.headers["Retry-After"]) <= 601
    assert elsewhere.status_code == 200
    assert len(events(database)) == 1


def test_guesses_from_everywhere_are_slowed_down_for_the_merchant(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "CODE_MERCHANT", throttle.Limit(4, timedelta(minutes=10)))
    for i in range(4):
        Browser(app, address=f"10.0.0.{i}").get("/c/GUESS")

    assert Browser(app, address="10.0.1.1").get("/c/GUESS").status_code == 429


def test_good_codes_cost_no_tries(browser: Browser, database: Database) -> None:
    code = database.transact(usable)

    answers = [browser.get(f"/c/{code}") for _ in range(35)]

    assert {answer.status_code for answer in answers} == {200}


@pytest.mark.parametrize(
    "code", ["%3Cscript%3Ealert(1)%3C%2Fscript%3E", "'%20OR%201=1--", "%00", "%FF", "x" * 3000, "🂡"]
)
def test_odd_codes_are_unknown_codes(browser: Browser, code: str) -> None:
    answer = browser.get(f"/c/{code}")

    assert answer.status_code == 404
    assert "<script>alert" not in answer.text


def test_the_name_of_an_offer_is_text_whatever_it_says(
    browser: Browser, database: Database
) -> None:
    name = {"en": "<script>alert(1)</script>\"'"}
    benefit = {"kind": "free_item", "text": "<b>coffee</b>"}
    code = database.transact(
        lambda s: make_coupon(s, make_offer(s, name=name, benefit=benefit)).code
    )

    page = browser.get(f"/c/{code}").text

    assert "<script>alert" not in page
    assert "<b>coffee" not in page
    assert "&lt;b&gt;coffee" in page
