"""One more till of a shop, with a cashier signed on."""

from typing import Any

from flask import Flask
from sqlalchemy.orm import Session

from core import ids
from core.db import Database
from core.models import Shop
from tests.browser import Browser
from tests.factories import make_till
from tests.flows.test_people_at_the_till import PIN, SUPERVISORS, Place, make_person


def open_till(app: Flask, database: Database, shop: str | None = None) -> Place:
    """Open a till, of a shop with a public id or of one of its own."""
    browser = Browser(app)

    def make(session: Session) -> tuple[Any, ...]:
        place = session.get_one(Shop, ids.parse("sh", shop)) if shop else None
        till, token = make_till(session, place)
        cashier = make_person(session, till, "cashier", PIN, name="Ines")
        return till, token, cashier, make_person(session, till, "manager", SUPERVISORS)

    till, token, cashier, manager = database.transact(make)
    browser.client.set_cookie("till_device", token)
    found = Place(browser, till, cashier, manager)
    assert found.sign_on().location == "/till"
    return found
