"""The tier of a customer at an instant, as if every date of it had been decided on its day.

Reading decides what is due; the night, and whatever locks an account to change the tier, writes
the same decisions down. So nothing waits for a job, and nobody is asked twice.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from core import clock
from core.auth import SYSTEM
from core.db import Database, table
from loyalty import expiry
from loyalty.models import Standing
from loyalty.tiers import places
from loyalty.tiers.ladder import DAY, Decided, Place, Rung, Settings, Span
from loyalty.tiers.places import Basis, Board

SWEEP = 500
_STANDING = table(Standing)
_DUE = (
    select(_STANDING.c.customer_id)
    .where(_STANDING.c.until <= bindparam("latest"))
    .order_by(_STANDING.c.customer_id)
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a customer is, in points or minor units as the ladder counts.

    Attributes:
        by: "points" or "money".
        amount: what counts towards the next tier so far, in the ``span``.
        following: the next tier there is, and what is missing to reach it.
        kept: what must count until the date of the tier to renew it, and what is missing of that.
    """

    place: Place
    by: str
    amount: int
    span: Span
    following: Rung | None
    missing: int
    kept: int | None
    kept_missing: int


def place_of(connection: Connection, board: Board, *, at: datetime) -> Place:
    """Return where a customer stands at an instant; nothing is written."""
    steps = due(connection, board, at=at)
    return steps[-1].after if steps else board.place


def due(
    connection: Connection, board: Board, *, at: datetime, known: datetime | None = None
) -> list[Decided]:
    """Return the decisions that are due: by what was known on the day of each, unless told."""

    def amount(span: Span) -> int:
        return board.counted(connection, span, known=known or span.end)

    return board.ladder.lapse(board.place, amount, at=at)


def bring_up(connection: Connection, board: Board, *, at: datetime) -> Place:
    """Write down the decisions that are due, and return where the customer stands now."""
    place = board.place
    for step in due(connection, board, at=at):
        basis = Basis(board.by, step.amount, step.needed, step.span)
        places.move(
            connection, board.customer_id, step.before, step.after,
            reason="renewed" if step.renewed else "not_renewed",
            basis=basis, actor=str(SYSTEM), at=step.at,
        )  # fmt: skip
        place = step.after
    return place


def standing(connection: Connection, customer_id: UUID, *, at: datetime) -> Place:
    """Return the tier of a customer at an instant, since when and until when they hold it."""
    return place_of(connection, places.board(connection, customer_id), at=at)


def key_of(connection: Connection, customer_id: UUID, *, at: datetime) -> str | None:
    """Return the key of the tier of a customer at an instant, if they have one."""
    rung = standing(connection, customer_id, at=at).rung
    return rung.key if rung else None


def progress(connection: Connection, customer_id: UUID, *, at: datetime) -> Progress | None:
    """Return what a customer lacks to the next tier and to keep theirs; None without a ladder."""
    board = places.board(connection, customer_id)
    ladder = board.ladder
    if ladder.settings is None:
        return None
    place, span = place_of(connection, board, at=at), ladder.counting(at)
    amount = board.counted(connection, span)
    following = ladder.above(place.rank)
    kept = kept_missing = None
    if place.rung and place.until:
        kept = place.rung.renewal
        kept_missing = max(0, kept - board.counted(connection, ladder.deciding(place.until)))
    return Progress(
        place=place,
        by=ladder.settings.by,
        amount=amount,
        span=span,
        following=following,
        missing=max(0, following.entry - amount) if following else 0,
        kept=kept,
        kept_missing=kept_missing or 0,
    )


def due_customers(connection: Connection, *, at: datetime, most: int = SWEEP) -> list[UUID]:
    """Return customers whose tier has a date to be decided, for the books to be read at rest."""
    ladder = places.board(connection, UUID(int=0)).ladder
    days = (ladder.settings or Settings()).grace_days
    latest = at
    if days:
        day = clock.local_day(at, ladder.zone) - days * DAY
        latest = clock.day_end(day, ladder.zone) - timedelta.resolution
    return list(connection.execute(_DUE, {"latest": latest, "most": most}).scalars())


def renew(database: Database, at: datetime) -> None:
    """Write down every decision that is due: the part of the night that is about tiers."""
    while found := database.look(lambda session: due_customers(session.connection(), at=at)):
        for customer_id in found:

            def work(session: Session, id: UUID = customer_id) -> None:
                write_due(session.connection(), id, at=at)

            database.transact(work)


def write_due(connection: Connection, customer_id: UUID, *, at: datetime) -> None:
    """Write down what is due for one customer, under the lock of the account."""
    expiry.lock(connection, customer_id, at=at)
    bring_up(connection, places.board(connection, customer_id), at=at)
