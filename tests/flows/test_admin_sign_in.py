"""Coming in at the desk: who may, how often they may guess, and where they are led."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, staff, throttle
from core.auth import SYSTEM
from core.db import Database
from core.models import SignOn, Staff
from core.throttle import Limit
from tests.desk import PASSWORD, Desk, at_desk, forms_of
from tests.factories import make_staff


@pytest.fixture
def owner(database: Database) -> Staff:
    def make(session: object) -> Staff:
        made = make_staff(session, role="owner", name="Olga", email="olga@example.com")
        staff.set_password(session, made, PASSWORD, actor=SYSTEM, at=clock.now())
        return made

    return database.transact(make)


def test_who_is_not_signed_in_is_led_to_the_form_and_back(app: Flask, owner: Staff) -> None:
    desk = Desk(app)

    refused = desk.get("/admin/shops?cursor=")
    followed = desk.send(str(refused.location), email="Olga@Example.com ", password=PASSWORD)

    assert refused.status_code == 303
    assert refused.location.startswith("/admin/sign-in?next=")
    assert Desk(app).get("/admin").location == "/admin/sign-in?next=/admin"
    assert followed.status_code == 303
    assert followed.location == "/admin/shops?cursor="
    assert desk.get("/admin").status_code == 200


@pytest.mark.parametrize(
    "goal",
    [
        "https://evil.example/admin", "//evil.example/admin", "/\\evil.example", "/till",
        "/administrator", "javascript:alert(1)", "/admin/../till", "/admin\r\nX: y",
    ],
)  # fmt: skip
def test_nobody_is_led_to_another_place(app: Flask, owner: Staff, goal: str) -> None:
    desk = Desk(app)
    desk.get("/admin/sign-in")

    page = desk.client.get("/admin/sign-in", query_string={"next": goal}, environ_base=desk.base)
    action, held = forms_of(page.text)[0]
    held |= {"email": ["olga@example.com"], "password": [PASSWORD]}
    answer = desk.client.post(action, data=held, environ_base=desk.base)

    assert answer.status_code == 303
    assert answer.location == "/admin"


def test_unknown_and_wrong_get_one_answer(app: Flask, owner: Staff) -> None:
    unknown = Desk(app).sign_in("nobody@example.com", "something-wrong")
    wrong = Desk(app).sign_in("olga@example.com", "something-wrong")

    assert unknown.status_code == wrong.status_code == 401
    said = "That did not match"
    assert said in unknown.text
    assert said in wrong.text


def test_what_was_typed_stays_but_for_the_password(app: Flask, owner: Staff) -> None:
    page = Desk(app).sign_in("olga@example.com", "something-wrong").text

    assert 'value="olga@example.com"' in page
    assert "something-wrong" not in page


def test_an_account_is_shut_where_it_was_guessed_at_and_open_to_its_owner(
    app: Flask, owner: Staff
) -> None:
    for _ in range(throttle.SIGN_IN.failures):
        answer = Desk(app, "10.1.0.1").sign_in("olga@example.com", "wrong")
        assert answer.status_code == 401

    shut = Desk(app, "10.1.0.1").sign_in("olga@example.com")
    other = Desk(app, "10.1.0.1").sign_in("other@example.com", "wrong")
    at_home = Desk(app, "10.2.0.1").sign_in("olga@example.com")

    assert shut.status_code == 429
    assert "Too many attempts" in shut.text
    assert other.status_code == 401
    assert at_home.status_code == 303


def test_an_account_is_shut_to_all_after_guesses_from_many_addresses(
    app: Flask, owner: Staff, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "SIGN_IN_ACCOUNT", Limit(5, timedelta(minutes=15)))
    for number in range(5):
        Desk(app, f"10.1.0.{number}").sign_in("olga@example.com", "wrong")

    assert Desk(app, "10.2.0.1").sign_in("olga@example.com").status_code == 429


def test_an_address_is_shut_after_too_many_wrong_guesses(app: Flask, owner: Staff) -> None:
    for number in range(throttle.SIGN_IN_ADDRESS.failures):
        Desk(app, "10.3.0.1").sign_in(f"guess{number}@example.com", "wrong")

    from_there = Desk(app, "10.3.0.1").sign_in("olga@example.com")
    elsewhere = Desk(app, "10.3.0.2").sign_in("olga@example.com")

    assert from_there.status_code == 429
    assert elsewhere.status_code == 303


def test_signing_in_begins_a_fresh_session(app: Flask, owner: Staff) -> None:
    desk = Desk(app)
    with desk.client.session_transaction() as before:
        before |= {"token": "planted", "language": "de", "till_token": "of another face"}

    desk.sign_in("olga@example.com")

    with desk.client.session_transaction() as after:
        assert set(after) - {"csrf_token", "_flashes"} == {"token", "language"}
        assert "planted" not in after.values()


def test_signing_out_ends_the_session_in_the_database(app: Flask, database: Database) -> None:
    desk = at_desk(app, "owner")
    with desk.client.session_transaction() as held:
        token = held["token"]

    assert desk.done("/admin", "/admin/sign-out") == "/admin/sign-in"

    with desk.client.session_transaction() as held:
        held["token"] = token
    assert desk.get("/admin").status_code == 303
    ended: list[datetime | None] = database.look(lambda s: list(s.scalars(select(SignOn.ended_at))))
    assert all(ended)


def test_a_cashier_has_nothing_to_do_here(app: Flask, database: Database) -> None:
    def make(session: object) -> None:
        made = make_staff(session, role="cashier", name="Carl", email="carl@example.com")
        staff.set_password(session, made, PASSWORD, actor=SYSTEM, at=clock.now())

    database.transact(make)
    desk = Desk(app)

    answer = desk.sign_in("carl@example.com")

    assert answer.status_code == 403
    assert desk.get("/admin").status_code == 303


def test_a_session_ends_by_itself(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = at_desk(app, "owner")
    later = clock.now() + staff.SIGNED_IN_FOR + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)

    assert desk.get("/admin").status_code == 303


def test_one_changes_ones_own_password_and_stays_in(app: Flask) -> None:
    here, elsewhere = at_desk(app, "owner"), Desk(app, "10.0.0.8")
    elsewhere.sign_in("owner@example.com")
    new = "a better one, with words"

    wrong = here.send("/admin/account", old="not it", new=new, again=new)
    unequal = here.send("/admin/account", old=PASSWORD, new=new, again="other words here")
    short = here.send("/admin/account", old=PASSWORD, new="short", again="short")
    right = here.send("/admin/account", old=PASSWORD, new=new, again=new)

    assert [a.status_code for a in (wrong, unequal, short, right)] == [422, 422, 422, 303]
    assert here.get("/admin").status_code == 200
    assert elsewhere.get("/admin").status_code == 303
    assert Desk(app, "10.0.0.7").sign_in("owner@example.com", new).status_code == 303


def test_the_language_is_chosen_on_any_page_and_stays(app: Flask) -> None:
    desk = at_desk(app, "owner")

    back = desk.send("/admin/account", "/language", language="de")

    assert back.location == "/admin/account"
    assert '<html lang="de">' in desk.page("/admin")
    assert Desk(app).client.post("/language", data={"language": "de"}).status_code == 400
