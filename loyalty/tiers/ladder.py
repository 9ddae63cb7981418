"""The ladder of tiers: which rung an amount reaches, in which period, and until when it is held.

Pure: values in, values out. Days, months and years are those of the merchant's zone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from core import clock
from loyalty.ends import FAR

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rung:
    """One tier; rank 1 is the lowest. An ended one is held on to, but reached by nobody."""

    id: UUID
    key: str
    name: dict[str, str]
    rank: int
    entry: int
    renewal: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Settings:
    """How the ladder counts.

    Attributes:
        by: "points" earned, or "money" paid.
        period: "calendar" years, or "rolling": the last so many ``months``.
        grace_days: for how many days after its date a tier is still held, and can be renewed.
        downgrade: who does not renew goes down by "one" rung, or to what "fit"s.
    """

    by: str = "points"
    period: str = "calendar"
    months: int = 12
    grace_days: int = 0
    downgrade: str = "one"


def settings(found: dict[str, Any]) -> Settings | None:
    """Read the programme's settings; nothing is set where there is no ladder."""
    return Settings(**found) if found else None


@dataclass(frozen=True, slots=True)
class Span:
    """A period in which something counts: from one instant to before another."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer stands: on a rung or below all of them, and until when at least."""

    rung: Rung | None = None
    since: datetime | None = None
    until: datetime | None = None

    @property
    def rank(self) -> int:
        """Return the rank of the tier, or 0 of none."""
        return self.rung.rank if self.rung else 0


@dataclass(frozen=True, slots=True)
class Decided:
    """What became of a tier at its date.

    Attributes:
        amount: what counted in the span, which ``needed`` asked for to renew.
        at: when it was decided, after the days of grace.
    """

    before: Place
    after: Place
    amount: int
    needed: int
    span: Span
    at: datetime

    @property
    def renewed(self) -> bool:
        return self.after.rank == self.before.rank


@dataclass(frozen=True, slots=True)
class Ladder:
    """All the rungs there are or were, lowest first, and how they count."""

    settings: Settings | None
    rungs: tuple[Rung, ...]
    zone: str

    def rung(self, id: UUID | None) -> Rung | None:
        """Return a rung by its id."""
        return next((one for one in self.rungs if one.id == id), None)

    def reached(self, amount: int) -> Rung | None:
        """Return the highest rung whose entry an amount reaches."""
        found = [one for one in self.rungs if one.active and one.entry <= amount]
        return max(found, key=lambda one: one.rank, default=None)

    def above(self, rank: int) -> Rung | None:
        """Return the next rung above a rank."""
        found = [one for one in self.rungs if one.active and one.rank > rank]
        return min(found, key=lambda one: one.rank, default=None)

    def counting(self, at: datetime) -> Span:
        """Return the period in which a purchase of some moment counts towards a higher rung."""
        if self._rolls:
            return Span(self._months_before(at), FAR)
        year = clock.local_day(at, self.zone).year
        return Span(self._year_start(year), self._year_start(year + 1))

    def until(self, at: datetime) -> datetime | None:
        """Return until when a rung reached at some moment is held, whatever happens.

        Of a calendar year that is the end of the next one; of rolling months it is the end of
        the month so many months later.
        """
        if self.settings is None:
            return None
        day = clock.local_day(at, self.zone)
        if self._rolls:
            return clock.month_end(clock.add_months(day, self.settings.months), self.zone)
        return self._year_start(day.year + 2)

    def deciding(self, until: datetime) -> Span:
        """Return the period that decides at its date whether a rung is renewed.

        It ends with the days of grace: what is bought in them counts as well.
        """
        if self._rolls:
            start = self._months_before(until)
        else:
            start = self._year_start(clock.local_day(until - DAY, self.zone).year)
        return Span(start, self.decided_at(until))

    def decided_at(self, until: datetime) -> datetime:
        """Return when a rung that is held until some date is lost if it is not renewed."""
        days = self.settings.grace_days if self.settings else 0
        if not days:
            return until
        return clock.day_start(clock.local_day(until, self.zone) + days * DAY, self.zone)

    def following(self, until: datetime) -> datetime:
        """Return the next date after one at which a rung was renewed or another was left."""
        decided, found = self.decided_at(until), until
        while found <= decided:
            day = clock.local_day(found - DAY, self.zone)
            if self._rolls and self.settings:
                found = clock.month_end(clock.add_months(day, self.settings.months), self.zone)
            else:
                found = self._year_start((day + DAY).year + 1)
        return found

    def kept(self, rung: Rung, amount: int) -> Rung | None:
        """Return the rung that is left at the date of another, by what counted until then.

        A rung that has ended is renewed only as the one that has taken its place.
        """
        lower = [one for one in self.rungs if one.active and one.rank <= rung.rank]
        lower.sort(key=lambda one: -one.rank)
        if self.settings is None or not lower:
            return None
        same = lower.pop(0) if lower[0].rank == rung.rank else None
        if same and same.renewal <= amount:
            return same
        if self.settings.downgrade == "one":
            return lower[0] if lower else None
        return next((one for one in lower if one.renewal <= amount), None)

    def lapse(self, place: Place, amount: Callable[[Span], int], *, at: datetime) -> list[Decided]:
        """Return what became of a place at every date of it that is over by some moment.

        However many dates have passed unnoticed, each is decided as it would have been on its day.
        """
        steps: list[Decided] = []
        while place.rung and place.until and (decided := self.decided_at(place.until)) <= at:
            span = self.deciding(place.until)
            counted = amount(span)
            rung = self.kept(place.rung, counted)
            until = self.following(place.until) if rung else None
            renewed = rung if rung and rung.rank == place.rung.rank else None
            since = place.since if renewed == place.rung else decided
            needed = (renewed or place.rung).renewal
            after = Place(rung, since, until)
            steps.append(Decided(place, after, counted, needed, span, decided))
            place = after
        return steps

    @property
    def _rolls(self) -> bool:
        return self.settings is not None and self.settings.period == "rolling"

    def _months_before(self, at: datetime) -> datetime:
        months = self.settings.months if self.settings else 0
        return clock.day_start(clock.add_months(clock.local_day(at, self.zone), -months), self.zone)

    def _year_start(self, year: int) -> datetime:
        return clock.day_start(date(year, 1, 1), self.zone)
