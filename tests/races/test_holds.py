"""A coupon is held at one till, or used at one, whoever asks at once."""

from collections import Counter

import pytest
from sqlalchemy import func, select

from core.db import Database
from core.models import Shop
from coupons.models import Coupon, Hold, Redemption
from tests.factories import make_coupon, make_shop
from tests.races import keepers
from tests.races.crowd import WON, Arena, Crowd

TILLS = 16


@pytest.fixture
def wanted(database: Database) -> tuple[Shop, Coupon]:
    """A shop, and a coupon that can be used once."""
    return database.transact(lambda s: (make_shop(s), make_coupon(s)))


def check_one(database: Database, coupon: Coupon, outcomes: Counter[str]) -> None:
    """Exactly one till has it, held or used."""
    assert outcomes[WON] == 1
    with database.reading() as session:
        held = session.scalar(select(func.count()).where(Hold.coupon_id == coupon.id))
        used = session.scalar(select(func.count()).where(Redemption.coupon_id == coupon.id))
        assert (held or 0) + (used or 0) == 1


def test_of_16_tills_that_hold_a_single_use_coupon_at_once_exactly_one_holds_it(
    database: Database, arena: Arena, crowd: Crowd, wanted: tuple[Shop, Coupon]
) -> None:
    shop, coupon = wanted

    outcomes = crowd.rush(arena, keepers.hold, shop, coupon.code, times=TILLS)

    assert outcomes == {WON: 1, "coupon_held": TILLS - 1}
    check_one(database, coupon, outcomes)


def test_the_same_race_without_the_lock_is_held_twice_and_the_check_sees_it(
    database: Database, arena: Arena, crowd: Crowd, wanted: tuple[Shop, Coupon]
) -> None:
    shop, coupon = wanted

    outcomes = crowd.rush(arena, keepers.hold_carelessly, shop, coupon.code, times=TILLS)

    with pytest.raises(AssertionError):
        check_one(database, coupon, outcomes)


def test_holds_and_purchases_at_once_leave_the_coupon_to_one_till(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    for _ in range(8):
        shop, coupon = database.transact(lambda s: (make_shop(s), make_coupon(s)))

        outcomes = crowd.rush(arena, keepers.hold_or_buy, shop, coupon.code, times=TILLS)

        assert set(outcomes) <= {WON, "coupon_held", "coupon_used_up"}
        check_one(database, coupon, outcomes)
