"""Points as a pupil would keep them on paper: the model that the ledger is held against.

Written from the rules of the house alone. It knows no ledger, no rows and no locks.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Oslo")
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@dataclass
class Rules:
    """The rules of the points at a moment."""

    earn_per: int = 100
    pending_days: int = 0
    expiry_months: int | None = 24
    clawback: str = "debt"
    lapsed_refund: str = "grace"

    def expires_at(self, at: datetime) -> datetime:
        """Points live to the end of a month, by the merchant's wall clock."""
        if self.expiry_months is None:
            return NEVER
        local = at.astimezone(ZONE)
        months = local.year * 12 + local.month - 1 + self.expiry_months + 1
        return datetime(months // 12, months % 12 + 1, 1, tzinfo=ZONE).astimezone(UTC)


@dataclass(eq=False)
class Earned:
    """What one purchase earned in one go, and where it is now; another like it is another."""

    points: int
    due_at: datetime
    expires_at: datetime
    pending: bool = True
    paid_debt: int = 0
    filled: int = 0
    total: int = 0

    def __post_init__(self) -> None:
        """Remember what it was before anything was taken back."""
        self.total = self.points


@dataclass
class Purchase:
    """What a purchase did to the points, what it was worth, and how much of that is back."""

    spent: list[tuple[datetime, int]] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)
    worth: int = 0
    to_pay: int = 0
    back: int = 0


@dataclass
class Wallet:
    """What one customer holds: points by the moment they expire, points to come, points owed."""

    held: defaultdict[datetime, int] = field(default_factory=lambda: defaultdict(int))
    coming: list[Earned] = field(default_factory=list)
    debt: int = 0
    begun: dict[datetime, int] = field(default_factory=dict)

    def _put(self, expires_at: datetime, points: int) -> None:
        """Put points to those that expire together, and remember which came first."""
        self.held[expires_at] += points
        self.begun.setdefault(expires_at, len(self.begun))

    def until(self, at: datetime) -> None:
        """Let time pass: what is due comes in, then what has expired goes."""
        for one in sorted(self.coming, key=lambda e: e.due_at):
            if one.due_at <= at:
                self._receive(one)
        self.coming = [one for one in self.coming if one.pending]
        for expires_at in [e for e in self.held if e <= at]:
            del self.held[expires_at]

    @property
    def available(self) -> int:
        """What can be spent."""
        return sum(self.held.values())

    @property
    def pending(self) -> int:
        """What is to come."""
        return sum(one.points for one in self.coming)

    @property
    def next_expiry(self) -> tuple[datetime, int] | None:
        """What goes first, and when."""
        ends = sorted(e for e, points in self.held.items() if points and e != NEVER)
        return (ends[0], self.held[ends[0]]) if ends else None

    def earn(self, points: int, rules: Rules, at: datetime) -> Earned:
        """Take in points, now or when they are due."""
        due_at = at + timedelta(days=rules.pending_days)
        one = Earned(points, due_at, rules.expires_at(at))
        if due_at > at:
            self.coming.append(one)
        else:
            self._receive(one)
        return one

    def _receive(self, one: Earned) -> None:
        one.pending = False
        one.paid_debt = min(self.debt, one.points)
        one.filled = one.points - one.paid_debt
        self.debt -= one.paid_debt
        if one.filled:
            self._put(one.expires_at, one.filled)

    def take(self, points: int, first: datetime | None = None) -> list[tuple[datetime, int]]:
        """Take points away, those named first, then those that expire soonest.

        Returns what was taken, in the order in which the points of each day first came.
        """
        taken = []
        for expires_at in sorted(self.held, key=lambda e: (e != first, e)):
            part = min(points, self.held[expires_at])
            if part:
                self.held[expires_at] -= part
                points -= part
                taken.append((expires_at, part))
        assert points == 0
        return sorted(taken, key=lambda one: self.begun[one[0]])

    def receive(self, lots: list[tuple[datetime, int]]) -> None:
        """Take in what somebody else had, soonest-expiring first; a debt is paid from it."""
        for expires_at, points in sorted(lots):
            paid = min(self.debt, points)
            self.debt -= paid
            if points > paid:
                self._put(expires_at, points - paid)

    def absorb(self, other: "Wallet") -> None:
        """Become one with another customer."""
        self.receive(other.take(other.available))
        self.coming += other.coming
        paid = min(other.debt, self.available)
        self.take(paid)
        self.debt += other.debt - paid
        other.coming, other.debt = [], 0

    def undo(self, purchase: Purchase, rules: Rules, at: datetime, upto: int | None = None) -> None:
        """Give back what was spent, then claim back what was earned; ``upto`` so much of its worth.

        Point by point: of what was spent the next ones in a row come back, of what was earned the
        next ones in a row are claimed.
        """
        whole, before = purchase.worth or 1, purchase.back
        after = purchase.back = whole if upto is None else upto
        paid = purchase.worth - purchase.to_pay
        cut = [done - purchase.to_pay * done // whole for done in (before, after)]
        row = [expires_at for expires_at, points in purchase.spent for _ in range(points)]
        back = row[slice(*(len(row) * c // paid for c in cut))] if paid else row
        owed = min(self.debt, len(back))
        self.debt -= owed
        for expires_at in back[: len(back) - owed]:
            if expires_at > at:
                self._put(expires_at, 1)
            elif rules.lapsed_refund == "grace":
                self._put(at + timedelta(days=30), 1)
        for one in purchase.earned:
            wanted = [one.total * done // whole for done in (before, after)]
            self._claim_back(one, wanted[0], wanted[1], rules, at)

    def _claim_back(self, one: Earned, low: int, high: int, rules: Rules, at: datetime) -> None:
        if one.pending:
            one.points -= high - low
            if not one.points:
                self.coming.remove(one)
            return
        if rules.clawback == "only_pending":
            return
        gone = one.total - one.points
        row = [NEVER] * one.paid_debt + [one.expires_at] * one.filled
        asked = row[low - gone : high - gone]
        wanted = sum(expires_at > at for expires_at in asked)
        there = min(wanted, self.available)
        self.take(there, first=one.expires_at)
        if rules.clawback == "debt":
            self.debt += wanted - there
