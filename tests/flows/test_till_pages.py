"""A device becomes a till, and a cashier signs on at it with a PIN."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core import clock, shops, staff
from core.auth import SYSTEM
from core.db import Database
from core.models import SignOn, Staff, Till
from tests.browser import Browser
from tests.factories import NOON, make_shop, make_staff, make_till

PIN = "4711"


@pytest.fixture
def browser(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def code(database: Database) -> str:
    """The code of a till that waits for its device."""
    return database.transact(
        lambda s: shops.add_till(s, make_shop(s), "Till 1", actor=SYSTEM, at=clock.now())
    )[1]


def make_cashier(session: Session, till: Till | None = None, **given: object) -> Staff:
    shop = till.shop_id if till else None
    person = make_staff(session, **{"shop_id": shop, "name": "Ines"} | given)
    staff.set_pin(session, person, PIN, actor=SYSTEM, at=NOON)
    return person


@pytest.fixture
def place(database: Database, browser: Browser) -> tuple[Till, Staff]:
    """A till on the browser, and somebody who may work at it."""

    def make(session: Session) -> tuple[Till, str, Staff]:
        till, token = make_till(session)
        return till, token, make_cashier(session, till)

    till, token, person = database.transact(make)
    browser.client.set_cookie("till_device", token)
    return till, person


def sign_on(browser: Browser, person: Staff, pin: str = PIN) -> TestResponse:
    return browser.post("/till/sign-on", staff=str(person.id), pin=pin)


def count_sign_ons(database: Database) -> int:
    return database.look(lambda s: s.scalar(select(func.count()).select_from(SignOn)) or 0)


def test_a_device_without_a_till_is_led_to_its_code(browser: Browser) -> None:
    asked = browser.get("/till")
    signing = browser.get("/till/sign-on")

    assert asked.status_code == 303
    assert asked.location == "/till/sign-on"
    assert signing.status_code == 303
    assert signing.location == "/till/enrol"
    assert browser.post("/till/sign-on", staff="x", pin=PIN).location == "/till/enrol"


def test_a_code_makes_a_device_the_till_once(browser: Browser, app: Flask, code: str) -> None:
    first = browser.post("/till/enrol", code=code.lower().replace("-", " "))
    second = Browser(app).post("/till/enrol", code=code)

    assert first.status_code == 303
    assert first.location == "/till/sign-on"
    cookie = first.headers["Set-Cookie"]
    assert cookie.startswith("till_device=")
    for part in ("HttpOnly", "SameSite=Strict", "Max-Age=31536000", "Path=/"):
        assert part in cookie
    assert browser.get("/till/sign-on").status_code == 200
    assert second.status_code == 401


def test_the_device_cookie_insists_on_https_where_there_is_https(
    browser: Browser, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.config.Config.secure", property(lambda _: True))

    answer = browser.post("/till/enrol", code=code)

    assert "Secure" in answer.headers["Set-Cookie"]


def test_codes_cannot_be_guessed_for_long(browser: Browser, app: Flask, code: str) -> None:
    answers = [browser.post("/till/enrol", code="WRONG") for _ in range(10)]

    shut = browser.post("/till/enrol", code=code)
    elsewhere = Browser(app, address="10.0.0.2").post("/till/enrol", code=code)

    assert {answer.status_code for answer in answers} == {401}
    assert shut.status_code == 429
    assert 0 < int(shut.headers["Retry-After"]) <= 15 * 60 + 1
    assert elsewhere.status_code == 303


def test_a_cashier_signs_on_with_a_pin(browser: Browser, place: tuple[Till, Staff]) -> None:
    till, person = place

    answer = sign_on(browser, person)
    page = browser.get("/till")

    assert answer.status_code == 303
    assert answer.location == "/till"
    assert page.status_code == 200
    for shown in (till.label, person.name, 'data-currency="EUR"', 'data-exponent="2"'):
        assert shown in page.text
    assert browser.client.get("/admin").status_code != 200


def test_signing_on_begins_a_fresh_session_and_keeps_the_language(
    browser: Browser, place: tuple[Till, Staff]
) -> None:
    _, person = place
    with browser.client.session_transaction() as session:
        session["planted"] = "by somebody else"
        session["language"] = "de"

    sign_on(browser, person)

    with browser.client.session_transaction() as session:
        assert "planted" not in session
        assert session["language"] == "de"
        assert session["till_token"]


Wrong = Callable[[Database, Till, Staff], dict[str, str]]


def elsewhere(database: Database, till: Till, person: Staff) -> dict[str, str]:
    def make(session: Session) -> Staff:
        return make_cashier(session, make_till(session)[0])

    return {"staff": str(database.transact(make).id), "pin": PIN}


def marketer(database: Database, till: Till, person: Staff) -> dict[str, str]:
    made = database.transact(lambda s: make_cashier(s, role="marketer"))
    return {"staff": str(made.id), "pin": PIN}


@pytest.mark.parametrize(
    "wrong",
    [
        lambda d, t, p: {"staff": str(p.id), "pin": "1234"},
        lambda d, t, p: {"staff": str(p.id), "pin": ""},
        lambda d, t, p: {"staff": str(uuid4()), "pin": PIN},
        lambda d, t, p: {"staff": "' OR 1=1 --", "pin": PIN},
        lambda d, t, p: {},
        elsewhere,
        marketer,
    ],
)
def test_whatever_is_wrong_gets_one_answer(
    browser: Browser, database: Database, place: tuple[Till, Staff], wrong: Wrong
) -> None:
    answer = browser.post("/till/sign-on", **wrong(database, *place))

    assert answer.status_code == 401
    assert "That did not match" in answer.text
    assert count_sign_ons(database) == 0
    assert browser.get("/till").status_code == 303


def test_after_five_wrong_pins_the_right_one_has_to_wait(
    browser: Browser,
    database: Database,
    place: tuple[Till, Staff],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    till, person = place
    colleague = database.transact(lambda s: make_cashier(s, till, name="Omar"))
    wrong = [sign_on(browser, person, "1234") for _ in range(5)]

    shut = sign_on(browser, person)
    beside = sign_on(browser, colleague)
    later = clock.now() + timedelta(minutes=11)
    monkeypatch.setattr(clock, "now", lambda: later)
    open_again = sign_on(browser, person)

    assert {answer.status_code for answer in wrong} == {401}
    assert shut.status_code == 429
    assert int(shut.headers["Retry-After"]) > 0
    assert "Too many attempts" in shut.text
    assert beside.status_code == 303
    assert open_again.status_code == 303


def test_a_right_pin_clears_the_wrong_ones(browser: Browser, place: tuple[Till, Staff]) -> None:
    _, person = place
    for _ in range(3):
        for _ in range(4):
            sign_on(browser, person, "1234")

        assert sign_on(browser, person).status_code == 303


def test_who_signs_off_is_off_everywhere(browser: Browser, place: tuple[Till, Staff]) -> None:
    _, person = place
    sign_on(browser, person)
    with browser.client.session_transaction() as session:
        stolen = session["till_token"]

    answer = browser.post("/till/sign-off")

    assert answer.location == "/till/sign-on"
    assert browser.get("/till").status_code == 303
    with browser.client.session_transaction() as session:
        session["till_token"] = stolen
    assert browser.get("/till").status_code == 303
    assert browser.get("/till/sign-on").status_code == 200


def test_a_till_that_is_suspended_is_out_at_once(
    browser: Browser, database: Database, place: tuple[Till, Staff]
) -> None:
    till, person = place
    sign_on(browser, person)

    database.transact(
        lambda s: shops.move_till(s, till.id, "suspend", actor=SYSTEM, at=clock.now())
    )

    assert browser.get("/till").location == "/till/sign-on"
    assert browser.get("/till/sign-on").location == "/till/enrol"
    assert "This till is suspended" in browser.get("/till/enrol").text


def test_a_till_that_opens_the_page_for_its_code_finds_its_way_back(
    browser: Browser, database: Database, place: tuple[Till, Staff]
) -> None:
    till, _ = place

    page = browser.get("/till/enrol").text

    assert "This device is a till already." in page
    assert 'href="/till"' in page
    assert till.label in page
    browser.client.set_cookie("till_device", "nonsense")
    stranger = browser.get("/till/enrol").text
    assert "This device is a till already." not in stranger
    assert "suspended" not in stranger


def test_the_session_of_one_till_is_none_at_another(
    browser: Browser, database: Database, place: tuple[Till, Staff]
) -> None:
    _, person = place
    sign_on(browser, person)
    _, other = database.transact(make_till)

    browser.client.set_cookie("till_device", other)

    assert browser.get("/till").status_code == 303


def test_a_session_ends_by_itself(
    browser: Browser, place: tuple[Till, Staff], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, person = place
    sign_on(browser, person)
    tomorrow: datetime = clock.now() + timedelta(hours=13)

    monkeypatch.setattr(clock, "now", lambda: tomorrow)

    assert browser.get("/till").location == "/till/sign-on"


def test_a_name_is_text_whatever_it_says(browser: Browser, database: Database) -> None:
    def make(session: Session) -> tuple[str, Staff]:
        till, token = make_till(session)
        return token, make_cashier(session, till, name="<script>alert(1)</script>\"'")

    token, person = database.transact(make)
    browser.client.set_cookie("till_device", token)

    gate = browser.get("/till/sign-on").text
    sign_on(browser, person)
    page = browser.get("/till").text

    for text in (gate, page):
        assert "<script>alert" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&#34;&#39;" in text


def test_a_form_of_another_site_does_nothing(
    browser: Browser, database: Database, place: tuple[Till, Staff]
) -> None:
    _, person = place

    answer = browser.open("POST", "/till/sign-on", data={"staff": str(person.id), "pin": PIN})

    assert answer.status_code == 400
    assert count_sign_ons(database) == 0


def test_a_code_typed_before_the_script_runs_stays_out_of_the_address(
    browser: Browser, place: tuple[Till, Staff]
) -> None:
    sign_on(browser, place[1])

    page = browser.get("/till").text

    form = page.partition('id="code-form"')[2].partition("</form>")[0]
    assert 'id="code"' in form
    assert " name=" not in form
