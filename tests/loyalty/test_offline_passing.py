"""A sale without a line that passed a rule by stands, and the rule is said with its cost."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import till_rules
from core.auth import SYSTEM
from core.models import Customer
from loyalty import expiry, refunding, voiding
from loyalty.models import Card
from loyalty.offline import review
from loyalty.refunding import Wanted
from tests import factories
from tests.factories import MANAGER, NOON, make_customer, make_shop
from tests.loyalty.hands import LATE, give, set_programme
from tests.loyalty.without_line import (
    Stand,
    check_books,
    conflicts_of,
    live_uses,
    make_coupon,
    make_offer,
    make_stand,
    purchase_of,
    record,
    uses_of,
)


@pytest.fixture
def stand(session: Session) -> Stand:
    return make_stand(session)


@pytest.fixture
def rich(session: Session, stand: Stand) -> tuple[Customer, Card]:
    """Return a customer with 1000 points, worth 10.00."""
    customer, card = make_customer(session)
    record(session, stand, card=card.number, total=100_000)
    return customer, card


def set_rules(session: Session, **changes: Any) -> None:
    till_rules.change(session, changes, actor=SYSTEM, at=NOON)


def conflict_costs(session: Session, stand: Stand) -> int:
    return review.total(session, shop_id=stand.shop.id).cost


def points_of(session: Session, customer: Customer) -> int:
    return expiry.balance(session.connection(), customer.id, at=NOON).available


@pytest.mark.parametrize(
    ("policy", "conflicts"),
    [
        ({"policy": "never"}, [("line_needed", 100)]),
        ({"policy": "up_to", "value": 60}, [("discount_above_offline", 40)]),
        ({"policy": "up_to", "value": 100}, []),
        ({"policy": "home_shop", "shop": "other"}, [("other_shop_offline", 100)]),
        ({"policy": "home_shop", "shop": "own"}, []),
    ],
)
def test_a_coupon_is_redeemed_and_told_where_its_offer_would_not_have_it_taken(
    session: Session, stand: Stand, policy: dict[str, Any], conflicts: list[tuple[str, int]]
) -> None:
    shops = {"own": stand.shop, "other": make_shop(session)}
    offer = make_offer(session)
    offer.offline = policy | {"shop": shops[policy["shop"]].id.hex} if "shop" in policy else policy
    coupon = make_coupon(session, offer)

    done = record(session, stand, (coupon.code, 100))

    assert conflicts_of(session, done) == conflicts
    assert (uses_of(session, coupon), live_uses(session, coupon)) == ([("redeemed", 100)], 1)
    check_books(session)


def test_what_is_refused_anyway_costs_what_it_took_off_once(session: Session, stand: Stand) -> None:
    coupon = factories.make_coupon(session)

    first = record(session, stand, (coupon.code, 100))
    second = record(session, stand, (coupon.code, 100))

    assert conflicts_of(session, first) == [("line_needed", 100)]
    assert conflicts_of(session, second) == [("coupon_used_up", 100)]


@pytest.mark.parametrize(
    ("most", "conflicts"), [(1000, []), (999, [("basket_above_offline", 100)])]
)
def test_a_coupon_on_a_basket_larger_than_any_may_be_is_told(
    session: Session, stand: Stand, most: int, conflicts: list[tuple[str, int]]
) -> None:
    set_rules(session, offline_most=most)

    with_coupon = record(session, stand, (make_coupon(session).code, 100))
    without = record(session, stand)

    assert conflicts_of(session, with_coupon) == conflicts
    assert conflicts_of(session, without) == []


@pytest.mark.parametrize(("above", "conflicts"), [(100, []), (99, [("approval_needed", 100)])])
def test_so_much_off_that_a_second_person_was_needed_is_told(
    session: Session, stand: Stand, above: int, conflicts: list[tuple[str, int]]
) -> None:
    set_rules(session, approve_above=above)
    coupon = make_coupon(session)

    done = record(session, stand, (coupon.code, 100))

    assert conflicts_of(session, done) == conflicts
    assert uses_of(session, coupon) == [("redeemed", 100)]


def test_points_that_have_paid_are_taken(
    session: Session, stand: Stand, rich: tuple[Customer, Card]
) -> None:
    customer, card = rich

    done = record(session, stand, card=card.number, spend_points=400, paid=400)

    found = purchase_of(session, done)
    assert conflicts_of(session, done) == []
    assert (found.paid_with_points, found.to_pay) == (400, 600)
    assert points_of(session, customer) == 1000 - 400 + 6
    check_books(session)


def test_points_that_are_not_there_cost_what_the_customer_did_not_pay(
    session: Session, stand: Stand
) -> None:
    """Nor does the money that nobody has paid earn any."""
    customer, card = make_customer(session)

    short = record(session, stand, card=card.number, spend_points=400, paid=400)
    nobody = record(session, stand, spend_points=400, paid=400)

    assert conflicts_of(session, short) == [("points_short", 400)]
    assert conflicts_of(session, nobody) == [("points_need_card", 400)]
    for one in (short, nobody):
        assert (purchase_of(session, one).paid_with_points, purchase_of(session, one).to_pay) == (
            400,
            600,
        )
    assert points_of(session, customer) == 6
    check_books(session)


@pytest.mark.parametrize(
    ("paid", "conflicts"), [(500, [("amount_differs", 100)]), (300, [("amount_differs", 0)])]
)
def test_points_have_paid_what_was_told_whatever_they_are_worth(
    session: Session, stand: Stand, rich: tuple[Customer, Card], paid: int,
    conflicts: list[tuple[str, int]],
) -> None:  # fmt: skip
    done = record(session, stand, card=rich[1].number, spend_points=400, paid=paid)

    assert conflicts_of(session, done) == conflicts
    assert purchase_of(session, done).paid_with_points == paid
    assert points_of(session, rich[0]) == 600 + (1000 - paid) // 100
    check_books(session)


@pytest.mark.parametrize("amounts", [(1000,), (1, 334, 665), (999, 1), (400, 600), ()], ids=str)
@pytest.mark.parametrize("enough", [True, False])
def test_no_more_money_comes_back_than_the_customer_has_paid(
    session: Session, stand: Stand, amounts: tuple[int, ...], *, enough: bool
) -> None:
    """Of points that were not there none come back either. Without amounts it is undone."""
    customer, card = make_customer(session)
    if enough:
        give(session, customer, (400, LATE))
    done = record(session, stand, card=card.number, spend_points=400, paid=400)
    assert len(conflicts_of(session, done)) == (not enough)

    wanted = [Wanted(amount=amount) for amount in amounts]
    parts = [
        refunding.refund(session, done.purchase_id, one, "x", actor=MANAGER, at=NOON)
        for one in wanted
    ]
    if not parts:
        voiding.void(session, done.purchase_id, "x", actor=MANAGER, at=NOON)
    session.flush()

    assert sum(one.money for one in parts) == (600 if parts else 0)
    assert purchase_of(session, done).to_pay == 600
    assert all(back.points_back <= 400 * enough for back in parts)
    assert points_of(session, customer) == 400 * enough
    assert conflict_costs(session, stand) == 0
    check_books(session)


@pytest.mark.parametrize(
    ("rule", "conflicts"),
    [
        ({"printed_points": 100}, [("card_proof_needed", 300)]),
        ({"spend_share": 10}, [("points_too_many", 300)]),
        ({"spend_minimum": 500}, [("points_too_few", 400)]),
    ],
)
def test_points_beyond_a_rule_are_taken_and_told_at_what_is_beyond(
    session: Session, stand: Stand, rich: tuple[Customer, Card], rule: dict[str, Any],
    conflicts: list[tuple[str, int]],
) -> None:  # fmt: skip
    customer, card = rich
    set_programme(session, **rule)

    done = record(session, stand, card=card.number, spend_points=400, paid=400)

    assert conflicts_of(session, done)[:1] == conflicts
    assert purchase_of(session, done).paid_with_points == 400
    assert points_of(session, customer) == 606
    check_books(session)


def test_points_count_towards_what_a_second_person_must_allow(
    session: Session, stand: Stand, rich: tuple[Customer, Card]
) -> None:
    set_rules(session, approve_above=450)
    coupon = make_coupon(session)
    told: dict[str, Any] = {"card": rich[1].number, "spend_points": 400, "paid": 400}

    done = record(session, stand, (coupon.code, 100), **told)

    assert conflicts_of(session, done) == [("approval_needed", 100)]
