"""A coupon is used as often as it allows and no more, whoever asks at once."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from core.models import Shop
from coupons.models import Coupon, Purchase, Redemption, Response
from loyalty import reconcile
from loyalty.order import Order
from tests.factories import (
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)
from tests.races import acts, careless
from tests.races.crowd import WON, Arena, Crowd

COUPONS = 100
AT_ONCE = 200
OVERALL, PER_CUSTOMER, CUSTOMERS = 20, 3, 5


def make_single_uses(session: Session, count: int) -> tuple[Shop, list[Coupon]]:
    shop, offer = make_shop(session), make_offer(session)
    return shop, [make_coupon(session, offer) for _ in range(count)]


def check_single_use(database: Database, coupon: Coupon, outcomes: Counter[str]) -> None:
    """Exactly one has won, and every row says so."""
    assert outcomes == {WON: 1, "coupon_used_up": AT_ONCE - 1}
    with database.reading() as session:
        stored = session.get_one(Coupon, coupon.id)
        uses = select(func.count()).where(Redemption.coupon_id == coupon.id)
        answers = select(func.count()).where(Response.coupon_id == coupon.id)
        assert (stored.used, stored.voided) == (1, 0)
        assert session.scalar(uses) == 1
        assert session.scalar(answers) == 1


def check_books(database: Database) -> None:
    with database.reading() as session:
        assert list(reconcile.findings(session)) == []


def test_of_200_parallel_redemptions_of_a_single_use_coupon_exactly_one_wins_100_times_in_a_row(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    shop, coupons = database.transact(lambda s: make_single_uses(s, COUPONS))

    for coupon in coupons:
        outcomes = crowd.rush(arena, acts.settle, make_order(shop, coupon.code), times=AT_ONCE)
        check_single_use(database, coupon, outcomes)

    check_books(database)


def test_the_same_race_without_guards_spends_twice_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    shop, [coupon] = database.transact(lambda s: make_single_uses(s, 1))

    outcomes = crowd.rush(
        arena, careless.settle, make_order(shop, coupon.code), times=AT_ONCE, unguarded=True
    )

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_single_use(database, coupon, outcomes)


def make_limited(session: Session) -> list[Order]:
    """Return an order of each customer for one public code with limits."""
    shop = make_shop(session)
    code = make_public(
        session, make_offer(session, overall=OVERALL, per_customer=PER_CUSTOMER)
    ).code
    cards = [make_customer(session)[1].number for _ in range(CUSTOMERS + OVERALL)]
    return [make_order(shop, code, card=card) for card in cards]


def check_limits(database: Database, wins: list[int]) -> None:
    """As many have won as the offer allows, and nobody more often than a customer may."""
    assert sum(wins) == OVERALL
    assert max(wins) <= PER_CUSTOMER
    with database.reading() as session:
        by_customer = select(func.count()).group_by(Redemption.customer_id)
        counted = list(session.scalars(by_customer.select_from(Redemption)))
        assert sum(counted) == OVERALL
        assert max(counted) <= PER_CUSTOMER
    check_books(database)


def test_limits_per_customer_and_in_all_hold_under_a_race(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    orders = database.transact(make_limited)

    few = [crowd.rush(arena, acts.settle, one, times=40) for one in orders[:CUSTOMERS]]
    rest = crowd.rush(arena, acts.settle_any, orders[CUSTOMERS:], times=AT_ONCE)

    assert few == [{WON: PER_CUSTOMER, "customer_limit_reached": 40 - PER_CUSTOMER}] * CUSTOMERS
    assert rest[WON] == OVERALL - CUSTOMERS * PER_CUSTOMER
    assert set(rest) <= {WON, "offer_used_up", "customer_limit_reached"}
    check_limits(database, [one[WON] for one in few] + [1] * rest[WON])


def test_the_same_limits_without_guards_do_not_hold_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    orders = database.transact(make_limited)

    few = [
        crowd.rush(arena, careless.settle, one, times=40, unguarded=True)
        for one in orders[:CUSTOMERS]
    ]

    with pytest.raises(AssertionError):
        check_limits(database, [one[WON] for one in few])


def test_purchases_with_many_coupons_in_any_order_and_voids_neither_lock_up_nor_break_the_books(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    def make(session: Session) -> list[Order]:
        shop = make_shop(session)
        offers = [make_offer(session, overall=40, per_customer=30) for _ in range(3)]
        codes = [make_public(session, offer).code for offer in offers]
        cards = [make_customer(session)[1].number for _ in range(4)]
        turns = [codes, codes[::-1], codes[1:] + codes[:1], codes[:2], codes[2:]]
        return [
            make_order(shop, *turn, card=card, total=1000, skip_refused=True)
            for turn in turns
            for card in cards
        ]

    orders = database.transact(make)

    outcomes = crowd.rush(arena, acts.settle_and_sometimes_void, orders, times=AT_ONCE)

    assert set(outcomes) <= {WON, "points_short"}
    check_books(database)
    with database.reading() as session:
        stood = session.scalar(select(func.count()).where(Purchase.voided_at.is_(None)))
        undone = session.scalar(select(func.count()).where(Purchase.voided_at.is_not(None)))
    assert (stood or 0) + (undone or 0) == outcomes[WON]
    assert undone
