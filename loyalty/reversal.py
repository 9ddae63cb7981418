"""Undo what a purchase booked: points earned are claimed back, points spent return to their lots."""

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
    for entry in entries:
        if entry.kind == "spend":
            _give_back(connection, account, entry, rules, why)
    for entry in entries:
        if entry.kind != "spend":
            _claim_back(connection, account, entry, rules, why)


def _give_back(connection: Connection, account: Held, entry: Any, rules: Rules, why: Why) -> None:
    moves = connection.execute(_MOVES, {"entry": entry.id}).all()
    owed = min(account.debt, entry.points)
    if owed:
        ledger.post(
            connection, account, "reverse", owed, ("redeemed", "debt"), why, reverses_id=entry.id
        )
    rest = entry.points - owed
    if not rest:
        return
    line = ledger.post(
        connection, account, "reverse", rest, ("redeemed", "available"), why, reverses_id=entry.id
    )
    late = 0
    for lot, points, expires_at in moves:
        part = min(rest, -points)
        rest -= part
        if part and expires_at > why.at:
            connection.execute(_RETURN, {"lot": lot, "back": part})
            connection.execute(_MOVED, {"entry_id": line, "lot_id": lot, "points": part})
        else:
            late += part
    if late:
        _give_late(connection, account, line, late, rules, why)


def _give_late(
    connection: Connection, account: Held, line: UUID, points: int, rules: Rules, why: Why
) -> None:
    """Give back points whose lot has expired: for some days of grace, or to lapse at once."""
    until = why.at + (GRACE if rules.lapsed_refund == "grace" else timedelta())
    ledger.fill(connection, account, line, points, until)
    if rules.lapsed_refund == "lapse":
        lapsed = ledger.post(connection, account, "expire", points, ("available", "breakage"), why)
        due = [
            id
            for id, expires, _ in ledger.lots(connection, account.customer_id)
            if expires == until
        ]
        ledger.draw(connection, account, lapsed, points, first=due)


def _claim_back(connection: Connection, account: Held, entry: Any, rules: Rules, why: Why) -> None:
    """Take back what was earned: while it is pending, else as far as the programme's policy goes.

    What has expired meanwhile is gone from the customer already and is not claimed again.
    """
    booked = [entry]
    if entry.to_side == "pending":
        booked = list(connection.execute(_ACTIVATED, {"entry": entry.id}))
        if not booked:
            sides = ("pending", "world")
            ledger.post(
                connection, account, "reverse", entry.points, sides, why, reverses_id=entry.id
            )
            return
    if rules.clawback == "only_pending":
        return
    moves = [row for one in booked for row in connection.execute(_MOVES, {"entry": one.id})]
    wanted = sum(row.points for row in moves if row.expires_at > why.at)
    wanted += sum(one.points for one in booked if one.to_side == "debt")
    held = min(wanted, account.available)
    if held:
        sides = ("available", "world")
        line = ledger.post(connection, account, "reverse", held, sides, why, reverses_id=entry.id)
        ledger.draw(connection, account, line, held, first=[row.lot_id for row in moves])
    if wanted > held and rules.clawback == "debt":
        sides = ("debt", "world")
        ledger.post(connection, account, "reverse", wanted - held, sides, why, reverses_id=entry.id)
