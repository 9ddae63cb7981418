"""Calendar days in the zones of shops."""

from datetime import UTC, date, datetime

import pytest

from core import clock


@pytest.mark.parametrize(
    ("day", "zone", "expected"),
    [
        (date(2026, 5, 5), "Europe/Oslo", datetime(2026, 5, 5, 22, tzinfo=UTC)),
        (date(2026, 3, 29), "Europe/Oslo", datetime(2026, 3, 29, 22, tzinfo=UTC)),
        (date(2026, 10, 25), "Europe/Oslo", datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (date(2026, 12, 31), "America/New_York", datetime(2027, 1, 1, 5, tzinfo=UTC)),
    ],
)
def test_until_a_day_includes_all_of_it(day: date, zone: str, expected: datetime) -> None:
    assert clock.day_end(day, zone) == expected


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2028, 1, 31), 1, date(2028, 2, 29)),
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 12, 31), 24, date(2028, 12, 31)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
    ],
)
def test_months_are_added_as_people_do(day: date, months: int, expected: date) -> None:
    assert clock.add_months(day, months) == expected


def test_a_month_is_over_at_midnight_of_the_zone() -> None:
    assert clock.month_end(date(2026, 2, 3), "Europe/Oslo") == datetime(2026, 2, 28, 23, tzinfo=UTC)
