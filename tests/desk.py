"""Somebody at a desk: opens pages of /admin, fills in the forms on them, and sends them."""

from html.parser import HTMLParser
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

from core import clock, staff
from core.auth import SYSTEM
from core.db import Database

PASSWORD = "correct-horse-battery"  # noqa: S105  # of the tests


class _Forms(HTMLParser):
    """Every form of a page with what its fields hold."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[tuple[str, dict[str, list[str]]]] = []
        self._fields: dict[str, list[str]] | None = None
        self._select: str | None = None
        self._area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = {}
            self.forms.append((given.get("action", ""), self._fields))
        if self._fields is None:
            return
        name = given.get("name", "")
        if tag == "input" and name:
            self._input(name, given)
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in given or not self._fields.get(self._select))
        ):
            self._fields[self._select] = [given.get("value", "")]
        elif tag == "textarea":
            self._area = name
            self._fields[name] = [""]

    def _input(self, name: str, given: dict[str, str]) -> None:
        assert self._fields is not None
        if given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self._fields.setdefault(name, []).append(given.get("value", "y"))
            return
        self._fields.setdefault(name, []).append(given.get("value", ""))

    def handle_data(self, data: str) -> None:
        if self._area and self._fields is not None:
            self._fields[self._area][0] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._fields = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea" and self._area and self._fields is not None:
            self._fields[self._area][0] = self._fields[self._area][0].lstrip("\r\n")
            self._area = None


def forms_of(page: str) -> list[tuple[str, dict[str, list[str]]]]:
    """Return the forms of a page: where each goes, and what its fields hold."""
    parser = _Forms()
    parser.feed(page)
    return parser.forms


class Filled:
    """A form that is filled in step by step: its own buttons add rows and choose kinds."""

    def __init__(self, desk: "Desk", path: str) -> None:
        self.desk = desk
        self.path = path
        self.page = desk.page(path)
        self.held = self._held()

    def _held(self) -> dict[str, list[str]]:
        address = self.path.partition("?")[0]
        found = [held for where, held in forms_of(self.page) if where.partition("?")[0] == address]
        assert found, self.path
        return found[0]

    def fill(self, **fields: Any) -> "Filled":
        """Write into fields that are on the page."""
        for name, value in fields.items():
            assert f'name="{name}"' in self.page, name
            self.held[name] = value if isinstance(value, list) else [str(value)]
        return self

    def press(self, do: str, **fields: Any) -> "Filled":
        """Press one of the form's own buttons."""
        assert f'value="{do}"' in self.page, do
        self.fill(**fields)
        answer = self.post(do=[do])
        assert answer.status_code == 200, answer.text[-2000:]
        self.page = answer.text
        self.held = self._held()
        return self

    def post(self, **more: list[str]) -> TestResponse:
        """Send the form."""
        return self.desk.client.post(
            self.path,
            data=self.held | more,
            environ_base=self.desk.base,
            headers={"Referer": f"http://localhost{self.path}"},
        )

    def done(self, **fields: Any) -> str:
        """Send the form, which must be taken, and return the address it leads to."""
        answer = self.fill(**fields).post()
        assert answer.status_code == 303, answer.text.partition("<main")[2][:4000]
        return str(answer.location)


class Desk:
    """A browser at a desk, from an address of its own."""

    def __init__(self, app: Flask, address: str = "10.0.0.9") -> None:
        self.client = app.test_client()
        self.base = {"REMOTE_ADDR": address}

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self.client.get(path, environ_base=self.base)

    def page(self, path: str) -> str:
        """Return a page that must be there."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-2000:])
        return answer.text

    def send(self, path: str, action: str | None = None, **fields: Any) -> TestResponse:
        """Fill in the form of a page that goes to an address, by default its own, and send it."""
        page = self.page(path)
        wanted = action or path
        held = next((held for where, held in forms_of(page) if where == wanted), None)
        assert held is not None, (wanted, [where for where, _ in forms_of(page)])
        for name, value in fields.items():
            assert name in held or isinstance(value, list) or value in ("y", True) or name, name
            held[name] = value if isinstance(value, list) else [str(value)]
        return self.client.post(
            wanted,
            data=held,
            environ_base=self.base,
            headers={"Referer": f"http://localhost{path}"},
        )

    def done(self, path: str, action: str | None = None, **fields: Any) -> str:
        """Send a form that must be taken, and return the address it leads to."""
        answer = self.send(path, action, **fields)
        assert answer.status_code == 303, (answer.status_code, answer.text[-3000:])
        return str(answer.location)

    def insist(self, action: str, **fields: Any) -> TestResponse:
        """Send a form that no page shows, with the token of another one."""
        _, another = forms_of(self.page("/admin"))[0]
        data = {"csrf_token": another["csrf_token"]} | fields
        return self.client.post(action, data=data, environ_base=self.base)

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        """Come in."""
        return self.send("/admin/sign-in", email=email, password=password)


def at_desk(app: Flask, role: str, *, address: str = "10.0.0.9", email: str | None = None) -> Desk:
    """Return a desk at which somebody of a role has signed in."""
    database: Database = app.extensions["database"]
    email = email or f"{role}@example.com"

    def take_on(session: Any) -> None:
        at = clock.now()
        made = staff.add(session, name=role.title(), email=email, role=role, actor=SYSTEM, at=at)
        staff.set_password(session, made, PASSWORD, actor=SYSTEM, at=at)

    database.transact(take_on)
    desk = Desk(app, address)
    answer = desk.sign_in(email)
    assert answer.status_code == 303, answer.text
    return desk
