"""What several conflicts of a sale cost together: no money twice, and everywhere the same."""

from itertools import product
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import till_rules
from core.auth import SYSTEM
from core.models import Customer
from coupons import codes
from coupons.measurement import report
from coupons.models import Campaign, Conflict
from loyalty import reconcile, refunding, voiding
from loyalty.models import Card
from loyalty.offline import review
from loyalty.offline.recording import Recorded
from loyalty.refunding import Wanted
from tests.factories import MANAGER, NOON, make_campaign, make_customer
from tests.loyalty.hands import LATE, give, set_programme
from tests.loyalty.without_line import (
    Stand,
    check_books,
    conflicts_of,
    make_coupon,
    make_offer,
    make_stand,
    purchase_of,
    record,
)

GAVE = (100, 130)  # 100 is due
POLICIES = ({"policy": "up_to", "value": 10**6}, {"policy": "up_to", "value": 60},
            {"policy": "never"})  # fmt: skip
LIMITS = ((None, None), (999, None), (None, 0), (999, 0))
"""The largest basket without a line, and what is approved by nobody; the basket is 1000."""

POINTS: dict[str, tuple[dict[str, Any], int, int, int]] = {
    "none": ({}, 0, 0, 0),
    "not there": ({}, 2000, 400, 400),
    "unproven": ({"printed_points": 100}, 400, 400, 300),
    "unproven and too few": ({"printed_points": 100, "spend_minimum": 500}, 400, 400, 400),
    "unproven and worth less": ({"printed_points": 100}, 400, 450, 350),
}
"""The rules, how many points are spent, what they have paid, and what was wrong with that."""


def make_rich(session: Session) -> tuple[Customer, Card]:
    customer, card = make_customer(session)
    give(session, customer, (1000, LATE))
    return customer, card


def of_coupon(gave: int, policy: dict[str, Any], limits: tuple[Any, Any], *, refused: bool) -> int:
    """Return what a coupon has taken off that it should not have, worked out by itself."""
    most, approve = limits
    if refused or policy["policy"] == "never" or most is not None or approve is not None:
        return gave
    return max(0, gave - 100, gave - policy["value"])


def seen(session: Session, stand: Stand) -> tuple[int, int, int]:
    """Return what the list says in all and of coupons, and its sum."""
    listed, _ = review.listed(session, shop_id=stand.shop.id)
    of_coupons = sum(one.cost for one in listed if one.conflict.redemption_id)
    total = review.total(session, shop_id=stand.shop.id)
    assert total.count == len(listed)
    return sum(one.cost for one in listed), of_coupons, total.cost


def reported(session: Session, campaign: Campaign) -> tuple[int, int]:
    totals = report.of_campaign(session, campaign).totals
    return totals.conflicts, totals.conflict_cost


def refund(session: Session, done: Recorded, amount: int) -> None:
    wanted = Wanted(amount=amount)
    refunding.refund(session, done.purchase_id, wanted, "x", actor=MANAGER, at=NOON)
    session.flush()


@pytest.mark.parametrize("kind", POINTS)
def test_a_sale_costs_what_went_wrong_with_it_once(session: Session, kind: str) -> None:
    rules, spent, paid, wrong = POINTS[kind]
    set_programme(session, **rules)
    _, card = make_rich(session)
    for gave, policy, limits, refused, beside in product(
        GAVE, POLICIES, LIMITS, (False, True), (0, 50)
    ):
        case = gave, policy, limits, refused, beside
        stand, campaign = make_stand(session), make_campaign(session)
        offer = make_offer(session, campaign)
        offer.offline = policy
        coupon = make_coupon(session, offer)
        give(session, session.get_one(Customer, card.customer_id), (spent or 1, LATE))
        changes = {"offline_most": limits[0], "approve_above": limits[1]}
        till_rules.change(session, changes, actor=SYSTEM, at=NOON)
        if refused:
            codes.move(session, coupon.code, "revoke", actor=MANAGER, at=NOON)
            session.flush()
        sent = [(coupon.code, gave), *([("N0TH1NG", beside)] if beside else [])]
        shown = {"card": card.number, "spend_points": spent, "paid": paid} if spent else {}
        if kind == "not there":
            shown["card"] = make_customer(session)[1].number

        done = record(session, stand, *sent, **shown)

        off = of_coupon(gave, policy, limits, refused=refused)
        assert seen(session, stand) == (off + beside + wrong, off, off + beside + wrong), case
        assert sum(cost for _, cost in conflicts_of(session, done)) == off + beside + wrong, case
        assert reported(session, campaign)[1] == off, case
    check_books(session)


