"""A manager at the desk: points, tier, notes and merges of a customer; two people for many."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import ids
from core.db import Database
from core.models import Customer
from loyalty.models import Adjustment
from tests.api import Api
from tests.desk import Desk, Filled, at_desk, forms_of

SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "manager")


@pytest.fixture
def customer(api: Api) -> str:
    made: str = api.post("/customers", {})["id"]
    return made


def held(api: Api, customer: str) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"/customers/{customer}/points")
    return found


def page_of(customer: str, tab: str = "") -> str:
    return f"/admin/customers/{customer}{tab}"


def test_points_are_adjusted_with_a_reason(desk: Desk, api: Api, customer: str) -> None:
    path = page_of(customer, "/points")

    desk.done(path, points="500", reason="Waited too long")
    zero = desk.send(path, points="0", reason="Nothing")
    more = desk.send(path, points="-600", reason="Oops")
    silent = desk.send(path, points="5")

    assert held(api, customer)["available"] == 500
    assert {zero.status_code, more.status_code, silent.status_code} == {422}
    assert "Nothing would change." in zero.text
    page = desk.page(path)
    assert "When they expire" in page
    assert "Adjusted" in page
    assert "Waited too long" in desk.page(page_of(customer, "/bookings"))


def test_many_points_take_two_people(
    app: Flask, desk: Desk, api: Api, customer: str, database: Database
) -> None:
    other = at_desk(app, "owner", address="10.0.0.5")
    desk.done(page_of(customer, "/points"), points="50000", reason="The raffle")
    id = database.look(lambda s: ids.public("ad", s.scalars(select(Adjustment.id)).one()))
    approve = f"/admin/adjustments/{id}/approve"
    assert held(api, customer)["available"] == 0
    assert "Points by hand to approve" in other.page("/admin")

    own = desk.page("/admin/adjustments")
    alone = desk.client.post(approve, data={"csrf_token": token(desk)}, environ_base=desk.base)
    refused = desk.page("/admin/adjustments")
    other.done("/admin/adjustments", approve)

    assert approve not in own
    assert "Another person must approve it." in own
    assert alone.status_code == 303
    assert "The raffle" in refused
    assert held(api, customer)["available"] == 50_000
    assert "Approved" in desk.page("/admin/adjustments")
    assert "Points by hand to approve" not in other.page("/admin")


def test_who_asked_may_think_better_of_it(
    desk: Desk, api: Api, customer: str, database: Database
) -> None:
    desk.done(page_of(customer, "/points"), points="50000", reason="The raffle")
    id = database.look(lambda s: ids.public("ad", s.scalars(select(Adjustment.id)).one()))

    desk.done("/admin/adjustments", f"/admin/adjustments/{id}/decline")

    assert held(api, customer)["available"] == 0
    assert "Declined" in desk.page("/admin/adjustments")


def token(desk: Desk) -> str:
    return desk.page("/admin/account").partition('name="csrf_token" value="')[2].partition('"')[0]


def test_points_are_given_to_another_where_the_programme_lets_them(
    desk: Desk, api: Api, customer: str
) -> None:
    other = api.post("/customers", {})
    path = page_of(customer, "/points")
    desk.done(path, points="500", reason="A gift")
    assert "Give points to another customer" not in desk.page(path)
    assert api.call("PATCH", "/programme", {"transfers": True}).status_code == 200

    wrong = desk.send(path, f"{path}/transfer", to="4000000000000002", give="5")
    much = desk.send(path, f"{path}/transfer", to=other["card"]["number"], give="501")
    desk.done(path, f"{path}/transfer", to=other["card"]["number"], give="200")

    assert {wrong.status_code, much.status_code} == {422}
    assert 'value="4000000000000002"' in wrong.text
    assert held(api, customer)["available"] == 300
    assert held(api, other["id"])["available"] == 200


def test_a_tier_is_set_by_hand_with_a_reason(desk: Desk, api: Api, customer: str) -> None:
    path = page_of(customer, "/standing")
    assert "There is no ladder of tiers." in desk.page(path)
    api.call("PATCH", "/programme", {"tiers": {"by": "points"}})
    api.post("/tiers", {"key": "gold", "name": {"en": "Gold"}, "rank": 1, "entry": 100})

    silent = desk.send(path, tier="gold")
    past = desk.send(path, tier="gold", until="2020-01-01", reason="Too late")
    desk.done(path, tier="gold", until="2099-12-31", reason="A friend of the house")

    page = desk.page(path)
    assert {silent.status_code, past.status_code} == {422}
    assert api.get(f"/customers/{customer}/standing")["tier"] == "gold"
    assert "Dec 31, 2099" in page
    assert "Set by hand" in page
    assert "Manager" in page
    desk.done(path, tier="", until="", reason="No more")
    assert api.get(f"/customers/{customer}/standing")["tier"] is None


def test_what_is_noted_keeps_its_type_unless_it_is_touched(
    desk: Desk, api: Api, customer: str
) -> None:
    kept = {"size": "42", "seats": 4, "dog": True, "street": "Main"}
    api.call("PATCH", f"/customers/{customer}", {"attributes": kept})
    path = page_of(customer, "/notes")

    Filled(desk, path).done(tags="regular\nwholesale")
    same = api.get(f"/customers/{customer}")
    form = Filled(desk, path).press("add attributes")
    form.fill(attributes_1_value="6", attributes_4_name="cats", attributes_4_value="no")
    form.press("remove attributes_0").done()

    assert same["attributes"] == kept
    assert same["tags"] == ["regular", "wholesale"]
    assert api.get(f"/customers/{customer}")["attributes"] == {
        "seats": 6, "size": "42", "street": "Main", "cats": False,
    }  # fmt: skip
    shown = desk.page(page_of(customer))
    assert "wholesale" in shown
    assert "cats" in shown


def test_two_customers_are_merged_after_a_look_at_both(
    desk: Desk, api: Api, customer: str, database: Database
) -> None:
    other = api.post("/customers", {"person": {"name": "Ada L."}})
    for one, points in ((customer, "300"), (other["id"], "200")):
        desk.done(page_of(one, "/points"), points=points, reason="A gift")
    path = page_of(customer, "/merge")
    own = api.get(f"/customers/{customer}")["card"]["number"]

    itself = desk.send(path, number=own)
    look = desk.send(path, number=other["card"]["number"])
    confirm = f"{path}/{other['id']}"
    assert (itself.status_code, look.status_code) == (422, 200)
    assert held(api, customer)["available"] == 300
    for said in ("Ada L.", "300", "200", "500", "cannot be undone", confirm):
        assert said in look.text, said
    answer = press(desk, look.text, confirm)

    assert answer == page_of(customer)
    assert held(api, customer)["available"] == 500
    states = database.look(lambda s: set(s.scalars(select(Customer.state))))
    assert states == {"active", "merged"}
    assert page_of(customer) in desk.page(page_of(other["id"]))


def press(desk: Desk, page: str, action: str) -> str:
    """Press the button of a page that was an answer."""
    sent = next(fields for where, fields in forms_of(page) if where == action)
    return str(desk.client.post(action, data=sent, environ_base=desk.base).location)


TABS = ("", "/points", "/standing", "/rewards", "/friends")


def test_a_forgotten_customer_is_only_looked_at(desk: Desk, api: Api, customer: str) -> None:
    desk.done(page_of(customer), page_of(customer, "/erase"))

    for tab in TABS:
        assert "<summary" not in desk.page(page_of(customer, tab)).partition("<main")[2], tab
    assert desk.get(page_of(customer, "/merge")).status_code == 409


@pytest.mark.parametrize("tab", TABS)
def test_hostile_text_stays_text(desk: Desk, api: Api, tab: str) -> None:
    api.call("PATCH", "/programme", {"tiers": {"by": "points"}})
    api.post("/tiers", {"key": "gold", "name": {"en": SCRIPT}, "rank": 1, "entry": 1})
    made = api.post("/customers", {"person": {"name": SCRIPT}})["id"]
    desk.done(page_of(made, "/notes"), tags=SCRIPT)
    desk.done(page_of(made, "/points"), points="5", reason=SCRIPT)
    desk.done(page_of(made, "/points"), points="50000", reason=SCRIPT)
    desk.done(page_of(made, "/standing"), tier="gold", reason=SCRIPT)

    for path in (page_of(made, tab), "/admin/adjustments"):
        page = desk.page(path)
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page
