"""Whoever gave a mail address gets the link to their card, once and in their language."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, outbox, people
from core.auth import SYSTEM
from core.config import Config
from core.db import Database
from core.models import Outbox
from loyalty import links
from tests.factories import NOON, make_customer
from tests.postbox import Postbox, open_postbox
from tests.server import free_port

Set = Callable[..., None]


@pytest.fixture
def configure(app: Flask) -> Iterator[Set]:
    """Change settings for one test."""
    before: Config = app.extensions["config"]

    def change(**given: Any) -> None:
        app.extensions["config"] = replace(before, **given)

    yield change
    app.extensions["config"] = before


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as box:
        yield box


def work(app: Flask, database: Database) -> None:
    with app.app_context():
        outbox.work(database, at=clock.now())


def owed(database: Database) -> list[tuple[bool, str | None]]:
    rows = select(Outbox.done_at, Outbox.problem)
    return database.look(lambda s: [(bool(done), problem) for done, problem in s.execute(rows)])


def test_the_link_in_the_mail_opens_the_card(
    app: Flask,
    database: Database,
    postbox: Postbox,
    configure: Set,
) -> None:
    configure(smtp_url=f"smtp://127.0.0.1:{postbox.port}", mail_from="hi@corner.example")
    person = {"name": "Ada Byron", "email": "ada@example.org"}
    customer, _ = database.transact(lambda s: make_customer(s, person=person, locale="de"))

    work(app, database)
    work(app, database)

    [letter] = postbox.letters
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert letter["To"] == "ada@example.org"
    assert text
    assert html
    link = links.address(customer, app.extensions["config"])
    assert link in text.get_content()
    assert link in html.get_content()
    opened = app.test_client().get(re.sub(r"^https?://[^/]+", "", link))
    assert opened.status_code == 303
    assert opened.headers["Set-Cookie"].startswith("card=")


def test_a_mail_holds_no_more_than_it_needs(
    app: Flask,
    database: Database,
    postbox: Postbox,
    configure: Set,
) -> None:
    configure(smtp_url=f"smtp://127.0.0.1:{postbox.port}", mail_from="hi@corner.example")
    person = {"name": "Ada Byron", "email": "ada@example.org", "phone": "+4722864400"}
    customer, card = database.transact(lambda s: make_customer(s, person=person))

    work(app, database)

    [letter] = postbox.letters
    for private in ("Ada", "Byron", "+4722864400", card.number, customer.pseudonym):
        assert private not in letter.as_string()
    html = letter.get_body(("html",))
    assert html
    assert "<img" not in html.get_content()


def test_without_a_mail_server_there_is_nothing_to_do(app: Flask, database: Database) -> None:
    database.transact(lambda s: make_customer(s, person={"email": "ada@example.org"}))

    work(app, database)

    assert owed(database) == [(True, None)]


def test_who_gave_no_address_or_was_forgotten_gets_no_mail(
    app: Flask,
    database: Database,
    postbox: Postbox,
    configure: Set,
) -> None:
    configure(smtp_url=f"smtp://127.0.0.1:{postbox.port}", mail_from="hi@corner.example")
    database.transact(make_customer)

    def forgotten(session: Any) -> None:
        customer, _ = make_customer(session, person={"email": "ada@example.org"})
        people.erase(session, customer, actor=SYSTEM, at=NOON)

    database.transact(forgotten)

    work(app, database)

    assert postbox.letters == []
    assert owed(database) == [(True, None), (True, None)]


def test_a_server_that_is_gone_is_tried_again_and_the_address_is_kept_nowhere(
    app: Flask, database: Database, configure: Set, capsys: pytest.CaptureFixture[str]
) -> None:
    configure(smtp_url=f"smtp://127.0.0.1:{free_port()}", mail_from="hi@corner.example")
    database.transact(lambda s: make_customer(s, person={"email": "ada@example.org"}))

    work(app, database)

    assert owed(database) == [(False, "ConnectionRefusedError")]
    said = capsys.readouterr()
    assert "ada@example.org" not in said.out + said.err