@pytest.mark.parametrize("refused", [False, True])
@pytest.mark.parametrize("state", [None, "open", "closed"])
def test_what_comes_back_costs_nothing_any_more_wherever_it_is_read(
    session: Session, *, refused: bool, state: str | None
) -> None:
    till_rules.change(session, {"offline_most": 999}, actor=SYSTEM, at=NOON)
    stand, campaign = make_stand(session), make_campaign(session)
    offer = make_offer(session, campaign)
    offer.offline = {"policy": "up_to", "value": 60}
    coupon = make_coupon(session, offer)
    if refused:
        codes.move(session, coupon.code, "revoke", actor=MANAGER, at=NOON)
        session.flush()
    done = record(session, stand, (coupon.code, 130), ("N0TH1NG", 50))
    listed, _ = review.listed(session, shop_id=stand.shop.id)
    if state == "closed":
        for one in listed:
            review.close(session, one.conflict.id, "x", shop_id=None, actor=MANAGER, at=NOON)
    purchase = purchase_of(session, done)
    worth = purchase.basket_total - purchase.discount
    costs = [cost for _, cost in conflicts_of(session, done)]
    assert (sum(costs), worth) == (180, 820)

    for back in (0, 1, 273, 545):
        if back:
            refund(session, done, back)
        given = purchase_of(session, done).refunded
        left = [cost - cost * given // worth for cost in costs]
        all_, of_coupons, total = seen(session, stand)
        assert all_ == total == sum(left)
        assert reported(session, campaign) == (1, of_coupons)
        wanted = review.total(session, state=state, shop_id=stand.shop.id)
        assert wanted.cost == total
    refund(session, done, 1)

    assert seen(session, stand) == (0, 0, 0)
    assert reported(session, campaign) == (1, 0)


def test_what_was_undone_costs_nothing_any_more(session: Session) -> None:
    stand, campaign = make_stand(session), make_campaign(session)
    done = record(session, stand, (make_coupon(session, make_offer(session, campaign)).code, 130))
    assert seen(session, stand) == (30, 30, 30)

    voiding.void(session, done.purchase_id, "x", actor=MANAGER, at=NOON)
    session.flush()

    assert seen(session, stand) == (0, 0, 0)
    assert reported(session, campaign) == (0, 0)


def test_what_stands_against_all_coupons_of_a_sale_is_said_of_each(session: Session) -> None:
    till_rules.change(session, {"offline_most": 999, "approve_above": 0}, actor=SYSTEM, at=NOON)
    stand, places = make_stand(session), [make_campaign(session) for _ in range(2)]
    given = {"benefit": {"kind": "amount", "amount": 100}}
    sent = [make_coupon(session, make_offer(session, one, **given)) for one in places]

    done = record(session, stand, *((one.code, 100) for one in sent))

    assert conflicts_of(session, done) == [
        ("basket_above_offline", 100), ("basket_above_offline", 100),
        ("approval_needed", 0), ("approval_needed", 0),
    ]  # fmt: skip
    assert [reported(session, one) for one in places] == [(1, 100), (1, 100)]
    assert seen(session, stand) == (200, 200, 200)


def test_no_amount_is_too_large_for_the_sum(session: Session) -> None:
    till_rules.change(session, {"offline_most": 1}, actor=SYSTEM, at=NOON)
    stand, campaign = make_stand(session), make_campaign(session)
    coupon = make_coupon(
        session, make_offer(session, campaign, benefit={"kind": "percent", "percent": "50"})
    )
    done = record(session, stand, (coupon.code, 5 * 10**11), total=10**12)

    refund(session, done, 25 * 10**10)

    assert seen(session, stand) == (25 * 10**10, 25 * 10**10, 25 * 10**10)
    assert reported(session, campaign) == (1, 25 * 10**10)


def test_the_books_tell_where_money_counts_twice(session: Session) -> None:
    till_rules.change(session, {"offline_most": 999}, actor=SYSTEM, at=NOON)
    done = record(session, make_stand(session), (make_coupon(session).code, 130))
    assert conflicts_of(session, done) == [("amount_differs", 30), ("basket_above_offline", 100)]
    check_books(session)

    session.scalars(select(Conflict).where(Conflict.cost == 30)).one().cost = 31
    session.flush()

    assert "took 130 off, but 2 conflicts cost 131" in "".join(reconcile.findings(session))
