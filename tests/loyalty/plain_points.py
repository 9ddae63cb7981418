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


@dataclass
class Purchase:
    """What a purchase did to the points."""

    spent: list[tuple[datetime, int]] = field(default_factory=list)
    earned: list[Earned] = field(default_factory=list)


@dataclass
class Wallet:
    """What one customer holds: points by the moment they expire, points to come, points owed."""

    held: defaultdict[datetime, int] = field(default_factory=lambda: defaultdict(int))
    coming: list[Earned] = field(default_factory=list)
    debt: int = 0

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
            self.held[one.expires_at] += one.filled

    def take(self, points: int, first: datetime | None = None) -> list[tuple[datetime, int]]:
        """Take points away, those named first, then those that expire soonest."""
        taken = []
        for expires_at in sorted(self.held, key=lambda e: (e != first, e)):
            part = min(points, self.held[expires_at])
            if part:
                self.held[expires_at] -= part
                points -= part
                taken.append((expires_at, part))
        assert points == 0
        return sorted(taken)

    def undo(self, purchase: Purchase, rules: Rules, at: datetime) -> None:
        """Give back what was spent, then claim back what was earned."""
        spent = sum(points for _, points in purchase.spent)
        owed = min(self.debt, spent)
        self.debt -= owed
        rest = spent - owed
        for expires_at, points in purchase.spent:
            part = min(rest, points)
            rest -= part
            if expires_at > at:
                self.held[expires_at] += part
            elif rules.lapsed_refund == "grace":
                self.held[at + timedelta(days=30)] += part
        for one in purchase.earned:
            self._claim_back(one, rules, at)

    def _claim_back(self, one: Earned, rules: Rules, at: datetime) -> None:
        if one.pending:
            self.coming.remove(one)
            return
        if rules.clawback == "only_pending":
            return
        wanted = one.paid_debt + (one.filled if one.expires_at > at else 0)
        there = min(wanted, self.available)
        self.take(there, first=one.expires_at)
        if rules.clawback == "debt":
            self.debt += wanted - there
