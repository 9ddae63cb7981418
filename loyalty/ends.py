"""When points end that have no day of their own."""

from dataclasses import dataclass
from datetime import UTC, datetime

from core import clock

FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""When points expire that never do."""

IDLE = datetime(9998, 1, 1, tzinfo=UTC)
"""Stands for the end of points that expire by inactivity, until they have expired."""


@dataclass(frozen=True, slots=True)
class Idle:
    """Points expire with the month in which so many months have gone by without a purchase.

    Attributes:
        since: when this began to hold; at that moment everybody counts as active.
        zone: of the merchant.
    """

    months: int
    since: datetime | None
    zone: str

    def ends(self, active_at: datetime | None) -> datetime:
        """Return when the points expire of whoever was active last at a moment."""
        moments = [moment for moment in (active_at, self.since) if moment]
        if not moments:
            return IDLE
        day = clock.add_months(clock.local_day(max(moments), self.zone), self.months)
        return clock.month_end(day, self.zone)

    def active_before(self, at: datetime) -> datetime:
        """Return before when one must have been active last to have lost points at a moment."""
        month = clock.local_day(at, self.zone).replace(day=1)
        return clock.day_start(clock.add_months(month, -self.months), self.zone)
