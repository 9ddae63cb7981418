"""How a customer came to stand where they do: every change with its reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection

from core.auth import SYSTEM
from loyalty.tiers import places, reading
from loyalty.tiers.ladder import Rung


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a tier.

    Attributes:
        reason: reached, renewed, not_renewed, by_hand, undone or merged.
        reached: what counted from one instant to before another, and what was ``needed``.
    """

    before: Rung | None
    after: Rung | None
    reason: str
    reached: int | None
    needed: int | None
    counted_from: datetime | None
    counted_until: datetime | None
    until: datetime | None
    actor: str
    at: datetime


def history(
    connection: Connection, customer_id: UUID, *, at: datetime, most: int = 100
) -> list[Change]:
    """Return the changes of a customer's tier until an instant, newest first.

    Those that are due and not written down yet are told as if they were.
    """
    board = places.board(connection, customer_id)
    due = [
        Change(
            step.before.rung, step.after.rung, "renewed" if step.renewed else "not_renewed",
            step.amount, step.needed, step.span.start, step.span.end, step.after.until,
            str(SYSTEM), step.at,
        )
        for step in reading.due(connection, board, at=at)
    ]  # fmt: skip
    kept = [
        Change(
            board.ladder.rung(row.from_tier_id), board.ladder.rung(row.to_tier_id), row.reason,
            row.reached, row.needed, row.counted_from, row.counted_until, row.until,
            row.actor, row.at,
        )
        for row in places.changes(connection, customer_id)
    ]  # fmt: skip
    return [*reversed(due), *kept][:most]
