"""The customer's own pages: the card on their phone, and what is theirs to decide."""

import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock, ids, people, throttle
from core.auth import SYSTEM
from core.db import Bare, Database
from core.models import Consent, Customer, Person
from coupons import codes, issuing, offers, responses
from coupons.models import Coupon, Response
from loyalty import cards, checkout, export, links, points
from loyalty.models import Card
from tests.browser import Browser
from tests.factories import NOON, make_coupon, make_customer, make_offer, make_order, make_shop

BASE = "http://localhost:8000"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


def link_of(app: Flask, customer: Customer) -> str:
    return links.address(customer, app.extensions["config"]).removeprefix(BASE)


def personal(session: Session, customer: Customer, **given: Any) -> Coupon:
    offer = make_offer(session, **given)
    version = offers.current(session, offer)
    [made] = issuing.issue_personal(
        session, offer, version, [(customer.id, None)], actor=SYSTEM, at=NOON
    )
    return made


@pytest.fixture
def mine(app: Flask, database: Database, browser: Browser) -> tuple[Customer, Card]:
    """A customer whose card is on the browser."""
    person = {"name": "Ada Byron", "email": "ada@example.org"}
    customer, card = database.transact(lambda s: make_customer(s, person=person))
    assert browser.get(link_of(app, customer)).status_code == 303
    return customer, card


