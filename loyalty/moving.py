"""Points go from one account to another: lot by lot, so that each keeps the day it expires."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from loyalty import expiry, ledger
from loyalty.errors import PointsShort
from loyalty.ledger import Held, Why

OUT, IN = ("available", "world"), "world"


def lock(connection: Connection, customers: Iterable[UUID], *, at: datetime) -> dict[UUID, Held]:
    """Lock some accounts, in the order of their ids, and bring them up to date."""
    return {id: expiry.lock(connection, id, at=at) for id in sorted(set(customers))}


def carry(connection: Connection, giver: Held, taker: Held, points: int, *, why: Why) -> None:
    """Move points between two locked accounts, those first that expire soonest.

    What the taker owes is paid first.

    Raises:
        PointsShort: the giver has not so many.
    """
    if points > giver.available:
        raise PointsShort(available=giver.available, wanted=points)
    parts = _parts(connection, giver, points)
    line = ledger.post(connection, giver, "transfer", points, sides=OUT, why=why)
    ledger.draw(connection, giver, line, points)
    for expires_at, part in parts:
        ledger.credit(
            connection, taker, "transfer", part, origin=IN, expires_at=expires_at, why=why
        )


def _parts(connection: Connection, giver: Held, points: int) -> list[tuple[datetime, int]]:
    """Return what will be drawn: so many points of each lot, with when they expire."""
    parts: list[tuple[datetime, int]] = []
    lots = ledger.lots(connection, giver.customer_id)
    for _, expires_at, remaining in sorted(lots, key=lambda lot: giver.ends(lot[1])):
        part = min(points, remaining)
        if part:
            parts.append((expires_at, part))
        points -= part
    return parts


def charge(connection: Connection, account: Held, points: int, *, why: Why) -> None:
    """Take over a debt: it is paid from what there is, and the rest is owed."""
    if held := min(points, account.available):
        line = ledger.post(connection, account, "transfer", held, sides=OUT, why=why)
        ledger.draw(connection, account, line, held)
    if rest := points - held:
        ledger.post(connection, account, "transfer", rest, sides=("debt", "world"), why=why)
