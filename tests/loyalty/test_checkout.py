"""Settling a purchase and undoing it."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import till_rules
from core.auth import Actor, of_role
from core.db import Database
from core.errors import ApprovalNeeded
from coupons.errors import (
    BasketTooSmall,
    CodeNotFound,
    CouponTwice,
    CouponUsedUp,
    CurrencyMixed,
    LinesDoNotSum,
)
from coupons.models import Coupon, Purchase, Redemption, Response
from loyalty import cards, checkout, expiry, reconcile, voiding
from loyalty.errors import (
    CardReplaced,
    OccurredInFuture,
    OccurredTooLongAgo,
    OwnCard,
    PointsShort,
    PointsTooMany,
    PurchaseVoided,
    ReceiptUsed,
    VoidElsewhere,
)
from loyalty.ledger import Why
from loyalty.order import Order, Outcome
from tests.factories import (
    MANAGER,
    NOON,
    make_basket,
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
    make_staff,
    make_till,
)


def settle(session: Session, order: Order, **given: object) -> Outcome:
    outcome = checkout.settle(session, order, actor=MANAGER, at=NOON, **given)  # type: ignore[arg-type]
    session.flush()
    return outcome


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_coupon_takes_its_share_off_and_is_used(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)

    outcome = settle(session, make_order(shop, coupon.code, total=4990))

    assert (outcome.discount, outcome.to_pay) == (499, 4491)
    session.refresh(coupon)
    assert (coupon.used, coupon.voided) == (1, 0)
    event = session.scalars(select(Response)).one()
    assert (event.kind, event.outcome, event.coupon_id) == ("redeemed", "accepted", coupon.id)
    assert list(reconcile.findings(session)) == []


def test_a_single_use_coupon_is_refused_the_second_time(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)
    settle(session, make_order(shop, coupon.code))

    with pytest.raises(CouponUsedUp):
        settle(session, make_order(shop, coupon.code))

    assert count(session, Purchase) == 1
    assert count(session, Redemption) == 1


def test_points_are_earned_on_what_is_paid_in_money(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)
    _, card = make_customer(session)

    outcome = settle(session, make_order(shop, coupon.code, total=4990, card=card.number))

    assert outcome.points["earned"] == 44
    balance = expiry.balance(session.connection(), card.customer_id, at=NOON)
    assert balance.available == 44


def test_points_pay_and_earn_nothing_themselves(session: Session) -> None:
    shop = make_shop(session)
    _, card = make_customer(session)
    settle(session, make_order(shop, total=100_000, card=card.number))

    outcome = settle(session, make_order(shop, total=2000, card=card.number, spend_points=1000))

    assert (outcome.paid_with_points, outcome.to_pay) == (1000, 1000)
    assert outcome.points == {
        "earned": 10, "pending": 0, "spent": 1000, "available": 10, "balance_pending": 0,
    }  # fmt: skip
    assert list(reconcile.findings(session)) == []


def check_quote_is_kept(session: Session, order: Order) -> None:
    quoted = checkout.quote(session.connection(), order, actor=MANAGER, at=NOON)
    done = settle(session, order)
    assert quoted.points == done.points
    assert (quoted.discount, quoted.to_pay) == (done.discount, done.to_pay)


def test_a_quote_says_what_the_purchase_will_come_to(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)
    _, card = make_customer(session)
    settle(session, make_order(shop, total=10_000, card=card.number))

    spending = make_order(shop, coupon.code, total=2000, card=card.number, spend_points=10)

    check_quote_is_kept(session, spending)


def test_a_quote_knows_that_a_debt_is_paid_first(session: Session) -> None:
    shop = make_shop(session)
    _, card = make_customer(session)
    first = settle(session, make_order(shop, total=10_000, card=card.number))
    settle(session, make_order(shop, total=100, card=card.number, spend_points=80))
    assert first.id
    voiding.void(session, first.id, "returned", actor=MANAGER, at=NOON)

    for total in (5000, 20_000):
        check_quote_is_kept(session, make_order(shop, total=total, card=card.number))


def test_points_of_a_purchase_cannot_pay_for_it(session: Session) -> None:
    shop = make_shop(session)
    _, card = make_customer(session)

    with pytest.raises(PointsShort):
        settle(session, make_order(shop, total=100_000, card=card.number, spend_points=1))


def test_points_cannot_pay_more_than_the_basket(session: Session) -> None:
    shop = make_shop(session)
    _, card = make_customer(session)
    settle(session, make_order(shop, total=100_000, card=card.number))

    with pytest.raises(PointsTooMany):
        settle(session, make_order(shop, total=500, card=card.number, spend_points=501))


def test_one_receipt_is_settled_once_whatever_the_key(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)
    settle(session, make_order(shop, receipt="A-1"))

    with pytest.raises(ReceiptUsed):
        settle(session, make_order(shop, receipt="A-1"))
    settle(session, make_order(make_shop(session), receipt="A-1"))

    used = make_order(shop, coupon.code, receipt="A-2")
    settle(session, used)
    with pytest.raises(ReceiptUsed):
        settle(session, used)


def test_a_receipt_can_be_settled_again_after_its_void(session: Session) -> None:
    shop = make_shop(session)
    first = settle(session, make_order(shop, receipt="A-1"))
    assert first.id
    voiding.void(session, first.id, "wrong amount", actor=MANAGER, at=NOON)

    settle(session, make_order(shop, receipt="A-1"))


def test_refused_coupons_are_skipped_if_the_order_says_so(session: Session) -> None:
    shop, good = make_shop(session), make_coupon(session)
    offer = make_offer(session, conditions={"all": [{"kind": "minimum_basket", "amount": 5000}]})
    small = make_coupon(session, offer)

    with pytest.raises(BasketTooSmall) as refused:
        settle(session, make_order(shop, good.code, small.code))
    assert refused.value.facts["missing"] == 4000
    outcome = settle(
        session, make_order(shop, good.code, small.code, "NOSUCHCODE", skip_refused=True)
    )

    assert outcome.discount == 100
    assert [one.refusal.code for one in outcome.refused] == ["basket_too_small"]
    assert outcome.unknown == [2]
    outcomes = sorted((r.outcome, r.reason) for r in session.scalars(select(Response)))
    assert outcomes == [("accepted", None), ("refused", "basket_too_small")]


def test_an_unknown_code_and_a_code_sent_twice_are_refused(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)

    with pytest.raises(CodeNotFound):
        settle(session, make_order(shop, "ABCDEFGH1234"))
    with pytest.raises(CouponTwice):
        settle(session, make_order(shop, coupon.code, coupon.code.lower()))
    assert count(session, Purchase) == 0


def test_a_basket_must_be_right_in_itself(session: Session) -> None:
    shop = make_shop(session)

    with pytest.raises(LinesDoNotSum):
        settle(session, make_order(shop, basket=make_basket(500, 400, total=1000)))
    wrong = make_basket(500)
    with pytest.raises(CurrencyMixed):
        settle(session, make_order(shop, basket=type(wrong)("USD", wrong.total, wrong.lines)))


def test_a_void_gives_the_use_back_but_not_its_number(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)
    _, card = make_customer(session)
    first = settle(session, make_order(shop, coupon.code, total=4990, card=card.number))
    assert first.id

    voiding.void(session, first.id, "wrong card", actor=MANAGER, at=NOON)
    session.flush()
    again = settle(session, make_order(shop, coupon.code, total=4990, card=card.number))

    ordinals = sorted(session.scalars(select(Redemption.ordinal)))
    assert ordinals == [1, 2]
    session.refresh(coupon)
    assert (coupon.used, coupon.voided) == (2, 1)
    assert expiry.balance(session.connection(), card.customer_id, at=NOON).available == 44
    assert again.id
    assert list(reconcile.findings(session)) == []


def test_a_purchase_is_undone_once(session: Session) -> None:
    done = settle(session, make_order(make_shop(session)))
    assert done.id
    voiding.void(session, done.id, "oops", actor=MANAGER, at=NOON)

    with pytest.raises(PurchaseVoided):
        voiding.void(session, done.id, "oops", actor=MANAGER, at=NOON)


def test_a_void_after_the_points_were_spent_leaves_a_debt_that_is_paid_first(
    session: Session,
) -> None:
    shop = make_shop(session)
    _, card = make_customer(session)
    first = settle(session, make_order(shop, total=10_000, card=card.number))
    settle(session, make_order(shop, total=100, card=card.number, spend_points=80))
    assert first.id

    voiding.void(session, first.id, "returned", actor=MANAGER, at=NOON)
    owing = expiry.balance(session.connection(), card.customer_id, at=NOON)
    settle(session, make_order(shop, total=20_000, card=card.number))
    paid = expiry.balance(session.connection(), card.customer_id, at=NOON)

    assert (owing.available, owing.debt) == (0, 80)
    assert (paid.available, paid.debt) == (120, 0)
    assert list(reconcile.findings(session)) == []


WITHIN = timedelta(minutes=till_rules.Rules().void_minutes)


def test_a_cashier_undoes_at_the_own_till_for_some_minutes(session: Session) -> None:
    till, _ = make_till(session)
    staff = make_staff(session)
    cashier = Actor("till", staff.id, permissions=of_role("cashier"), till_id=till.id)
    order = Order(shop_id=till.shop_id, till_id=till.id, basket=make_basket(500))
    done = checkout.settle(session, order, actor=cashier, at=NOON)
    other = checkout.settle(session, order, actor=cashier, at=NOON)
    assert done.id
    assert other.id

    late = NOON + WITHIN + timedelta(seconds=1)
    with pytest.raises(ApprovalNeeded):
        voiding.void(session, done.id, "oops", actor=cashier, at=late)
    elsewhere = Actor("till", staff.id, permissions=of_role("cashier"), till_id=shop_till(session))
    with pytest.raises(VoidElsewhere):
        voiding.void(session, other.id, "oops", actor=elsewhere, at=NOON)
    voiding.void(session, done.id, "oops", actor=cashier, at=NOON + WITHIN)


def shop_till(session: Session) -> object:
    till, _ = make_till(session)
    return till.id


def test_staff_cannot_serve_their_own_card(session: Session) -> None:
    shop = make_shop(session)
    customer, card = make_customer(session)
    staff = make_staff(session, "manager")
    staff.customer_id = customer.id
    session.flush()
    actor = Actor("staff", staff.id, permissions=of_role("manager"))

    with pytest.raises(OwnCard):
        checkout.settle(session, make_order(shop, card=card.number), actor=actor, at=NOON)


def test_a_replaced_card_is_dead_and_the_new_one_has_everything(session: Session) -> None:
    shop = make_shop(session)
    customer, old = make_customer(session)
    settle(session, make_order(shop, total=10_000, card=old.number))

    new = cards.replace(session, customer.id, "lost", actor=MANAGER, at=NOON)

    with pytest.raises(CardReplaced):
        settle(session, make_order(shop, card=old.number))
    outcome = settle(session, make_order(shop, total=100, card=new.number, spend_points=100))
    assert outcome.to_pay == 0


def test_limits_per_customer_and_in_all_hold(session: Session) -> None:
    shop = make_shop(session)
    offer = make_offer(session, overall=2, per_customer=1)
    code = make_public(session, offer).code
    cards = [make_customer(session)[1].number for _ in range(3)]
    settle(session, make_order(shop, code, card=cards[0]))

    with pytest.raises(Exception, match="customer_limit_reached"):
        settle(session, make_order(shop, code, card=cards[0]))
    settle(session, make_order(shop, code, card=cards[1]))
    with pytest.raises(Exception, match="offer_used_up"):
        settle(session, make_order(shop, code, card=cards[2]))

    assert list(reconcile.findings(session)) == []


def test_a_purchase_is_sent_when_it_happens(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)

    late = make_order(shop, coupon.code, occurred_at=NOON - timedelta(days=3, seconds=1))
    with pytest.raises(OccurredTooLongAgo):
        settle(session, late)
    early = make_order(shop, coupon.code, occurred_at=NOON + timedelta(minutes=6))
    with pytest.raises(OccurredInFuture):
        settle(session, early)
    settle(session, make_order(shop, coupon.code, occurred_at=NOON - timedelta(days=3)))


def test_a_coupon_without_basket_is_an_answer_all_the_same(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)

    outcome = settle(session, make_order(shop, coupon.code, total=None))

    assert (outcome.basket_total, outcome.discount) == (0, 0)
    assert count(session, Response) == 1


def test_reconciliation_sees_what_is_off(session: Session) -> None:
    shop, coupon = make_shop(session), make_coupon(session)
    _, card = make_customer(session)
    settle(session, make_order(shop, coupon.code, total=4990, card=card.number))

    session.execute(Coupon.__table__.update().values(use_limit=5, used=3))
    found = list(reconcile.findings(session))

    assert len(found) == 1
    assert "coupon" in found[0]


def test_a_test_database_is_a_real_one(database: Database) -> None:
    assert database.engine.dialect.name in ("sqlite", "postgresql")
    assert Why(NOON, "x").at == NOON


def test_an_old_date_does_not_bring_expired_points_back(session: Session) -> None:
    shop = make_shop(session)
    _, card = make_customer(session)
    settle(session, make_order(shop, total=10_000, card=card.number))
    gone = expiry.balance(session.connection(), card.customer_id, at=NOON).next_expiry
    assert gone
    after = gone[0] + timedelta(days=1)
    late = make_order(
        shop, total=100, card=card.number, spend_points=1, occurred_at=after - timedelta(days=2)
    )

    with pytest.raises(PointsShort):
        checkout.settle(session, late, actor=MANAGER, at=after)
