"""Giving some of a purchase back: money, points, discounts, uses, budgets. Amounts are cents."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import till_rules
from core.auth import Actor, of_role
from core.db import Database
from core.errors import ApprovalNeeded, InvalidRequest, Refusal
from core.models import AuditEntry
from core.money import Money
from coupons.basket import Basket, Line
from coupons.models import (
    Coupon,
    Purchase,
    PurchaseLine,
    Quota,
    QuotaUse,
    Redemption,
    Refund,
    Response,
)
from loyalty import (
    checkout,
    expiry,
    ledger,
    programme,
    receipts,
    reconcile,
    refunding,
    voiding,
)
from loyalty.errors import (
    FullyRefunded,
    NothingToRefund,
    OwnCard,
    PurchaseVoided,
    RefundTooMuch,
    VoidElsewhere,
)
from loyalty.models import Entry
from loyalty.portions import Part
from loyalty.refunding import Paid, Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
    make_staff,
    make_till,
)

POINTS = 1000
"""What the customer of a case has before."""


@dataclass
class Case:
    """A purchase, what is given back of it one after the other, and what that comes to.

    Lines are pieces and their price together; a refund is "line", "line x pieces", "line = cents"
    or "= cents". Each comes to worth, money, worth paid with points, points back, points claimed.
    """

    lines: list[tuple[int, int]]
    refunds: dict[str, tuple[int, int, int, int, int]]
    percent: str | None = None
    spend: int = 0


CASES = {
    "a purchase in two halves": Case(
        [(1, 1000)], {"= 500": (500, 500, 0, 0, 5), "=  500": (500, 500, 0, 0, 5)}
    ),
    "a purchase in thirds: the points come to ten as well": Case(
        [(1, 1000)],
        {
            "= 333": (333, 333, 0, 0, 3),
            "=  333": (333, 333, 0, 0, 3),
            "= 334": (334, 334, 0, 0, 4),
        },
    ),
    "three pieces at ten euros, less ten per cent": Case(
        [(3, 1000), (1, 500)],
        {
            "0 x 1": (300, 300, 0, 0, 2),
            "0 x  1": (300, 300, 0, 0, 3),
            "0": (300, 300, 0, 0, 3),
            "1": (450, 450, 0, 0, 5),
        },
        percent="10",
    ),
    "half paid with points": Case(
        [(1, 2000)],
        {"= 700": (700, 525, 175, 175, 5), "= 1300": (1300, 975, 325, 325, 10)},
        spend=500,
    ),
    "a cent at a time: money and points take turns": Case(
        [(1, 3)],
        {"= 1": (1, 0, 1, 1, 0), "=  1": (1, 0, 1, 1, 0), "=   1": (1, 1, 0, 0, 0)},
        spend=2,
    ),
    "all paid with points": Case(
        [(2, 500)], {"0 x 1": (250, 0, 250, 250, 0), "0": (250, 0, 250, 250, 0)}, spend=500
    ),
    "an amount of a line, then the rest of it": Case(
        [(2, 1000), (1, 1000)],
        {"0 = 100": (100, 100, 0, 0, 1), "0": (900, 900, 0, 0, 9), "1": (1000, 1000, 0, 0, 10)},
    ),
}


def wanted(text: str) -> Wanted:
    """Read what is to be given back."""
    if text.startswith("="):
        return Wanted(amount=int(text[1:]))
    if "=" in text:
        line, amount = text.split("=")
        return Wanted((Part(int(line), amount=int(amount)),))
    line, _, pieces = text.partition("x")
    return Wanted((Part(int(line), int(pieces) if pieces else None),))


def refund(session: Session, id: UUID, text: str | Wanted, at: datetime = NOON) -> Paid:
    asked = wanted(text) if isinstance(text, str) else text
    done = refunding.refund(session, id, asked, "not wanted", actor=MANAGER, at=at)
    session.flush()
    session.expire_all()
    return done


def void(session: Session, id: UUID, at: datetime = NOON) -> None:
    voiding.void(session, id, "undone", actor=MANAGER, at=at)
    session.flush()
    session.expire_all()


def make_lines(*lines: tuple[int, int]) -> Basket:
    made = [
        Line(Money(amount), quantity=quantity, sku=f"SKU-{i}")
        for i, (quantity, amount) in enumerate(lines)
    ]
    return Basket("EUR", Money(sum(amount for _, amount in lines)), tuple(made))


def make_sale(session: Session, *codes: str, **given: Any) -> UUID:
    """Return the id of a purchase; it is of 10.00 unless said."""
    order = make_order(make_shop(session), *codes, **given)
    done = checkout.settle(session, order, actor=MANAGER, at=NOON)
    session.flush()
    assert done.id
    return done.id


def make_rich(session: Session) -> tuple[UUID, str]:
    """Return a customer with points, and the card."""
    customer, card = make_customer(session)
    make_sale(session, card=card.number, total=POINTS * 100)
    return customer.id, card.number


def held(session: Session, customer_id: UUID, at: datetime = NOON) -> tuple[int, int, int]:
    """Return what a customer can spend, what is to come, and what is owed."""
    found = expiry.balance(session.connection(), customer_id, at=at)
    return found.available, found.pending, found.debt


def check_books(session: Session) -> None:
    session.flush()
    assert list(reconcile.findings(session)) == []


@pytest.mark.parametrize("name", CASES)
def test_what_is_given_back(session: Session, name: str) -> None:
    case = CASES[name]
    customer_id, card = make_rich(session)
    codes = []
    if case.percent:
        benefit = {"kind": "percent", "percent": case.percent}
        codes = [make_coupon(session, make_offer(session, benefit=benefit)).code]
    id = make_sale(
        session, *codes, basket=make_lines(*case.lines), card=card, spend_points=case.spend
    )
    before = held(session, customer_id)[0]

    found = {}
    for text in case.refunds:
        paid = refund(session, id, text)
        check_books(session)
        found[text] = (
            paid.worth, paid.money, paid.points_worth, paid.points_back, paid.points_claimed,
        )  # fmt: skip

    assert found == case.refunds
    purchase = session.get_one(Purchase, id)
    whole = purchase.refunded == purchase.basket_total - purchase.discount
    back, claimed = (sum(one[i] for one in found.values()) for i in (3, 4))
    assert held(session, customer_id) == (before + back - claimed, 0, 0)
    assert not whole or held(session, customer_id) == (POINTS, 0, 0)


def test_the_discount_and_its_budget_come_back_in_shares(session: Session) -> None:
    limits = [{"of": "offer", "discount": 10_000}, {"of": "offer", "uses": 5}]
    offer = make_offer(session, limits=limits)
    id = make_sale(session, make_public(session, offer).code, total=999)

    seen = []
    for text in ("= 300", "= 300", "= 299"):
        refund(session, id, text)
        uses = session.execute(select(QuotaUse.measure, QuotaUse.given_back)).all()
        redemption = session.scalars(select(Redemption)).one()
        seen.append((redemption.refunded, redemption.state, *sorted(tuple(one) for one in uses)))
        check_books(session)

    assert seen == [
        (33, "redeemed", ("discount", 33), ("uses", 0)),
        (66, "redeemed", ("discount", 66), ("uses", 0)),
        (100, "returned", ("discount", 100), ("uses", 1)),
    ]
    assert {(q.used, q.voided) for q in session.scalars(select(Quota))} == {(100, 100), (1, 1)}


@pytest.mark.parametrize(
    ("on_refund", "state", "voided"), [("restore", "returned", 1), ("burn", "redeemed", 0)]
)
def test_a_full_refund_gives_the_use_back_if_the_offer_says_so(
    session: Session, on_refund: str, state: str, voided: int
) -> None:
    offer = make_offer(session, overall=5, on_refund=on_refund)
    coupon = make_coupon(session, offer)
    id = make_sale(session, coupon.code)

    refund(session, id, "= 400")
    stands = session.scalars(select(Redemption.state)).one()
    refund(session, id, "= 500")

    assert stands == "redeemed"
    redemption = session.scalars(select(Redemption)).one()
    assert (redemption.state, redemption.refunded) == (state, 100)
    assert session.get_one(Coupon, coupon.id).voided == voided
    assert session.scalars(select(Quota.voided)).one() == voided
    check_books(session)


def test_a_void_gives_the_use_back_whatever_the_offer_says(session: Session) -> None:
    coupon = make_coupon(session, make_offer(session, overall=5, on_refund="burn"))
    id = make_sale(session, coupon.code)

    refund(session, id, "= 450")
    void(session, id)

    redemption = session.scalars(select(Redemption)).one()
    assert (redemption.state, redemption.refunded) == ("voided", 50)
    assert session.get_one(Coupon, coupon.id).voided == 1
    assert session.scalars(select(Quota.voided)).one() == 1
    check_books(session)


def test_a_void_after_refunds_gives_back_the_rest(session: Session) -> None:
    customer_id, card = make_rich(session)
    id = make_sale(session, card=card, total=1234, spend_points=333)

    refund(session, id, "= 100")
    refund(session, id, "= 567")
    void(session, id)

    assert held(session, customer_id) == (POINTS, 0, 0)
    shown = receipts.shown(session, id)
    assert [one["worth"] for one in shown["refunds"]] == [100, 567]
    assert shown["left"] == {"worth": 567, "money": 901 - 901 * 667 // 1234}
    assert shown["voided_at"]
    check_books(session)


def test_what_was_undone_is_not_undone_again(session: Session) -> None:
    voided, refunded = make_sale(session), make_sale(session)
    void(session, voided)
    refund(session, refunded, "= 1000")

    with pytest.raises(PurchaseVoided):
        refund(session, voided, "= 1")
    with pytest.raises(FullyRefunded):
        refund(session, refunded, "= 1")
    with pytest.raises(FullyRefunded):
        void(session, refunded)

    assert session.scalar(select(func.count()).select_from(Refund)) == 1
    check_books(session)


def test_no_more_is_given_back_than_is_left(session: Session) -> None:
    id = make_sale(session, basket=make_lines((2, 600), (1, 400)))
    refund(session, id, "= 700")

    with pytest.raises(RefundTooMuch) as amount:
        refund(session, id, "= 301")
    with pytest.raises(RefundTooMuch) as line:
        refund(session, id, "1")
    paid = refund(session, id, "0 x 1")

    assert (amount.value.facts, line.value.facts) == ({"left": 300}, {"left": 300})
    assert paid.left == (0, 0)
    check_books(session)


def test_lines_are_named_where_there_are_some(session: Session) -> None:
    id = make_sale(session)

    with pytest.raises(InvalidRequest) as refused:
        refund(session, id, "0")

    assert refused.value.errors == {"lines": ["This purchase has no lines: say an amount."]}


def test_what_was_free_is_undone_as_a_whole_only(session: Session) -> None:
    free = make_offer(session, benefit={"kind": "percent", "percent": "100"})
    coupon = make_coupon(session, free)
    half = make_offer(session, benefit={"kind": "free_item", "sku": "SKU-0"})
    given = make_sale(session, coupon.code)
    partly = make_sale(
        session, make_coupon(session, half).code, basket=make_lines((1, 500), (1, 100))
    )

    for id, text in ((given, "= 1"), (partly, "0")):
        with pytest.raises(NothingToRefund if text == "0" else RefundTooMuch):
            refund(session, id, text)
    void(session, given)

    assert session.get_one(Coupon, coupon.id).voided == 1
    check_books(session)


def test_a_coupon_without_basket_is_undone_as_a_whole(session: Session) -> None:
    id = make_sale(session, make_coupon(session).code, total=None)

    void(session, id)

    assert session.scalars(select(Redemption.state)).one() == "voided"
    check_books(session)


def test_each_return_is_an_answer_of_the_same_answerer(session: Session) -> None:
    _, card = make_rich(session)
    coupon = make_coupon(session)
    id = make_sale(session, coupon.code, card=card)

    refund(session, id, "= 100")

    rows = session.scalars(select(Response).order_by(Response.id)).all()
    assert [(one.kind, one.outcome) for one in rows] == [
        ("redeemed", "accepted"),
        ("returned", "accepted"),
    ]
    first, second = rows
    for name in ("campaign_id", "offer_id", "coupon_id", "pseudonym", "responder", "purchase_id"):
        assert getattr(first, name) == getattr(second, name)
    assert second.redemption_id is None
    check_books(session)


@pytest.mark.parametrize(
    ("clawback", "left"),
    [("debt", (0, 50)), ("within_balance", (0, 0)), ("only_pending", (20, 0))],
)
def test_points_that_were_spent_are_claimed_back_as_the_policy_says(
    session: Session, clawback: str, left: tuple[int, int]
) -> None:
    programme.change(session, {"clawback": clawback}, actor=MANAGER, at=NOON)
    customer, card = make_customer(session)
    id = make_sale(session, card=card.number, total=10_000)
    make_sale(session, card=card.number, total=80, spend_points=80)

    first = refund(session, id, "= 5000")
    second = refund(session, id, "= 2000")

    assert held(session, customer.id)[::2] == left
    claimed = {"debt": (50, 20), "within_balance": (20, 0), "only_pending": (0, 0)}[clawback]
    assert (first.points_claimed, second.points_claimed) == claimed
    check_books(session)


def test_pending_points_shrink_with_each_refund_and_the_rest_comes_in(session: Session) -> None:
    programme.change(session, {"pending_days": 14}, actor=MANAGER, at=NOON)
    customer, card = make_customer(session)
    id = make_sale(session, card=card.number, total=10_000)

    refund(session, id, "= 3333")
    pending = held(session, customer.id)
    later = NOON + timedelta(days=14)
    came = held(session, customer.id, later)
    refund(session, id, "= 3333", later)
    rest = held(session, customer.id, later)
    void(session, id, later)

    assert (pending, came, rest) == ((0, 67, 0), (67, 0, 0), (34, 0, 0))
    assert held(session, customer.id, later) == (0, 0, 0)
    check_books(session)


@pytest.mark.parametrize(("policy", "back"), [("grace", 40), ("lapse", 0)])
def test_spent_points_whose_lot_has_expired_come_back_for_a_while_or_not(
    session: Session, policy: str, back: int
) -> None:
    changes = {"expiry_months": 1, "lapsed_refund": policy}
    programme.change(session, changes, actor=MANAGER, at=NOON)
    customer_id, card = make_rich(session)
    id = make_sale(session, card=card, total=100, spend_points=100)
    expired = NOON + timedelta(days=60)

    done = refund(session, id, "= 40", expired)

    assert done.points_back == 40
    assert held(session, customer_id, expired) == (back, 0, 0)
    assert held(session, customer_id, expired + timedelta(days=30)) == (0, 0, 0)
    check_books(session)


def test_points_come_back_to_the_lot_of_the_very_day_that_the_grace_ends(session: Session) -> None:
    programme.change(session, {"expiry_months": 1}, actor=MANAGER, at=NOON)
    customer, card = make_customer(session)
    make_sale(session, card=card.number, total=6000)
    connection = session.connection()
    first = expiry.balance(connection, customer.id, at=NOON).next_expiry
    assert first
    ends = first[0] + timedelta(days=30)
    account = expiry.lock(connection, customer.id, at=NOON)
    ledger.credit(
        connection, account, "adjust", 40, origin="world", expires_at=ends,
        why=ledger.Why(NOON, "test", reason="test"),
    )  # fmt: skip
    id = make_sale(session, card=card.number, total=100, spend_points=100)

    refund(session, id, "= 100", first[0])

    assert held(session, customer.id, first[0]) == (100, 0, 0)
    found = expiry.balance(session.connection(), customer.id, at=first[0])
    assert found.next_expiry == (ends, 100)
    check_books(session)


def test_one_line_of_the_ledger_is_reversed_once_for_each_refund(session: Session) -> None:
    _, card = make_rich(session)
    id = make_sale(session, card=card, total=1000, spend_points=100)

    for _ in range(3):
        refund(session, id, "= 200")
    void(session, id)

    undone = select(Entry.part, func.count()).where(Entry.kind == "reverse").group_by(Entry.part)
    assert dict(session.execute(undone).all()) == {0: 2, 1: 2, 2: 2, 3: 2}
    check_books(session)


def test_a_cashier_gives_back_at_the_own_till_for_some_minutes(session: Session) -> None:
    till, _ = make_till(session)
    other, _ = make_till(session)
    staff = make_staff(session)
    cashier, elsewhere = (
        Actor("till", staff.id, permissions=of_role("cashier"), till_id=one.id)
        for one in (till, other)
    )
    order = make_order(session.get_one(type(make_shop(session)), till.shop_id), till_id=till.id)
    done = checkout.settle(session, order, actor=cashier, at=NOON)
    assert done.id
    late = NOON + timedelta(minutes=till_rules.Rules().void_minutes, seconds=1)

    def give(actor: Actor, at: datetime) -> None:
        assert done.id
        refunding.refund(session, done.id, Wanted(amount=1), "oops", actor=actor, at=at)

    with pytest.raises(VoidElsewhere):
        give(elsewhere, NOON)
    with pytest.raises(ApprovalNeeded):
        give(cashier, late)
    give(cashier, late - timedelta(seconds=1))
    give(MANAGER, late)


def test_staff_give_nothing_back_to_themselves(session: Session) -> None:
    customer_id, card = make_rich(session)
    staff = make_staff(session, "manager")
    staff.customer_id = customer_id
    session.flush()
    id = make_sale(session, card=card)
    actor = Actor("staff", staff.id, permissions=of_role("manager"))

    with pytest.raises(OwnCard):
        refunding.refund(session, id, Wanted(amount=1), "mine", actor=actor, at=NOON)
    with pytest.raises(OwnCard):
        voiding.void(session, id, "mine", actor=actor, at=NOON)


def test_a_refund_is_written_down(session: Session) -> None:
    id = make_sale(session)

    refund(session, id, "= 10")

    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "purchase.refunded")
    ).one()
    assert entry.new == {
        "number": 1, "worth": 10, "money": 10, "points_worth": 0, "reason": "not wanted",
    }  # fmt: skip


def make_next(session: Session) -> tuple[UUID, Coupon]:
    """Return a purchase that gave a coupon for the next one, and that coupon."""
    following = make_offer(session)
    giving = make_offer(session, benefit={"kind": "next_coupon", "offer": following.id.hex})
    id = make_sale(session, make_coupon(session, giving).code)
    return id, session.scalars(select(Coupon).where(Coupon.offer_id == following.id)).one()


def test_with_all_of_a_purchase_goes_the_coupon_that_it_gave(session: Session) -> None:
    id, given = make_next(session)

    refund(session, id, "= 400")
    kept = session.get_one(Coupon, given.id).state
    done = refund(session, id, "= 600")

    assert (kept, session.get_one(Coupon, given.id).state) == ("active", "revoked")
    assert receipts.refunded(session, done)["messages"] == []
    check_books(session)


def test_a_coupon_that_was_used_already_stays_with_its_own_purchase(session: Session) -> None:
    id, given = make_next(session)
    used = make_sale(session, given.code)

    done = voiding.void(session, id, "undone", actor=MANAGER, at=NOON)
    session.expire_all()

    assert done.kept == 1
    assert session.get_one(Coupon, given.id).state == "active"
    assert session.get_one(Purchase, used).voided_at is None
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "purchase.voided")).one()
    assert entry.new == {"reason": "undone", "coupons_kept": 1}
    check_books(session)


TAMPERED: dict[str, Any] = {
    "purchase": lambda: Purchase.__table__.update().values(refunded=1),
    "line": lambda: PurchaseLine.__table__.update().values(refunded=1),
    "redemption": lambda: Redemption.__table__.update().values(refunded=1),
    "limit": lambda: QuotaUse.__table__.update().values(given_back=1),
    "refund": lambda: Refund.__table__.update().values(lines=[]),
    "money": lambda: Refund.__table__.update().values(money=0, points_worth=Refund.worth),
    "reversed": lambda: Entry.__table__.update().where(Entry.kind == "reverse").values(points=99),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_reconciliation_sees_a_refund_that_is_off(session: Session, what: str) -> None:
    _, card = make_rich(session)
    offer = make_offer(session, limits=[{"of": "offer", "discount": 10_000}])
    code = make_public(session, offer).code
    id = make_sale(session, code, basket=make_lines((2, 1000), (1, 500)), card=card)
    refund(session, id, "0 x 1")
    check_books(session)

    session.execute(TAMPERED[what]())

    assert list(reconcile.findings(session))


@settings(
    max_examples=150, deadline=None, database=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(
    total=st.integers(1, 5000),
    spend=st.integers(0, 400),
    percent=st.sampled_from([None, "10", "33.33"]),
    steps=st.lists(st.integers(1, 100), min_size=1, max_size=6),
    ends=st.sampled_from(["refund", "void"]),
)
def test_however_a_purchase_is_given_back_everything_is_as_before(
    database: Database, total: int, spend: int, percent: str | None, steps: list[int], ends: str
) -> None:
    """Whatever the steps, after the last one nothing of the purchase is left."""
    with database.writing() as session:
        customer_id, card = make_rich(session)
        limits = [{"of": "offer", "discount": 10**6}, {"of": "offer", "uses": 9, "per": "day"}]
        benefit = {"kind": "percent", "percent": percent or "1"}
        coupon = make_public(session, make_offer(session, benefit=benefit, limits=limits))
        codes = [coupon.code] if percent and total >= 10 else []
        afford = min(spend, total * 2 // 3)
        id = make_sale(session, *codes, total=total, card=card, spend_points=afford)
        purchase = session.get_one(Purchase, id)
        to_pay, worth = purchase.to_pay, purchase.basket_total - purchase.discount

        money = 0
        for step in steps:
            left = worth - session.get_one(Purchase, id).refunded
            if amount := left * step // 101:
                money += refund(session, id, Wanted(amount=amount)).money
        left = worth - session.get_one(Purchase, id).refunded
        if ends == "void":
            void(session, id)
        else:
            money += refund(session, id, Wanted(amount=left)).money
            assert money == to_pay

        assert held(session, customer_id) == (POINTS, 0, 0)
        assert session.get_one(Coupon, coupon.id).used == session.get_one(Coupon, coupon.id).voided
        assert all(quota.used == quota.voided for quota in session.scalars(select(Quota)))
        check_books(session)
        session.rollback()


def test_a_refusal_changes_nothing(session: Session) -> None:
    id = make_sale(session, basket=make_lines((2, 600), (1, 400)))

    for asked in (
        Wanted((Part(0), Part(1, 2))),
        Wanted((Part(0, amount=601),)),
        Wanted(amount=1001),
    ):
        with pytest.raises(Refusal):
            refund(session, id, asked)

    assert session.get_one(Purchase, id).refunded == 0
    assert session.scalar(select(func.count()).select_from(Refund)) == 0
    check_books(session)
