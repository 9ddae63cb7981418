"""What a page costs: with twenty rows as many statements as with two, at every address there is.

A new address is asked by itself. If it shows rows, ``Crowd`` makes more of them, or it is FIXED.
"""

from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from flask import Flask, template_rendered
from sqlalchemy import delete, event
from werkzeug.test import TestResponse

from core import ids
from core.db import Database
from core.models import AuditEntry, Customer
from tests.browser import Browser
from tests.desk import at_desk
from tests.flows.crowd import Crowd
from tests.flows.test_roles import there
from tests.flows.visiting import put_card

ASKED = ("/api/v1/", "/admin", "/me")
AT_A_TILL = ("/api/v1/till/", "/api/v1/offline/")

FIXED = {
    "/admin/issues/{is}",  # the coupons of an order are made at once
    "/admin/customers/{cu}/standing", "/admin/dry-runs/{dr}", "/admin/offers/{of}/preview",
    "/admin/programme/referrals/{rf}",
}  # fmt: skip
"""Pages with rows that do not grow with what is listed."""

ELSEWHERE = {"/me/{token}", "/metrics"}
"""What is asked with what no test of lists has: the link to a card, the machine itself."""

TWENTY = 20
"""So many rows a long page has at least."""


@dataclass(frozen=True)
class Cost:
    """What an address takes and shows; ``is_list``: that it shows rows, be they none."""

    statements: int
    rows: int
    is_list: bool


class House:
    """Asks every address as somebody who may."""

    def __init__(self, app: Flask, database: Database) -> None:
        self._app, self._database = app, database
        self.crowd = Crowd(app, database)
        self._desk, self._phone = at_desk(app, "owner"), Browser(app)
        mine = ids.parse("cu", self.crowd.store["customer"])
        put_card(app, self._phone, database.look(lambda s: s.get_one(Customer, mine)))

    def costs(self, limit: int) -> dict[str, Cost]:
        """Return what each address takes, where a page can be so long only that long."""
        found = {path for method, path, _ in there(self._app) if method == "GET"}
        return {
            path: self._cost(self.crowd.address(path) + self._page(path, limit))
            for path in sorted(found)
            if path.startswith(ASKED) and path not in ELSEWHERE
        }

    def _page(self, path: str, limit: int) -> str:
        """Ask for a page, where the API takes that; it refuses what an address does not know."""
        if not path.startswith("/api/"):
            return f"?limit={limit}"
        described = self.crowd.api.operation("GET", self.crowd.address(path)) or {}
        names = [one.get("name") for one in described.get("parameters", ())]
        return f"?limit={limit}" if "limit" in names else ""

    def _cost(self, path: str) -> Cost:
        seen: list[str] = []

        def hear(*given: Any) -> None:
            seen.append(given[2])

        templates: list[str] = []

        def note(_: Flask, template: Any, **_given: Any) -> None:
            templates.append(template.filename)

        self._ask(path)
        event.listen(self._database.engine, "before_cursor_execute", hear)
        try:
            with template_rendered.connected_to(note, self._app):
                answer = self._ask(path)
        finally:
            event.remove(self._database.engine, "before_cursor_execute", hear)
        assert answer.status_code < HTTPStatus.BAD_REQUEST, (path, answer.text)
        has_table = any(" table(" in Path(name).read_text() for name in templates)
        return _read(answer, len(seen), has_table=has_table)

    def _ask(self, path: str) -> TestResponse:
        if path.startswith("/admin"):
            return self._desk.get(path)
        if path.startswith("/me"):
            return self._phone.get(path)
        asking = self.crowd.at_till if path.startswith(AT_A_TILL) else self.crowd.api.call
        return asking("GET", path.removeprefix("/api/v1"))


def _read(answer: TestResponse, statements: int, *, has_table: bool) -> Cost:
    """Read how many rows an answer shows: items of the API, lines of tables and lists of a page."""
    if answer.is_json:
        told = answer.get_json(force=True)
        found = told.get("items") if isinstance(told, dict) else None
        return Cost(statements, len(found or ()), found is not None)
    return Cost(
        statements,
        answer.text.count("<tr") + answer.text.count("<li"),
        has_table or "<tbody" in answer.text,
    )


def test_a_page_costs_as_many_statements_with_twenty_rows_as_with_two(
    app: Flask, database: Database
) -> None:
    house = House(app, database)
    database.transact(lambda s: s.execute(delete(AuditEntry)))
    house.crowd.come(1)
    few = house.costs(2)
    house.crowd.come(TWENTY - 2)
    many = house.costs(TWENTY)

    dearer = {
        path: (few[path].statements, one.statements)
        for path, one in many.items()
        if one.statements != few[path].statements
    }
    assert dearer == {}
    lists = {path for path, one in many.items() if one.is_list}
    grown = {path for path, one in many.items() if few[path].rows < one.rows >= TWENTY}
    assert lists - grown == FIXED
    assert {"/me", "/me/friends", "/me/rewards"} <= grown
