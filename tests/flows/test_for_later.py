"""What cannot be used at this hour but at another: the phone shows it, and the till is told."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, ids, keys
from core.auth import SYSTEM
from core.db import Database
from core.models import Customer
from coupons import campaigns, codes, issuing, offers, quotas
from coupons.models import Coupon, Quota, Response
from loyalty import claims, points
from loyalty.models import Claim
from tests.api import Api
from tests.browser import Browser
from tests.factories import (
    make_campaign,
    make_coupon,
    make_customer,
    make_offer,
    make_public,
    make_shop,
)
from tests.flows.visiting import make_visitor
from tests.loyalty.hands import make_reward

NOW = datetime.fromisoformat("2026-03-16T08:18:00+01:00")  # a Monday
TOMORROW = datetime.fromisoformat("2026-03-17T00:00:00+01:00")
EVENING = {
    "kind": "hours",
    "weekly": [{"days": [1, 2, 3, 4, 5, 6, 7], "from": "17:00", "until": "19:00"}],
}
MORNING = {
    "kind": "hours",
    "weekly": [{"days": [1, 2, 3, 4, 5], "from": "08:00", "until": "09:30"}],
}
LATER_ON = {"kind": "dates", "from": "2026-03-18"}
TODAY_ONLY = {"kind": "dates", "until": "2026-03-16"}
BIRTHDAY = {"kind": "birthday", "before": 1}
VIPS = {"kind": "customer_tags", "tags": ["vip"]}
EVE = "Mar 16, 2026, 5:00"

Terms = dict[str, Any]

LATER: list[tuple[str, Terms, str]] = [
    ("happy hour", {"conditions": {"all": [EVENING]}}, EVE),
    ("from tomorrow", {"starts_at": TOMORROW}, "Mar 17, 2026"),
    ("on days to come", {"conditions": {"all": [LATER_ON]}}, "Mar 18, 2026"),
    ("on the evenings of days to come", {"conditions": {"all": [EVENING, LATER_ON]}},
     "Mar 18, 2026, 5:00"),
    ("not in the morning", {"conditions": {"none": [MORNING]}}, "Mar 16, 2026, 9:30"),
    ("not in these days", {"conditions": {"none": [TODAY_ONLY]}}, "Mar 17, 2026"),
    ("the birthday", {"conditions": {"all": [BIRTHDAY]}}, "Apr 30, 2026"),
    ("the evening, or a few", {"conditions": {"any": [VIPS, LATER_ON, EVENING]}}, EVE),
]  # fmt: skip


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def person(app: Flask, database: Database) -> tuple[Browser, Customer]:
    browser, customer, _ = make_visitor(app, database, birthday=date(1990, 5, 1))
    return browser, customer


def personal(session: Session, customer: Customer, **given: Any) -> Coupon:
    offer = make_offer(session, **given)
    version = offers.current(session, offer)
    to = [(customer.id, None)]
    return issuing.issue_personal(session, offer, version, to, actor=SYSTEM, at=NOW)[0]


@pytest.mark.parametrize(("name", "terms", "opens"), LATER)
def test_a_printed_code_says_from_when(
    app: Flask, database: Database, name: str, terms: Terms, opens: str
) -> None:
    browser, _ = person(app, database)
    database.transact(lambda s: make_public(s, make_offer(s, **terms), "PUBHH"))

    page = browser.get("/c/PUBHH")

    assert page.status_code == 200, name
    assert "10% off" in page.text
    assert f"Not now, but from {opens}" in page.text


def test_the_report_learns_that_a_phone_came_too_early(app: Flask, database: Database) -> None:
    terms = {"conditions": {"all": [EVENING]}}
    database.transact(lambda s: make_public(s, make_offer(s, **terms), "PUBHH"))

    assert Browser(app).get("/c/PUBHH").status_code == 200

    rows = select(Response.outcome, Response.reason)
    assert database.look(lambda s: s.execute(rows).one()) == ("refused", "not_now")


def used(session: Session) -> None:
    coupon = make_coupon(session, make_offer(session, conditions={"all": [EVENING]}))
    coupon.code, coupon.used = "PUBHH", 1


def public(**terms: Any) -> Callable[[Session], Any]:
    return lambda s: make_public(s, make_offer(s, **terms), "PUBHH")


def of_somebody_else(session: Session) -> None:
    other, _ = make_customer(session)
    personal(session, other, starts_at=TOMORROW).code = "PUBHH"


def revoked(session: Session) -> None:
    code = public(starts_at=TOMORROW)(session).code
    codes.move(session, code, "revoke", actor=SYSTEM, at=NOW)


def of_a_paused_campaign(session: Session) -> None:
    campaign = make_campaign(session)
    make_public(session, make_offer(session, campaign, starts_at=TOMORROW), "PUBHH")
    campaigns.move(session, campaign.id, "pause", actor=SYSTEM, at=NOW)


@pytest.mark.parametrize(
    "make",
    [
        used,
        of_somebody_else,
        revoked,
        of_a_paused_campaign,
        public(conditions={"all": [EVENING, {"kind": "dates", "until": "2026-03-15"}]}),
        public(conditions={"all": [EVENING]}, ends_at=NOW + timedelta(hours=1)),
        public(conditions={"all": [LATER_ON, TODAY_ONLY]}),
        public(conditions={"all": [EVENING, VIPS]}),
        public(conditions={"all": [EVENING], "none": [EVENING]}),
    ],
)
def test_what_time_does_not_help_looks_like_any_code_that_cannot_be_used(
    app: Flask, database: Database, make: Callable[[Session], Any]
) -> None:
    browser, _ = person(app, database)
    database.transact(make)

    page = browser.get("/c/PUBHH")

    assert page.status_code == 404
    assert "This code cannot be used" in page.text


@pytest.mark.parametrize(("name", "terms", "opens"), LATER)
def test_the_card_lists_what_is_for_later_after_what_is_for_now(
    app: Flask, database: Database, name: str, terms: Terms, opens: str
) -> None:
    browser, customer = person(app, database)
    ends_at = NOW + timedelta(days=80)

    def give(session: Session) -> None:
        personal(session, customer, name={"en": "For later"}, ends_at=ends_at, **terms)
        personal(session, customer, name={"en": "For now"})

    database.transact(give)

    page = browser.get("/me").text

    assert f"Not now, but from {opens}" in page, name
    assert page.index("For now") < page.index("For later")


def test_the_card_does_not_list_what_time_does_not_help(app: Flask, database: Database) -> None:
    browser, customer = person(app, database)
    never = {"all": [EVENING, {"kind": "dates", "until": "2026-03-15"}]}
    database.transact(lambda s: personal(s, customer, name={"en": "Never"}, conditions=never))

    assert "Never" not in browser.get("/me").text


def test_a_claimed_reward_shows_its_code_whatever_the_hour(app: Flask, database: Database) -> None:
    browser, customer = person(app, database)

    def claim(session: Session) -> Claim:
        points.adjust(session, customer.id, 500, "a gift", actor=SYSTEM, at=NOW)
        reward = make_reward(session, make_offer(session, conditions={"all": [EVENING]}))
        return claims.claim(session, reward.id, customer.id, actor=SYSTEM, at=NOW)

    claimed = database.transact(claim)

    page = browser.get(f"/me/claims/{ids.public('cl', claimed.id)}").text

    assert f"Not now, but from {EVE}" in page
    assert "Show this code at the till" in page


def a_till(app: Flask, database: Database) -> Api:
    """Return a program of a shop far in the east, where it is 16:18."""
    api = Api(app, database)

    def make(session: Session) -> str:
        shop = make_shop(session, "East", zone="Asia/Tokyo")
        made = keys.add(
            session, "till", scopes=["all"], shop_id=shop.id, actor=SYSTEM, at=clock.now()
        )
        return made[1]

    api.key = database.transact(make)
    return api


@pytest.mark.parametrize("where", ["POST /scans", "GET /coupons/PUBHH"])
def test_what_is_known_is_said_at_the_scan(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch, where: str
) -> None:
    api = a_till(app, database)
    database.transact(public(conditions={"all": [EVENING]}))

    def asked() -> Any:
        method, path = where.split()
        answer = api.call(method, path, {"code": "PUBHH"} if method == "POST" else None)
        return answer.json.get("coupon", answer.json)

    early = asked()
    monkeypatch.setattr(clock, "now", lambda: NOW + timedelta(hours=1))

    assert (early["usable"], early["reason"]["code"]) == (False, "not_now")
    assert early["reason"]["facts"]["opens_at"] == "2026-03-16T08:00:00+00:00"
    assert asked()["usable"] is True


def elsewhere(session: Session) -> None:
    shops = {"kind": "shops", "shops": [make_shop(session).id.hex]}
    public(conditions={"all": [shops]})(session)


def sold_out(session: Session) -> None:
    offer = public(overall=1)(session).offer_id
    name = {"subject_id": offer, "customer_id": quotas.ALL, "period": "", "measure": "uses"}
    session.add(Quota(**name, cap=1, used=1, voided=0))


@pytest.mark.parametrize(
    ("make", "reason"), [(elsewhere, "wrong_shop_for_offer"), (sold_out, "offer_used_up")]
)
def test_whatever_else_is_known_is_said_at_the_scan(
    app: Flask, database: Database, make: Callable[[Session], None], reason: str
) -> None:
    api = a_till(app, database)
    database.transact(make)

    assert api.post("/scans", {"code": "PUBHH"})["coupon"]["reason"]["code"] == reason


@pytest.mark.parametrize(
    "asks",
    [VIPS, BIRTHDAY, {"kind": "minimum_basket", "amount": 500}, {"kind": "not_bought", "days": 9}],
)
def test_what_the_card_or_the_basket_will_tell_is_open_at_the_scan(
    app: Flask, database: Database, asks: Terms
) -> None:
    api = a_till(app, database)
    database.transact(public(conditions={"all": [asks]}, per_customer=1))

    assert api.post("/scans", {"code": "PUBHH"})["coupon"]["usable"] is True
