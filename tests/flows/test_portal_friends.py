"""Bringing friends, and giving points away, on the customer's own phone."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, ids, throttle
from core.auth import SYSTEM
from core.db import Database
from core.models import Customer
from loyalty import cards, checkout, merging, points, programme, stock, voiding
from loyalty.models import Card, Entry, Referral, ReferralCode
from loyalty.referrals import attribution, codes, review
from loyalty.referrals import scheme as schemes
from tests.browser import Browser, without_token
from tests.factories import MANAGER, NOON, make_order, make_shop
from tests.flows.visiting import make_visitor, once_of, send
from tests.loyalty.hands import balance

Visitor = tuple[Browser, Customer, Card]


@pytest.fixture
def visitor(app: Flask, database: Database) -> Visitor:
    return make_visitor(app, database, name="Ada Byron")


def promise(database: Database, **given: Any) -> None:
    usual = {"active": True, "referrer": {"points": 500}, "friend": {"points": 200}}
    database.transact(lambda s: schemes.change(s, usual | given, actor=SYSTEM, at=NOON))


def bring(session: Session, customer: Customer, **person: str) -> Card:
    """Let a friend join by a customer's code; return the friend's card."""
    at = clock.now()
    code = codes.of_customer(session, customer.id, at=at)
    friend, card = cards.enrol(session, person=person, actor=SYSTEM, at=at)
    attribution.attribute(session, code, friend, actor=SYSTEM, at=at)
    return card


def buy(session: Session, card: Card) -> None:
    order = make_order(make_shop(session), card=card.number)
    checkout.settle(session, order, actor=MANAGER, at=clock.now())


# the code


def test_where_friends_cannot_be_brought_nothing_is_said_of_it(
    database: Database, visitor: Visitor
) -> None:
    browser, _, _ = visitor

    assert "Bring a friend" not in browser.get("/me").text
    assert browser.get("/me/friends").location == "/me"
    assert database.look(lambda s: s.scalars(select(ReferralCode)).all()) == []


def test_the_code_is_made_when_it_is_first_looked_at_and_stays(
    database: Database, visitor: Visitor
) -> None:
    browser, customer, _ = visitor
    promise(database, minimum=1500, cap=5, cap_per="month", milestones=[{"every": 3, "points": 9}])

    first, again = browser.get("/me/friends"), browser.get("/me/friends")

    code = database.look(lambda s: codes.known(s.connection(), customer.id))
    assert code
    assert without_token(first) == without_token(again)
    for shown in (
        "You get 500 points", "Your friend gets 200 points", "For every 3 friends you also get",
        "€15.00", "up to 5 friends in a month", ids.grouped(code), f"/c/{code}",
        "QR code for friends", "Nobody yet",
    ):  # fmt: skip
        assert shown in first.text
    assert re.search(rf'href="mailto:\?body=[^"]*{code}"', first.text)
    assert "You get 500 points · Your friend gets 200 points" in browser.get("/me").text


def test_a_scheme_for_the_friend_alone_says_so(database: Database, visitor: Visitor) -> None:
    browser, _, _ = visitor
    promise(database, referrer=None, hold_days=0, milestones=[{"at": 1, "points": 9}])

    page = browser.get("/me/friends").text

    assert "You get 500" not in page
    assert "For the first friend you also get 9 points" in page
    assert "after the purchase" not in page


def test_a_scheme_for_the_referrer_alone_invites_all_the_same(
    database: Database, visitor: Visitor
) -> None:
    browser, _, _ = visitor
    promise(database, friend=None)

    page = browser.get("/me/friends").text

    assert re.search("an invitation to the customer card of [^:.]+:\nhttp", page)


def test_what_came_of_the_code_is_told_without_names(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    promise(database, hold_days=14)
    database.transact(lambda s: bring(s, customer, name="Grace Hopper"))
    database.transact(lambda s: buy(s, bring(s, customer)))

    page = browser.get("/me/friends").text

    assert "2 friends joined" in page
    assert "1 reward pending" in page
    assert "500 points in all" in page
    due = clock.now() + timedelta(days=14)
    assert re.search(rf"Has bought; pending until \w+ \d+, {due.year}", page)
    assert "Pending: may still buy until" in page
    assert "Grace" not in page
    assert "For a friend" in browser.get("/me").text


def set_state(database: Database, card: Card, **values: Any) -> None:
    def work(session: Session) -> None:
        found = session.scalars(
            select(Referral).where(Referral.referee_id == card.customer_id)
        ).one()
        for name, value in values.items():
            setattr(found, name, value)

    database.transact(work)


def test_each_state_has_its_words(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    promise(database, hold_days=0, cap=2)
    shop = database.transact(make_shop)

    def settle(session: Session, card: Card) -> Any:
        order = make_order(shop, card=card.number)
        return checkout.settle(session, order, actor=MANAGER, at=clock.now()).id

    late, odd, gone = (database.transact(lambda s: bring(s, customer)) for _ in range(3))
    set_state(database, late, expires_at=clock.now() - timedelta(hours=1))
    set_state(database, odd, state="review", reasons=["same_device"])
    set_state(database, gone, state="review", reasons=["same_device"])
    rejected = database.look(
        lambda s: s.scalars(
            select(Referral.id).where(Referral.referee_id == gone.customer_id)
        ).one()
    )
    database.transact(lambda s: review.reject(s, rejected, "odd", actor=MANAGER, at=clock.now()))
    for _ in range(2):
        database.transact(lambda s: settle(s, bring(s, customer)))
    browser.get("/me")
    beyond = database.transact(lambda s: settle(s, bring(s, customer)))

    page = browser.get("/me/friends").text

    assert beyond
    for shown in (
        "Has not bought in time", "Pending: is being checked", "Does not count",
        "Has bought; you have your reward", "Has bought; you have reached the limit of rewards",
    ):  # fmt: skip
        assert shown in page


def test_a_purchase_that_was_undone_is_told(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    promise(database, hold_days=0)
    shop = database.transact(make_shop)

    def settle(session: Session) -> Any:
        order = make_order(shop, card=bring(session, customer).number)
        return checkout.settle(session, order, actor=MANAGER, at=clock.now()).id

    purchase = database.transact(settle)
    browser.get("/me")
    database.transact(
        lambda s: voiding.void(s, purchase, "returned", actor=MANAGER, at=clock.now())
    )

    assert "Has given the purchase back" in browser.get("/me/friends").text


def test_friends_of_who_was_merged_are_still_counted(
    app: Flask, database: Database, visitor: Visitor
) -> None:
    browser, customer, _ = visitor
    promise(database)
    other, _ = database.transact(lambda s: cards.enrol(s, actor=SYSTEM, at=NOON))
    database.transact(lambda s: bring(s, other))
    database.transact(
        lambda s: merging.merge(s, other.id, customer.id, actor=SYSTEM, at=clock.now())
    )

    assert "1 friend joined" in browser.get("/me/friends").text


def test_who_is_blocked_brings_nobody(database: Database, visitor: Visitor) -> None:
    browser, customer, _ = visitor
    promise(database)

    def block(session: Session) -> None:
        session.get_one(Customer, customer.id).state = "blocked"

    database.transact(block)

    assert browser.get("/me/friends").location == "/me"
    assert "Bring a friend" not in browser.get("/me").text


# points for another card


@pytest.fixture
def taker(app: Flask, database: Database) -> Visitor:
    return make_visitor(app, database, "10.0.0.2", name="Grace Hopper")


@pytest.fixture
def giver(database: Database, visitor: Visitor) -> Visitor:
    """A customer with 500 points, where points may be given."""
    _, customer, _ = visitor

    def work(session: Session) -> None:
        programme.change(session, {"transfers": True}, actor=SYSTEM, at=NOON)
        points.adjust(session, customer.id, 500, "a gift", actor=SYSTEM, at=clock.now())

    database.transact(work)
    return visitor


def held(database: Database, who: Visitor) -> int:
    return database.look(lambda s: balance(s, who[1], clock.now()).available)


def test_where_points_cannot_be_given_nothing_is_said_of_it(
    database: Database, visitor: Visitor, taker: Visitor
) -> None:
    browser, customer, _ = visitor
    database.transact(
        lambda s: points.adjust(s, customer.id, 50, "a gift", actor=SYSTEM, at=clock.now())
    )

    sent = browser.post("/me/give", card=taker[2].number, points="5", sure="yes", once="x" * 20)

    assert "/me/give" not in browser.get("/me").text
    assert browser.get("/me/give").location == sent.location == "/me"
    assert held(database, taker) == 0


def test_points_go_to_another_card_after_a_second_look(
    database: Database, giver: Visitor, taker: Visitor
) -> None:
    browser, number = giver[0], taker[2].number
    assert "/me/give" in browser.get("/me").text
    once = once_of(browser.get("/me/give"))
    fields = {"card": ids.grouped(number), "points": "120", "once": once}

    asked = browser.post("/me/give", **fields)
    before = held(database, taker)
    done = [browser.post("/me/give", **fields, sure="yes") for _ in range(2)]

    assert asked.status_code == 200
    assert ids.grouped(number) in asked.text
    assert "Grace" not in asked.text
    assert before == 0
    assert {answer.location for answer in done} == {"/me"}
    assert (held(database, giver), held(database, taker)) == (380, 120)
    page, theirs = browser.get("/me").text, taker[0].get("/me").text
    assert "120 points are on the other card now." in page
    assert "To another card" in page
    assert "From another card" in theirs
    actors = database.look(
        lambda s: set(s.scalars(select(Entry.actor).where(Entry.kind == "transfer")))
    )
    assert actors == {f"customer:{giver[1].id.hex}"}


WRONG: list[tuple[str, str, str]] = [
    ("{taker}", "501", "There are 500 points, and 501 were to be spent."),
    ("{taker}", "0", "Number must be between"),
    ("{taker}", "-5", "Number must be between"),
    ("{taker}", "many", "Not a valid integer"),
    ("{giver}", "5", "Both cards belong to the same customer."),
    ("4111111111111111", "5", "This card is not one of ours. Check the number."),
    ("' OR 1=1 --", "5", "This card is not one of ours. Check the number."),
    ("", "5", "Please fill this in."),
]


@pytest.mark.parametrize(("card", "number", "said"), WRONG)
@pytest.mark.parametrize("sure", ["", "yes"])
def test_what_is_wrong_is_said_and_nothing_moves(
    database: Database, giver: Visitor, taker: Visitor, card: str, number: str, said: str, sure: str
) -> None:
    to = card.format(taker=taker[2].number, giver=giver[2].number)

    answer = send(giver[0], "/me/give", card=to, points=number, sure=sure)

    assert answer.status_code == 422
    assert said in answer.text
    assert (held(database, giver), held(database, taker)) == (500, 0)


def block(session: Session, card: Card) -> None:
    cards.set_blocked(session, card.number, blocked=True, actor=SYSTEM, at=NOON)


def replace(session: Session, card: Card) -> None:
    cards.replace(session, card.customer_id, "lost", actor=SYSTEM, at=NOON)


def freeze(session: Session, card: Card) -> None:
    session.get_one(Customer, card.customer_id).state = "blocked"


@pytest.mark.parametrize("spoil", [block, replace, freeze])
def test_a_card_that_takes_nothing_looks_like_none(
    database: Database, giver: Visitor, taker: Visitor, spoil: Any
) -> None:
    database.transact(lambda s: spoil(s, taker[2]))

    answer = send(giver[0], "/me/give", card=taker[2].number, points="5")

    assert "This card is not one of ours. Check the number." in answer.text


def blank(session: Session) -> str:
    return stock.make(session, 1, actor=SYSTEM, at=NOON)[0]


def withdrawn(session: Session) -> str:
    number = blank(session)
    assert stock.withdraw(session, NOON, actor=SYSTEM, at=NOON) == 1
    return number


@pytest.mark.parametrize("make", [blank, withdrawn])
def test_a_card_that_is_nobodys_looks_like_none(
    database: Database, giver: Visitor, make: Callable[[Session], str]
) -> None:
    number = database.transact(make)

    answer = send(giver[0], "/me/give", card=number, points="5")

    assert answer.status_code == 422
    assert "This card is not one of ours. Check the number." in answer.text


@pytest.mark.parametrize("spoil", [block, freeze])
def test_of_a_blocked_card_nobody_gives_points_away(
    database: Database, giver: Visitor, taker: Visitor, spoil: Any
) -> None:
    database.transact(lambda s: spoil(s, giver[2]))

    answer = send(giver[0], "/me/give", card=taker[2].number, points="5", sure="yes")

    assert answer.status_code == 422
    assert "blocked" in answer.text
    assert held(database, taker) == 0


def test_numbers_of_cards_cannot_be_guessed_for_long(
    database: Database, giver: Visitor, taker: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "CODE", throttle.Limit(3, timedelta(minutes=10)))
    for _ in range(3):
        send(giver[0], "/me/give", card=ids.new_number(), points="5")

    answer = send(giver[0], "/me/give", card=taker[2].number, points="5")

    assert answer.status_code == 429


def test_a_refusal_in_the_last_moment_is_told(
    database: Database, giver: Visitor, taker: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("loyalty.portal.giving._is_right", lambda *_: True)

    answer = send(giver[0], "/me/give", card=taker[2].number, points="501", sure="yes")

    assert answer.status_code == 422
    assert "There are 500 points" in answer.text
    assert held(database, taker) == 0
