"""Undo what a purchase booked: what was earned is claimed back, what was spent is given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, exists, select, update

from core.db import table
from loyalty import ledger
from loyalty.ledger import Held, Why
from loyalty.models import Entry, Lot, LotMove
from loyalty.programme import Rules

GRACE = timedelta(days=30)
"""How long spent points live that come back after their lot has expired."""

_ENTRY, _MOVE, _LOT = table(Entry), table(LotMove), table(Lot)
_LATER = table(Entry).alias("later")

_OF_PURCHASE = (
    select(_ENTRY)
    .where(
        _ENTRY.c.purchase_id == bindparam("purchase"),
        _ENTRY.c.kind.in_(("earn", "bonus", "spend")),
        ~exists().where(_LATER.c.reverses_id == _ENTRY.c.id),
    )
    .order_by(_ENTRY.c.id)
)
_ACTIVATED = select(_ENTRY).where(_ENTRY.c.activates_id == bindparam("entry"))
_MOVES = (
    select(_MOVE.c.lot_id, _MOVE.c.points, _LOT.c.expires_at)
    .join(_LOT, _LOT.c.id == _MOVE.c.lot_id)
    .where(_MOVE.c.entry_id == bindparam("entry"))
    .order_by(_LOT.c.expires_at)
)
_RETURN = (
    update(_LOT)
    .where(_LOT.c.id == bindparam("lot"))
    .values(remaining=_LOT.c.remaining + bindparam("back"))
)
_MOVED = _MOVE.insert()


def reverse_purchase(
    connection: Connection, account: Held, purchase_id: UUID, rules: Rules, *, why: Why
) -> None:
    """Reverse every line of a purchase, once; the account must be locked and up to date.

    Spent points come back first, so that they can cover what is claimed back.
    """
    entries = connection.execute(_OF_PURCHASE, {"purchase": purchase_id}).all()
    undo = _Undo(connection, account, rules, why)
    for entry in entries:
        if entry.kind == "spend":
            undo.give_back(entry)
    for entry in entries:
        if entry.kind != "spend":
            undo.claim_back(entry)


@dataclass(frozen=True, slots=True)
class _Undo:
    """The reversal of one purchase on one locked account."""

    connection: Connection
    account: Held
    rules: Rules
    why: Why

    def post(self, entry: Any, points: int, *sides: str) -> UUID:
        """Write a line that reverses some points of an entry; ``sides``: from where, to where."""
        return ledger.post(
            self.connection, self.account, "reverse", points,
            sides=(sides[0], sides[1]), why=self.why, reverses_id=entry.id,
        )  # fmt: skip

    def give_back(self, entry: Any) -> None:
        """Return spent points: first to what is owed, then to the lots they came from."""
        if owed := min(self.account.debt, entry.points):
            self.post(entry, owed, "redeemed", "debt")
        rest = entry.points - owed
        if not rest:
            return
        line = self.post(entry, rest, "redeemed", "available")
        late = 0
        for lot, points, expires_at in self.moves(entry):
            part = min(rest, -points)
            rest -= part
            if part and expires_at > self.why.at:
                self.connection.execute(_RETURN, {"lot": lot, "back": part})
                moved = {"entry_id": line, "lot_id": lot, "points": part}
                self.connection.execute(_MOVED, moved)
            else:
                late += part
        if late:
            self.give_late(line, late)

    def give_late(self, line: UUID, points: int) -> None:
        """Give back points whose lot has expired: for some days of grace, or to lapse at once."""
        grace = self.rules.lapsed_refund == "grace"
        until = self.why.at + (GRACE if grace else timedelta())
        ledger.fill(self.connection, self.account, line, points, expires_at=until)
        if grace:
            return
        lapsed = ledger.post(
            self.connection, self.account, "expire", points,
            sides=("available", "breakage"), why=self.why,
        )  # fmt: skip
        lots = ledger.lots(self.connection, self.account.customer_id)
        due = [id for id, expires_at, _ in lots if expires_at == until]
        ledger.draw(self.connection, self.account, lapsed, points, first=due)

    def claim_back(self, entry: Any) -> None:
        """Take back what was earned: while it is pending, else as far as the policy goes.

        What has expired meanwhile is gone from the customer already and is not claimed again.
        """
        booked = [entry]
        if entry.to_side == "pending":
            booked = list(self.connection.execute(_ACTIVATED, {"entry": entry.id}))
            if not booked:
                self.post(entry, entry.points, "pending", "world")
                return
        if self.rules.clawback == "only_pending":
            return
        moves = [row for one in booked for row in self.moves(one)]
        wanted = sum(row.points for row in moves if row.expires_at > self.why.at)
        wanted += sum(one.points for one in booked if one.to_side == "debt")
        if held := min(wanted, self.account.available):
            line = self.post(entry, held, "available", "world")
            first = [row.lot_id for row in moves]
            ledger.draw(self.connection, self.account, line, held, first=first)
        if wanted > held and self.rules.clawback == "debt":
            self.post(entry, wanted - held, "debt", "world")

    def moves(self, entry: Any) -> Sequence[Any]:
        """Return what an entry put into lots or took out of them, soonest-expiring first."""
        return self.connection.execute(_MOVES, {"entry": entry.id}).all()
