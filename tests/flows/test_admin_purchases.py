"""A purchase at the desk: found, explained, given back in parts, claimed and undone."""

import re
from datetime import datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from core import clock, ids
from core.db import Database
from coupons.models import Refund, Response
from tests.api import Api
from tests.desk import Desk, at_desk
from tests.flows.store import make_code, make_offer, make_store, sale

SCRIPT = "<script>alert(1)</script>"
LINES = [
    {"amount": 3000, "quantity": 3, "sku": "4006381333931", "category": "coffee"},
    {"amount": 500, "quantity": 1, "category": "cake"},
]
REASONS = [
    {"key": "taste", "text": {"en": "I did not like it"}},
    {"key": "broken", "text": {"en": "It was broken"}},
]


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "manager")


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def buy(api: Api, store: dict[str, Any], *codes: str, **given: Any) -> str:
    """Settle a basket of two lines, and return the page of the purchase."""
    basket = {"currency": "EUR", "total": 3500, "lines": LINES}
    sent = sale(store["shop"], *codes, card=store["card"], basket=basket, **given)
    return f"/admin/purchases/{api.post('/purchases', sent)['id']}"


def refunds(database: Database) -> list[Refund]:
    return database.look(lambda s: list(s.scalars(select(Refund).order_by(Refund.number))))


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_it_says_why_it_came_to_this(desk: Desk, api: Api, store: dict[str, Any]) -> None:
    large = {"all": [{"kind": "minimum_basket", "amount": 9900}], "none": [{"kind": "birthday"}]}
    dear = make_offer(api, store["campaign"], name={"en": "Big spender"}, conditions=large)
    path = buy(api, store, store["codes"][0], make_code(api, dear), on_refusal="skip")

    page = desk.page(path)

    said = text(page)
    assert "Ten off No. 1" in said
    assert "10% off: €3.50 off" in said
    assert "Big spender Did not take part" in said
    assert "From a basket of €99.00" in said
    assert 'aria-label="does not hold"' in page
    assert 'aria-label="holds"' in page
    assert "version 1 of the offer" in said
    assert "€31.50 at 1 point for each €1.00." in said
    assert "Points in all: 31." in said


def test_pieces_are_given_back(
    desk: Desk, api: Api, store: dict[str, Any], database: Database
) -> None:
    path = buy(api, store, store["codes"][0])

    desk.done(path, f"{path}/refunds", line_0="1", line_1="1", why="Two were stale")

    [done] = refunds(database)
    assert [(one["line"], one["quantity"], one["worth"]) for one in done.lines] == [
        (0, 1, 900), (1, 1, 450),
    ]  # fmt: skip
    page = desk.page(path)
    assert "Given back. Hand out €13.50." in page
    assert "Two were stale" in page
    assert "Partly given back" in page
    assert "€18.00 of it can still be given back" in page
    assert 'name="line_1"' not in page


def test_what_was_given_back_to_the_last_cent_is_called_so(
    desk: Desk, api: Api, store: dict[str, Any]
) -> None:
    basket = {"currency": "EUR", "total": 1333}
    sent = sale(store["shop"], store["codes"][0], card=store["card"], basket=basket)
    done = api.post("/purchases", sent)
    path = f"/admin/purchases/{done['id']}"
    lists = ["/admin/purchases", f"/admin/customers/{store['customer']}", path]
    for amount, left, said in (("3,00", 900, "Partly given back"), ("9,00", 0, "Given back")):
        desk.done(path, f"{path}/refunds", amount=amount, why="Stale")
        assert api.get(f"/purchases/{done['id']}")["left"]["worth"] == left
        for page in lists:
            badges = re.findall(r'<span class="badge[^>]*>\s*([^<]+?)\s*<', desk.page(page))
            assert said in badges, page
    [used] = api.get(f"/purchases/{done['id']}")["redemptions"]
    assert used["state"] == "returned"
    assert "returned" not in text(desk.page(path))


def test_an_amount_is_given_back_and_then_the_rest_is_undone(
    desk: Desk, api: Api, store: dict[str, Any], database: Database
) -> None:
    path = buy(api, store)

    desk.done(path, f"{path}/refunds", amount="5,00", why="A scratch")
    desk.done(path, f"{path}/void", reason="And the rest")

    assert [one.worth for one in refunds(database)] == [500]
    page = desk.page(path)
    assert "Undo this purchase" not in page
    assert "And the rest" in page


REFUSED = [
    ({"why": "Nothing"}, "Say what is brought back."),
    ({"line_0": "1", "amount": "5", "why": "Both"}, "Give either lines or an amount."),
    ({"line_0": "4", "why": "Too many"}, "line_0-error"),
    ({"amount": "99", "why": "Too much"}, "€35.00"),
    ({"line_0": "1"}, "why-error"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "said"), REFUSED)
def test_what_cannot_be_given_back_is_refused(
    desk: Desk, api: Api, store: dict[str, Any], database: Database,
    given: dict[str, str], said: str,
) -> None:  # fmt: skip
    path = buy(api, store)

    answer = desk.send(path, f"{path}/refunds", **given)

    assert answer.status_code == 422
    assert said in answer.text
    assert '<details class="panel more" open>' in answer.text
    assert refunds(database) == []


