"""Opening balances: booked once under their reference, each on its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import customers
from core.auth import SYSTEM, Actor
from loyalty import cards, merging, openings, reconcile
from loyalty.models import Entry
from loyalty.openings import Done, Opening
from tests.factories import MANAGER, NOON, make_customer, make_staff
from tests.loyalty.hands import balance, entries, lots, make_rich, owe, set_programme

LAST_YEAR = datetime(2025, 3, 14, 12, tzinfo=UTC)


def make(customer: Any = None, ref: str = "a-1", **given: Any) -> Opening:
    usual: dict[str, Any] = {"points": 500, "earned_at": LAST_YEAR}
    who = {"customer_id": customer.id} if customer else {}
    return Opening(ref, **usual | who | given)


def book(session: Session, *items: Opening, at: datetime = NOON) -> list[Done]:
    return openings.book(session, items, actor=MANAGER, at=at)


def codes(done: list[Done]) -> list[str]:
    """Return the outcomes, a refused one by its code."""
    return [one.refusal.code if one.refusal else one.outcome for one in done]


def test_points_that_are_brought_along_expire_from_when_they_were_earned(
    session: Session,
) -> None:
    customer, card = make_customer(session, external_ref="crm-1")

    done = book(
        session,
        make(customer),
        make(ref="a-2", card=card.number, points=30),
        make(ref="a-3", external_ref="crm-1", points=7),
    )

    assert codes(done) == ["booked"] * 3
    assert balance(session, customer).available == 537
    april_2027 = datetime(2027, 3, 31, 22, tzinfo=UTC)  # its first instant, in Oslo
    assert lots(session, customer) == {april_2027: 537}
    found = [(one.source, one.points, one.at) for one in entries(session, customer, "opening")]
    assert sorted(found) == [
        ("opening:a-1", 500, NOON), ("opening:a-2", 30, NOON), ("opening:a-3", 7, NOON),
    ]  # fmt: skip
    assert list(reconcile.findings(session)) == []


@pytest.mark.parametrize(
    "given",
    [
        datetime(2026, 12, 31, 12, tzinfo=UTC),
        datetime(2026, 12, 30, 23, tzinfo=UTC),  # the first instant of the day, in Oslo
        datetime(2026, 12, 31, 23, tzinfo=UTC),  # the instant at which it is over
    ],
)
def test_an_end_that_is_given_is_the_end_of_its_day(session: Session, given: datetime) -> None:
    customer, _ = make_customer(session)

    book(session, make(customer, expires_at=given))

    begins = given == datetime(2026, 12, 30, 23, tzinfo=UTC)
    day = timedelta(days=1 if begins else 0)
    assert lots(session, customer) == {datetime(2026, 12, 31, 23, tzinfo=UTC) - day: 500}


def test_what_was_booked_is_not_booked_again(session: Session) -> None:
    customer, _ = make_customer(session)
    book(session, make(customer))

    again = book(session, make(customer), make(customer), make(customer, ref="a-2"))

    assert codes(again) == ["already", "already", "booked"]
    assert balance(session, customer).available == 1000


def test_a_reference_stands_for_one_customer_and_number_of_points(session: Session) -> None:
    customer, other = make_customer(session)[0], make_customer(session)[0]
    book(session, make(customer))

    done = book(session, make(other), make(customer, points=501))

    assert codes(done) == ["reference_taken"] * 2
    assert balance(session, other).available == 0
    twice = book(session, make(customer, ref="b"), make(other, ref="b"))
    assert sorted(codes(twice)) == ["booked", "reference_taken"]


def test_what_cannot_be_is_refused_and_the_rest_is_booked(session: Session) -> None:
    customer, forgotten = make_customer(session)[0], make_rich(session)
    cards.forget(session, forgotten, actor=SYSTEM, at=NOON)

    done = book(
        session,
        make(customer, "1", earned_at=NOON + timedelta(seconds=1)),
        make(customer, "2", earned_at=datetime(2024, 2, 1, tzinfo=UTC)),
        make(customer, "3", expires_at=NOON - timedelta(days=1)),
        make(ref="4", customer_id=MANAGER.id),
        make(ref="5", card="123"),
        make(ref="6", external_ref="nobody"),
        make(forgotten, "7"),
        make(customer, "8"),
    )

    assert codes(done) == [
        "earned_in_future", "points_expired", "points_expired", "not_found", "card_not_found",
        "not_found", "wrong_state", "booked",
    ]  # fmt: skip
    lines = select(func.count()).where(Entry.kind == "opening")
    assert session.scalar(lines) == 1


def test_nothing_is_written_if_all_of_it_is_refused(session: Session) -> None:
    customer, _ = make_customer(session)
    session.flush()
    before = digest_of(session)

    book(session, make(customer, expires_at=NOON - timedelta(days=1)))

    assert digest_of(session) == before


def digest_of(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Entry)) or 0


def test_a_blocked_customer_keeps_what_they_bring_along(session: Session) -> None:
    customer, _ = make_customer(session)
    customers.set_blocked(session, customer.id, blocked=True, actor=SYSTEM, at=NOON)

    assert codes(book(session, make(customer))) == ["booked"]


def test_a_debt_is_paid_from_what_is_brought_along(session: Session) -> None:
    customer, _ = make_customer(session)
    owe(session, customer, 200)

    book(session, make(customer))

    held = balance(session, customer)
    assert (held.available, held.debt) == (300, 0)
    assert codes(book(session, make(customer))) == ["already"]
    assert list(reconcile.findings(session)) == []


def test_a_merged_customer_brings_it_along_as_who_they_are_now(session: Session) -> None:
    merged, survivor = make_customer(session)[0], make_customer(session)[0]
    book(session, make(merged))
    merging.merge(session, merged.id, survivor.id, actor=SYSTEM, at=NOON)

    done = book(session, make(merged), make(survivor), make(merged, ref="a-2"))

    assert codes(done) == ["already", "already", "booked"]
    assert balance(session, survivor).available == 1000
    assert list(reconcile.findings(session)) == []


def test_points_that_expire_by_inactivity_count_from_when_they_were_earned(
    session: Session,
) -> None:
    set_programme(session, expiry="inactivity", expiry_months=12)
    customer, _ = make_customer(session)

    done = book(
        session,
        make(customer, earned_at=NOON - timedelta(days=10)),
    )

    assert codes(done) == ["booked"]
    held = balance(session, customer, at=NOON + timedelta(days=300)).available
    gone = balance(session, customer, at=NOON + timedelta(days=400)).available
    assert (held, gone) == (500, 0)


def test_nobody_brings_any_along_for_their_own_card(session: Session) -> None:
    (own, card), (old, _), (other, _) = (make_customer(session) for _ in range(3))
    person = make_staff(session, role="owner")
    person.customer_id = own.id
    session.flush()
    merging.merge(session, old.id, own.id, actor=MANAGER, at=NOON)
    items = [make(own, "1"), make(ref="2", card=card.number), make(old, "3"), make(other, "4")]

    done = openings.book(session, items, actor=Actor("staff", person.id), at=NOON)

    assert codes(done) == ["own_card", "own_card", "own_card", "booked"]
    assert balance(session, own).available == 0
