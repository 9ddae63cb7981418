"""Stamp cards: collected with a purchase, rewarded when full, taken back when it is undone."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.db import Database
from core.errors import InvalidRequest, NotFound, WrongState
from core.models import Shop
from core.money import Money
from coupons.basket import Basket, Line
from coupons.models import Coupon
from loyalty import checkout, expiry, merging, programme, reconcile, refunding, stamps, voiding
from loyalty.models import Entry, Stamp, StampBook, StampCard
from loyalty.refunding import Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)

DAY = timedelta(days=1)


def make_card(session: Session, **given: Any) -> StampCard:
    """Return a stamp card: a stamp a visit, ten fill it, and it is worth 100 points."""
    usual: dict[str, Any] = {
        "name": {"en": "Coffee"}, "per": "visit", "products": {}, "minimum": 0, "needed": 10,
        "daily_cap": None, "expiry_months": None, "reward_points": 100, "reward_offer_id": None,
    }  # fmt: skip
    return stamps.add(session, **usual | given, actor=SYSTEM, at=NOON)


def make_gift_card(session: Session, **given: Any) -> StampCard:
    """Return a stamp card that is worth a coupon."""
    offer = make_offer(session, benefit={"kind": "free_item", "text": "A coffee"})
    return make_card(session, reward_points=None, reward_offer_id=offer.id, **given)


@dataclass
class Visitor:
    """A customer with a card, at a shop."""

    session: Session
    id: UUID
    card: str
    shop: Shop

    def buy(self, pieces: int = 1, at: datetime = NOON, *codes: str, **given: Any) -> UUID:
        """Buy so many pieces of coffee, at a unit each."""
        line = Line(Money(pieces * 100), quantity=pieces, sku="COFFEE", category="drinks")
        basket = Basket("EUR", line.amount, (line,))
        order = make_order(self.shop, *codes, card=self.card, basket=basket, **given)
        quoted = checkout.quote(self.session.connection(), order, actor=MANAGER, at=at)
        done = checkout.settle(self.session, order, actor=MANAGER, at=at)
        self.session.flush()
        assert quoted.news["stamps"] == done.news["stamps"]
        self.news = done.news["stamps"]
        assert done.id
        return done.id

    def void(self, purchase_id: UUID, at: datetime = NOON) -> None:
        voiding.void(self.session, purchase_id, "returned", actor=MANAGER, at=at)
        self.session.flush()

    def refund(self, purchase_id: UUID, amount: int, at: datetime = NOON) -> None:
        wanted = Wanted(amount=amount)
        refunding.refund(self.session, purchase_id, wanted, "broken", actor=MANAGER, at=at)
        self.session.flush()

    @property
    def books(self) -> list[int]:
        """Return how many stamps are in each book, in the order they were begun."""
        rows = select(StampBook.stamps).where(StampBook.customer_id == self.id)
        return list(self.session.scalars(rows.order_by(StampBook.number)))

    @property
    def rewards(self) -> int:
        """Return the points that came by full books, less those taken back."""
        session = self.session
        source = Entry.source.startswith("stamps:")
        found = select(Entry.id, Entry.points).where(source, Entry.customer_id == self.id)
        given = {row.id: row.points for row in session.execute(found)}
        back = select(func.sum(Entry.points)).where(Entry.reverses_id.in_(list(given)))
        return sum(given.values()) - int(session.scalar(back) or 0)

    def coupons(self) -> list[tuple[str, int]]:
        rows = select(Coupon.state, Coupon.used - Coupon.voided).where(
            Coupon.customer_id == self.id, Coupon.external_ref.startswith("grant:stamps:")
        )
        return sorted((state, used) for state, used in self.session.execute(rows))

    def gift(self) -> str:
        """Return the code of the coupon that a full book was worth."""
        rows = select(Coupon.code).where(Coupon.customer_id == self.id, Coupon.state == "active")
        return self.session.scalars(rows).one()

    def held(self, at: datetime) -> int:
        return int(stamps.shelf(self.session.connection(), self.id, at=at)[0]["held"])

    def check(self) -> None:
        assert list(reconcile.findings(self.session)) == []


@pytest.fixture
def visitor(session: Session) -> Visitor:
    return make_visitor(session)


def make_visitor(session: Session) -> Visitor:
    customer, card = make_customer(session)
    return Visitor(session, customer.id, card.number, make_shop(session))


def test_a_visit_is_a_stamp(visitor: Visitor) -> None:
    make_card(visitor.session)

    visitor.buy(7)

    assert visitor.books == [1]
    [told] = visitor.news
    assert (told["stamps"], told["held"], told["needed"], told["full"]) == (1, 1, 10, 0)
    visitor.check()


def test_pieces_overflow_into_the_next_book_and_full_ones_are_rewarded(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece")

    visitor.buy(27)

    assert visitor.books == [10, 10, 7]
    assert visitor.rewards == 200
    [told] = visitor.news
    assert (told["full"], told["held"], told["reward"]) == (2, 7, {"points": 200})
    visitor.check()


def test_points_of_a_full_book_are_due_when_those_of_a_purchase_are(visitor: Visitor) -> None:
    programme.change(visitor.session, {"pending_days": 14}, actor=SYSTEM, at=NOON)
    make_card(visitor.session, needed=1)

    visitor.buy(1)

    connection = visitor.session.connection()
    held = expiry.balance(connection, visitor.id, at=NOON)
    assert (held.available, held.pending) == (0, 101)
    assert expiry.balance(connection, visitor.id, at=NOON + 14 * DAY).available == 101
    visitor.check()


def test_a_full_book_is_worth_a_coupon(visitor: Visitor) -> None:
    make_gift_card(visitor.session, per="piece")

    visitor.buy(10)

    assert visitor.coupons() == [("active", 0)]
    visitor.buy(1, NOON, visitor.gift())
    assert visitor.coupons() == [("active", 1)]
    visitor.check()


def test_the_cap_of_the_day_is_of_the_day_of_the_shop(visitor: Visitor) -> None:
    make_card(visitor.session, daily_cap=2)
    evening = datetime(2026, 3, 14, 22, 30, tzinfo=UTC)

    for _ in range(3):
        visitor.buy(1, evening)
    assert visitor.books == [2]
    assert visitor.news == []

    visitor.buy(1, evening + timedelta(hours=1))
    assert visitor.books == [3]


def test_a_stamp_taken_back_today_can_be_given_again_today(visitor: Visitor) -> None:
    make_card(visitor.session, daily_cap=1)
    first = visitor.buy(1)

    visitor.void(first)
    visitor.buy(1)

    assert visitor.books == [1]
    visitor.check()


def test_a_book_that_has_expired_takes_no_more_and_its_stamps_are_lost(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece", expiry_months=1)
    end = datetime(2026, 4, 30, 22, tzinfo=UTC)
    visitor.buy(9)
    assert visitor.held(end - timedelta(seconds=1)) == 9
    assert visitor.held(end) == 0

    visitor.buy(1, end)

    assert visitor.books == [9, 1]
    assert visitor.rewards == 0
    visitor.check()


def test_a_book_takes_stamps_until_the_instant_it_expires(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece", expiry_months=1)
    visitor.buy(9)

    visitor.buy(1, datetime(2026, 4, 30, 21, 59, tzinfo=UTC))

    assert visitor.books == [10]
    assert visitor.rewards == 100


def test_a_coupon_gives_stamps_whatever_the_card_asks_for(visitor: Visitor) -> None:
    card = make_card(visitor.session, per="coupon")
    benefit = {"kind": "stamps", "stamps": 3, "stamp_card": card.id.hex}
    coupon = make_public(visitor.session, make_offer(visitor.session, benefit=benefit))

    visitor.buy(1)
    assert visitor.books == []

    visitor.buy(1, NOON, coupon.code)
    assert visitor.books == [3]
    visitor.check()


def test_a_purchase_without_a_card_collects_nothing(session: Session) -> None:
    make_card(session)

    checkout.settle(session, make_order(make_shop(session)), actor=MANAGER, at=NOON)

    assert session.scalars(select(Stamp)).all() == []


def test_a_card_that_has_ended_gives_nothing(visitor: Visitor) -> None:
    card = make_card(visitor.session)
    stamps.end(visitor.session, card.id, actor=SYSTEM, at=NOON)
    visitor.session.flush()

    visitor.buy(1)

    assert visitor.books == []
    with pytest.raises(WrongState):
        stamps.end(visitor.session, card.id, actor=SYSTEM, at=NOON)
    with pytest.raises(WrongState):
        stamps.change(visitor.session, card.id, {"needed": 5}, actor=SYSTEM, at=NOON)


def test_books_that_were_begun_keep_their_number(visitor: Visitor) -> None:
    card = make_card(visitor.session, per="piece")
    visitor.buy(8)

    stamps.change(visitor.session, card.id, {"needed": 5}, actor=SYSTEM, at=NOON)
    visitor.buy(8)

    assert visitor.books == [10, 5, 1]
    visitor.check()


def test_a_void_takes_the_stamps_back(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece")
    visitor.buy(4)
    second = visitor.buy(3)

    visitor.void(second)

    assert visitor.books == [4]
    visitor.check()


def test_a_book_that_is_full_no_more_has_its_points_taken_back(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece")
    visitor.buy(8)
    second = visitor.buy(4)
    assert (visitor.books, visitor.rewards) == ([10, 2], 100)

    visitor.void(second)

    assert (visitor.books, visitor.rewards) == ([8, 0], 0)
    visitor.check()

    visitor.buy(2)
    assert (visitor.books, visitor.rewards) == ([10, 0], 100)
    visitor.check()


def test_a_book_that_is_full_no_more_has_its_coupon_revoked(visitor: Visitor) -> None:
    make_gift_card(visitor.session, per="piece")
    bought = visitor.buy(10)

    visitor.void(bought)

    assert visitor.books == [0]
    assert visitor.coupons() == [("revoked", 0)]
    visitor.buy(10)
    assert visitor.coupons() == [("active", 0), ("revoked", 0)]
    visitor.check()


def test_a_book_whose_coupon_was_used_stays_full(visitor: Visitor) -> None:
    make_gift_card(visitor.session, per="piece", minimum=200)
    bought = visitor.buy(10)
    visitor.buy(1, NOON, visitor.gift())

    visitor.void(bought)

    assert visitor.books == [10]
    assert visitor.coupons() == [("active", 1)]
    visitor.check()


def test_stamps_come_out_of_open_books_before_full_ones(visitor: Visitor) -> None:
    make_gift_card(visitor.session, per="piece")
    first = visitor.buy(10)
    visitor.buy(4)

    visitor.refund(first, 400)

    assert visitor.books == [10, 0]
    assert visitor.coupons() == [("active", 0)]
    visitor.refund(first, 100)
    assert visitor.books == [9, 0]
    assert visitor.coupons() == [("revoked", 0)]
    visitor.check()


def test_stamps_that_were_lost_with_their_book_are_not_taken_from_another(
    visitor: Visitor,
) -> None:
    make_card(visitor.session, per="piece", expiry_months=1)
    lost = visitor.buy(5)
    later = NOON + 80 * DAY
    visitor.buy(3, later)

    visitor.void(lost, later)

    assert visitor.books == [0, 3]
    visitor.check()


def test_a_book_emptied_by_an_undo_begins_anew(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece", expiry_months=1)
    first = visitor.buy(5)
    visitor.void(first)

    visitor.buy(2, NOON + 20 * DAY)

    assert visitor.held(datetime(2026, 5, 31, 21, 59, tzinfo=UTC)) == 2
    assert visitor.held(datetime(2026, 5, 31, 22, tzinfo=UTC)) == 0


def test_points_that_were_spent_already_become_a_debt(visitor: Visitor) -> None:
    make_card(visitor.session, per="piece", needed=2)
    bought = visitor.buy(2)
    visitor.buy(1, NOON, spend_points=100)

    visitor.void(bought)

    held = expiry.balance(visitor.session.connection(), visitor.id, at=NOON)
    assert (held.available, held.debt) == (0, 100)
    visitor.check()


def test_two_customers_who_are_one_have_all_books(session: Session) -> None:
    make_card(session, per="piece")
    kept, gone = make_visitor(session), make_visitor(session)
    kept.buy(8)
    bought = gone.buy(14)

    merging.merge(session, gone.id, kept.id, actor=MANAGER, at=NOON)

    assert kept.books == [8, 10, 4]
    kept.buy(3)
    assert kept.books == [10, 10, 5]
    kept.void(bought)
    assert sum(kept.books) == 11
    assert kept.rewards + gone.rewards == 100
    kept.check()


WRONG: list[tuple[dict[str, Any], type[Exception]]] = [
    ({"reward_points": None}, InvalidRequest),
    ({"reward_offer_id": UUID(int=5)}, InvalidRequest),
    ({"reward_points": None, "reward_offer_id": UUID(int=5)}, NotFound),
    ({"per": "coupon", "minimum": 100}, InvalidRequest),
    ({"per": "coupon", "products": {"skus": ["A"]}}, InvalidRequest),
]


@pytest.mark.parametrize(("wrong", "refusal"), WRONG)
def test_a_card_must_make_sense(
    session: Session, wrong: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        make_card(session, **wrong)

    assert stamps.listed(session) == []


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    before=st.integers(1, 30),
    pieces=st.integers(1, 40),
    parts=st.lists(st.integers(1, 1500), max_size=8),
    needed=st.integers(1, 12),
)
def test_whatever_the_parts_after_the_last_one_all_stamps_are_back(
    database: Database, before: int, pieces: int, parts: list[int], needed: int
) -> None:
    with database.writing() as session:
        visitor = make_visitor(session)
        make_card(session, per="piece", needed=needed)
        visitor.buy(before)
        stood = sum(visitor.books), visitor.rewards
        given = sum(visitor.books)
        bought = visitor.buy(pieces)
        given = sum(visitor.books) - given
        left = pieces * 100
        for part in parts:
            if part < left:
                visitor.refund(bought, part)
                left -= part
                taken = given * (pieces * 100 - left) // (pieces * 100)
                assert sum(visitor.books) == stood[0] + given - taken
                visitor.check()

        visitor.refund(bought, left)

        assert (sum(visitor.books), visitor.rewards) == stood
        visitor.check()


def test_ten_thousand_splits_drift_by_nothing(visitor: Visitor) -> None:
    """The share of a thing taken back is a running total: it never drifts, however it is cut."""
    rows = visitor.session.connection()
    make_card(visitor.session, per="piece", needed=7)
    bought = visitor.buy(100)
    account = expiry.lock(rows, visitor.id, at=NOON)
    given = sum(visitor.books)

    for done in range(1, 10_001):
        if given * done // 10_000 == given * (done - 1) // 10_000 and done % 97:
            continue
        stamps.take_back(rows, account, bought, done=done, whole=10_000, actor="a test", at=NOON)
        assert sum(visitor.books) == given - given * done // 10_000

    assert sum(visitor.books) == 0
    visitor.check()
