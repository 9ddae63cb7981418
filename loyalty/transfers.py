"""A customer gives points to another one, where the programme lets them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from loyalty import cards, moving, programme
from loyalty.errors import TransfersOff, TransferToSelf
from loyalty.ledger import Why


@dataclass(frozen=True, slots=True)
class Transfer:
    """Points that went from one customer to another, and what the giver has left."""

    id: UUID
    giver_id: UUID
    taker_id: UUID
    points: int
    left: int


def transfer(
    session: Session, giver_id: UUID, taker_id: UUID, points: int, *, actor: Actor, at: datetime
) -> Transfer:
    """Move points from one customer to another; they expire when they would have.

    Raises:
        TransfersOff: the programme has no transfers.
        TransferToSelf: the two are one and the same, perhaps since they were merged.
        CustomerBlocked: one of them is blocked or was forgotten.
        OwnCard: one of them is the staff member who acts.
        PointsShort: the giver has not so many.
    """
    connection = session.connection()
    if not programme.find(session).transfers:
        raise TransfersOff
    giver, taker = (
        cards.served(connection, id, staff_id=actor.staff_id) for id in (giver_id, taker_id)
    )
    held = moving.lock(connection, (giver, taker), at=at)
    if held[giver].customer_id == held[taker].customer_id:
        raise TransferToSelf
    id = ids.new()
    why = Why(at, str(actor), source=f"transfer:{id.hex}")
    moving.carry(connection, held[giver], held[taker], points, why=why)
    new = {"points": points, "transfer": ids.public("tf", id)}
    for subject in (giver, taker):
        name = ids.public("cu", subject)
        audit.record(session, actor, "points.transferred", name, new=new, at=at)
    session.flush()
    return Transfer(id, giver, taker, points, held[giver].available)
