"""The only module that reads the wall clock, and the arithmetic of calendar days."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


def now() -> datetime:
    """Return the present moment, in UTC."""
    return datetime.now(UTC)


def day_start(day: date, zone: str) -> datetime:
    """Return the first instant of a calendar day in a zone, in UTC."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def day_end(day: date, zone: str) -> datetime:
    """Return the instant at which a day is over: "until 5 May" includes all of 5 May."""
    return day_start(day + timedelta(days=1), zone)


def days_end(at: datetime, days: int, zone: str) -> datetime:
    """Return the instant at which the day is over that comes so many days after an instant's."""
    return day_end(local_day(at, zone) + timedelta(days=days), zone)


def local_day(at: datetime, zone: str) -> date:
    """Return the calendar day of an instant in a zone."""
    return at.astimezone(ZoneInfo(zone)).date()


def add_months(day: date, months: int) -> date:
    """Add calendar months; 31 January + 1 month is the last of February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, month_length(year, month + 1)))


def next_on(day_of_year: str, after: date) -> date:
    """Return the first day after another with a month and a day that every year has: ``12-31``."""
    month, day = (int(part) for part in day_of_year.split("-"))
    this_year = after.replace(month=month, day=day)
    return this_year if this_year > after else this_year.replace(year=after.year + 1)


def period(per: str, at: datetime, zone: str) -> tuple[datetime, datetime]:
    """Return when the day, week (from Monday), month or year of an instant begins and is over."""
    day = local_day(at, zone)
    if per == "day":
        first, last = day, day
    elif per == "week":
        first = day - timedelta(days=day.weekday())
        last = first + timedelta(days=6)
    elif per == "month":
        first, last = day.replace(day=1), day.replace(day=month_length(day.year, day.month))
    else:
        first, last = date(day.year, 1, 1), date(day.year, 12, 31)
    return day_start(first, zone), day_end(last, zone)


def month_length(year: int, month: int) -> int:
    """Return the number of days in a month."""
    following = date(year + month // 12, month % 12 + 1, 1)
    return (following - timedelta(days=1)).day


def month_end(day: date, zone: str) -> datetime:
    """Return the instant at which the month of a day is over in a zone, in UTC."""
    return day_end(day.replace(day=month_length(day.year, day.month)), zone)
