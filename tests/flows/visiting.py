"""A customer whose card is on a phone, for the tests of the customer's own pages."""

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from core.db import Database
from core.models import Customer
from loyalty import links
from loyalty.models import Card
from tests.browser import Browser
from tests.factories import make_customer

ONCE = re.compile(r'name="once"[^>]*value="([^"]+)"')


def put_card(app: Flask, browser: Browser, customer: Customer) -> None:
    """Open the link to a card on a phone."""
    address = links.address(customer, app.extensions["config"])
    assert browser.get(re.sub("^https?://[^/]+", "", address)).status_code == 303


def make_visitor(
    app: Flask, database: Database, address: str = "10.0.0.1", **person: str
) -> tuple[Browser, Customer, Card]:
    """Return a phone with a customer's card on it."""
    customer, card = database.transact(lambda s: make_customer(s, person=person or None))
    browser = Browser(app, address)
    put_card(app, browser, customer)
    return browser, customer, card


def once_of(page: TestResponse) -> str:
    """Return the name under which the form on a page is taken once."""
    found = ONCE.search(page.text)
    assert found, page.text
    return found[1]


def send(browser: Browser, path: str, to: str | None = None, **fields: Any) -> TestResponse:
    """Open a page with a form, fill it in, and send it."""
    return browser.post(to or path, **{"once": once_of(browser.get(path))} | fields)
