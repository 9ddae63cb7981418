"""What a cashier does not do alone: undo late, and take much off. Amounts are cents."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from core import approvals, own_cards, till_rules
from core.auth import SYSTEM, Actor, at_a_till, of_role
from core.errors import ApprovalNeeded
from core.models import Staff
from coupons.models import Purchase, Redemption, Response
from loyalty import checkout, refunding, voiding
from loyalty.errors import OwnCard, PointsShort
from loyalty.order import Order
from loyalty.refunding import Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_basket,
    make_coupon,
    make_customer,
    make_offer,
    make_public,
    make_staff,
    make_till,
)

LATE = NOON + timedelta(minutes=31)


@pytest.fixture
def cashier(session: Session) -> Actor:
    till, _ = make_till(session)
    return Actor(
        "till",
        make_staff(session).id,
        permissions=at_a_till("cashier"),
        shop_id=till.shop_id,
        till_id=till.id,
    )


@pytest.fixture
def manager(session: Session) -> Staff:
    return make_staff(session, "manager")


def order_at(cashier: Actor, *codes: str, total: int = 1000, **given: object) -> Order:
    assert cashier.shop_id
    sale = Order(cashier.shop_id, make_basket(total=total), codes=codes, till_id=cashier.till_id)
    return replace(sale, **given)


def sell(session: Session, cashier: Actor) -> UUID:
    id = checkout.settle(session, order_at(cashier), actor=cashier, at=NOON).id
    assert id
    return id


def allow(session: Session, manager: Staff, cashier: Actor, no: ApprovalNeeded) -> str:
    """Return what the manager gives the cashier for what a refusal has asked for."""
    asked = {name: no.facts[name] for name in ("action", "subject")}
    return approvals.give(session, manager, **asked, actor=cashier, at=LATE).token


def need_approval(session: Session, order: Order, cashier: Actor) -> ApprovalNeeded:
    with pytest.raises(ApprovalNeeded) as no:
        checkout.settle(session, order, actor=cashier, at=LATE)
    return no.value


def rule(session: Session, **changes: int | None) -> None:
    till_rules.change(session, changes, actor=SYSTEM, at=NOON)


def test_a_late_void_is_done_once_a_second_person_has_approved_it(
    session: Session, cashier: Actor, manager: Staff
) -> None:
    sold, other = sell(session, cashier), sell(session, cashier)

    with pytest.raises(ApprovalNeeded) as no:
        voiding.void(session, sold, "wrong", actor=cashier, at=LATE)
    token = allow(session, manager, cashier, no.value)

    assert no.value.facts == {"action": "void_late", "subject": f"pu_{sold.hex}", "amount": 1000}
    with pytest.raises(ApprovalNeeded):
        voiding.void(session, other, "wrong", approval=token, actor=cashier, at=LATE)
    voiding.void(session, sold, "wrong", approval=token, actor=cashier, at=LATE)


def test_a_late_refund_needs_an_approval_each_time(
    session: Session, cashier: Actor, manager: Staff
) -> None:
    sold = sell(session, cashier)

    with pytest.raises(ApprovalNeeded) as no:
        refunding.refund(session, sold, Wanted(amount=400), "no", actor=cashier, at=LATE)
    given = {"approval": allow(session, manager, cashier, no.value), "actor": cashier, "at": LATE}
    refunding.refund(session, sold, Wanted(amount=400), "no", **given)

    with pytest.raises(ApprovalNeeded) as again:
        refunding.refund(session, sold, Wanted(amount=400), "no", **given)
    assert again.value.facts["amount"] == 600


def test_the_owner_says_how_long_a_cashier_undoes_alone(session: Session, cashier: Actor) -> None:
    sold, other = sell(session, cashier), sell(session, cashier)

    rule(session, void_minutes=60)
    voiding.void(session, sold, "wrong", actor=cashier, at=LATE)
    rule(session, void_minutes=0)

    with pytest.raises(ApprovalNeeded):
        voiding.void(session, other, "wrong", actor=cashier, at=LATE)


def test_who_may_undo_anything_needs_nobody(session: Session, cashier: Actor) -> None:
    sold = sell(session, cashier)

    voiding.void(session, sold, "wrong", actor=MANAGER, at=LATE)


def test_much_off_at_a_till_needs_an_approval_for_just_that_sale(
    session: Session, cashier: Actor, manager: Staff
) -> None:
    rule(session, approve_above=99)
    offer = make_offer(session, benefit={"kind": "percent", "percent": "10"})
    small, large = make_public(session, offer), make_coupon(session, offer)
    order = order_at(cashier, small.code, total=1000)

    no = need_approval(session, order, cashier)
    token = allow(session, manager, cashier, no)
    higher = order_at(cashier, small.code, total=5000, approval=token)
    another = order_at(cashier, large.code, total=1000, approval=token)

    assert no.facts["amount"] == 100
    need_approval(session, higher, cashier)
    need_approval(session, another, cashier)
    done = checkout.settle(session, replace(order, approval=token), actor=cashier, at=LATE)
    assert done.discount == 100
    need_approval(session, replace(order, approval=token), cashier)


def test_up_to_the_limit_nobody_is_asked(session: Session, cashier: Actor) -> None:
    rule(session, approve_above=100)
    coupon = make_public(session, make_offer(session))

    done = checkout.settle(session, order_at(cashier, coupon.code), actor=cashier, at=NOON)

    assert done.discount == 100


def test_points_that_pay_count_as_taken_off(
    session: Session, cashier: Actor, manager: Staff
) -> None:
    _, card = make_customer(session)
    rich = order_at(cashier, total=50_000, card=card.number)
    checkout.settle(session, rich, actor=cashier, at=NOON)
    rule(session, approve_above=300)
    order = order_at(cashier, total=1000, card=card.number, spend_points=301)

    no = need_approval(session, order, cashier)
    fewer = replace(order, spend_points=300)

    assert no.facts["amount"] == 301
    assert checkout.settle(session, fewer, actor=cashier, at=LATE).paid_with_points == 300
    short = replace(order, approval=allow(session, manager, cashier, no))
    with pytest.raises(PointsShort):
        checkout.settle(session, short, actor=cashier, at=LATE)


def test_nobody_approves_what_their_own_card_gets(
    session: Session, cashier: Actor, manager: Staff
) -> None:
    customer, card = make_customer(session)
    own_cards.link(session, manager.id, customer.id, actor=SYSTEM, at=NOON)
    rule(session, approve_above=99)
    order = order_at(cashier, make_public(session, make_offer(session)).code, card=card.number)
    plain = checkout.settle(session, replace(order, codes=()), actor=cashier, at=NOON).id
    assert plain

    no = need_approval(session, order, cashier)
    own = replace(order, approval=allow(session, manager, cashier, no))
    void = {"action": "void_late", "subject": f"pu_{plain.hex}"}
    token = approvals.give(session, manager, **void, actor=cashier, at=LATE).token

    with pytest.raises(OwnCard):
        checkout.settle(session, own, actor=cashier, at=LATE)
    with pytest.raises(OwnCard):
        voiding.void(session, plain, "wrong", approval=token, actor=cashier, at=LATE)


def test_one_request_brings_the_approvals_of_two_things(
    session: Session, cashier: Actor, manager: Staff
) -> None:
    rule(session, approve_above=99)
    order = order_at(cashier, make_public(session, make_offer(session)).code)
    no = need_approval(session, order, cashier)
    other = approvals.give(
        session, manager, action="hold_release", subject="co_1", actor=cashier, at=LATE
    )

    both = f"{other.token}, {allow(session, manager, cashier, no)}"

    checkout.settle(session, replace(order, approval=both), actor=cashier, at=LATE)


def test_a_pos_with_a_key_is_not_asked(session: Session, cashier: Actor) -> None:
    rule(session, approve_above=0)
    pos = Actor("key", UUID(int=9), permissions=of_role("cashier"), shop_id=cashier.shop_id)
    order = replace(order_at(cashier, make_public(session, make_offer(session)).code), till_id=None)

    assert checkout.settle(session, order, actor=pos, at=NOON).discount == 100


def test_what_nobody_approved_has_changed_nothing(session: Session, cashier: Actor) -> None:
    rule(session, approve_above=0)
    order = order_at(cashier, make_coupon(session).code)
    session.flush()

    with session.begin_nested() as attempt:
        need_approval(session, order, cashier)
        attempt.rollback()

    for table in (Purchase, Redemption, Response):
        assert session.scalar(select(func.count()).select_from(table)) == 0


def test_the_rules_of_the_tills_cost_a_purchase_no_statement(
    session: Session, cashier: Actor
) -> None:
    def settle() -> int:
        told: list[str] = []
        event.listen(session.connection(), "before_cursor_execute", lambda *a: told.append(a[2]))
        checkout.settle(session, order_at(cashier), actor=cashier, at=NOON)
        return len(told)

    before = settle()
    rule(session, approve_above=5000)

    assert settle() == before
