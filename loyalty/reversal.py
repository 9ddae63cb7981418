"""Undo what a purchase booked, in parts: give back what was spent, claim back what was earned.

All points of one kind are one strip, in the order in which they were booked. Each part takes its
stretch of it, so that every point is asked for once and the parts sum to the whole.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, func, select, update

from core.db import table, upsert
from core.models import Customer
from coupons.shares import Share
from loyalty import ledger
from loyalty.ledger import Held, Why
from loyalty.models import Entry, Lot, LotMove
from loyalty.programme import Rules

GRACE = timedelta(days=30)
"""How long spent points live that come back after their lot has expired."""

KINDS = ("spend", "earn", "bonus")
"""What is undone, in this order: what comes back can cover what is claimed back."""

_ENTRY, _MOVE, _LOT, _CUSTOMER = table(Entry), table(LotMove), table(Lot), table(Customer)

_OF_PURCHASE = (
    select(_ENTRY)
    .where(
        _ENTRY.c.purchase_id == bindparam("purchase"),
        _ENTRY.c.kind.in_(KINDS),
        _ENTRY.c.source.is_(None),
    )
    .order_by(_ENTRY.c.id)
)
_ACTIVATED = (
    select(_ENTRY)
    .where(_ENTRY.c.activates_id == bindparam("entry"), _ENTRY.c.to_side != "world")
    .order_by(_ENTRY.c.id)
)
"""What has become of pending points; those of an account that was merged went out to the world,
and came in again as pending points of the other account."""

_REVERSED = select(func.coalesce(func.sum(_ENTRY.c.points), 0)).where(
    _ENTRY.c.reverses_id == bindparam("entry")
)
_MOVES = (
    select(_MOVE.c.lot_id, _MOVE.c.points, _LOT.c.expires_at, _LOT.c.customer_id)
    .join(_LOT, _LOT.c.id == _MOVE.c.lot_id)
    .where(_MOVE.c.entry_id == bindparam("entry"))
    .order_by(_LOT.c.id)
)
_ERASED = select(_CUSTOMER.c.id).where(
    _CUSTOMER.c.id == bindparam("customer"), _CUSTOMER.c.state == "erased"
)
_RETURN = (
    update(_LOT)
    .where(_LOT.c.id == bindparam("lot"))
    .values(remaining=_LOT.c.remaining + bindparam("back"))
)
_NEW_MOVE = upsert(_MOVE)
_MOVED = _NEW_MOVE.on_conflict_do_update(
    index_elements=["entry_id", "lot_id"],
    set_={"points": _MOVE.c.points + _NEW_MOVE.excluded.points},
)


@dataclass(slots=True)
class Undone:
    """How many points came back to the customer, and how many were claimed back."""

    back: int = 0
    claimed: int = 0


def reverse_purchase(
    connection: Connection, account: Held, purchase_id: UUID, rules: Rules, *,
    spent: Share, earned: Share, part: int, why: Why,
) -> Undone:  # fmt: skip
    """Reverse a share of what a purchase booked; the account must be locked and up to date.

    ``part`` is the number of the refund, 0 for a void: no line is reversed twice in one of them.
    What has a source of its own (a referral, a full stamp card) is undone by whoever gave it.
    """
    entries = connection.execute(_OF_PURCHASE, {"purchase": purchase_id}).all()
    undo = _Undo(connection, account, rules, why, part)
    done = Undone()
    for kind in KINDS:
        strip = [entry for entry in entries if entry.kind == kind]
        total = sum(entry.points for entry in strip)
        share = spent if kind == "spend" else earned
        for entry, low, high in stretch(strip, share.since(total), share.upto(total)):
            if kind == "spend":
                done.back += undo.give_back(entry, low, high)
            else:
                done.claimed += undo.claim_back(entry, low, high)
    return done


def give_back(connection: Connection, account: Held, entry: Any, rules: Rules, *, why: Why) -> None:
    """Give back all that was spent in one entry; the account must be locked and up to date."""
    _Undo(connection, account, rules, why, part=0).give_back(entry, 0, entry.points)


def claim_back(connection: Connection, account: Held, entry: Any, rules: Rules, *, why: Why) -> int:
    """Claim back all that one entry gave, once, as far as the policy goes; return how much.

    The account must be locked and up to date.
    """
    if connection.execute(_REVERSED, {"entry": entry.id}).scalar_one():
        return 0
    return _Undo(connection, account, rules, why, part=0).claim_back(entry, 0, entry.points)


def stretch(strip: Sequence[Any], low: int, high: int) -> Iterator[tuple[Any, int, int]]:
    """Yield the pieces of a strip of points between two places: the row, and from where to where.

    A piece that was taken out has points below zero; its length counts.
    """
    begin = 0
    for row in strip:
        length = abs(row.points)
        first, last = max(low - begin, 0), min(high - begin, length)
        if first < last:
            yield row, first, last
        begin += length


@dataclass(frozen=True, slots=True)
class _Undo:
    """The reversal of some of one purchase on one locked account."""

    connection: Connection
    account: Held
    rules: Rules
    why: Why
    part: int

    def post(self, entry: Any, points: int, *sides: str) -> UUID:
        """Write a line that reverses some points of an entry; ``sides``: from where, to where."""
        return ledger.post(
            self.connection, self.account, "reverse", points,
            sides=(sides[0], sides[1]), why=self.why, reverses_id=entry.id, part=self.part,
        )  # fmt: skip

    def give_back(self, entry: Any, low: int, high: int) -> int:
        """Return spent points: first to what is owed, then to the lots they came from."""
        if owed := min(self.account.debt, high - low):
            self.post(entry, owed, "redeemed", "debt")
        if rest := high - low - owed:
            self.give_to_lots(entry, low, low + rest)
        return high - low

    def give_to_lots(self, entry: Any, low: int, high: int) -> None:
        """Return spent points to the lots they came from, in the order of these.

        Of a lot that has expired they get some days of grace, or lapse at once. Of an account
        that was merged into this one they go into a lot of the same day.
        """
        line = self.post(entry, high - low, "redeemed", "available")
        grace = self.rules.lapsed_refund == "grace"
        until = self.why.at + (GRACE if grace else timedelta())
        new: Counter[datetime] = Counter()
        own = []
        for lot, first, last in stretch(self.moves(entry), low, high):
            if lot.expires_at <= self.why.at:
                new[until] += last - first
            elif lot.customer_id == self.account.customer_id:
                own.append((lot.lot_id, last - first))
            else:
                new[lot.expires_at] += last - first
        for expires_at, points in new.items():
            ledger.fill(self.connection, self.account, line, points, expires_at=expires_at)
        for lot_id, points in own:
            self.connection.execute(_RETURN, {"lot": lot_id, "back": points})
            moved = {"entry_id": line, "lot_id": lot_id, "points": points}
            self.connection.execute(_MOVED, moved)
        if not grace and new[until]:
            self.lapse(new[until], until)

    def lapse(self, points: int, until: datetime) -> None:
        """Let go of points that came back too late."""
        lapsed = ledger.post(
            self.connection, self.account, "expire", points,
            sides=("available", "breakage"), why=self.why,
        )  # fmt: skip
        due = self.lots_of({until})
        ledger.draw(self.connection, self.account, lapsed, points, first=due)

    def lots_of(self, ends: set[datetime]) -> list[UUID]:
        """Return the lots of the account that expire then."""
        lots = ledger.lots(self.connection, self.account.customer_id)
        return [id for id, expires_at, _ in lots if expires_at in ends]

    def claim_back(self, entry: Any, low: int, high: int) -> int:
        """Take back what was earned: while it is pending, else as far as the policy goes.

        What has expired meanwhile is gone from the customer already and is not claimed again.
        """
        booked = [entry]
        if entry.to_side == "pending":
            booked = list(self.connection.execute(_ACTIVATED, {"entry": entry.id}))
            if not booked:
                return self.claim_pending(entry, high - low)
            if booked[0].to_side == "pending":
                gone = entry.points - booked[0].points
                return self.claim_back(booked[0], max(low - gone, 0), high - gone)
        if self.rules.clawback == "only_pending":
            return 0
        gone = entry.points - sum(one.points for one in booked)
        wanted, ends = self.there(booked, low - gone, high - gone)
        if held := min(wanted, self.account.available):
            line = self.post(entry, held, "available", "world")
            first = self.lots_of(ends)
            ledger.draw(self.connection, self.account, line, held, first=first)
        if wanted > held and self.rules.clawback == "debt" and not self.is_erased():
            self.post(entry, wanted - held, "debt", "world")
            return wanted
        return held

    def is_erased(self) -> bool:
        """Tell whether the customer was erased: then there is nobody who could owe."""
        customer = {"customer": self.account.customer_id}
        return self.connection.execute(_ERASED, customer).first() is not None

    def claim_pending(self, entry: Any, points: int) -> int:
        """Take back what is not spendable yet, as far as it has not lapsed."""
        gone = int(self.connection.execute(_REVERSED, {"entry": entry.id}).scalar_one())
        left: int
        if left := min(points, entry.points - gone):
            self.post(entry, left, "pending", "world")
        return left

    def there(self, booked: Sequence[Any], low: int, high: int) -> tuple[int, set[datetime]]:
        """Return how much of a stretch of what was booked has not expired, and when that does."""
        wanted, ends = 0, set()
        for one, first, last in stretch(booked, low, high):
            if one.to_side == "debt":
                wanted += last - first
                continue
            for lot, begin, end in stretch(self.moves(one), first, last):
                if lot.expires_at > self.why.at:
                    wanted += end - begin
                    ends.add(lot.expires_at)
        return wanted, ends

    def moves(self, entry: Any) -> Sequence[Any]:
        """Return what an entry put into lots or took out of them, always in the same order."""
        return self.connection.execute(_MOVES, {"entry": entry.id}).all()