def count(database: Database, model: type[Bare]) -> int:
    return database.look(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


# the link


def test_a_link_puts_the_card_on_the_device_and_leaves_no_token_behind(
    app: Flask, browser: Browser, database: Database
) -> None:
    customer, card = database.transact(make_customer)

    answer = browser.get(link_of(app, customer))
    page = browser.get(answer.location)

    assert answer.status_code == 303
    assert answer.location == "/me"
    cookie = answer.headers["Set-Cookie"]
    for part in ("card=", "HttpOnly", "SameSite=Lax", "Max-Age=31536000"):
        assert part in cookie
    assert answer.headers["Referrer-Policy"] == "same-origin"
    assert page.status_code == 200
    assert "-".join(re.findall("....", card.number)) in page.text


def test_a_replaced_card_ends_its_links_and_cookies(
    app: Flask, browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, card = mine
    old = link_of(app, customer)

    database.transact(lambda s: cards.replace(s, customer.id, "lost", actor=SYSTEM, at=NOON))

    fresh = database.look(lambda s: s.get_one(Customer, customer.id))
    assert browser.get(old).status_code == 404
    assert "There is no card on this device" in browser.get("/me").text
    assert browser.get(link_of(app, fresh)).status_code == 303
    page = browser.get("/me").text
    assert "There is no card on this device" not in page
    assert "-".join(re.findall("....", card.number)) not in page


def test_whatever_is_wrong_with_a_link_gets_one_answer(
    app: Flask, browser: Browser, database: Database
) -> None:
    customer, _ = database.transact(make_customer)
    erased, _ = database.transact(make_customer)
    good, dead = link_of(app, customer), link_of(app, erased)
    database.transact(
        lambda s: people.erase(s, s.get_one(Customer, erased.id), actor=SYSTEM, at=NOON)
    )
    forged = good[:-2] + ("aa" if not good.endswith("aa") else "bb")

    pages = [browser.get(path) for path in (dead, forged, "/me/x", "/me/x.y.z", "/me/%00%ff")]

    assert {page.status_code for page in pages} == {404}
    assert len({re.sub(r'value="[^"]+"', "", page.text) for page in pages}) == 1
    assert all(
        "Set-Cookie" not in p.headers or "card=" not in p.headers["Set-Cookie"] for p in pages
    )


def test_a_link_outlives_the_key_it_was_made_with_as_long_as_that_is_a_fallback() -> None:
    customer = Customer(id=ids.new(), link_version=1, state="active")
    old = links.make(["old key"], customer)

    class Kept:
        def get(self, model: type[Customer], id: Any) -> Customer:
            return customer

    kept: Any = Kept()
    assert links.find(kept, ["old key", "new key"], old) is customer
    assert links.find(kept, ["new key"], old) is None
    assert links.make(["old key", "new key"], customer) == links.make(["new key"], customer)


def test_another_card_is_not_put_in_place_of_mine_unasked(
    app: Flask, browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    other, _ = database.transact(lambda s: make_customer(s, person={"name": "Mallory"}))
    path = link_of(app, other)

    asked = browser.get(path)

    assert asked.status_code == 200
    assert "Another card is on this device" in asked.text
    assert "Ada Byron" in browser.get("/me").text
    assert browser.post(path).status_code == 303
    assert "Mallory" in browser.get("/me").text


# the card


def test_the_card_shows_what_it_holds(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, card = mine

    def give(session: Session) -> Coupon:
        points.adjust(session, customer.id, 1287, "welcome", actor=SYSTEM, at=clock.now())
        shop = make_shop(session, "High Street")
        order = make_order(shop, card=card.number, total=4400)
        checkout.settle(session, order, actor=SYSTEM, at=clock.now())
        return personal(session, customer, name={"en": "Autumn", "de": "Herbst"})

    coupon = database.transact(give)

    page = browser.get("/me").text

    for shown in ("Ada Byron", "1,331", "10% off", "Autumn", "Purchase · High Street", "+44"):
        assert shown in page
    assert "-".join(re.findall("....", coupon.code)) in page
    assert "Herbst" not in page


def test_only_coupons_that_can_be_used_now_are_shown(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, _ = mine

    def give(session: Session) -> None:
        personal(session, customer, name={"en": "Usable one"})
        used = personal(session, customer, name={"en": "Used one"})
        used.used = 1
        personal(session, customer, name={"en": "Late one"}, ends_at=NOON)
        frozen = personal(session, customer, name={"en": "Frozen one"})
        frozen.state = "frozen"
        other, _ = make_customer(session)
        personal(session, other, name={"en": "Foreign one"})

    database.transact(give)

    page = browser.get("/me").text

    assert "Usable one" in page
    for hidden in ("Used one", "Late one", "Frozen one", "Foreign one"):
        assert hidden not in page


def test_a_blocked_card_says_so(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    _, card = mine
    database.transact(
        lambda s: cards.set_blocked(s, card.number, blocked=True, actor=SYSTEM, at=NOON)
    )

    assert "This card is blocked" in browser.get("/me").text


def test_a_name_is_text_whatever_it_says(app: Flask, browser: Browser, database: Database) -> None:
    name = "<script>alert(1)</script>\"'"
    customer, _ = database.transact(lambda s: make_customer(s, person={"name": name}))
    browser.get(link_of(app, customer))

    for path in ("/me", "/me/details"):
        page = browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;" in page


def test_the_card_weighs_little_and_turns_over_without_its_script(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, _ = mine
    database.transact(lambda s: [personal(s, customer) for _ in range(5)])

    page = browser.get("/me").text

    files = set(re.findall(r'(?:href|src)="/(static/[^"#?]+)', page))
    root = Path(__file__).parents[2]
    weight = len(page.encode()) + sum((root / name).stat().st_size for name in files)
    assert len(files) >= 5
    assert weight < 60_000
    assert page.count("<script") == 1
    assert re.search(r'<noscript>\s*<meta http-equiv="refresh" content="\d+">\s*</noscript>', page)
    assert "style=" not in page


def test_the_language_of_the_card_is_the_customers(
    app: Flask, browser: Browser, database: Database
) -> None:
    customer, _ = database.transact(lambda s: make_customer(s, locale="de-AT"))

    browser.get(link_of(app, customer))

    assert '<html lang="de">' in browser.get("/me").text
    browser.post("/language", language="en")
    assert '<html lang="en">' in browser.get("/me").text


def test_signing_off_takes_the_card_off_the_device_only(
    app: Flask, browser: Browser, mine: tuple[Customer, Card]
) -> None:
    customer, _ = mine

    answer = browser.post("/me/sign-off")

    assert answer.location == "/me"
    assert "There is no card on this device" in browser.get("/me").text
    assert browser.get(link_of(app, customer)).status_code == 303


@pytest.mark.parametrize("path", ["/me/details", "/me/data.json", "/me/forget"])
def test_without_a_card_there_is_nothing_to_see(browser: Browser, path: str) -> None:
    answer = browser.get(path)

    assert answer.status_code == 303
    assert answer.location == "/me"


@pytest.mark.parametrize("path", ["/me/details", "/me/consents", "/me/forget"])
def test_without_a_card_there_is_nothing_to_do(
    browser: Browser, database: Database, path: str
) -> None:
    database.transact(lambda s: make_customer(s, person={"name": "Ada"}))

    answer = browser.post(path, name="", kind="messages", answer="yes", sure="yes")

    assert answer.location == "/me"
    assert count(database, Person) == 1
    assert count(database, Consent) == 0


# what is theirs to decide


def test_consents_are_given_and_taken_back(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, _ = mine

    def standing() -> dict[str, bool]:
        return database.look(lambda s: people.consents(s, s.get_one(Customer, customer.id)))

    browser.post("/me/consents", kind="messages", answer="yes")
    browser.post("/me/consents", kind="messages", answer="yes")
    given = standing()
    browser.post("/me/consents", kind="messages", answer="no")
    taken = standing()

    assert given == {"messages": True, "tracking": False, "name_at_till": False}
    assert taken == {"messages": False, "tracking": False, "name_at_till": False}
    assert count(database, Consent) == 1
    kept = database.look(lambda s: s.scalars(select(Consent)).one())
    assert kept.source == "me"
    assert kept.withdrawn_at


def test_a_consent_nobody_asked_for_is_none(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    assert browser.post("/me/consents", kind="everything", answer="yes").status_code == 404
    assert count(database, Consent) == 0


def test_a_form_of_another_site_does_nothing(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    for path, fields in (
        ("/me/consents", {"kind": "messages", "answer": "yes"}),
        ("/me/forget", {"sure": "yes"}),
        ("/me/details", {"name": "Mallory"}),
    ):
        assert browser.open("POST", path, data=fields).status_code == 400

    assert "Ada Byron" in browser.get("/me").text
    assert count(database, Consent) == 0


def test_details_are_changed_and_cleared(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    wrong = browser.post("/me/details", name="Ada", email="nowhere", phone="12", birthday="")
    unchanged = database.look(lambda s: s.scalars(select(Person)).one())
    right = browser.post(
        "/me/details", name=" Ada L. ", email="", phone="+47 22 86 44 00", birthday="1915-12-10"
    )
    changed = database.look(lambda s: s.scalars(select(Person)).one())

    assert wrong.status_code == 422
    assert "Not a mail address." in wrong.text
    assert 'value="nowhere"' in wrong.text
    assert unchanged.email == "ada@example.org"
    assert right.location == "/me"
    assert (changed.name, changed.email, changed.phone) == ("Ada L.", None, "+4722864400")


def test_being_forgotten_asks_first_and_is_thorough(
    app: Flask, browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, card = mine
    browser.post("/me/consents", kind="messages", answer="yes")
    figures = database.transact(lambda s: answered(s, customer))

    asked = browser.get("/me/forget")
    unsure = browser.post("/me/forget")
    still_there = count(database, Person)
    done = browser.post("/me/forget", sure="yes")

    assert "This cannot be undone" in asked.text
    assert unsure.status_code == 422
    assert still_there == 1
    assert done.location == "/me"
    page = browser.get("/me").text
    assert "You are forgotten" in page
    assert "There is no card on this device" in page
    assert browser.get(link_of(app, customer)).status_code == 404
    assert count(database, Person) == count(database, Consent) == 0
    assert database.look(lambda s: s.get_one(Customer, customer.id)).state == "erased"
    assert database.look(lambda s: s.scalars(select(Response.pseudonym)).all()) == figures
    assert browser.get(f"/c/{card.number}").status_code == 404


def answered(session: Session, customer: Customer) -> list[str | None]:
    coupon = personal(session, customer)
    connection = session.connection()
    responses.scanned(connection, codes.one(connection, coupon.code), None, at=NOON)
    return [customer.pseudonym]


# taking along


def test_what_they_take_along_is_all_of_theirs_and_nothing_of_others(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    customer, card = mine

    def live(session: Session) -> tuple[list[str], list[str]]:
        shop = make_shop(session)
        other, other_card = make_customer(
            session, person={"name": "Grace Hopper", "email": "grace@example.org"}
        )
        told, untold = [], []
        for one, number, words in (
            (customer, card.number, told),
            (other, other_card.number, untold),
        ):
            people.agree(session, one, "messages", source="api", at=NOON)
            points.adjust(session, one.id, 500, f"gift {one.id.hex}", actor=SYSTEM, at=clock.now())
            coupon = personal(session, one, name={"en": f"For {one.id.hex}"})
            order = make_order(
                shop, coupon.code, card=number, total=1000, receipt=f"receipt-{one.id.hex}"
            )
            checkout.settle(session, order, actor=SYSTEM, at=clock.now())
            words += [number, one.pseudonym, one.id.hex, coupon.code, f"gift {one.id.hex}"]
            words += [f"For {one.id.hex}", f"receipt-{one.id.hex}"]
        return [*told, "Ada Byron", "ada@example.org"], [*untold, "Grace Hopper", "grace@"]

    told, untold = database.transact(live)

    answer = browser.get("/me/data.json")

    assert answer.mimetype == "application/json"
    assert 'filename="my-data.json"' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    for word in told:
        assert word in answer.text
    for word in untold:
        assert word not in answer.text
    kept = json.loads(answer.text)
    for table in ("card", "consent", "ledger_entry", "lot", "purchase", "redemption", "response"):
        assert kept[table], table
    assert "password_hash" not in answer.text


def test_no_table_that_names_a_customer_is_left_out_of_what_they_take_along() -> None:
    by_id = {m.__tablename__ for m in export.OF_CUSTOMER}
    by_pseudonym = {m.__tablename__ for m in export.OF_PSEUDONYM}

    for table in Bare.metadata.tables.values():
        if table.name != "customer" and any(
            column.name == "customer_id"
            or "customer.id" in {k.target_fullname for k in column.foreign_keys}
            for column in table.columns
        ):
            assert table.name in by_id, (
                f"{table.name} names a customer: add it to loyalty/export.py"
            )
        if "pseudonym" in table.columns and table.name != "customer":
            assert table.name in by_pseudonym


# getting a card


Fields = dict[str, str]


def form_of(browser: Browser, path: str = "/join") -> Fields:
    page = browser.get(path).text
    return dict(re.findall(r'name="(c|once)"[^>]*value="([^"]*)"', page))


def test_a_card_needs_nothing(browser: Browser, database: Database) -> None:
    page = browser.get("/join")

    answer = browser.post("/join", **form_of(browser))

    assert "checked" not in page.text
    assert answer.status_code == 303
    assert answer.location == "/me"
    assert "Welcome!" in browser.get("/me").text
    assert count(database, Customer) == count(database, Card) == 1
    assert count(database, Person) == count(database, Consent) == 0


def test_what_is_told_and_agreed_to_is_kept(browser: Browser, database: Database) -> None:
    browser.post("/language", language="de")

    browser.post(
        "/join",
        name="Ada",
        email="Ada@Example.org",
        phone="",
        birthday="",
        messages="y",
        **form_of(browser),
    )

    person = database.look(lambda s: s.scalars(select(Person)).one())
    consent = database.look(lambda s: s.scalars(select(Consent)).one())
    assert (person.name, person.email, person.phone) == ("Ada", "ada@example.org", None)
    assert (consent.kind, consent.source) == ("messages", "join")
    assert database.look(lambda s: s.scalars(select(Customer)).one()).locale == "de"


def test_a_mistake_makes_no_card_and_loses_nothing(browser: Browser, database: Database) -> None:
    answer = browser.post("/join", name="Ada", email="nowhere", messages="y", **form_of(browser))

    assert answer.status_code == 422
    assert "Not a mail address." in answer.text
    assert 'value="Ada"' in answer.text
    assert "checked" in answer.text
    assert count(database, Customer) == 0


def test_a_form_sent_twice_makes_one_card(app: Flask, database: Database) -> None:
    first, second = Browser(app), Browser(app)
    fields = form_of(first)

    first.post("/join", **fields)
    second.post("/join", **fields)
    other = Browser(app)
    other.post("/join", **form_of(other))

    assert count(database, Customer) == 2


def test_the_next_one_at_the_device_cannot_send_the_form_before_again(
    browser: Browser, database: Database
) -> None:
    page = browser.get("/join").text
    fields = dict(re.findall(r'name="(once|csrf_token)"[^>]*value="([^"]*)"', page))
    browser.open("POST", "/join", data=fields)
    browser.post("/me/sign-off")

    again = browser.open("POST", "/join", data=fields)

    assert again.status_code == 400
    assert "There is no card on this device" in browser.get("/me").text
    assert count(database, Customer) == 1


def test_who_comes_by_a_coupon_is_counted_for_it(browser: Browser, database: Database) -> None:
    coupon = database.transact(make_coupon)
    fields = form_of(browser, f"/join?c={coupon.code.lower()}")

    browser.post("/join", **fields)

    assert "your coupon with it" in browser.get("/me").text
    event = database.look(lambda s: s.scalars(select(Response)).one())
    customer = database.look(lambda s: s.scalars(select(Customer)).one())
    assert (event.kind, event.outcome, event.coupon_id) == ("joined", "accepted", coupon.id)
    assert event.campaign_id
    assert event.channel_id
    assert event.pseudonym == customer.pseudonym


@pytest.mark.parametrize("code", ["NOSUCHCODE12", "", "<script>", "4111111111111111"])
def test_a_code_that_is_none_does_no_harm(browser: Browser, database: Database, code: str) -> None:
    page = browser.open("GET", "/join", query_string={"c": code}).text
    answer = browser.post("/join", **form_of(browser) | {"c": code})

    assert "<script>" not in page
    assert answer.location == "/me"
    assert count(database, Response) == 0


def test_cards_are_not_made_by_the_thousand(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.portal.join.JOIN", throttle.Limit(3, timedelta(minutes=15)))
    answers = []
    for _ in range(4):
        browser = Browser(app)
        answers.append(browser.post("/join", **form_of(browser)))
    elsewhere = Browser(app, address="10.0.0.2")

    assert [answer.status_code for answer in answers] == [303, 303, 303, 429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert count(database, Customer) == 3
    assert elsewhere.post("/join", **form_of(elsewhere)).status_code == 303


def test_who_has_a_card_is_not_given_another(
    browser: Browser, database: Database, mine: tuple[Customer, Card]
) -> None:
    assert browser.get("/join").location == "/me"
    assert browser.post("/join").location == "/me"
    assert count(database, Customer) == 1