def test_a_button_pressed_twice_gives_back_once(
    desk: Desk, api: Api, store: dict[str, Any], database: Database
) -> None:
    path = buy(api, store)
    given = {"line_0": "1", "why": "Stale", "once": "a token of this very page"}

    first = desk.done(path, f"{path}/refunds", **given)
    again = desk.done(path, f"{path}/refunds", **given)

    assert first == again
    assert len(refunds(database)) == 1


def guaranteed(api: Api, store: dict[str, Any], **given: Any) -> str:
    benefit = {
        "kind": "guarantee", "days": 14, "reasons": REASONS, "on": {"categories": ["coffee"]}
    }  # fmt: skip
    offer = make_offer(api, store["campaign"], name={"en": "Content"}, benefit=benefit)
    return buy(api, store, make_code(api, offer), **given)


def test_money_back_under_the_guarantee(
    desk: Desk, api: Api, store: dict[str, Any], database: Database
) -> None:
    path = guaranteed(api, store)
    page = desk.page(path)
    assert "Line 1: 4006381333931" in page
    assert "Line 2: cake</option>" not in page

    desk.done(path, f"{path}/claims", line="0", quantity="2", because="taste")

    [done] = refunds(database)
    assert (done.kind, done.worth, done.reason) == ("claim", 2000, "taste")
    assert "Under the guarantee" in desk.page(path)


def test_a_refused_claim_is_an_answer_that_counts(
    desk: Desk, api: Api, store: dict[str, Any], database: Database
) -> None:
    path = guaranteed(api, store)

    many = desk.send(path, f"{path}/claims", line="0", quantity="7", because="taste")

    assert many.status_code == 422
    assert refunds(database) == []
    kept = database.look(
        lambda s: list(s.scalars(select(Response).where(Response.kind == "claimed")))
    )
    assert [(one.outcome, one.reason) for one in kept] == [("refused", "pieces_too_many")]


def test_a_reason_that_is_not_on_the_list_is_refused(
    desk: Desk, api: Api, store: dict[str, Any], database: Database
) -> None:
    path = guaranteed(api, store)

    answer = desk.send(path, f"{path}/claims", line="0", because="a whim")

    assert answer.status_code == 422
    assert refunds(database) == []


def test_purchases_are_found(desk: Desk, api: Api, store: dict[str, Any]) -> None:
    wanted = buy(api, store, receipt="2026-0815")
    id = wanted.rpartition("/")[2]
    other = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    at = datetime.fromisoformat(api.get(f"/purchases/{id}")["occurred_at"])
    day = clock.local_day(at, "Europe/Oslo")

    for query, is_found in (
        ("receipt=2026-0815", True), ("receipt=2026", False),
        (f"customer={store['card']}", True), ("customer=nobody", False),
        (f"shop={store['shop']}", True), (f"shop={other}", False),
        (f"on={day}", True), ("on=2020-02-02", False), ("on=nonsense", True),
    ):  # fmt: skip
        page = desk.page(f"/admin/purchases?{query}")
        assert (id in page) == is_found, query
    assert "There is no purchase like that." in desk.page("/admin/purchases?receipt=none")
    assert desk.get("/admin/purchases?shop=sh_nonsense").status_code == 200


def test_a_manager_of_one_shop_gives_nothing_back_elsewhere(
    app: Flask, api: Api, store: dict[str, Any], database: Database
) -> None:
    owner = at_desk(app, "owner", address="10.0.0.7")
    elsewhere = api.post("/shops", {"name": "Hill", "zone": "Europe/Oslo"})["id"]
    local = at_desk(app, "manager", email="local@example.com")
    member = re.findall(r"/admin/staff/st_\w+", owner.page("/admin/staff"))
    path = buy(api, store)
    for one in set(member):
        if "Manager" in owner.page(one):
            owner.done(f"{one}/edit", role="manager", shop=ids.parse("sh", elsewhere).hex)

    answer = local.insist(f"{path}/refunds", line_0="1", why="Stale", once="x" * 20)

    assert answer.status_code == 404
    assert f"{path}/refunds" not in local.page(path)
    assert f"{path}/refunds" in owner.page(path)
    assert refunds(database) == []


def test_hostile_text_stays_text(desk: Desk, api: Api, store: dict[str, Any]) -> None:
    lines = [{"amount": 500, "quantity": 1, "sku": SCRIPT, "category": SCRIPT}]
    basket = {"currency": "EUR", "total": 500, "lines": lines}
    sent = sale(store["shop"], card=store["card"], basket=basket, receipt=SCRIPT)
    path = f"/admin/purchases/{api.post('/purchases', sent)['id']}"
    desk.done(path, f"{path}/refunds", amount="1", why=SCRIPT)

    page = desk.page(path)

    assert SCRIPT not in page
    assert page.count("&lt;script&gt;") >= 4
