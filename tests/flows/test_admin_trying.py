"""A marketer tries an offer out: on a basket at any moment, and over what was really bought."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, ids, jobs, shops
from core.auth import SYSTEM
from core.db import Database
from core.models import Shop
from coupons.models import Redemption
from tests.api import Api
from tests.desk import Desk, Filled, at_desk


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "marketer")


@pytest.fixture
def shop(app: Flask, database: Database) -> Shop:
    def work(session: Session) -> Shop:
        return shops.add(session, "Main", zone="Europe/Oslo", actor=SYSTEM, at=clock.now())

    return database.transact(work)


def offer(api: Api, **given: Any) -> str:
    """Make an offer in a campaign that was never started, and return the address of its page."""
    campaign = api.post("/campaigns", {"name": "Autumn"})["id"]
    usual = {
        "campaign": campaign, "name": {"en": "It"},
        "benefit": {"kind": "percent", "percent": "10", "on": {"tags": ["new"]}},
    }  # fmt: skip
    return f"/admin/offers/{api.post('/offers', usual | given)['id']}"


def said(form: Filled, **fields: Any) -> str:
    """Send a form that is answered on the page, and return what is said there."""
    answer = form.fill(**fields).post()
    assert answer.status_code == 200, answer.text
    return " ".join(answer.text.split())


def test_a_marketer_is_warned_where_an_offer_needs_lines(desk: Desk, api: Api) -> None:
    warning = "It needs a till that sends the lines of the basket."
    some = {"quantity": 1, "on": {"categories": ["coffee"]}}
    needy = offer(api, benefit={"kind": "buy_get", "buy": some, "get": some})
    plain = offer(api)

    assert warning in desk.page(needy)
    assert warning in said(Filled(desk, f"{needy}/preview"), total="12.50")
    assert warning not in desk.page(plain)
    assert warning not in desk.page(f"{plain}/preview")


def test_a_basket_of_lines_is_tried_out_without_anything_being_written(
    desk: Desk, api: Api, database: Database
) -> None:
    page = offer(api)
    assert f"{page}/preview" in desk.page(page)
    form = Filled(desk, f"{page}/preview").press("add lines").press("add lines")

    found = said(
        form, lines_0_sku="7", lines_0_amount="30", lines_0_tags="new",
        lines_1_category="tea", lines_1_amount="12,50", lines_1_quantity="2",
    )  # fmt: skip

    assert "10% off selected products: €3.00 off" in found
    assert 'data-label="Taken off" class="number">€3.00<' in found
    assert 'data-label="They pay" class="number">€27.00<' in found
    assert 'data-label="They pay" class="number">€12.50<' in found
    assert 'value="12,50"' in found
    assert database.look(lambda session: session.scalars(select(Redemption)).all()) == []


def test_each_condition_is_ticked_or_not_with_why(desk: Desk, api: Api, shop: Shop) -> None:
    page = offer(
        api,
        benefit={"kind": "points", "points": 1200},
        conditions={
            "all": [{"kind": "minimum_basket", "amount": 2000}, {"kind": "first_purchase"}],
            "any": [{"kind": "dates", "from": "2099-12-01"},
                    {"kind": "shops", "shops": [ids.public("sh", shop.id)]}],
        },
    )  # fmt: skip
    card = api.post("/customers", {})["card"]["number"]
    form = Filled(desk, f"{page}/preview")

    small = said(form, total="10", card=card, shop=ids.public("sh", shop.id))
    large = said(form, total="20")
    nobody = said(form, card="")
    late = said(form, card=card, shop="", day="2099-12-01", hour="00:00")
    early = said(form, day="2099-11-30", hour="23:59")

    assert (
        "They would get nothing: This offer needs a basket of €20.00; €10.00 is missing." in small
    )
    assert small.count('aria-label="does not hold"') == 2
    assert "1,200 points" in large
    assert "1,200 bonus points" in large
    assert large.count('aria-label="holds"') == 4
    assert "This coupon needs a customer card." in nobody
    assert "1,200 bonus points" in late
    assert "They would get nothing" in early
    assert "In selected shops" in early


def test_what_cannot_be_tried_is_said_on_the_form(desk: Desk, api: Api) -> None:
    form = Filled(desk, f"{offer(api)}/preview")

    unknown = form.fill(card="0000", total="10").post()
    wrong = form.fill(card="", total="a lot").post()

    assert unknown.status_code == wrong.status_code == 422
    assert 'id="total-error"' in wrong.text
    assert 'value="a lot"' in wrong.text


def test_a_dry_run_says_what_an_offer_would_have_cost(
    desk: Desk, api: Api, database: Database, shop: Shop
) -> None:
    page = offer(
        api,
        benefit={"kind": "percent", "percent": "10"},
        conditions={"all": [{"kind": "minimum_basket", "amount": 2000}]},
        limits={"overall": 2},
    )
    for total in (1000, 2000, 3000, 4000):
        basket = {"currency": "EUR", "total": total}
        api.post("/purchases", {"shop": ids.public("sh", shop.id), "basket": basket})

    run = desk.done(f"{page}/dry-run")
    waiting = " ".join(desk.page(run).split())
    while jobs.work(database, clock.now):
        pass
    ready = " ".join(desk.page(run).split())

    assert "0 of 4" in waiting
    assert 'http-equiv="refresh"' in waiting
    assert 'http-equiv="refresh"' not in ready
    assert "<dt> Purchases tried </dt> <dd> 4 </dd>" in ready
    assert "<dt> Would have got it </dt> <dd> 2 </dd>" in ready
    assert "50% of them" in ready
    assert "<dt> Discount it would have cost </dt> <dd> €5.00 </dd>" in ready
    assert "€2.50 each time" in ready
    assert "The basket is too small for this offer." in ready
    assert "This offer is sold out." in ready


def test_what_was_paid_back_is_not_paid_in_these_purchases(
    desk: Desk, api: Api, database: Database, shop: Shop
) -> None:
    page = offer(api, benefit={"kind": "percent", "percent": "10"})
    for total, back in ((1000, 1000), (2000, 500), (4000, 0)):
        basket = {"currency": "EUR", "total": total}
        id = api.post("/purchases", {"shop": ids.public("sh", shop.id), "basket": basket})["id"]
        if back:
            api.post(f"/purchases/{id}/refunds", {"amount": back, "reason": "stale"})

    run = desk.done(f"{page}/dry-run")
    while jobs.work(database, clock.now):
        pass

    said = " ".join(desk.page(run).split())
    assert "<dt> Would have got it </dt> <dd> 3 </dd>" in said
    assert "<dt> Paid in these purchases </dt> <dd> €55.00 </dd>" in said


def test_a_dry_run_is_stopped_and_keeps_what_it_counted(
    desk: Desk, api: Api, database: Database
) -> None:
    run = desk.done(f"{offer(api)}/dry-run", since="2026-01-01", until="2026-10-31")

    desk.done(run, f"{run}/cancel")

    assert "It was stopped at 0 of 0." in desk.page(run)
    assert database.transact(lambda session: jobs.claim(session, at=clock.now())) is None


def test_days_that_a_dry_run_cannot_have_are_said_at_their_field(desk: Desk, api: Api) -> None:
    answer = desk.send(f"{offer(api)}/dry-run", since="2020-01-01", until="2026-01-01")

    assert answer.status_code == 422
    assert 'id="since-error"' in answer.text
    assert "Before the end, by at most 400 days." in answer.text
