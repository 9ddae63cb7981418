"""A till keeps what it has quoted for two minutes; then, or when it lets go, others have it."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import ids
from core.auth import SYSTEM, Actor
from core.db import Database
from core.errors import ApprovalNeeded, Refusal
from core.models import AuditEntry, Till
from coupons import codes, holds
from coupons.errors import CodeNotFound, CouponHeld, CouponRevoked, CouponUsedUp
from coupons.holds import HELD_FOR
from coupons.models import Coupon, Hold
from loyalty import checkout, reconcile
from loyalty.order import Order, Outcome
from tests.factories import (
    MANAGER,
    NOON,
    make_coupon,
    make_order,
    make_public,
    make_shop,
    make_till,
)

MOMENT = timedelta(microseconds=1)


class Floor:
    """A shop with two tills, and a coupon that both want."""

    def __init__(self, session: Session, **coupon: Any) -> None:
        self.session = session
        self.shop = make_shop(session)
        self.one, self.two = make_till(session, self.shop)[0], make_till(session, self.shop)[0]
        self.coupon = make_coupon(session, **coupon)

    def hold(self, till: Till, *more: str, at: Any = NOON) -> list[str]:
        wanted = [self.coupon.code, *more]
        kept = holds.place(self.session, wanted, till_id=till.id, at=at)
        return [one.code for one in kept]

    def order(self, till: Till, **given: Any) -> Order:
        return make_order(self.shop, self.coupon.code, till_id=till.id, **given)

    def settle(self, till: Till, *, at: Any = NOON, **given: Any) -> Outcome:
        order = self.order(till, **given)
        return checkout.settle(self.session, order, actor=MANAGER, at=at)

    def quote(self, till: Till, *, at: Any = NOON) -> list[Refusal]:
        connection = self.session.connection()
        found = checkout.quote(connection, self.order(till), actor=MANAGER, at=at)
        return [one.refusal for one in found.refused]


@pytest.fixture
def floor(session: Session) -> Floor:
    return Floor(session)


def count_holds(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Hold)) or 0


def test_what_a_till_holds_others_neither_quote_nor_settle_nor_hold(floor: Floor) -> None:
    floor.hold(floor.one)

    [no] = floor.quote(floor.two)
    assert isinstance(no, CouponHeld)
    assert no.facts == {
        "till": floor.one.label,
        "until": NOON + HELD_FOR,
        "coupon": ids.masked(floor.coupon.code),
    }
    with pytest.raises(CouponHeld):
        floor.settle(floor.two)
    with pytest.raises(CouponHeld):
        floor.hold(floor.two)
    assert floor.quote(floor.one) == []


def test_a_settled_purchase_ends_the_hold_of_its_till(floor: Floor, session: Session) -> None:
    floor.hold(floor.one)

    floor.settle(floor.one)

    assert count_holds(session) == 0
    [no] = floor.quote(floor.two)
    assert isinstance(no, CouponUsedUp)


def test_a_hold_ends_by_the_clock_to_the_instant(floor: Floor) -> None:
    floor.hold(floor.one)
    end = NOON + HELD_FOR

    [no] = floor.quote(floor.two, at=end - MOMENT)
    assert isinstance(no, CouponHeld)
    assert floor.quote(floor.two, at=end) == []
    assert floor.settle(floor.two, at=end).discount == 100


def test_a_hold_is_begun_anew_by_its_owner(floor: Floor, session: Session) -> None:
    floor.hold(floor.one)
    floor.hold(floor.one, at=NOON + HELD_FOR / 2)

    [no] = floor.quote(floor.two, at=NOON + HELD_FOR)
    assert isinstance(no, CouponHeld)
    assert count_holds(session) == 1


def test_a_hold_is_let_go_by_its_owner_and_by_nobody_else(floor: Floor, session: Session) -> None:
    floor.hold(floor.one)

    holds.release(session, [floor.coupon.code], till_id=floor.two.id)
    assert len(floor.quote(floor.two)) == 1

    holds.release(session, [floor.coupon.code], till_id=floor.one.id)
    assert floor.quote(floor.two) == []


def test_as_many_tills_hold_a_coupon_as_it_has_uses_left(session: Session) -> None:
    floor = Floor(session, use_limit=3)
    three = make_till(session, floor.shop)[0]
    floor.settle(three)

    floor.hold(floor.one)
    assert floor.quote(three) == []
    floor.hold(floor.two)
    [no] = floor.quote(three)
    assert isinstance(no, CouponHeld)
    assert floor.quote(floor.one) == floor.quote(floor.two) == []


def test_a_code_for_everybody_needs_no_hold(floor: Floor, session: Session) -> None:
    public = make_public(session).code

    assert floor.hold(floor.one, public) == [floor.coupon.code]
    assert count_holds(session) == 1


def test_what_cannot_be_used_is_not_held(floor: Floor, session: Session) -> None:
    with pytest.raises(CodeNotFound):
        floor.hold(floor.one, "NONSENSE")
    codes.move(session, floor.coupon.code, "revoke", actor=SYSTEM, at=NOON)
    session.flush()
    with pytest.raises(CouponRevoked):
        floor.hold(floor.one)
    assert count_holds(session) == 0


def test_another_tills_hold_is_let_go_by_a_second_person_and_noted(
    floor: Floor, session: Session
) -> None:
    floor.hold(floor.one)
    wanted = [floor.coupon.code]
    cashier = Actor("till", ids.new(), till_id=floor.two.id)
    with pytest.raises(ApprovalNeeded) as no:
        holds.release_elsewhere(session, wanted, None, actor=cashier, at=NOON)
    subject = ids.public("co", floor.coupon.id)
    assert no.value.facts == {"action": "hold_release", "subject": subject}

    supervisor = Actor("staff", ids.new(), permissions=frozenset({"till:approve"}))
    holds.release_elsewhere(session, wanted, None, actor=supervisor, at=NOON)

    assert floor.quote(floor.two) == []
    session.flush()
    entry = session.scalar(select(AuditEntry).where(AuditEntry.action == "coupon.hold_released"))
    assert entry
    assert (entry.subject, entry.old) == (subject, {"held_at": [floor.one.label]})


def test_holds_that_have_ended_are_swept_and_the_books_say_where_they_are_not(
    database: Database,
) -> None:
    def make(session: Session) -> None:
        floor = Floor(session)
        floor.hold(floor.one)

    def off(at: Any) -> list[str]:
        return database.look(lambda s: list(reconcile.findings(s, at=at)))

    database.transact(make)
    late = NOON + HELD_FOR + timedelta(minutes=5)
    holds.sweep(database, NOON + HELD_FOR - MOMENT)
    assert database.look(count_holds) == 1
    assert off(late) == []
    [line] = off(late + MOMENT)
    assert line.startswith("hold on coupon co_")

    holds.sweep(database, late)

    assert database.look(count_holds) == 0
    assert off(late + MOMENT) == []


def test_a_purchase_looks_for_holds_only_where_there_may_be_one(
    floor: Floor, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored = session.get_one(Coupon, floor.coupon.id)
    assert stored.held_until is None
    monkeypatch.setattr(holds, "_STANDING", None)

    assert floor.settle(floor.one).discount == 100
