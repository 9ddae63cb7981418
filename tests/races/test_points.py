"""Points are spent once, a receipt is settled once, a purchase is undone once."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from coupons.models import Coupon, Purchase, Quota, Redemption
from loyalty import checkout, programme, reconcile
from loyalty.models import Account, Entry
from loyalty.order import Order
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)
from tests.races import acts, careless
from tests.races.crowd import WON, Arena, Crowd

BALANCE, EACH = 1000, 30
FITS = BALANCE // EACH
AT_ONCE = 200
VOIDS = 50
CAP = 100
"""Points in a day: three purchases and a third of one."""


def make_spender(session: Session) -> tuple[UUID, Order]:
    """Return a customer with points, and an order that is paid with some of them alone."""
    shop = make_shop(session)
    customer, card = make_customer(session)
    first = make_order(shop, card=card.number, total=BALANCE * 100)
    checkout.settle(session, first, actor=MANAGER, at=NOON)
    return customer.id, make_order(shop, card=card.number, total=EACH, spend_points=EACH)


def check_spent(database: Database, customer_id: UUID, outcomes: Counter[str]) -> None:
    """As many have won as the balance pays for, and the rest of it is there."""
    assert outcomes == {WON: FITS, "points_short": AT_ONCE - FITS}
    with database.reading() as session:
        account = session.get_one(Account, customer_id)
        spent = select(func.sum(Entry.points)).where(Entry.kind == "spend")
        assert account.available == BALANCE - FITS * EACH >= 0
        assert session.scalar(spent) == FITS * EACH
        assert list(reconcile.findings(session)) == []


def test_the_same_points_are_spent_once_by_eight_processes(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    customer_id, order = database.transact(make_spender)

    outcomes = crowd.rush(arena, acts.settle, order, times=AT_ONCE)

    check_spent(database, customer_id, outcomes)


def test_without_guards_points_are_spent_that_are_not_there_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    customer_id, order = database.transact(make_spender)

    outcomes = crowd.rush(arena, careless.settle, order, times=AT_ONCE, unguarded=True)

    with database.reading() as session:
        assert session.get_one(Account, customer_id).available < 0
    with pytest.raises(AssertionError):
        check_spent(database, customer_id, outcomes)


def make_capped(session: Session) -> tuple[UUID, Order]:
    """Return a customer, and a purchase of which few fit under the cap of the day."""
    capped = {"earning": {"caps": [{"per": "day", "points": CAP}]}}
    programme.change(session, capped, actor=MANAGER, at=NOON)
    customer, card = make_customer(session)
    return customer.id, make_order(make_shop(session), card=card.number, total=EACH * 100)


def check_capped(database: Database, customer_id: UUID, outcomes: Counter[str]) -> None:
    """All were settled, and together they earned just the cap."""
    assert outcomes == {WON: AT_ONCE}
    with database.reading() as session:
        assert session.get_one(Account, customer_id).available == CAP
        assert session.scalar(select(func.sum(Entry.points))) == CAP
        assert list(reconcile.findings(session)) == []


def test_purchases_at_once_earn_no_more_than_the_cap_of_the_day(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    customer_id, order = database.transact(make_capped)

    outcomes = crowd.rush(arena, acts.settle, order, times=AT_ONCE)

    check_capped(database, customer_id, outcomes)


def test_without_guards_they_earn_more_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    customer_id, order = database.transact(make_capped)

    outcomes = crowd.rush(arena, careless.settle, order, times=AT_ONCE, unguarded=True)

    with database.reading() as session:
        assert session.get_one(Account, customer_id).available > CAP
    with pytest.raises(AssertionError):
        check_capped(database, customer_id, outcomes)


def check_settled_once(database: Database, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: 1, "receipt_used": AT_ONCE - 1}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Purchase)) == 1
        assert session.scalar(select(func.sum(Entry.points))) == 10


def make_receipt(session: Session) -> Order:
    _, card = make_customer(session)
    return make_order(make_shop(session), card=card.number, total=1000, receipt="A-1")


def test_one_receipt_from_eight_processes_is_settled_once(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    order = database.transact(make_receipt)

    outcomes = crowd.rush(arena, acts.settle, order, times=AT_ONCE)

    check_settled_once(database, outcomes)


def test_without_guards_one_receipt_earns_many_times_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    order = database.transact(make_receipt)

    outcomes = crowd.rush(arena, careless.settle, order, times=AT_ONCE, unguarded=True)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_settled_once(database, outcomes)


def make_purchase(session: Session) -> UUID:
    """Return a purchase that used a limited coupon and earned points."""
    _, card = make_customer(session)
    coupon = make_public(session, make_offer(session, overall=5, per_customer=2), use_limit=3)
    order = make_order(make_shop(session), coupon.code, card=card.number, total=10_000)
    done = checkout.settle(session, order, actor=MANAGER, at=NOON)
    assert done.id
    return done.id


def check_undone_once(database: Database, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: 1, "purchase_voided": VOIDS - 1}
    with database.reading() as session:
        coupon = session.scalars(select(Coupon)).one()
        assert (coupon.used, coupon.voided) == (1, 1)
        assert [(q.used, q.voided) for q in session.scalars(select(Quota))] == [(1, 1)] * 2
        assert [r.state for r in session.scalars(select(Redemption))] == ["voided"]
        assert session.scalar(select(func.count()).where(Entry.kind == "reverse")) == 1
        assert session.scalars(select(Account)).one().available == 0
        assert list(reconcile.findings(session)) == []


def test_of_50_voids_of_one_purchase_at_once_one_undoes_it(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    purchase_id = database.transact(make_purchase)

    outcomes = crowd.rush(arena, acts.void, purchase_id, times=VOIDS)

    check_undone_once(database, outcomes)


def test_without_guards_a_purchase_is_undone_many_times_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    purchase_id = database.transact(make_purchase)

    outcomes = crowd.rush(arena, careless.void, purchase_id, times=VOIDS, unguarded=True)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_undone_once(database, outcomes)
