"""Tiers as a pupil would keep them on paper: the model that the standing is held against.

Written from the rules of the house alone, day by day. It knows no spans, no rows and no reading
ahead: every midnight it looks whether somebody's date is over.
"""

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Oslo")
DAY = timedelta(days=1)

Rung = tuple[str, int, int]
"""A key, what reaches it, what renews it."""


@dataclass
class Bought:
    """A purchase on paper: its day, its points, and how many of them came back."""

    day: date
    points: int
    back: int = 0


@dataclass
class Paper:
    """What one customer has, written down each midnight."""

    rungs: list[Rung]
    period: str
    months: int
    grace: int
    downgrade: str
    today: date
    bought: list[Bought] = field(default_factory=list)
    rung: int = -1
    last_day: date | None = None

    @property
    def tier(self) -> str | None:
        return self.rungs[self.rung][0] if self.rung >= 0 else None

    @property
    def until(self) -> datetime | None:
        """Return the instant at which the last day is over."""
        if self.last_day is None:
            return None
        return datetime.combine(self.last_day + DAY, time(), ZONE)

    def live_to(self, day: date) -> None:
        """Let the nights pass until the morning of a day."""
        while self.today < day:
            self.today += DAY
            if self.last_day and self.today == self.last_day + DAY + self.grace * DAY:
                self.decide(self.last_day)

    def buy(self, points: int) -> Bought:
        made = Bought(self.today, points)
        self.bought.append(made)
        since = date(self.today.year, 1, 1)
        if self.period == "rolling":
            since = months_later(self.today, -self.months)
        total = self.total(since, self.today)
        for i, (_, entry, _) in enumerate(self.rungs):
            if i > self.rung and total >= entry:
                self.rung = i
                self.last_day = self.held_until(self.today)
        return made

    def held_until(self, day: date) -> date:
        if self.period == "calendar":
            return date(day.year + 1, 12, 31)
        return end_of_month(months_later(day, self.months))

    def total(self, first: date, last: date) -> int:
        return sum(one.points - one.back for one in self.bought if first <= one.day <= last)

    def decide(self, last_day: date) -> None:
        """Renew the tier, or take it away, when its day and the days of grace are over."""
        first = date(last_day.year, 1, 1)
        following = date(last_day.year + 1, 12, 31)
        if self.period == "rolling":
            first = months_later(last_day + DAY, -self.months)
            following = end_of_month(months_later(last_day, self.months))
        total = self.total(first, self.today - DAY)
        if total < self.rungs[self.rung][2]:
            self.rung -= 1
            while self.downgrade == "fit" and self.rung >= 0 and total < self.rungs[self.rung][2]:
                self.rung -= 1
        self.last_day = following if self.rung >= 0 else None


def months_later(day: date, months: int) -> date:
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def end_of_month(day: date) -> date:
    return day.replace(day=monthrange(day.year, day.month)[1])
