"""Joining on one's own phone by a friend's code."""

import re

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.db import Database
from loyalty import cards
from loyalty.models import Referral, Trace
from loyalty.referrals import codes
from loyalty.referrals import scheme as schemes
from tests.browser import Browser
from tests.factories import NOON

HIDDEN = re.compile(r'name="(c|once)"[^>]*value="([^"]*)"')


def make_code(database: Database) -> str:
    def work(session: Session) -> str:
        promised = {"active": True, "friend": {"points": 200}}
        schemes.change(session, promised, actor=SYSTEM, at=NOON)
        customer, _ = cards.enrol(session, actor=SYSTEM, at=NOON)
        return codes.of_customer(session, customer.id, at=NOON)

    return database.transact(work)


def join(browser: Browser, code: str) -> int:
    fields = dict(HIDDEN.findall(browser.get(f"/join?c={code}").text))
    return browser.post("/join", **fields).status_code


def referrals(database: Database) -> list[tuple[str, list[str]]]:
    with database.reading() as session:
        rows = session.execute(
            select(Referral.state, Referral.reasons).order_by(Referral.attributed_at)
        )
        return [(state, reasons) for state, reasons in rows]


def test_a_friend_joins_by_the_code_of_the_link(app: Flask, database: Database) -> None:
    code = make_code(database)

    assert join(Browser(app), code.lower()) == 303

    assert referrals(database) == [("attributed", [])]


def test_who_joins_again_on_the_same_device_is_looked_at_twice(
    app: Flask, database: Database
) -> None:
    code = make_code(database)
    browser, control = Browser(app), Browser(app)
    control.base = {"REMOTE_ADDR": "203.0.113.9"}
    join(browser, code)
    browser.post("/me/sign-off")

    join(browser, code)
    join(control, code)

    assert referrals(database) == [
        ("attributed", []),
        ("review", ["same_device", "same_address"]),
        ("attributed", []),
    ]


def test_whatever_the_code_is_there_is_a_card(app: Flask, database: Database) -> None:
    assert join(Browser(app), "000000000000") == 303

    assert referrals(database) == []


@pytest.mark.parametrize("code", ["", "000000000000"])
def test_nothing_is_kept_of_a_device_that_came_by_no_friend(
    app: Flask, database: Database, code: str
) -> None:
    join(Browser(app), code)

    with database.reading() as session:
        assert session.scalars(select(Trace)).all() == []
