"""What moves a customer on the ladder: a purchase, its undoing, a merge, or staff with a reason."""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import takewhile
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import audit, clock, ids
from core.auth import Actor
from core.errors import N_, InvalidRequest, NotFound
from core.models import Staff
from loyalty import expiry
from loyalty.ends import FAR
from loyalty.errors import OwnCard
from loyalty.ledger import Held
from loyalty.tiers import places, reading
from loyalty.tiers.ladder import Ladder, Place, Rung, Span
from loyalty.tiers.places import Basis, Board

NEAR = 5
"""A tier is near when no more than a fifth of its entry is missing."""


class Bought(Protocol):
    """What a purchase says here; see ``loyalty.order.Settled``."""

    @property
    def at(self) -> datetime: ...
    @property
    def recorded_at(self) -> datetime: ...
    @property
    def actor(self) -> Actor: ...


def after_purchase(connection: Connection, account: Held, settled: Bought) -> dict[str, Any] | None:
    """Raise a customer to what a purchase has reached; its points must be booked.

    Returns:
        That they rose, or that the next tier is near; for the messages of the purchase.
    """
    board = places.board(connection, account.customer_id)
    if board.ladder.settings is None:
        return None
    at = settled.recorded_at
    place = reading.bring_up(connection, board, at=at)
    if place.since and settled.at < place.since:
        place = _decide_late(connection, board, place, settled)
    goal = _goal(connection, board, place, bought=settled.at, at=at)
    if goal.after is None or goal.after.rung is None:
        return goal.near
    places.move(
        connection, board.customer_id, place, goal.after,
        reason="reached", basis=goal.basis, actor=str(settled.actor), at=at,
    )  # fmt: skip
    return _reached(goal.after.rung, goal.after)


def preview(
    connection: Connection, customer_id: UUID, *, points: int, to_pay: int, at: datetime
) -> dict[str, Any] | None:
    """Return what ``after_purchase`` would, of a purchase that earns and costs so much."""
    board = places.board(connection, customer_id)
    if board.ladder.settings is None:
        return None
    place = reading.place_of(connection, board, at=at)
    plus = points if board.ladder.settings.by == "points" else to_pay
    goal = _goal(connection, board, place, bought=at, at=at, plus=plus)
    rung = goal.after.rung if goal.after else None
    return _reached(rung, goal.after) if goal.after and rung else goal.near


@dataclass(frozen=True, slots=True)
class _Goal:
    """Where an amount leads: to a higher place, or near one."""

    after: Place | None = None
    basis: Basis | None = None
    near: dict[str, Any] | None = None


def _goal(
    connection: Connection, board: Board, place: Place, *,
    bought: datetime, at: datetime, plus: int = 0,
) -> _Goal:  # fmt: skip
    """Return where a customer rises to; ``plus`` is not booked yet."""
    ladder = board.ladder
    if ladder.above(place.rank) is None:
        return _Goal()
    span = ladder.counting(bought)
    amount = board.counted(connection, span) + plus
    after = _risen(ladder, place, amount, bought=bought, at=at)
    if after and (since := _lowered_at(connection, board, place)):
        span = Span(max(span.start, since), span.end)
        amount = board.counted(connection, span) + plus
        after = _risen(ladder, place, amount, bought=bought, at=at)
    if after and after.rung:
        return _Goal(after, Basis(board.by, amount, after.rung.entry, span))
    return _Goal(near=_near(ladder, place, amount))


def _lowered_at(connection: Connection, board: Board, place: Place) -> datetime | None:
    """Return when a customer was put where they are by hand, from higher up.

    From then on only what came since counts: else the next purchase would undo what was meant.
    """
    if place.since is None:
        return None
    last = places.last_change(connection, board.customer_id)
    left = board.ladder.rung(last.from_tier_id) if last and last.reason == "by_hand" else None
    return last.at if last and left and left.rank > place.rank else None


def _risen(
    ladder: Ladder, place: Place, amount: int, *, bought: datetime, at: datetime
) -> Place | None:
    """Return the place that an amount has reached, if it is higher and not over already."""
    rung, until = ladder.reached(amount), ladder.until(bought)
    if rung is None or rung.rank <= place.rank or until is None or until <= at:
        return None
    return Place(rung, at, until)


def _reached(rung: Rung, after: Place) -> dict[str, Any]:
    return {"kind": "tier_reached", "tier": rung.key, "name": rung.name, "until": after.until}


def _near(ladder: Ladder, place: Place, amount: int) -> dict[str, Any] | None:
    rung = ladder.above(place.rank)
    if rung is None or ladder.settings is None:
        return None
    missing = rung.entry - amount
    if not 0 < missing * NEAR <= rung.entry:
        return None
    by = ladder.settings.by
    return {"kind": "tier_near", "tier": rung.key, "name": rung.name, "missing": missing, "by": by}


