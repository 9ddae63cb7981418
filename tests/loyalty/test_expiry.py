"""When points end, under each kind of expiry, at the very instant. The merchant is in Oslo."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Connection, select, update
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.db import Database, table
from core.models import Merchant
from loyalty import cards, changing, expiry, ledger, programme, reconcile, sweeping
from loyalty.ends import FAR, IDLE, Idle
from loyalty.ledger import Why
from loyalty.models import Account, Entry, Lot
from tests.factories import MANAGER, NOON, make_customer

ROLLING = {"expiry": "rolling", "expiry_months": 1}
YEARLY = {"expiry": "yearly", "expiry_day": "12-31"}
IDLING = {"expiry": "inactivity", "expiry_months": 1}
NEVER = {"expiry": "never"}


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def set_rules(session: Session, at: datetime = NOON, **changes: Any) -> programme.Rules:
    changing.change(session, changes, actor=MANAGER, at=at)
    session.flush()
    return programme.rules(session.connection())


def give(session: Session, id: UUID, points: int, at: datetime, kind: str = "earn") -> None:
    """Book points as a purchase does, by the rules as they are."""
    connection = session.connection()
    rules = programme.rules(connection)
    account = expiry.lock(connection, id, at=at)
    ledger.touch(connection, account, at)
    ledger.earn(
        connection, account, points,
        due_at=rules.due_at(at), expires_at=rules.expires_at(at), why=Why(at, "test"), kind=kind,
    )  # fmt: skip


def held(session: Session, id: UUID, at: datetime) -> int:
    found = expiry.balance(session.connection(), id, at=at)
    assert expiry.balances(session.connection(), [id], at=at) == {id: found}
    return found.available


MOMENTS: list[tuple[str, dict[str, Any], str, str]] = [
    # rolling months: to the end of the month
    ("from the first of a month", ROLLING, "2026-03-01T12:00", "2026-04-30T22:00"),
    ("from the last of a month", ROLLING, "2026-03-31T12:00", "2026-04-30T22:00"),
    ("from 31 January, in a common year", ROLLING, "2027-01-31T12:00", "2027-02-28T23:00"),
    ("from 31 January, in a leap year", ROLLING, "2028-01-31T12:00", "2028-02-29T23:00"),
    ("from the leap day", ROLLING, "2028-02-29T12:00", "2028-03-31T22:00"),
    ("a year from the leap day", ROLLING | {"expiry_months": 12}, "2028-02-29T12:00",
     "2029-02-28T23:00"),
    ("just before a month is over", ROLLING, "2026-03-31T21:59:59", "2026-04-30T22:00"),
    ("just after it is over", ROLLING, "2026-03-31T22:00", "2026-05-31T22:00"),
    ("over the change to summer time", ROLLING, "2026-02-28T23:30", "2026-04-30T22:00"),
    ("over the change to winter time", ROLLING, "2026-10-25T00:30", "2026-11-30T23:00"),
    ("the second time it is half past two", ROLLING, "2026-10-25T01:30", "2026-11-30T23:00"),
    ("over the turn of the year", ROLLING, "2026-12-31T22:59:59", "2027-01-31T23:00"),
    ("pending days do not lengthen them", ROLLING | {"pending_days": 27}, "2026-03-31T12:00",
     "2026-04-30T22:00"),
    # a day of the year: to its end
    ("from the day after it", YEARLY, "2025-12-31T23:00", "2026-12-31T23:00"),
    ("from the day before it", YEARLY, "2026-12-30T12:00", "2026-12-31T23:00"),
    ("its eve, by the last second", YEARLY, "2026-12-30T22:59:59", "2026-12-31T23:00"),
    ("from the day itself: to the next", YEARLY, "2026-12-30T23:00", "2027-12-31T23:00"),
    ("from its last second", YEARLY, "2026-12-31T22:59:59", "2027-12-31T23:00"),
    ("a day in summer time", YEARLY | {"expiry_day": "06-30"}, "2026-03-14T12:00",
     "2026-06-30T22:00"),
    ("the day of the change to summer time", YEARLY | {"expiry_day": "03-29"}, "2026-03-14T12:00",
     "2026-03-29T22:00"),
    ("the day of the change to winter time", YEARLY | {"expiry_day": "10-25"}, "2026-03-14T12:00",
     "2026-10-25T23:00"),
    ("28 February, in a leap year", YEARLY | {"expiry_day": "02-28"}, "2028-02-27T12:00",
     "2028-02-28T23:00"),
    ("from the leap day: to the next", YEARLY | {"expiry_day": "02-28"}, "2028-02-29T12:00",
     "2029-02-28T23:00"),
    ("counted from when they can be spent", YEARLY | {"pending_days": 14}, "2026-12-20T12:00",
     "2027-12-31T23:00"),
    ("pending, but spendable before it", YEARLY | {"pending_days": 14}, "2026-12-15T12:00",
     "2026-12-31T23:00"),
    # inactivity: to the end of the month so many months after the last purchase
    ("from a purchase", IDLING, "2026-03-14T12:00", "2026-04-30T22:00"),
    ("from a purchase on the last of a month", IDLING, "2028-01-31T12:00", "2028-02-29T23:00"),
    ("from a purchase just before midnight", IDLING, "2026-03-31T21:59:59", "2026-04-30T22:00"),
    ("from a purchase at midnight", IDLING, "2026-03-31T22:00", "2026-05-31T22:00"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "at", "end"), [m[1:] for m in MOMENTS], ids=[m[0] for m in MOMENTS]
)
def test_points_are_there_to_the_last_instant_and_not_at_the_next(
    session: Session, rules: dict[str, Any], at: str, end: str
) -> None:
    earned, ends = utc(at), utc(end)
    customer, _ = make_customer(session)
    set_rules(session, earned - timedelta(days=400), **rules)
    give(session, customer.id, 100, earned)

    before, then = ends - timedelta(microseconds=1), ends

    assert held(session, customer.id, before) == 100
    assert held(session, customer.id, then) == 0
    assert expiry.schedule(session.connection(), customer.id, at=before) == [(ends, 100)]
    assert expiry.schedule(session.connection(), customer.id, at=then) == []
    expiry.lock(session.connection(), customer.id, at=then)
    assert ledger.stored(session.connection(), customer.id).available == 0
    [gone] = session.execute(select(Entry.points, Entry.at).where(Entry.kind == "expire")).all()
    assert tuple(gone) == (100, ends)


def test_points_that_never_expire_are_there_for_ever(session: Session) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **NEVER)
    give(session, customer.id, 100, NOON)

    late = utc("2999-12-31T12:00")

    assert held(session, customer.id, late) == 100
    assert expiry.balance(session.connection(), customer.id, at=late).next_expiry is None
    assert sweeping.with_expired(session.connection(), late) is not None
    assert (
        sweeping.customers(session.connection(), sweeping.with_expired(session.connection(), late))
        == []
    )


def test_a_clock_that_is_an_hour_back_brings_nothing_back_and_loses_nothing(
    session: Session,
) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **IDLING)
    give(session, customer.id, 100, NOON)
    end = utc("2026-04-30T22:00")

    give(session, customer.id, 5, NOON - timedelta(hours=1))
    early = held(session, customer.id, end - timedelta(hours=1))
    expiry.lock(session.connection(), customer.id, at=end)

    assert early == 105
    assert held(session, customer.id, end) == 0
    assert held(session, customer.id, end - timedelta(hours=1)) == 0


def test_each_purchase_keeps_all_points_alive(session: Session) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **IDLING)
    give(session, customer.id, 100, utc("2026-03-14T12:00"))
    give(session, customer.id, 1, utc("2026-04-30T21:59:59"))

    assert held(session, customer.id, utc("2026-05-31T21:59:59")) == 101
    assert held(session, customer.id, utc("2026-05-31T22:00")) == 0


def test_points_by_hand_are_no_sign_of_life_but_where_there_are_none_they_begin_anew(
    session: Session,
) -> None:
    customer, _ = make_customer(session)
    connection = session.connection()
    set_rules(session, **IDLING)

    def by_hand(points: int, at: datetime) -> None:
        account = expiry.lock(connection, customer.id, at=at)
        ledger.credit(
            connection, account, "bonus", points, origin="world", expires_at=IDLE, why=Why(at, "t")
        )

    by_hand(10, utc("2027-01-10T12:00"))
    by_hand(10, utc("2027-02-10T12:00"))
    first = expiry.schedule(connection, customer.id, at=utc("2027-02-10T12:00"))
    by_hand(7, utc("2027-08-10T12:00"))
    then = expiry.schedule(connection, customer.id, at=utc("2027-08-10T12:00"))

    assert first == [(utc("2027-02-28T23:00"), 20)]
    assert then == [(utc("2027-09-30T22:00"), 7)]


def test_from_the_moment_that_inactivity_counts_everybody_counts_as_active(
    session: Session,
) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **IDLING)
    give(session, customer.id, 100, NOON)
    set_rules(session, NOON, **NEVER)
    later = utc("2029-05-05T12:00")

    set_rules(session, later, **IDLING)

    assert expiry.schedule(session.connection(), customer.id, at=later) == [
        (utc("2029-06-30T22:00"), 100)
    ]


def test_what_expired_by_inactivity_stays_expired_when_the_rule_changes(session: Session) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **IDLING)
    give(session, customer.id, 100, NOON)
    later = utc("2026-05-05T12:00")
    assert held(session, customer.id, later) == 0

    set_rules(session, later, **NEVER)

    assert held(session, customer.id, later) == 0


def test_a_longer_or_shorter_time_of_inactivity_takes_nothing_at_once(session: Session) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **IDLING | {"expiry_months": 12})
    give(session, customer.id, 100, NOON)
    later = NOON + timedelta(days=200)

    set_rules(session, later, expiry_months=1)

    [(ends, points)] = expiry.schedule(session.connection(), customer.id, at=later)
    assert (ends, points) == (utc("2026-10-31T23:00"), 100)


@pytest.mark.parametrize("to", [YEARLY, IDLING, NEVER, ROLLING | {"expiry_months": 24}])
def test_another_kind_of_expiry_leaves_what_was_booked_as_it_is(
    session: Session, to: dict[str, Any]
) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **ROLLING)
    give(session, customer.id, 100, NOON)
    set_rules(session, NOON, **to)
    give(session, customer.id, 10, NOON)

    first, *_ = expiry.schedule(session.connection(), customer.id, at=NOON)

    assert first[0] == utc("2026-04-30T22:00")
    assert held(session, customer.id, NOON) == 110
    assert held(session, customer.id, utc("2026-04-30T22:00")) == (0 if to == IDLING else 10)


def test_points_that_never_expire_stay_so_when_inactivity_counts(session: Session) -> None:
    customer, _ = make_customer(session)
    set_rules(session, **NEVER)
    give(session, customer.id, 100, NOON)
    set_rules(session, NOON, **IDLING)
    give(session, customer.id, 10, NOON)

    assert held(session, customer.id, utc("2026-04-30T22:00")) == 100


def test_points_that_end_sooner_are_spent_first_also_those_that_end_by_inactivity(
    session: Session,
) -> None:
    customer, _ = make_customer(session)
    connection = session.connection()
    set_rules(session, **ROLLING | {"expiry_months": 24})
    give(session, customer.id, 100, NOON)
    set_rules(session, NOON, **IDLING)
    give(session, customer.id, 30, NOON)

    ledger.spend(connection, expiry.lock(connection, customer.id, at=NOON), 40, why=Why(NOON, "t"))

    assert expiry.schedule(connection, customer.id, at=NOON) == [(utc("2028-03-31T22:00"), 90)]


def test_a_lot_that_ends_by_inactivity_has_its_place_beside_one_of_the_same_instant(
    session: Session,
) -> None:
    customer, _ = make_customer(session)
    connection = session.connection()
    set_rules(session, **ROLLING)
    give(session, customer.id, 100, NOON)
    set_rules(session, NOON, **IDLING)
    give(session, customer.id, 30, NOON)
    end = utc("2026-04-30T22:00")

    assert expiry.schedule(connection, customer.id, at=NOON) == [(end, 130)]
    expiry.lock(connection, customer.id, at=end)

    ends = session.scalars(select(Lot.expires_at).order_by(Lot.expires_at)).all()
    assert ends == [end - timedelta(microseconds=1), end]
    assert held(session, customer.id, end) == 0
    assert list(reconcile.findings(session)) == []


def pending_of(connection: Connection, id: UUID) -> Any:
    rows = select(Entry).where(Entry.customer_id == id, Entry.to_side == "pending")
    return connection.execute(rows).one()


def reverse(session: Session, id: UUID, points: int, part: int, at: datetime) -> None:
    """Take back some of what is pending, as a partial refund does."""
    connection = session.connection()
    account = expiry.lock(connection, id, at=at)
    ledger.post(
        connection, account, "reverse", points, sides=("pending", "world"), why=Why(at, "test"),
        reverses_id=pending_of(connection, id).id, part=part,
    )  # fmt: skip


def test_what_was_reversed_in_parts_does_not_come(session: Session) -> None:
    customer, _ = make_customer(session)
    connection = session.connection()
    set_rules(session, pending_days=14)
    give(session, customer.id, 100, NOON)
    due = NOON + timedelta(days=14)

    reverse(session, customer.id, 30, 1, NOON)
    reverse(session, customer.id, 20, 2, NOON)
    holding = expiry.holding(connection, customer.id, at=due - timedelta(microseconds=1))
    expiry.lock(connection, customer.id, at=due)

    assert holding.balance.pending == 50
    assert holding.coming == ((due, 50),)
    assert held(session, customer.id, due) == 50
    assert ledger.stored(connection, customer.id).pending == 0
    assert list(reconcile.findings(session)) == []


def test_what_was_reversed_altogether_is_never_due(session: Session) -> None:
    customer, _ = make_customer(session)
    connection = session.connection()
    set_rules(session, pending_days=14)
    give(session, customer.id, 100, NOON)
    give(session, customer.id, 1, NOON, kind="bonus")
    session.execute(
        update(table(Account)).values(pending=101).where(Account.customer_id == customer.id)
    )
    entry = session.scalars(select(Entry).where(Entry.points == 100)).one()
    for part, points in enumerate((60, 40), start=1):
        account = expiry.lock(connection, customer.id, at=NOON)
        ledger.post(
            connection, account, "reverse", points, sides=("pending", "world"),
            why=Why(NOON, "test"), reverses_id=entry.id, part=part,
        )  # fmt: skip
    due = NOON + timedelta(days=14)

    expiry.lock(connection, customer.id, at=due)

    assert held(session, customer.id, due) == 1
    assert sweeping.customers(connection, [sweeping.with_due(due)]) == []


def test_who_is_forgotten_loses_what_is_left_of_reversed_points(session: Session) -> None:
    customer, _ = make_customer(session)
    set_rules(session, pending_days=14)
    give(session, customer.id, 100, NOON)
    reverse(session, customer.id, 30, 1, NOON)

    cards.forget(session, customer, actor=SYSTEM, at=NOON)

    stored = ledger.stored(session.connection(), customer.id)
    assert (stored.available, stored.pending) == (0, 0)
    assert list(reconcile.findings(session)) == []


def test_a_sweep_books_what_every_kind_has_let_go_and_leaves_the_rest(database: Database) -> None:
    def work(session: Session) -> list[UUID]:
        ids = []
        for rules in (ROLLING, YEARLY, NEVER, IDLING, IDLING):
            customer, _ = make_customer(session)
            set_rules(session, NOON, **rules)
            give(session, customer.id, 100, NOON)
            ids.append(customer.id)
        give(session, ids[-1], 1, utc("2026-04-10T12:00"))
        return ids

    ids = database.transact(work)
    end = utc("2026-04-30T22:00")

    sweeping.sweep(database, end - timedelta(microseconds=1))
    before = database.look(lambda s: [ledger.stored(s.connection(), id).available for id in ids])
    sweeping.sweep(database, end)
    sweeping.sweep(database, end)
    after = database.look(lambda s: [ledger.stored(s.connection(), id).available for id in ids])

    assert before == [100, 100, 100, 100, 101]
    assert after == [0, 100, 100, 0, 101]


def test_a_sweep_goes_through_any_number_of_customers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sweeping.customers.__kwdefaults__, "most", 3)

    def work(session: Session) -> None:
        set_rules(session, pending_days=1, **ROLLING)
        for _ in range(10):
            customer, _ = make_customer(session)
            give(session, customer.id, 5, NOON)

    database.transact(work)

    sweeping.activate(database, NOON + timedelta(days=1))
    due = database.look(lambda s: s.scalars(select(Account.available)).all())
    sweeping.sweep(database, NOON + timedelta(days=90))
    gone = database.look(lambda s: s.scalars(select(Account.available)).all())

    assert (list(due), list(gone)) == ([5] * 10, [0] * 10)


@pytest.mark.parametrize("zone", ["Europe/Oslo", "America/New_York", "Asia/Beirut", "Pacific/Apia"])
@pytest.mark.parametrize("months", [1, 2, 12, 25])
def test_who_has_lost_points_is_found_by_when_they_were_active(zone: str, months: int) -> None:
    idle = Idle(months, utc("2020-01-01T00:00"), zone)
    moment, step = utc("2026-01-01T00:00"), timedelta(hours=7, minutes=13)

    for number in range(2500):
        active = moment + number * step
        ends = idle.ends(active)
        assert active < idle.active_before(ends)
        assert active >= idle.active_before(ends - timedelta(microseconds=1))


def test_without_any_moment_there_is_no_end() -> None:
    assert Idle(1, None, "Europe/Oslo").ends(None) == IDLE
    assert IDLE < FAR


def test_the_zone_is_that_of_the_merchant(session: Session) -> None:
    session.execute(update(Merchant).values(zone="Pacific/Apia"))
    customer, _ = make_customer(session)
    set_rules(session, **ROLLING)
    give(session, customer.id, 100, utc("2026-03-31T12:00"))

    assert expiry.schedule(session.connection(), customer.id, at=NOON)[0][0] == utc(
        "2026-05-31T11:00"
    )
