"""What points buy, on the customer's own phone: look, claim, give back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import clock, ids
from core.auth import SYSTEM
from core.db import Bare, Database
from core.models import AuditEntry, Customer
from coupons.models import Coupon
from loyalty import cards, claims, points, programme, tiers
from loyalty.models import Card, Claim
from tests.browser import Browser
from tests.factories import NOON, make_offer
from tests.flows.visiting import make_visitor, once_of, send
from tests.loyalty.hands import balance, make_reward

HOSTILE = "<script>alert(1)</script>"
Visitor = tuple[Browser, Customer, Card]


@pytest.fixture
def visitor(app: Flask, database: Database) -> Visitor:
    """A customer with 500 points on their phone."""
    browser, customer, card = make_visitor(app, database)
    database.transact(lambda s: give(s, customer, 500))
    return browser, customer, card


def give(session: Session, customer: Customer, number: int) -> None:
    points.adjust(session, customer.id, number, "a gift", actor=SYSTEM, at=clock.now())


def reward(database: Database, name: str = "A mug", **given: Any) -> str:
    """Put a reward into the catalogue; return where its page is."""
    made = database.transact(lambda s: make_reward(s, name={"en": name}, **given).id)
    return f"/me/rewards/{ids.public('rw', made)}"


def count(database: Database, model: type[Bare]) -> int:
    return database.look(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


def available(database: Database, customer: Customer) -> int:
    return database.look(lambda s: balance(s, customer, clock.now()).available)


# the catalogue


def test_without_rewards_nothing_is_said_of_them(visitor: Visitor) -> None:
    browser, _, _ = visitor

    assert "What points get you" not in browser.get("/me").text
    assert "There are no rewards" in browser.get("/me/rewards").text


def test_what_can_be_claimed_comes_first_then_what_is_nearest(
    database: Database, visitor: Visitor
) -> None:
    browser, _, _ = visitor
    for name, price in (("Far", 9000), ("Dear", 400), ("Near", 600), ("Cheap", 100)):
        reward(database, name, points=price)

    page, short = browser.get("/me/rewards").text, browser.get("/me").text

    assert re.findall(r"<h3>(\w+)</h3>", page) == ["Cheap", "Dear", "Near", "Far"]
    assert "100 points to go" in page
    assert "8,500 points to go" in page
    assert re.search(r'<progress value="500"\s+max="600"', page)
    assert "Near" in short
    assert "Far" not in short
    assert "All rewards" in short


def test_what_keeps_a_reward_away_is_said(database: Database, visitor: Visitor) -> None:
    browser, _, _ = visitor
    now = clock.now()

    def rung(session: Session) -> None:
        programme.change(session, {"tiers": {"by": "points"}}, actor=SYSTEM, at=NOON)
        tiers.add(
            session, key="gold", name={"en": "Gold"}, rank=1, entry=9000, renewal=0, perks={},
            actor=SYSTEM, at=NOON,
        )  # fmt: skip

    database.transact(rung)
    reward(database, "Golden", tier="gold")
    reward(database, "Later", starts_at=now + timedelta(days=3))
    reward(database, "Past", ends_at=now - timedelta(days=3))
    gone = reward(database, "Gone", stock=1)
    database.transact(lambda s: claim_by_another(s, gone))

    page = browser.get("/me/rewards").text

    assert "From Gold on" in page
    assert re.search(r"300 points · From \w+ \d+, \d{4}", page)
    assert "This reward is gone." in page
    assert "Past" not in page
    assert "Get it" not in page


def claim_by_another(session: Session, path: str) -> None:
    other, _ = cards.enrol(session, actor=SYSTEM, at=NOON)
    give(session, other, 1000)
    id = ids.parse("rw", path.rpartition("/")[2])
    claims.claim(session, id, other.id, actor=SYSTEM, at=clock.now())


# claiming


def test_a_reward_is_claimed_in_two_steps_and_shows_its_code(
    database: Database, visitor: Visitor
) -> None:
    browser, customer, _ = visitor
    path = reward(database)

    asked = browser.get(path)
    done = send(browser, path)
    page = browser.get(done.location)

    for shown in ("A mug", "10% off", "300 points", "200"):
        assert shown in asked.text
    assert done.status_code == 303
    coupon = database.look(lambda s: s.scalars(select(Coupon)).one())
    assert "It is yours" in page.text
    assert ids.grouped(coupon.code) in page.text
    assert 'role="img" aria-label="QR code of the coupon' in page.text
    assert available(database, customer) == 200
    assert coupon.customer_id == customer.id
    assert ids.grouped(coupon.code) in browser.get("/me").text
    assert "Reward" in browser.get("/me").text
    listed = browser.get("/me/rewards").text
    assert "Not used yet" in listed
    assert done.location in listed


def test_a_form_sent_twice_claims_one(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    path = reward(database, points=100)
    once = once_of(browser.get(path))

    first, again = (browser.post(path, once=once) for _ in range(2))
    other = send(browser, path)

    assert first.location == again.location != other.location
    assert count(database, Claim) == 2
    assert available(database, customer) == 300


def test_a_claim_that_is_refused_says_why_and_takes_nothing(
    database: Database, visitor: Visitor
) -> None:
    browser, customer, _ = visitor
    path = reward(database)
    once = once_of(browser.get(path))
    database.transact(lambda s: give(s, customer, -300))

    answer = browser.post(path, once=once)

    assert answer.status_code == 422
    assert "There are 200 points, and 300 were to be spent." in answer.text
    assert count(database, Claim) == 0
    assert available(database, customer) == 200


def test_a_form_of_another_site_claims_nothing(database: Database, visitor: Visitor) -> None:
    browser, _, _ = visitor
    path = reward(database)

    foreign = browser.open("POST", path, data={"once": "x" * 20})

    assert foreign.status_code == 400
    assert count(database, Claim) == 0


def test_of_a_blocked_card_nobody_claims_or_gives_back(
    database: Database, visitor: Visitor
) -> None:
    browser, customer, card = visitor
    path = reward(database, points=100)
    mine = send(browser, path).location
    once = once_of(browser.get(path))
    database.transact(
        lambda s: cards.set_blocked(s, card.number, blocked=True, actor=SYSTEM, at=NOON)
    )

    claimed = browser.post(path, once=once)
    cancelled = send(browser, mine, f"{mine}/cancel")

    assert claimed.status_code == cancelled.status_code == 422
    assert "This card is blocked" in claimed.text
    assert available(database, customer) == 400
    assert "Get it" not in browser.get("/me").text


def test_a_reward_that_is_none_is_not_found(visitor: Visitor) -> None:
    browser, _, _ = visitor
    none = ids.public("rw", ids.new())

    for path in (
        f"/me/rewards/{none}",
        "/me/rewards/x",
        f"/me/claims/{ids.public('cl', ids.new())}",
    ):
        assert browser.get(path).status_code == 404
    assert browser.post(f"/me/rewards/{none}", once="x" * 20).status_code == 404


# giving back


def test_an_unused_reward_is_given_back(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    mine = send(browser, reward(database)).location
    once = once_of(browser.get(mine))

    first, again = (browser.post(f"{mine}/cancel", once=once) for _ in range(2))
    listed, page = browser.get("/me/rewards").text, browser.get(mine).text

    assert first.location == again.location == "/me/rewards"
    assert "The points are back" in listed
    assert "Given back" in page
    assert "Give it back" not in page
    assert "QR code" not in page
    assert available(database, customer) == 500
    who = database.look(
        lambda s: s.scalars(
            select(AuditEntry.actor).where(AuditEntry.action == "reward.cancelled")
        ).one()
    )
    assert who == f"customer:{customer.id.hex}"


def test_a_used_reward_stays(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    mine = send(browser, reward(database)).location
    once = once_of(browser.get(mine))

    def use(session: Session) -> None:
        session.scalars(select(Coupon)).one().used = 1

    database.transact(use)

    answer = browser.post(f"{mine}/cancel", once=once)

    assert answer.status_code == 422
    assert "has been used" in answer.text
    assert "Give it back" not in browser.get(mine).text
    assert "Used" in browser.get("/me/rewards").text
    assert available(database, customer) == 200


def test_nobody_sees_or_gives_back_what_is_anothers(
    app: Flask, database: Database, visitor: Visitor
) -> None:
    browser, _, _ = visitor
    mine = send(browser, reward(database)).location
    other, _, _ = make_visitor(app, database, "10.0.0.2")

    seen = other.get(mine)
    cancelled = other.post(f"{mine}/cancel", once="x" * 20)

    assert seen.status_code == cancelled.status_code == 404
    assert database.look(lambda s: s.scalars(select(Claim.state)).one()) == "claimed"


@pytest.mark.parametrize("path", ["/me/rewards", "/me/friends", "/me/give"])
def test_without_a_card_there_is_nothing(app: Flask, path: str) -> None:
    assert Browser(app).get(path).location == "/me"


def test_names_of_rewards_are_text_whatever_they_say(database: Database, visitor: Visitor) -> None:
    browser, _, _ = visitor
    benefit = {"kind": "free_item", "text": HOSTILE}
    offer = database.transact(lambda s: make_offer(s, name={"en": HOSTILE}, benefit=benefit))
    path = reward(database, HOSTILE, offer=offer)

    pages = [browser.get(path), browser.get("/me/rewards"), browser.get("/me")]
    pages.append(browser.get(send(browser, path).location))

    for page in pages:
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert(1)" in page.text
