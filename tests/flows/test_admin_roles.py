"""Every page of the desk asks for its permission, and for the token of its own form."""

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.routing import Rule

from core.auth import PUBLIC, of_role
from core.ids import new, public
from tests.desk import Desk, at_desk

OPEN = {"admin.sign_in", "admin.sign_out"}


def desk_rules(app: Flask) -> Iterator[Rule]:
    """Yield every address of the desk."""
    for rule in app.url_map.iter_rules():
        if rule.endpoint.partition(".")[0] in ("admin", "admin_coupons", "admin_loyalty"):
            yield rule


def address(rule: Rule) -> str:
    """Return an address that fits a rule, of things that do not exist."""

    def fill(part: re.Match[str]) -> str:
        kind, given = part[1], part[2]
        return public(given.strip('"'), new()) if kind == "public" else given.partition(",")[0]

    return re.sub(r"<(\w+)\(([^)]*)\):\w+>", fill, rule.rule)


@pytest.mark.parametrize("role", ["owner", "manager", "marketer"])
def test_a_role_opens_what_it_may_and_nothing_else(app: Flask, role: str) -> None:
    desk = at_desk(app, role)

    for rule in desk_rules(app):
        if rule.endpoint in OPEN or "GET" not in (rule.methods or ()):
            continue
        needed = str(getattr(app.view_functions[rule.endpoint], "permission", ""))
        answer = desk.get(address(rule))
        may = needed in of_role(role)
        assert (answer.status_code != 403) == may, (role, rule.rule, needed, answer.status_code)
        assert answer.status_code < 500, (rule.rule, answer.text[-500:])


def test_every_address_of_the_desk_asks_for_something(app: Flask) -> None:
    for rule in desk_rules(app):
        needed = getattr(app.view_functions[rule.endpoint], "permission", None)
        assert needed is not None, rule.endpoint
        assert (needed == PUBLIC) == (rule.endpoint in OPEN), rule.endpoint


def test_nobody_opens_anything(app: Flask) -> None:
    for rule in desk_rules(app):
        if rule.endpoint in OPEN:
            continue
        methods = {"GET", "POST"} & (rule.methods or set())
        for method in methods:
            answer = Desk(app).client.open(address(rule), method=method)
            assert answer.status_code == 303, (method, rule.rule)
            assert answer.location.startswith("/admin/sign-in"), (method, rule.rule)


def test_no_form_is_taken_without_its_token(app: Flask) -> None:
    desk = at_desk(app, "owner")

    for rule in desk_rules(app):
        if "POST" in (rule.methods or ()):
            answer = desk.client.post(address(rule), data={"name": "x"}, environ_base=desk.base)
            assert answer.status_code == 400, rule.rule
            assert "This page is too old" in answer.text, rule.rule


def test_the_navigation_shows_what_a_role_may_open(app: Flask) -> None:
    marketer = at_desk(app, "marketer").page("/admin")
    manager = at_desk(app, "manager", address="10.0.0.5").page("/admin")

    assert "/admin/campaigns" in marketer
    assert "/admin/customers" not in marketer
    assert "/admin/keys" not in marketer
    assert "/admin/customers" in manager
    assert "/admin/settings" not in manager
