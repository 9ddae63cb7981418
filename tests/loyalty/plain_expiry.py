"""How points end, as a pupil would keep it on paper: heaps of points, each with its end.

Written from the rules of the house alone. A heap that ends by inactivity has no day: its end
follows from when its owner bought last, until it has ended.
"""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Rule:
    """How points end: ``rolling``, ``yearly``, ``inactivity`` or ``never``."""

    kind: str
    months: int | None = None
    day: str | None = None
    pending_days: int = 0

    def changes(self) -> dict[str, object]:
        """Return it as the programme is told."""
        return {
            "expiry": self.kind, "expiry_months": self.months, "expiry_day": self.day,
            "pending_days": self.pending_days,
        }  # fmt: skip


def month_over(at: datetime, months: int, zone: ZoneInfo) -> datetime:
    """Return when the month is over that comes so many after that of a moment."""
    local = at.astimezone(zone)
    count = local.year * 12 + local.month - 1 + months + 1
    return datetime(count // 12, count % 12 + 1, 1, tzinfo=zone).astimezone(UTC)


def next_day_over(at: datetime, day: str, zone: ZoneInfo) -> datetime:
    """Return when the next such day of the year is over that comes after a moment's."""
    month, number = map(int, day.split("-"))
    today = at.astimezone(zone).date()
    year = today.year + ((today.month, today.day) >= (month, number))
    if number == monthrange(year, month)[1]:
        month, number, year = month % 12 + 1, 1, year + (month == 12)
    else:
        number += 1
    return datetime(year, month, number, tzinfo=zone).astimezone(UTC)


@dataclass(eq=False)
class Heap:
    """Points that end together; ``ends`` is None while that depends on what their owner does."""

    ends: datetime | None
    points: int = 0


@dataclass(eq=False)
class Coming:
    """Points that cannot be spent yet."""

    points: int
    due_at: datetime
    ends: datetime | None


@dataclass
class Paper:
    """What one customer holds."""

    zone: ZoneInfo
    rule: Rule = field(default_factory=lambda: Rule("never"))
    since: datetime | None = None
    active: datetime | None = None
    heaps: list[Heap] = field(default_factory=list)
    coming: list[Coming] = field(default_factory=list)

    def change(self, rule: Rule, at: datetime) -> None:
        """Let another rule hold for what comes; whoever could be inactive counts as active."""
        idle = rule.kind == "inactivity"
        if idle and (self.rule.kind, self.rule.months) != (rule.kind, rule.months):
            self.since = at
        self.rule = rule

    def end_of(self, heap: Heap) -> datetime:
        """Return when a heap ends, as things stand."""
        if heap.ends:
            return heap.ends
        if self.rule.kind != "inactivity" or self.rule.months is None:
            return NEVER
        moments = [moment for moment in (self.since, self.active) if moment]
        return month_over(max(moments), self.rule.months, self.zone)

    def until(self, at: datetime) -> None:
        """Let time pass, event by event."""
        for one in sorted(self.coming, key=lambda one: one.due_at):
            if one.due_at <= at:
                self._go(one.due_at)
                self.receive(one.points, one.ends, one.due_at)
                self.coming.remove(one)
        self._go(at)

    def _go(self, at: datetime) -> None:
        for heap in self.heaps:
            end = self.end_of(heap)
            if end <= at:
                heap.ends, heap.points = end, 0
        self.heaps = [heap for heap in self.heaps if heap.ends is None or heap.ends > at]

    def receive(self, points: int, ends: datetime | None, at: datetime) -> None:
        """Take points in; the first on an empty heap make their owner active."""
        heap = next((heap for heap in self.heaps if heap.ends == ends), None)
        if heap is None:
            heap = Heap(ends)
            self.heaps.append(heap)
        if ends is None and not heap.points and self.rule.kind == "inactivity":
            self.active = max(self.active or at, at)
        heap.points += points

    def bought(self, at: datetime) -> None:
        """Remember that its owner was active."""
        if self.rule.kind == "inactivity":
            self.active = max(self.active or at, at)

    def ends_of(self, at: datetime) -> datetime | None:
        """Return when points end that are earned now."""
        if self.rule.kind == "rolling" and self.rule.months:
            return month_over(at, self.rule.months, self.zone)
        if self.rule.kind == "yearly" and self.rule.day:
            due = at + timedelta(days=self.rule.pending_days)
            return next_day_over(due, self.rule.day, self.zone)
        return None if self.rule.kind == "inactivity" else NEVER

    def earn(self, points: int, at: datetime) -> None:
        """Earn points by a purchase."""
        if self.rule.pending_days:
            due = at + timedelta(days=self.rule.pending_days)
            self.coming.append(Coming(points, due, self.ends_of(at)))
        else:
            self.receive(points, self.ends_of(at), at)

    def spend(self, points: int) -> None:
        """Spend points, those first that end soonest."""
        for heap in sorted(self.heaps, key=self.end_of):
            part = min(points, heap.points)
            heap.points -= part
            points -= part
        assert points == 0

    @property
    def available(self) -> int:
        """What can be spent."""
        return sum(heap.points for heap in self.heaps)

    @property
    def schedule(self) -> list[tuple[datetime, int]]:
        """When how many points end."""
        ends = [(self.end_of(heap), heap.points) for heap in self.heaps if heap.points]
        return added((end, points) for end, points in ends if end != NEVER)

    @property
    def awaited(self) -> list[tuple[datetime, int]]:
        """When how many points come."""
        return added((one.due_at, one.points) for one in self.coming)


def added(some: Iterable[tuple[datetime, int]]) -> list[tuple[datetime, int]]:
    """Add up what is of one moment."""
    found: Counter[datetime] = Counter()
    for moment, points in some:
        found[moment] += points
    return sorted(found.items())
