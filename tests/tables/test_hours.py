"""Weekly hours in the shop's zone, held against the clock on the wall, minute by minute."""

from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coupons import conditions
from coupons.conditions import WeeklyHours

MINUTE = timedelta(minutes=1)
WEEK = 7 * 24 * 60

CHANGES = [
    # zone, a day on which the clock is put forward or back, or an ordinary one
    ("Europe/Oslo", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Europe/Oslo", datetime(2026, 10, 25, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 3, 8, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 10, 3, tzinfo=UTC)),
    ("Asia/Kolkata", datetime(2026, 3, 29, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, tzinfo=UTC)),
]


def hours(*slots: tuple[list[int], str, str]) -> WeeklyHours:
    weekly = [{"days": days, "from": start, "until": end} for days, start, end in slots]
    (found,) = conditions.read({"all": [{"kind": "hours", "weekly": weekly}]})
    assert isinstance(found, WeeklyHours)
    return found


def minutes_of_the_week(found: WeeklyHours) -> set[int]:
    """Return the minutes that the clock on the wall may show, counted from Monday 00:00."""
    every = set()
    for slot in found.slots:
        start, end = (at.hour * 60 + at.minute for at in (slot.start, slot.end))
        length = end - start if end > start else end - start + 24 * 60
        for day in slot.days:
            every |= {((day - 1) * 24 * 60 + start + n) % WEEK for n in range(length)}
    return every


def walk(zone: str, around: datetime, days: int = 3) -> Iterator[tuple[datetime, int]]:
    """Yield the minutes around a day, and what the clock on the wall shows at each."""
    at, end = around - timedelta(days=1), around + timedelta(days=days - 1)
    while at < end:
        local = at.astimezone(ZoneInfo(zone))
        yield at, (local.weekday() * 24 + local.hour) * 60 + local.minute
        at += MINUTE


TIMES = st.builds(
    lambda hour, minute: f"{hour:02d}:{minute:02d}",
    st.integers(0, 23),
    st.sampled_from([0, 15, 30, 59]),
)
SLOTS = st.tuples(st.lists(st.integers(1, 7), min_size=1, max_size=7, unique=True), TIMES, TIMES)


@pytest.mark.parametrize(("zone", "around"), CHANGES)
@settings(max_examples=30, deadline=None)
@given(slots=st.lists(SLOTS, min_size=1, max_size=3))
def test_hours_hold_when_the_clock_on_the_wall_says_so(
    zone: str, around: datetime, slots: list[Any]
) -> None:
    found = hours(*slots)
    shown = minutes_of_the_week(found)

    for at, minute in walk(zone, around):
        assert found.holds(at, zone) == (minute in shown), at


@pytest.mark.parametrize(("zone", "around"), CHANGES)
@settings(max_examples=30, deadline=None)
@given(slots=st.lists(SLOTS, min_size=1, max_size=3), data=st.data())
def test_the_next_opening_is_the_first_minute_at_which_they_hold(
    zone: str, around: datetime, slots: list[Any], data: st.DataObject
) -> None:
    found = hours(*slots)
    shown = minutes_of_the_week(found)
    minutes = list(walk(zone, around, days=16))
    closed = [n for n, (_, minute) in enumerate(minutes[: 3 * 24 * 60]) if minute not in shown]
    if not closed:
        return
    start = data.draw(st.sampled_from(closed))
    expected = next((at for at, minute in minutes[start:] if minute in shown), None)

    opens = found.opens(minutes[start][0], zone)

    assert opens == expected


NIGHTS: list[tuple[str, str, tuple[list[int], str, str], str, bool]] = [
    # case, zone, hours, moment, do they hold?
    ("Friday evening", "Europe/Oslo", ([5], "22:00", "02:00"), "2026-05-08T20:00:00Z", True),
    ("a minute early", "Europe/Oslo", ([5], "22:00", "02:00"), "2026-05-08T19:59:59Z", False),
    ("Saturday after midnight", "Europe/Oslo", ([5], "22:00", "02:00"), "2026-05-08T23:59:59Z",
     True),
    ("Saturday at two", "Europe/Oslo", ([5], "22:00", "02:00"), "2026-05-09T00:00:00Z", False),
    ("Friday after midnight", "Europe/Oslo", ([5], "22:00", "02:00"), "2026-05-07T23:00:00Z",
     False),
    ("Sunday night is Monday", "Europe/Oslo", ([7], "22:00", "02:00"), "2026-05-10T23:00:00Z",
     True),
    ("the whole day", "Europe/Oslo", ([1], "00:00", "00:00"), "2026-05-04T21:59:59Z", True),
    ("not the next", "Europe/Oslo", ([1], "00:00", "00:00"), "2026-05-04T22:00:00Z", False),
    ("from noon to noon", "Europe/Oslo", ([1], "12:00", "12:00"), "2026-05-05T09:59:59Z", True),
    ("until noon", "Europe/Oslo", ([1], "12:00", "12:00"), "2026-05-05T10:00:00Z", False),
    ("the hour that is shown twice, first", "Europe/Oslo", ([7], "02:00", "03:00"),
     "2026-10-25T00:30:00Z", True),
    ("the hour that is shown twice, again", "Europe/Oslo", ([7], "02:00", "03:00"),
     "2026-10-25T01:30:00Z", True),
    ("and over", "Europe/Oslo", ([7], "02:00", "03:00"), "2026-10-25T02:00:00Z", False),
    ("the hour that is not shown", "Europe/Oslo", ([7], "02:00", "03:00"), "2026-03-29T01:00:00Z",
     False),
    ("half an hour of Lord Howe", "Australia/Lord_Howe", ([7], "01:30", "02:00"),
     "2026-04-04T15:15:00Z", True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "zone", "slot", "at", "holds"), NIGHTS, ids=[c[0] for c in NIGHTS]
)
def test_nights_and_days_that_are_longer_or_shorter(
    case: str, zone: str, slot: tuple[list[int], str, str], at: str, *, holds: bool
) -> None:
    assert hours(slot).holds(datetime.fromisoformat(at), zone) == holds


def test_the_night_in_which_an_hour_is_lost_opens_a_week_later() -> None:
    lost = hours(([7], "02:00", "03:00"))

    opens = lost.opens(datetime(2026, 3, 28, 12, tzinfo=UTC), "Europe/Oslo")

    assert opens == datetime(2026, 4, 5, 0, tzinfo=UTC)


def test_the_night_that_begins_in_the_lost_hour_opens_when_it_is_over() -> None:
    found = hours(([7], "02:30", "04:00"))

    opens = found.opens(datetime(2026, 3, 29, 0, 59, tzinfo=UTC), "Europe/Oslo")

    assert opens == datetime(2026, 3, 29, 1, tzinfo=UTC)


def test_seconds_do_not_matter() -> None:
    found = hours(([1], "14:00", "15:00"))

    assert time(14) == found.slots[0].start
    assert found.holds(datetime(2026, 5, 4, 12, 59, 59, 999999, tzinfo=UTC), "Europe/Oslo")
    assert not found.holds(datetime(2026, 5, 4, 11, 59, 59, 999999, tzinfo=UTC), "Europe/Oslo")


def test_what_is_shown_twice_opens_twice() -> None:
    found = hours(([7], "02:30", "02:45"))

    opens = found.opens(datetime(2026, 10, 25, 0, 50, tzinfo=UTC), "Europe/Oslo")

    assert opens == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
