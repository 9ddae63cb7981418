"""A phone number without its country is of the place where it is typed, kept and found alike."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import customers, ids
from core.db import Database
from core.models import Person, Shop, Staff
from tests.api import Api
from tests.desk import Desk, at_desk
from tests.factories import make_shop
from tests.flows.counter import open_till
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.test_api_bounds import bound
from tests.flows.visiting import make_visitor

LOCAL, FULL = "0171 2345678", "+491712345678"
BERLIN = "Europe/Berlin"
ADVICE = "Not a phone number. Write it with its country, such as +47 22 86 44 00."

Find = Callable[[str], Any]


@pytest.fixture
def berlin(database: Database) -> Shop:
    """A shop in Germany, of a merchant in Norway."""
    return database.transact(lambda s: make_shop(s, "Berlin", zone=BERLIN))


def move(api: Api, zone: str) -> None:
    """Let the merchant be somewhere else."""
    moved = api.call("PUT", "/merchant", {"name": "Corner", "zone": zone, "locale": "en"})
    assert moved.status_code == 200


def kept(database: Database) -> set[str | None]:
    """Return the phone numbers that are kept."""
    return database.look(lambda s: set(s.scalars(select(Person.phone))))


def finding(api: Api) -> Find:
    """Return how a program finds a card."""
    return lambda text: api.call("POST", "/customers/find", {"phone": text})


@pytest.mark.parametrize("said", [LOCAL, "0171/234 56 78", "0049 171 2345678", FULL])
def test_a_number_is_enrolled_and_found_as_it_is_said(
    api: Api, database: Database, said: str
) -> None:
    move(api, BERLIN)
    made = api.post("/customers", {"person": {"phone": said}})

    assert kept(database) == {FULL}
    for text in (LOCAL, "01712345678", FULL):
        assert finding(api)(text).json["card"]["number"] == made["card"]["number"], text


def test_a_till_and_a_key_are_in_the_country_of_their_shop(
    app: Flask, database: Database, api: Api, berlin: Shop
) -> None:
    place = ids.public("sh", berlin.id)
    till = open_till(app, database, place)
    theirs = bound(app, database, "customers:find", "customers:enrol", shop=berlin)
    made = {
        LOCAL: till.call("/customers", {"person": {"phone": LOCAL}}).json,
        "030 901820": theirs.post("/customers", {"person": {"phone": "030 901820"}}),
        "030 901821": api.post("/customers", {"person": {"phone": "030 901821"}, "shop": place}),
        "+47 22864400": api.post("/customers", {"person": {"phone": "22864400"}}),
    }

    assert kept(database) == {FULL, "+4930901820", "+4930901821", "+4722864400"}
    there: tuple[Find, ...] = (
        lambda text: till.call("/customers/find", {"phone": text}),
        finding(theirs),
    )
    for find in there:
        for text, one in made.items():
            assert find(text).json["card"]["number"] == one["card"]["number"], text
    check_refused(finding(api)(LOCAL), 422, "invalid_request")
    assert finding(api)(FULL).json["card"]["number"] == made[LOCAL]["card"]["number"]


@pytest.mark.parametrize("zone", ["UTC", "CET"])
def test_where_no_country_is_known_the_number_needs_one(
    api: Api, database: Database, zone: str
) -> None:
    move(api, zone)
    made = api.post("/customers", {"person": {"phone": FULL}})

    with nothing_changes(database):
        enrolled = api.call("POST", "/customers", {"person": {"phone": LOCAL}})
        changed = api.call("PATCH", f"/customers/{made['id']}", {"person": {"phone": LOCAL}})

    for answer in (enrolled, changed):
        told = check_refused(answer, 422, "invalid_request")
        assert told["errors"] == {"person.phone": [ADVICE]}
    sought = check_refused(finding(api)(LOCAL), 422, "invalid_request")
    assert sought["errors"] == {"phone": [ADVICE]}
    assert finding(api)(FULL).status_code == 200


def test_at_the_desk_it_is_of_the_shop_that_is_chosen_or_ones_own(
    app: Flask, database: Database, berlin: Shop
) -> None:
    owner = at_desk(app, "owner")
    manager = at_desk(app, "manager", address="10.0.0.8")

    def bind(session: Session) -> None:
        member = session.scalars(select(Staff).where(Staff.role == "manager")).one()
        member.shop_id = berlin.id

    database.transact(bind)

    def found(desk: Desk, text: str) -> str | None:
        return desk.send("/admin/customers", text=text).location

    made = owner.done("/admin/customers/new", phone=LOCAL, shop=berlin.id.hex)
    refused = owner.send("/admin/customers/new", phone=LOCAL)
    assert refused.status_code == 422
    assert ADVICE in refused.text
    assert kept(database) == {FULL}
    assert [found(manager, LOCAL), found(owner, FULL), found(owner, LOCAL)] == [made, made, None]

    owner.done(f"{made}/person", phone="22 86 44 00")
    assert kept(database) == {"+4722864400"}
    manager.done(f"{made}/person", phone="030 901820")
    assert kept(database) == {"+4930901820"}


def test_a_pseudonym_that_reads_like_a_number_is_still_found(
    app: Flask, database: Database, api: Api
) -> None:
    id = ids.parse("cu", api.post("/customers")["id"])
    database.transact(lambda s: _call(s, id, "22864400"))
    desk = at_desk(app, "manager")

    assert desk.done("/admin/customers", text="22864400").endswith(ids.public("cu", id))


def _call(session: Session, id: UUID, pseudonym: str) -> None:
    customers.find(session, id).pseudonym = pseudonym


def test_on_the_own_phone_it_is_of_the_shop_one_joined_at(
    app: Flask, database: Database, berlin: Shop
) -> None:
    browser, customer, _ = make_visitor(app, database)
    assert browser.post("/me/details", phone=LOCAL).status_code == 422
    database.transact(lambda s: setattr(s.merge(customer), "shop_id", berlin.id))
    assert browser.post("/me/details", phone=LOCAL).status_code == 303

    assert kept(database) == {FULL}
