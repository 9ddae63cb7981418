"""Whoever agreed to messages is told once for each date that points are about to expire."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import customers, outbox, people
from core.auth import SYSTEM
from core.config import Config
from core.db import Database
from core.models import Outbox
from loyalty import expiry, ledger, links, night, points, reminders, sweeping
from loyalty.ledger import Why
from loyalty.models import Account
from tests.factories import MANAGER, NOON, make_customer
from tests.loyalty.test_expiry import give, set_rules, utc
from tests.postbox import Postbox, open_postbox

END = utc("2026-04-30T22:00")
SOON = END - timedelta(days=10)
ADA = {"name": "Ada Byron", "email": "ada@example.org"}

Work = Callable[[datetime], None]


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as box:
        yield box


@pytest.fixture
def config(app: Flask, postbox: Postbox) -> Iterator[Config]:
    """The settings of a shop that can send mail."""
    before: Config = app.extensions["config"]
    found = replace(
        before, smtp_url=f"smtp://127.0.0.1:{postbox.port}", mail_from="hi@corner.example"
    )
    app.extensions["config"] = found
    yield found
    app.extensions["config"] = before


@pytest.fixture
def work(app: Flask, database: Database, config: Config, monkeypatch: pytest.MonkeyPatch) -> Work:
    """Let a night pass, and the mail go out."""

    def pass_night(at: datetime) -> None:
        with app.app_context():
            night.run(database, at)
            outbox.work(database, at=at)

    return pass_night


def with_points(database: Database, rules: dict[str, Any] | None = None, **given: Any) -> UUID:
    """Return a customer who agreed to messages and holds 1,500 points that end with April."""

    def make(session: Session) -> UUID:
        set_rules(session, **rules or {"expiry_months": 1})
        usual = {"person": ADA, "consents": ["messages"]}
        customer, _ = make_customer(session, **usual | given)
        give(session, customer.id, 1500, NOON)
        session.execute(Outbox.__table__.delete())
        return customer.id

    return database.transact(make)


def test_the_mail_says_how_many_expire_and_the_last_day_in_the_customers_language(
    database: Database, postbox: Postbox, config: Config, work: Work
) -> None:
    id = with_points(database, locale="de")

    work(SOON)

    [letter] = postbox.letters
    assert letter["To"] == "ada@example.org"
    assert "1.500 Punkte" in letter["Subject"]
    assert "30.04.2026" in letter["Subject"]
    link = database.look(lambda s: links.address(customers.find(s, id), config))
    for kind in ("plain", "html"):
        body = letter.get_body((kind,))
        assert body
        assert link in body.get_content()
        assert "30.04.2026" in body.get_content()
        assert "Byron" not in body.get_content()


@pytest.mark.parametrize(
    "rules",
    [{"expiry_months": 1}, {"expiry": "yearly", "expiry_day": "04-30"},
     {"expiry": "inactivity", "expiry_months": 1}],
)  # fmt: skip
def test_it_is_told_once_for_each_date(
    database: Database, postbox: Postbox, work: Work, rules: dict[str, Any]
) -> None:
    id = with_points(database, rules)

    work(END - timedelta(days=31))
    early = len(postbox.letters)
    for days in (30, 29, 1):
        work(END - timedelta(days=days))
    once = len(postbox.letters)
    work(END)
    database.transact(lambda s: give(s, id, 100, END))
    work(utc("2027-04-20T12:00") if "expiry_day" in rules else utc("2026-06-20T12:00"))

    assert (early, once, len(postbox.letters)) == (0, 1, 2)


def test_who_did_not_agree_gave_no_address_or_is_blocked_is_not_told(
    database: Database, postbox: Postbox, work: Work
) -> None:
    with_points(database, consents=[])
    with_points(database, person={"phone": "+4722864400"})
    with_points(database, person=None, consents=[])
    blocked = with_points(database)
    gone = with_points(database)

    def change(session: Session) -> None:
        customers.set_blocked(session, blocked, blocked=True, actor=SYSTEM, at=NOON)
        people.withdraw(session, customers.find(session, gone), "messages", at=NOON)

    database.transact(change)

    work(SOON)

    assert postbox.letters == []
    assert database.look(lambda s: set(s.scalars(select(Account.reminded_for)))) == {None}


def test_who_agrees_later_is_told_then(database: Database, postbox: Postbox, work: Work) -> None:
    id = with_points(database, consents=[])
    work(SOON)

    database.transact(
        lambda s: people.agree(s, customers.find(s, id), "messages", source="api", at=SOON)
    )
    work(SOON + timedelta(hours=1))

    assert len(postbox.letters) == 1


def test_who_has_spent_them_or_took_back_the_consent_before_the_mail_was_written_gets_none(
    app: Flask, database: Database, postbox: Postbox, work: Work
) -> None:
    spent, gone = with_points(database), with_points(database)
    with app.app_context():
        reminders.remind(database, SOON)

    def change(session: Session) -> None:
        account = expiry.lock(session.connection(), spent, at=SOON)
        ledger.spend(session.connection(), account, 1500, why=Why(SOON, "test"))
        people.withdraw(session, customers.find(session, gone), "messages", at=SOON)

    owed = database.look(lambda s: s.scalars(select(Outbox.topic)).all())
    database.transact(change)
    work(SOON)

    assert list(owed) == [reminders.TOPIC] * 2
    assert postbox.letters == []


def test_a_mail_that_could_not_be_sent_in_time_is_not_sent_too_late(
    app: Flask, database: Database, postbox: Postbox, work: Work
) -> None:
    with_points(database)
    with app.app_context():
        reminders.remind(database, SOON)

    work(END)

    assert postbox.letters == []


def test_without_a_mail_server_nobody_is_marked_as_told(app: Flask, database: Database) -> None:
    with_points(database)

    with app.app_context():
        night.run(database, SOON)

    assert database.look(lambda s: s.scalars(select(Account.reminded_for)).one()) is None


def test_no_days_means_no_reminder(database: Database, postbox: Postbox, work: Work) -> None:
    with_points(database, {"expiry_months": 1, "remind_days": 0})

    work(SOON)

    assert postbox.letters == []


def test_any_number_of_customers_is_told_each_once(
    app: Flask,
    database: Database,
    config: Config,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sweeping.customers.__kwdefaults__, "most", 2)
    ids = {with_points(database).hex for _ in range(5)}
    database.transact(lambda s: s.execute(Outbox.__table__.delete()))

    with app.app_context():
        reminders.remind(database, SOON)
        reminders.remind(database, SOON)

    owed = database.look(lambda s: [row["customer"] for row in s.scalars(select(Outbox.payload))])
    assert sorted(owed) == sorted(ids)


def test_the_night_does_everything_in_its_order_and_twice_changes_nothing(
    app: Flask, database: Database
) -> None:
    def make(session: Session) -> UUID:
        set_rules(session, expiry_months=1, pending_days=10)
        customer, _ = make_customer(session)
        give(session, customer.id, 100, NOON)
        set_rules(session, NOON, pending_days=0, expiry_months=24)
        points.adjust(session, customer.id, 7, "gift", actor=MANAGER, at=NOON)
        return customer.id

    id = database.transact(make)
    with app.app_context():
        night.run(database, NOON + timedelta(days=10))
        due = database.look(lambda s: ledger.stored(s.connection(), id))
        night.run(database, END)
        night.run(database, END)
    rest = database.look(lambda s: ledger.stored(s.connection(), id))

    assert (due.available, due.pending) == (107, 0)
    assert (rest.available, rest.pending) == (7, 0)
