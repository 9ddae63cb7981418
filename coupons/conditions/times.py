"""Conditions about when it is bought: by the days, and by the clock on the wall, of the shop."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import ClassVar
from zoneinfo import ZoneInfo

from core import clock
from core.errors import Refusal
from coupons.conditions.case import NOTHING, Case
from coupons.conditions.errors import NotNow
from coupons.errors import OfferEnded, OfferNotStarted

AHEAD = 15
"""So many days are looked ahead for the next opening: one week may lose an hour to summer time."""


@dataclass(frozen=True, slots=True)
class OnDates:
    """It is one of the shop's days from one to another, both included."""

    first: date | None = None
    last: date | None = None
    kind: ClassVar[str] = "dates"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it is too early or too late."""
        return window(*self._bounds(case.zone), case.at)

    def changes(self, case: Case) -> Iterator[datetime]:
        """Yield when it begins to hold, and when it ends."""
        yield from (moment for moment in self._bounds(case.zone) if moment)

    def _bounds(self, zone: str) -> tuple[datetime | None, datetime | None]:
        return (
            clock.day_start(self.first, zone) if self.first else None,
            clock.day_end(self.last, zone) if self.last else None,
        )


def window(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> Refusal | None:
    """Return why a moment is outside a window; its end is the first moment after it."""
    if starts_at and at < starts_at:
        return OfferNotStarted(starts_at=starts_at)
    if ends_at and at >= ends_at:
        return OfferEnded(ends_at=ends_at)
    return None


def begins(no: Refusal | None) -> datetime | None:
    """Return when that is over for which something was refused: too early, or at another hour."""
    if isinstance(no, OfferNotStarted):
        return no.facts["starts_at"]  # type: ignore[no-any-return]  # facts are of any kind
    return no.facts.get("opens_at") if isinstance(no, NotNow) else None


@dataclass(frozen=True, slots=True)
class Slot:
    """Some hours of some days of the week, 1 is Monday.

    What ends at or before its start ends on the next day: 22:00 to 02:00 on Fridays is over on
    Saturday at two, and 00:00 to 00:00 is the whole day.
    """

    days: frozenset[int]
    start: time
    end: time

    def holds(self, local: datetime) -> bool:
        """Tell whether the clock on the wall shows a time within."""
        now = local.time()
        if self.start < self.end:
            return local.isoweekday() in self.days and self.start <= now < self.end
        if now >= self.start:
            return local.isoweekday() in self.days
        return now < self.end and (local - timedelta(days=1)).isoweekday() in self.days


@dataclass(frozen=True, slots=True)
class WeeklyHours:
    """It is one of some hours of the week, as the clock on the wall of the shop shows them.

    When the clock goes back, the hour that it shows twice counts twice; when it goes forward, the
    hour that it never shows does not count.
    """

    slots: tuple[Slot, ...]
    kind: ClassVar[str] = "hours"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return when it holds next."""
        if self.holds(case.at, case.zone):
            return None
        opens = self.opens(case.at, case.zone)
        return NotNow(opens_at=opens) if opens else NotNow()

    def holds(self, at: datetime, zone: str) -> bool:
        """Tell whether it holds at a moment."""
        local = at.astimezone(ZoneInfo(zone))
        return any(slot.holds(local) for slot in self.slots)

    def changes(self, case: Case) -> Iterator[datetime]:
        """Yield when it holds next, or when it no longer does."""
        is_open = self.holds(case.at, case.zone)
        if found := self._turns(case.at, case.zone, to=not is_open):
            yield found

    def opens(self, at: datetime, zone: str) -> datetime | None:
        """Return the first moment after one at which it holds, from one at which it does not."""
        return self._turns(at, zone, to=True)

    def _turns(self, at: datetime, zone: str, *, to: bool) -> datetime | None:
        today = clock.local_day(at, zone)
        for ahead in range(-1, AHEAD):
            day = today + timedelta(days=ahead)
            found = [
                moment
                for moment in self._edges(day, zone)
                if moment > at and self.holds(moment, zone) is to
            ]
            if found:
                return min(found)
        return None

    def _edges(self, day: date, zone: str) -> Iterator[datetime]:
        """Yield the moments of a day at which it may begin or cease to hold."""
        tz = ZoneInfo(zone)
        edges = {edge for slot in self.slots for edge in (slot.start, slot.end)}
        for edge in edges | {time()}:
            for fold in (0, 1):
                yield datetime.combine(day, edge.replace(fold=fold), tz).astimezone(UTC)
        first, last = clock.day_start(day, zone), clock.day_end(day, zone)
        if first.astimezone(tz).utcoffset() != last.astimezone(tz).utcoffset():
            yield _change(first, last, tz)


def _change(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """Return the moment between two at which the clock is put forward or back."""
    was = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(tz).utcoffset() == was:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