def _decide_late(connection: Connection, board: Board, place: Place, bought: Bought) -> Place:
    """Decide the last date again if a purchase came in too late for it, from a till offline.

    Whoever has renewed with it gets the tier back.
    """
    last = places.last_change(connection, board.customer_id)
    if last is None or last.reason != "not_renewed":
        return place
    if not last.counted_from <= bought.at < last.counted_until:
        return place
    before = places.changes(connection, board.customer_id)[1:2]
    earlier = [Place(board.ladder.rung(c.to_tier_id), c.at, c.until) for c in before]
    again = Board(board.ladder, board.customer_id, earlier[0], merged=board.merged)
    steps = reading.due(connection, again, at=bought.recorded_at, known=FAR)
    if not steps or steps[-1].after.rank <= place.rank:
        return place
    step = steps[-1]
    places.move(
        connection, board.customer_id, place, step.after,
        reason="renewed", basis=Basis(board.by, step.amount, step.needed, step.span),
        actor=str(bought.actor), at=bought.recorded_at,
    )  # fmt: skip
    return step.after


def after_undo(connection: Connection, account: Held, *, actor: str, at: datetime) -> None:
    """Take back the tier that only something undone has reached or renewed.

    The last change that still rests on what it needed counts again, with every date since then
    decided anew. What was given by hand or by a merge rests on itself.
    """
    board = places.board(connection, account.customer_id)
    place = reading.bring_up(connection, board, at=at)
    if place.rung is None:
        return
    history = places.changes(connection, board.customer_id)
    if not history or _rests(connection, board, history[0]):
        return
    left = history[1:]
    while left and not _rests(connection, board, left[0]):
        left.pop(0)
    after, basis = _without(connection, board, left, at=at)
    if after.rank > place.rank or (after.rung, after.until) == (place.rung, place.until):
        return
    places.move(
        connection, board.customer_id, place, after,
        reason="undone", basis=basis, actor=actor, at=at,
    )  # fmt: skip


def _rests(connection: Connection, board: Board, change: Any) -> bool:
    """Tell whether what a change needed is still there."""
    basis = board.basis(connection, change)
    return basis is None or basis.amount >= basis.needed


def _without(
    connection: Connection, board: Board, history: list[Any], *, at: datetime
) -> tuple[Place, Basis | None]:
    """Return where a customer would stand if only these changes had been, the last one first."""
    ladder, place, basis = board.ladder, Place(since=at), None
    base = history[0] if history else None
    if base is not None:
        place = Place(ladder.rung(base.to_tier_id), _since(history), base.until)
        basis = board.basis(connection, base)
        again = Board(ladder, board.customer_id, place, merged=board.merged)
        for step in reading.due(connection, again, at=at, known=FAR):
            place = step.after
            basis = Basis(board.by, step.amount, step.needed, step.span) if step.renewed else None
    if base is None or base.reason != "by_hand":
        span = ladder.counting(at)
        amount = board.counted(connection, span)
        risen = _risen(ladder, place, amount, bought=at, at=at)
        if risen and risen.rung:
            return risen, Basis(board.by, amount, risen.rung.entry, span)
    return place, basis


def _since(history: list[Any]) -> datetime:
    """Return since when the tier of the last change was held, however often it was renewed."""
    held = takewhile(lambda one: one.to_tier_id == history[0].to_tier_id, history)
    since: datetime = min(one.at for one in held)
    return since


def assign(
    session: Session, customer_id: UUID, key: str | None, *, reason: str,
    last_day: date | None = None, actor: Actor, at: datetime,
) -> Place:  # fmt: skip
    """Give a customer a tier by hand, or take it away, with a reason; audited.

    Without a last day it is held as long as one that is reached now.

    Raises:
        NotFound: there is no such tier.
        InvalidRequest: it would be over already.
        OwnCard: it is the staff member's own.
    """
    connection = session.connection()
    if actor.staff_id and session.get_one(Staff, actor.staff_id).customer_id == customer_id:
        raise OwnCard
    account = expiry.lock(connection, customer_id, at=at)
    board = places.board(connection, account.customer_id)
    ladder = board.ladder
    rung = next((one for one in ladder.rungs if one.key == key and one.active), None)
    if key is not None and rung is None:
        raise NotFound(what="tier")
    until = ladder.until(at) if rung else None
    if rung and last_day:
        until = clock.day_end(last_day, ladder.zone)
        if until <= at:
            raise InvalidRequest({"until": [N_("Must not be over already.")]})
    before = reading.bring_up(connection, board, at=at)
    after = Place(rung, at, until)
    places.move(
        connection, board.customer_id, before, after, reason="by_hand", actor=str(actor), at=at
    )
    audit.record(
        session, actor, "standing.set", ids.public("cu", customer_id),
        old={"tier": before.rung.key if before.rung else None},
        new={"tier": key, "until": until.isoformat() if until else None, "reason": reason}, at=at,
    )  # fmt: skip
    return after


def merge(connection: Connection, gone: UUID, kept: UUID, *, actor: str, at: datetime) -> None:
    """Give who is kept the higher tier of two customers, or the longer of equal ones.

    Both accounts must be locked. What both have bought counts for the one from now on.
    """
    theirs, ours = places.board(connection, gone), places.board(connection, kept)
    left = reading.bring_up(connection, theirs, at=at)
    had = reading.bring_up(connection, ours, at=at)
    if left.rung is None:
        return
    places.move(connection, gone, left, Place(since=at), reason="merged", actor=actor, at=at)
    longer = had.until is not None and (left.until is None or left.until > had.until)
    if left.rank > had.rank or (left.rank == had.rank and longer):
        after = Place(left.rung, at, left.until)
        places.move(connection, kept, had, after, reason="merged", actor=actor, at=at)
