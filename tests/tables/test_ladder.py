"""Which tier an amount reaches, in which period it counts, and until when it is held.

Read by a marketer: dates are days of a shop in Oslo, until midnight at their end.
"""

from datetime import date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from loyalty.ends import FAR
from loyalty.tiers.ladder import Decided, Ladder, Place, Rung, Settings, Span

OSLO = "Europe/Oslo"
ZONE = ZoneInfo(OSLO)


def rung(key: str, rank: int, entry: int, renewal: int, *, active: bool = True) -> Rung:
    return Rung(UUID(int=rank), key, {"en": key}, rank, entry, renewal, active=active)


BRONZE = rung("bronze", 1, 100, 50)
SILVER = rung("silver", 2, 500, 400)
GOLD = rung("gold", 3, 1000, 800)
RUNGS = (BRONZE, SILVER, GOLD)


def ladder(*rungs: Rung, **given: object) -> Ladder:
    return Ladder(Settings(**given), rungs or RUNGS, OSLO)  # type: ignore[arg-type]


def at(text: str) -> datetime:
    """Return an instant by the clock on a wall in Oslo."""
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def over(day: str) -> datetime:
    """Return the instant at which a day is over in Oslo."""
    following = date.fromisoformat(day) + timedelta(days=1)
    return datetime.combine(following, time(), ZONE)


def begins(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(), ZONE)


REACHED = [
    # what counts so far, the tier
    (0, None),
    (99, None),
    (100, "bronze"),
    (499, "bronze"),
    (500, "silver"),
    (1000, "gold"),
    (99_999, "gold"),
]


@pytest.mark.parametrize(("amount", "key"), REACHED)
def test_the_highest_tier_is_reached_whose_entry_is_there(amount: int, key: str | None) -> None:
    found = ladder().reached(amount)

    assert (found.key if found else None) == key


HELD = [
    # period, months, reached on, held to the end of
    ("calendar", 12, "2026-03-14T12:00", "2027-12-31"),
    ("calendar", 12, "2026-01-01T00:00", "2027-12-31"),
    ("calendar", 12, "2026-12-31T23:59", "2027-12-31"),
    ("calendar", 12, "2027-01-01T00:00", "2028-12-31"),
    ("rolling", 12, "2026-03-14T12:00", "2027-03-31"),
    ("rolling", 12, "2024-02-29T12:00", "2025-02-28"),
    ("rolling", 12, "2027-02-28T12:00", "2028-02-29"),
    ("rolling", 1, "2026-01-31T12:00", "2026-02-28"),
    ("rolling", 1, "2024-01-31T12:00", "2024-02-29"),
    ("rolling", 6, "2026-03-29T02:30", "2026-09-30"),
    ("rolling", 6, "2026-10-25T02:30", "2027-04-30"),
    ("rolling", 1, "2026-02-28T23:59", "2026-03-31"),
    ("rolling", 1, "2026-09-30T23:59", "2026-10-31"),
]


@pytest.mark.parametrize(("period", "months", "reached", "last"), HELD)
def test_a_tier_is_held_until(period: str, months: int, reached: str, last: str) -> None:
    held = ladder(period=period, months=months).until(at(reached))

    assert held == over(last)


COUNTS = [
    # period, months, bought on, counts from, counts before the end of
    ("calendar", 12, "2026-03-14T12:00", "2026-01-01", "2026-12-31"),
    ("calendar", 12, "2024-02-29T12:00", "2024-01-01", "2024-12-31"),
    ("calendar", 12, "2026-12-31T23:59", "2026-01-01", "2026-12-31"),
    ("rolling", 12, "2026-03-14T12:00", "2025-03-14", None),
    ("rolling", 12, "2025-02-28T12:00", "2024-02-28", None),
    ("rolling", 12, "2024-02-29T12:00", "2023-02-28", None),
    ("rolling", 1, "2026-03-31T12:00", "2026-02-28", None),
    ("rolling", 1, "2026-03-29T12:00", "2026-02-28", None),
]


@pytest.mark.parametrize(("period", "months", "bought", "first", "last"), COUNTS)
def test_a_purchase_counts_with_others_of_its_period(
    period: str, months: int, bought: str, first: str, last: str | None
) -> None:
    span = ladder(period=period, months=months).counting(at(bought))

    assert span == Span(begins(first), over(last) if last else FAR)


DECIDES = [
    # period, months, days of grace, held to the end of, counts from, decided at the end of
    ("calendar", 12, 0, "2027-12-31", "2027-01-01", "2027-12-31"),
    ("calendar", 12, 30, "2027-12-31", "2027-01-01", "2028-01-30"),
    ("calendar", 12, 60, "2027-12-31", "2027-01-01", "2028-02-29"),
    ("calendar", 12, 0, "2027-06-30", "2027-01-01", "2027-06-30"),
    ("rolling", 12, 0, "2027-03-31", "2026-04-01", "2027-03-31"),
    ("rolling", 12, 0, "2028-02-29", "2027-03-01", "2028-02-29"),
    ("rolling", 12, 14, "2027-03-31", "2026-04-01", "2027-04-14"),
    ("rolling", 1, 0, "2026-03-31", "2026-03-01", "2026-03-31"),
]


@pytest.mark.parametrize(("period", "months", "grace", "last", "first", "decided"), DECIDES)
def test_a_date_is_decided_by_the_period_before_it_and_the_days_of_grace(
    period: str, months: int, grace: int, last: str, first: str, decided: str
) -> None:
    found = ladder(period=period, months=months, grace_days=grace).deciding(over(last))

    assert found == Span(begins(first), over(decided))


