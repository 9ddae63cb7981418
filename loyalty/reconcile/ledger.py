"""The points: accounts against the ledger and its lots, and no line undone further than it goes."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session, aliased

from core import ids
from core.models import Customer
from loyalty.models import Account, Entry, Lot, LotMove


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off with the points."""
    yield from _accounts(session)
    yield from _erased(session)
    yield from _lots(session)
    yield from _moves(session)
    yield from _reversals(session)
    yield from _trial_balance(session)


def _sum(side: str) -> Any:
    moved = case(
        (Entry.to_side == side, Entry.points), (Entry.from_side == side, -Entry.points), else_=0
    )
    return func.coalesce(func.sum(moved), 0)


def _accounts(session: Session) -> Iterator[str]:
    booked = (
        select(
            Entry.customer_id,
            _sum("available").label("available"),
            _sum("pending").label("pending"),
            (-_sum("debt")).label("debt"),
        )
        .group_by(Entry.customer_id)
        .subquery()
    )
    held = (
        select(Lot.customer_id, func.sum(Lot.remaining).label("held"))
        .group_by(Lot.customer_id)
        .subquery()
    )
    sides = ("available", "pending", "debt")
    sums = [func.coalesce(booked.c[side], 0) for side in sides]
    lots = func.coalesce(held.c.held, 0)
    rows = session.execute(
        select(Account.customer_id, Account.available, Account.pending, Account.debt, *sums, lots)
        .outerjoin(booked, booked.c.customer_id == Account.customer_id)
        .outerjoin(held, held.c.customer_id == Account.customer_id)
        .where(
            or_(
                Account.available != sums[0],
                Account.pending != sums[1],
                Account.debt != sums[2],
                Account.available != lots,
            )
        )
    )
    for id, available, pending, debt, *found in rows:
        name = ids.public("cu", id)
        yield (
            f"account {name}: available {available}, pending {pending}, debt {debt}; "
            f"the ledger says {found[0]}, {found[1]}, {found[2]}, the lots {found[3]}"
        )


def _erased(session: Session) -> Iterator[str]:
    """Of whoever was erased nothing is owed: there is nobody to owe it."""
    rows = session.execute(
        select(Account.customer_id, Account.debt)
        .join(Customer, Customer.id == Account.customer_id)
        .where(Account.debt > 0, Customer.state == "erased")
    )
    for id, debt in rows:
        yield f"account {ids.public('cu', id)}: owes {debt}, but its customer was erased"


def _lots(session: Session) -> Iterator[str]:
    """A lot holds what went in less what went out; points that came back were granted before."""
    into = case((LotMove.points > 0, LotMove.points), else_=0)
    new = case((Entry.kind != "reverse", into), else_=0)
    moved = (
        select(
            LotMove.lot_id,
            func.sum(LotMove.points).label("moved"),
            func.sum(into).label("into"),
            func.sum(new).label("new"),
        )
        .join(Entry, Entry.id == LotMove.entry_id)
        .group_by(LotMove.lot_id)
        .subquery()
    )
    total, most, least = (func.coalesce(moved.c[name], 0) for name in ("moved", "into", "new"))
    rows = session.execute(
        select(Lot.id, Lot.remaining, Lot.granted, total, most)
        .outerjoin(moved, moved.c.lot_id == Lot.id)
        .where(or_(Lot.remaining != total, Lot.granted > most, Lot.granted < least))
    )
    for id, remaining, granted, found, found_in in rows:
        yield (
            f"lot {id.hex}: {remaining} of {granted} remain, "
            f"but its moves come to {found} of {found_in}"
        )


def _moves(session: Session) -> Iterator[str]:
    """A line that makes points spendable puts them into lots, and one that takes them takes out."""
    moved = (
        select(LotMove.entry_id, func.sum(LotMove.points).label("moved"))
        .group_by(LotMove.entry_id)
        .subquery()
    )
    wanted = case(
        (Entry.to_side == "available", Entry.points),
        (Entry.from_side == "available", -Entry.points),
        else_=0,
    )
    total = func.coalesce(moved.c.moved, 0)
    rows = session.execute(
        select(Entry.id, wanted, total)
        .outerjoin(moved, moved.c.entry_id == Entry.id)
        .where(total != wanted)
    )
    for id, points, found in rows:
        yield f"ledger line {ids.public('le', id)}: {points} points, but lots moved by {found}"


def _reversals(session: Session) -> Iterator[str]:
    undone = aliased(Entry)
    total = func.sum(undone.points)
    rows = session.execute(
        select(Entry.id, Entry.points, total)
        .join(undone, undone.reverses_id == Entry.id)
        .group_by(Entry.id, Entry.points)
        .having(total > Entry.points)
    )
    for id, points, found in rows:
        name = ids.public("le", id)
        yield f"ledger line {name}: of {points} points {found} were taken back"


def _trial_balance(session: Session) -> Iterator[str]:
    sides = ("world", "pending", "available", "redeemed", "breakage", "debt")
    totals = session.execute(select(*(_sum(side) for side in sides))).one()
    if sum(totals) != 0:
        listed = ", ".join(f"{side} {total}" for side, total in zip(sides, totals, strict=True))
        yield f"ledger: the sides do not sum to 0: {listed}"
    held = session.execute(
        select(
            func.coalesce(func.sum(Account.available), 0),
            func.coalesce(func.sum(Account.pending), 0),
            func.coalesce(func.sum(Account.debt), 0),
        )
    ).one()
    if (held[0], held[1], -held[2]) != (totals[2], totals[1], totals[5]):
        yield (
            f"ledger: accounts hold {held[0]}, {held[1]}, {held[2]}; "
            f"the sides say {totals[2]}, {totals[1]}, {-totals[5]}"
        )
