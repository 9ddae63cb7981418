"""Blank cards: made, taken in, and handed out once."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import ids
from core.errors import InvalidRequest, Refusal
from core.models import AuditEntry
from coupons.errors import CodeNotUsable
from loyalty import cards, expiry, ledger, listing, openings, reconcile, stock
from loyalty.errors import CardBlank, CardNotFound, CardNumberTaken, CardTaken, CardWithdrawn
from loyalty.models import Card, ReferralCode
from loyalty.openings import Opening
from tests.factories import MANAGER, NOON, make_coupon, make_customer, make_public

EAN = "4006381333931"
CODE_128 = "Ab-1234/56 cd"


def make_blank(session: Session) -> str:
    return stock.make(session, 1, actor=MANAGER, at=NOON)[0]


def test_blank_cards_are_many_numbers_that_are_nobodys(session: Session) -> None:
    numbers = stock.make(session, 30, actor=MANAGER, at=NOON)
    stock.make(session, 2, actor=MANAGER, at=NOON + timedelta(hours=1))

    assert len(set(numbers)) == 30
    assert stock.count(session) == 32
    assert [one.left for one in stock.batches(session)] == [2, 30]
    first = stock.blanks(session, NOON, most=20)
    assert first + stock.blanks(session, NOON, after=first[-1]) == sorted(numbers)
    for number in numbers:
        with pytest.raises(CardBlank):
            cards.accept(session.connection(), number, staff_id=None)


def test_a_card_of_another_system_is_known_however_it_is_read(session: Session) -> None:
    taken = stock.take_in(session, [EAN, CODE_128, EAN], actor=MANAGER, at=NOON)

    assert taken == [EAN, "AB123456CD"]
    customer, card = cards.enrol(session, card=" ab-1234 56CD", actor=MANAGER, at=NOON)
    assert card.number == "AB123456CD"
    shown = cards.accept(session.connection(), CODE_128, staff_id=None)
    assert shown.customer_id == customer.id
    assert listing.search(session, CODE_128, shop_id=None) == [customer]


@pytest.mark.parametrize(
    "text",
    ["", "123", "1" * 33, "12.345", "12_345", "ａｂｃｄ", "1234\n5678", "-1234", "1234-", "🎫" * 8],
)
def test_what_cannot_be_the_number_of_a_card_is_refused(session: Session, text: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        stock.take_in(session, [EAN, text], actor=MANAGER, at=NOON)

    assert list(refused.value.errors) == ["numbers.1"]
    assert stock.count(session) == 0


def test_a_number_that_means_something_already_is_refused(session: Session) -> None:
    customer, card = make_customer(session)
    friends = ReferralCode(customer_id=customer.id, code=ids.new_code(), created_at=NOON)
    session.add(friends)
    session.flush()
    taken = [
        card.number,
        make_coupon(session).code,
        make_public(session, label="SUMMER10").code,
        friends.code,
        make_blank(session),
    ]
    before = stock.count(session)

    for number in taken:
        with pytest.raises(CardNumberTaken) as refused:
            stock.take_in(session, [EAN, number.lower()], actor=MANAGER, at=NOON)
        assert refused.value.facts == {"number": number}
    assert stock.count(session) == before


def test_no_public_code_is_like_a_card(session: Session) -> None:
    stock.take_in(session, [CODE_128], actor=MANAGER, at=NOON)

    with pytest.raises(CodeNotUsable):
        make_public(session, label=CODE_128.replace("/", ""))


def test_a_blank_card_is_handed_out_once_with_an_account(session: Session) -> None:
    number = make_blank(session)
    later = NOON + timedelta(days=3)

    customer, card = cards.enrol(session, card=number, actor=MANAGER, at=later)

    assert (card.number, card.state, card.issued_at) == (number, "active", later)
    assert stock.count(session) == 0
    assert ledger.stored(session.connection(), customer.id)
    for wrong, why in ((number, CardTaken), ("4111111111111111", CardNotFound)):
        with session.begin_nested(), pytest.raises(why):
            cards.enrol(session, card=wrong, actor=MANAGER, at=later)
    _, other = make_customer(session)
    with pytest.raises(CardTaken):
        stock.hand_out(session, other.number, customer.id, at=later)


def test_points_of_an_old_card_come_with_the_opening_balances(session: Session) -> None:
    stock.take_in(session, [EAN, CODE_128], actor=MANAGER, at=NOON)
    items = [
        Opening(f"old-{i}", 100 + i, NOON - timedelta(days=9), card=number)
        for i, number in enumerate([EAN, CODE_128, "NOSUCHCARD", EAN])
    ]

    done = openings.book(session, items, actor=MANAGER, at=NOON)
    again = openings.book(session, items, actor=MANAGER, at=NOON)

    assert [one.outcome for one in done] == ["booked", "booked", "refused", "booked"]
    assert [one.outcome for one in again] == ["already", "already", "refused", "already"]
    card = cards.accept(session.connection(), EAN, staff_id=None)
    held = expiry.balance(session.connection(), card.customer_id, at=NOON)
    assert held.available == 100 + 103
    assert stock.count(session) == 0
    assert list(reconcile.findings(session)) == []


def test_nothing_else_is_done_with_a_blank_card(session: Session) -> None:
    number = make_blank(session)

    for act in (
        lambda: cards.find(session.connection(), number),
        lambda: cards.set_blocked(session, number, blocked=True, actor=MANAGER, at=NOON),
    ):
        with pytest.raises(Refusal) as refused:
            act()
        assert refused.value.code in ("card_blank", "card_not_found")
    assert session.query(Card).filter_by(number=number).one().state == "blank"


def test_what_is_still_blank_of_a_batch_is_withdrawn_for_good(session: Session) -> None:
    stolen = stock.make(session, 5, actor=MANAGER, at=NOON)
    later = NOON + timedelta(hours=1)
    kept = stock.make(session, 2, actor=MANAGER, at=later)
    customer, card = cards.enrol(session, card=stolen[0], actor=MANAGER, at=later)
    _, of_that_moment = make_customer(session)

    count = stock.withdraw(session, NOON, actor=MANAGER, at=later)
    again = stock.withdraw(session, NOON, actor=MANAGER, at=later)

    assert (count, again, stock.count(session)) == (4, 0, 2)
    assert [(one.made_at, one.left) for one in stock.batches(session)] == [(later, 2)]
    assert stock.blanks(session, NOON) == []
    assert stock.blanks(session, None) == sorted(kept)
    assert cards.accept(session.connection(), card.number, staff_id=None).state == "active"
    session.expire_all()
    assert cards.live(session, customer.id).replaced_at is None
    assert of_that_moment.replaced_at is None
    session.flush()
    entries = session.scalars(select(AuditEntry).where(AuditEntry.action == "cards.withdrawn"))
    assert [one.new for one in entries] == [{"count": 4, "made_at": NOON.isoformat()}]
    assert list(reconcile.findings(session)) == []


def test_a_withdrawn_card_is_nobodys_for_ever(session: Session) -> None:
    stock.take_in(session, [EAN], actor=MANAGER, at=NOON)
    stock.withdraw(session, NOON, actor=MANAGER, at=NOON)
    opening = Opening("old-1", 100, NOON - timedelta(days=9), card=EAN)

    for act in (
        lambda: cards.accept(session.connection(), EAN, staff_id=None),
        lambda: cards.enrol(session, card=EAN, actor=MANAGER, at=NOON),
    ):
        with session.begin_nested(), pytest.raises(CardWithdrawn):
            act()
    [done] = openings.book(session, [opening], actor=MANAGER, at=NOON)
    assert isinstance(done.refusal, CardWithdrawn)
    with pytest.raises(CardNumberTaken):
        stock.take_in(session, [EAN], actor=MANAGER, at=NOON)
    with pytest.raises(CardNotFound):
        cards.set_blocked(session, EAN, blocked=False, actor=MANAGER, at=NOON)
