"""The first so many get it, each with a place of their own; a budget in money is spent once."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from coupons.models import Quota, Redemption
from loyalty import reconcile
from loyalty.order import Order
from tests.factories import make_offer, make_order, make_public, make_shop
from tests.races import acts, careless
from tests.races.crowd import WON, Arena, Crowd

PLACES, CLAIMS, AT_ONCE = 1_000, 10_000, 200
TEN = {"kind": "percent", "percent": "10"}


def make_early_bird(session: Session, places: int) -> Order:
    benefit = {"kind": "early_bird", "steps": [{"first": places, "benefit": TEN}], "after": None}
    code = make_public(session, make_offer(session, benefit=benefit)).code
    return make_order(make_shop(session), code, total=1000)


def check_places(database: Database, places: int, outcomes: Counter[str]) -> None:
    """Exactly so many have won, with the numbers from 1 on and none twice."""
    sold_out = outcomes.total() - places
    assert outcomes == {WON: places, "early_bird_sold_out": sold_out}
    with database.reading() as session:
        given = session.scalars(select(Redemption.place).order_by(Redemption.place)).all()
        assert list(given) == list(range(1, places + 1))
        assert list(reconcile.findings(session)) == []


def test_of_10000_claims_of_an_early_bird_the_first_1000_get_the_places_1_to_1000(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    order = database.transact(lambda s: make_early_bird(s, PLACES))

    outcomes: Counter[str] = Counter()
    for _ in range(CLAIMS // AT_ONCE):
        outcomes += crowd.rush(arena, acts.settle, order, times=AT_ONCE)

    check_places(database, PLACES, outcomes)


def test_without_guards_more_than_there_are_places_win_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    order = database.transact(lambda s: make_early_bird(s, 20))

    outcomes = crowd.rush(arena, careless.settle, order, times=AT_ONCE, unguarded=True)

    with pytest.raises(AssertionError):
        check_places(database, 20, outcomes)


def test_a_place_that_was_given_back_is_taken_again_under_a_new_number(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    order = database.transact(lambda s: make_early_bird(s, 20))

    outcomes = crowd.rush(arena, acts.settle_and_sometimes_void, [order], times=AT_ONCE)

    with database.reading() as session:
        standing = select(func.count()).where(Redemption.state == "redeemed")
        given = session.scalars(select(Redemption.place).order_by(Redemption.place)).all()
        assert list(given) == list(range(1, outcomes[WON] + 1))
        assert outcomes[WON] > 20
        assert session.scalar(standing) <= 20
        assert list(reconcile.findings(session)) == []


def make_budget(session: Session, cap: int, overrun: str) -> Order:
    limits = [{"of": "offer", "discount": cap, "overrun": overrun}]
    code = make_public(session, make_offer(session, benefit=TEN, limits=limits)).code
    return make_order(make_shop(session), code, total=1000)


def check_budget(database: Database, cap: int, wins: int, outcomes: Counter[str]) -> None:
    """The whole budget was given, to so many, and not a cent more."""
    assert outcomes == {WON: wins, "budget_used_up": AT_ONCE - wins}
    with database.reading() as session:
        assert session.scalar(select(func.sum(Redemption.discount))) == cap
        assert session.scalar(select(Quota.used - Quota.voided)) == cap
        assert list(reconcile.findings(session)) == []


@pytest.mark.parametrize(("cap", "overrun", "wins"), [(2000, "refuse", 20), (2050, "rest", 21)])
def test_a_budget_in_money_is_not_overrun_by_a_cent(
    database: Database, arena: Arena, crowd: Crowd, cap: int, overrun: str, wins: int
) -> None:
    order = database.transact(lambda s: make_budget(s, cap, overrun))

    outcomes = crowd.rush(arena, acts.settle, order, times=AT_ONCE)

    check_budget(database, cap, wins, outcomes)


def test_without_guards_a_budget_is_overrun_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    order = database.transact(lambda s: make_budget(s, 2000, "refuse"))

    outcomes = crowd.rush(arena, careless.settle, order, times=AT_ONCE, unguarded=True)

    with pytest.raises(AssertionError):
        check_budget(database, 2000, 20, outcomes)
