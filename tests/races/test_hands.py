"""Rewards, adjustments, transfers and merges, by many at the same moment."""

from collections import Counter
from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from core.models import Customer
from coupons.models import Coupon, Purchase
from loyalty import adjustments, cards, claims, reconcile
from loyalty.models import Account, Claim, Entry, Reward
from loyalty.order import Order
from tests.factories import MANAGER, NOON, make_customer, make_order, make_shop
from tests.loyalty.hands import LATE, make_reward, make_rich, set_programme
from tests.races import hands
from tests.races.crowd import WON, Arena, Crowd

AT_ONCE, STOCK, PRICE = 100, 20, 300


def check_books(database: Database) -> None:
    with database.reading() as session:
        assert list(reconcile.findings(session)) == []


def total(database: Database) -> int:
    """Return how many points there are on all accounts."""
    return int(database.look(lambda s: s.scalar(select(func.sum(Account.available)))) or 0)


# the stock of a reward


def make_shelf(session: Session) -> tuple[UUID, list[UUID]]:
    """Return a reward there are so many of, and customers who can pay for more."""
    reward = make_reward(session, stock=STOCK, points=PRICE)
    return reward.id, [make_rich(session, (100_000, LATE)).id for _ in range(10)]


def check_stock(database: Database, reward_id: UUID, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: STOCK, "reward_sold_out": AT_ONCE - STOCK}
    with database.reading() as session:
        assert session.get_one(Reward, reward_id).claimed == STOCK
        for model in (Claim, Coupon):
            assert session.scalar(select(func.count()).select_from(model)) == STOCK
        spent = select(func.sum(Entry.points)).where(Entry.kind == "spend")
        assert session.scalar(spent) == STOCK * PRICE


def test_of_a_reward_there_are_as_many_as_there_are(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    reward_id, customers = database.transact(make_shelf)

    outcomes = crowd.rush(arena, hands.claim, reward_id, customers, times=AT_ONCE)

    check_stock(database, reward_id, outcomes)
    check_books(database)


def test_without_guards_more_are_claimed_than_there_are_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    reward_id, customers = database.transact(make_shelf)

    outcomes = crowd.rush(arena, hands.claim_carelessly, reward_id, customers, times=AT_ONCE)

    assert outcomes[WON] > STOCK
    with pytest.raises(AssertionError):
        check_stock(database, reward_id, outcomes)


def test_a_reward_is_given_back_or_its_coupon_is_used_never_both(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    def make(session: Session) -> tuple[UUID, Order]:
        customer = make_rich(session)
        made = claims.claim(session, make_reward(session).id, customer.id, actor=MANAGER, at=NOON)
        code, card = session.get_one(Coupon, made.coupon_id).code, cards.live(session, customer.id)
        return made.id, make_order(make_shop(session), code, card=card.number)

    claim_id, order = database.transact(make)

    outcomes = crowd.rush(arena, hands.cancel_or_use, claim_id, order, times=AT_ONCE)

    assert outcomes[WON] == 1
    with database.reading() as session:
        state = session.get_one(Claim, claim_id).state
        used = session.scalar(select(func.count()).select_from(Purchase))
        assert (state, used) in (("cancelled", 0), ("claimed", 1))
    check_books(database)


# an adjustment that two must agree on


def make_request(session: Session) -> tuple[UUID, UUID]:
    customer = make_rich(session)
    made = adjustments.adjust(session, customer.id, 20_000, "x", actor=MANAGER, at=NOON)
    assert not isinstance(made, adjustments.Balance)
    return made.id, customer.id


def check_approved(database: Database, customer_id: UUID, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: 1, "wrong_state": AT_ONCE - 1}
    with database.reading() as session:
        assert session.get_one(Account, customer_id).available == 21_000


def test_an_adjustment_is_approved_once(database: Database, arena: Arena, crowd: Crowd) -> None:
    adjustment_id, customer_id = database.transact(make_request)

    outcomes = crowd.rush(arena, hands.approve, adjustment_id, times=AT_ONCE)

    check_approved(database, customer_id, outcomes)
    check_books(database)


def test_without_guards_it_is_booked_more_than_once_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    adjustment_id, customer_id = database.transact(make_request)

    outcomes = crowd.rush(arena, hands.approve_carelessly, adjustment_id, times=AT_ONCE)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_approved(database, customer_id, outcomes)


# transfers

EACH = 30
FITS = 1000 // EACH


def make_two(session: Session) -> tuple[UUID, UUID]:
    set_programme(session, transfers=True)
    return make_rich(session).id, make_rich(session).id


def check_given(database: Database, giver_id: UUID, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: FITS, "points_short": AT_ONCE - FITS}
    with database.reading() as session:
        assert session.get_one(Account, giver_id).available == 1000 - FITS * EACH
    assert total(database) == 2000


def test_the_same_points_are_given_away_once(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    giver_id, taker_id = database.transact(make_two)

    outcomes = crowd.rush(arena, hands.transfer, giver_id, taker_id, EACH, times=AT_ONCE)

    check_given(database, giver_id, outcomes)
    check_books(database)


def test_without_guards_they_are_given_away_more_often_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    giver_id, taker_id = database.transact(make_two)

    outcomes = crowd.rush(
        arena, hands.transfer_carelessly, giver_id, taker_id, EACH, times=AT_ONCE, unguarded=True
    )

    assert outcomes[WON] > FITS
    with pytest.raises(AssertionError):
        check_given(database, giver_id, outcomes)


def test_two_who_give_to_each_other_never_wait_in_a_circle(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    both = database.transact(make_two)

    outcomes = crowd.rush(arena, hands.transfer_crosswise, both, 10, times=200)

    assert outcomes == {WON: 200}
    assert total(database) == 2000
    check_books(database)


# merges


def test_two_customers_become_one_once_while_the_till_goes_on(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    def make(session: Session) -> tuple[tuple[UUID, UUID], Order]:
        customer, card = make_customer(session)
        shop = make_shop(session)
        order = make_order(shop, card=card.number, total=1000)
        return (customer.id, make_rich(session).id), replace(order, spend_points=0)

    both, order = database.transact(make)

    outcomes = crowd.rush(arena, hands.merge_or_buy, both, order, times=AT_ONCE)

    with database.reading() as session:
        bought = session.scalar(select(func.count()).select_from(Purchase)) or 0
        states = sorted(session.scalars(select(Customer.state)))
        merged = session.scalar(select(func.count()).where(Account.merged_into_id.is_not(None)))
    assert states == ["active", "merged"]
    assert (merged, outcomes[WON]) == (1, bought + 1)
    assert outcomes.keys() == {WON, "wrong_state"}
    assert total(database) == 1000 + 10 * bought
    check_books(database)