GOLD_ENDED = rung("gold", 3, 1000, 800, active=False)
PLATINUM = Rung(UUID(int=9), "platinum", {"en": "platinum"}, 3, 2000, 900)
AT_THEIR_DATE = [
    # case, downgrade, the ladder then, held, what counted, left
    ("renewed", "one", RUNGS, GOLD, 800, "gold"),
    ("one short", "one", RUNGS, GOLD, 799, "silver"),
    ("nothing, by one", "one", RUNGS, GOLD, 0, "silver"),
    ("nothing, to what fits", "fit", RUNGS, GOLD, 0, None),
    ("fits the lowest", "fit", RUNGS, GOLD, 50, "bronze"),
    ("fits the middle", "fit", RUNGS, GOLD, 400, "silver"),
    ("from the lowest", "one", RUNGS, BRONZE, 49, None),
    ("the lowest renewed", "fit", RUNGS, BRONZE, 50, "bronze"),
    ("more does not raise here", "one", RUNGS, SILVER, 5000, "silver"),
    ("silver is no more", "one", (BRONZE, GOLD), GOLD, 0, "bronze"),
    ("gold has ended", "one", (BRONZE, SILVER, GOLD_ENDED), GOLD_ENDED, 5000, "silver"),
    ("gold has ended, what fits", "fit", (BRONZE, SILVER, GOLD_ENDED), GOLD_ENDED, 60, "bronze"),
    ("another took its place", "one", (SILVER, GOLD_ENDED, PLATINUM), GOLD_ENDED, 900, "platinum"),
    ("not enough for the other", "one", (SILVER, GOLD_ENDED, PLATINUM), GOLD_ENDED, 899, "silver"),
    ("all have ended", "one", (GOLD_ENDED,), GOLD_ENDED, 5000, None),
]


@pytest.mark.parametrize(
    ("case", "downgrade", "rungs", "held", "amount", "key"),
    AT_THEIR_DATE,
    ids=lambda v: str(v)[:30],
)
def test_what_is_left_of_a_tier_at_its_date(
    case: str, downgrade: str, rungs: tuple[Rung, ...], held: Rung, amount: int, key: str | None
) -> None:
    left = ladder(*rungs, downgrade=downgrade).kept(held, amount)

    assert (left.key if left else None) == key


def lapse(found: Ladder, place: Place, until: str, *amounts: int) -> list[Decided]:
    """Decide the dates of a place until the end of a day; each has its amount, in order."""
    left = list(amounts)
    return found.lapse(place, lambda _: left.pop(0), at=over(until))


def test_dates_that_passed_unnoticed_are_decided_one_after_the_other() -> None:
    place = Place(GOLD, at("2024-05-05T12:00"), over("2025-12-31"))

    steps = lapse(ladder(), place, "2029-06-30", 900, 300, 400, 10)

    assert [(s.at, s.after.rung and s.after.rung.key, s.after.until) for s in steps] == [
        (over("2025-12-31"), "gold", over("2026-12-31")),
        (over("2026-12-31"), "silver", over("2027-12-31")),
        (over("2027-12-31"), "silver", over("2028-12-31")),
        (over("2028-12-31"), "bronze", over("2029-12-31")),
    ]
    assert [s.after.since for s in steps] == [
        place.since, over("2026-12-31"), over("2026-12-31"), over("2028-12-31"),
    ]  # fmt: skip


def test_nothing_is_decided_before_the_date() -> None:
    place = Place(GOLD, at("2024-05-05T12:00"), over("2025-12-31"))
    found = ladder()

    before = found.lapse(place, lambda _: 0, at=over("2025-12-31") - timedelta(microseconds=1))
    then = found.lapse(place, lambda _: 0, at=over("2025-12-31"))

    assert (before, len(then)) == ([], 1)


def test_a_tier_without_a_date_is_held_for_ever() -> None:
    assert lapse(ladder(), Place(GOLD, at("2024-05-05T12:00"), None), "2099-12-31") == []


def test_whoever_falls_below_the_lowest_is_not_asked_again() -> None:
    place = Place(BRONZE, at("2024-05-05T12:00"), over("2025-12-31"))

    steps = lapse(ladder(), place, "2035-12-31", 0)

    assert [(s.after.rung, s.after.until) for s in steps] == [(None, None)]


def test_days_of_grace_longer_than_the_period_do_not_end_a_tier_before_it_begins() -> None:
    place = Place(GOLD, at("2026-01-05T12:00"), over("2026-02-28"))
    found = ladder(period="rolling", months=1, grace_days=90)

    steps = lapse(found, place, "2026-12-31", 0, 0, 0)

    for step in steps:
        assert step.after.until is None or step.after.until > step.at


def test_without_a_ladder_a_tier_ends_at_its_date() -> None:
    place = Place(GOLD, at("2024-05-05T12:00"), over("2025-12-31"))

    steps = Ladder(None, RUNGS, OSLO).lapse(place, lambda _: 0, at=over("2026-01-01"))

    assert [(s.at, s.after.rung) for s in steps] == [(over("2025-12-31"), None)]


def test_the_clocks_of_the_merchant_count() -> None:
    lima = Ladder(Settings(), RUNGS, "America/Lima")

    assert lima.until(at("2027-01-01T05:00")) == datetime(
        2028, 1, 1, tzinfo=ZoneInfo("America/Lima")
    )
