"""The stock of blank cards: printed ahead, or of another system; nobody's until handed out."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, case, func, insert, select, text, update
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import table
from core.errors import N_, InvalidRequest, Refusal
from coupons.models import Coupon
from loyalty.errors import (
    CardBlank,
    CardNotFound,
    CardNumberTaken,
    CardTaken,
    CardWithdrawn,
)
from loyalty.models import Card, ReferralCode

MOST = 1000
"""So many are made, or taken in, at a time."""

LONGEST = 32
_READABLE = re.compile(r"[0-9A-Za-z](?:[ /-]?[0-9A-Za-z])+")

_CARD = table(Card)
_MAKE = insert(_CARD)
_HAND_OUT = (
    update(_CARD)
    .where(
        _CARD.c.number == bindparam("wanted"),
        _CARD.c.state == "blank",
        _CARD.c.replaced_at.is_(None),
    )
    .values(state="active", customer_id=bindparam("customer"), issued_at=bindparam("now"))
    .returning(_CARD.c.id)
)
_BLANK = text("card.state = 'blank' AND card.replaced_at IS NULL")
_WITHDRAW = (
    update(_CARD)
    .where(_BLANK, _CARD.c.issued_at == bindparam("made"))
    .values(replaced_at=bindparam("now"))
)

STATE = case(
    ((_CARD.c.state == "blank") & _CARD.c.replaced_at.is_not(None), "withdrawn"),
    else_=_CARD.c.state,
)
"""The state of a card, that of a blank one that was withdrawn among them."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Blank cards that were made together: when, and how many of them are left."""

    made_at: datetime
    left: int


def make(session: Session, count: int, *, actor: Actor, at: datetime) -> list[str]:
    """Make so many blank cards, to be printed; return their numbers."""
    numbers = [ids.new_number() for _ in range(count)]
    _add(session, numbers, "made", actor=actor, at=at)
    return numbers


def take_in(session: Session, texts: Sequence[str], *, actor: Actor, at: datetime) -> list[str]:
    """Take in cards that were printed elsewhere, by what a scanner reads on them.

    A number that is given twice is one card. All are taken in, or none. Returns the numbers in
    the form in which they are kept.

    Raises:
        InvalidRequest: one cannot be the number of a card.
        CardNumberTaken: one is that of a card, a coupon or a friend's code.
    """
    numbers = list(dict.fromkeys(_number(text, place) for place, text in enumerate(texts)))
    for column in (Card.number, Coupon.code, ReferralCode.code):
        taken = session.scalar(select(column).where(column.in_(numbers)).order_by(column).limit(1))
        if taken:
            raise CardNumberTaken(number=taken)
    _add(session, numbers, "taken in", actor=actor, at=at)
    return numbers


def _number(text: str, place: int) -> str:
    found = ids.normalise(text) if _READABLE.fullmatch(text.strip()) else ""
    if not 4 <= len(found) <= LONGEST:  # noqa: PLR2004  # as short as a public code
        raise InvalidRequest(
            {f"numbers.{place}": [N_("The number of a card has 4 to 32 letters and digits.")]}
        )
    return found


def _add(session: Session, numbers: list[str], how: str, *, actor: Actor, at: datetime) -> None:
    rows = [
        {"id": ids.new(), "number": number, "state": "blank", "issued_at": at} for number in numbers
    ]
    session.connection().execute(_MAKE, rows)
    new = {"count": len(numbers), "how": how}
    audit.record(session, actor, "cards.stocked", "cards", new=new, at=at)


def hand_out(session: Session, text: str, customer_id: UUID, *, at: datetime) -> Card:
    """Let a blank card be a customer's. Of two who hand out the same one, one does.

    Raises:
        CardNotFound: there is no card with this number.
        CardTaken: it is somebody's already.
        CardWithdrawn: it was withdrawn.
    """
    number = ids.normalise(text)
    values = {"wanted": number, "customer": customer_id, "now": at}
    id = session.connection().execute(_HAND_OUT, values).scalar()
    if id is None:
        raise _why_not(session, number)
    return session.get_one(Card, id)


def _why_not(session: Session, number: str) -> Refusal:
    """Return why a card cannot be handed out."""
    state = session.scalar(select(STATE).where(_CARD.c.number == number))
    if state is None:
        return CardNotFound()
    return CardWithdrawn(number=number) if state == "withdrawn" else CardTaken()


def check_handed_out(number: str, state: str) -> None:
    """Let a card through that is somebody's.

    Raises:
        CardBlank: it is nobody's yet.
        CardWithdrawn: it was withdrawn before it was anybody's.
    """
    if state == "blank":
        raise CardBlank(number=number)
    if state == "withdrawn":
        raise CardWithdrawn(number=number)


def withdraw(session: Session, made_at: datetime, *, actor: Actor, at: datetime) -> int:
    """Withdraw for good the cards that are still blank of those made together; return how many.

    Those that were handed out stay as they are.
    """
    count = session.connection().execute(_WITHDRAW, {"made": made_at, "now": at}).rowcount
    if count:
        new = {"count": count, "made_at": made_at.isoformat()}
        audit.record(session, actor, "cards.withdrawn", "cards", new=new, at=at)
    return count


def is_card(session: Session, number: str) -> bool:
    """Tell whether a normalised text is the number of a card, whatever became of it."""
    return session.scalar(select(Card.id).where(Card.number == number)) is not None


def count(session: Session) -> int:
    """Return how many blank cards can be handed out."""
    return session.scalar(select(func.count()).select_from(Card).where(_BLANK)) or 0


def batches(session: Session, *, most: int = 50) -> list[Batch]:
    """Return the blank cards by when they were made, the latest first."""
    rows = (
        select(Card.issued_at, func.count())
        .where(_BLANK)
        .group_by(Card.issued_at)
        .order_by(Card.issued_at.desc())
        .limit(most)
    )
    return [Batch(*row) for row in session.execute(rows)]


def blanks(
    session: Session, made_at: datetime | None, *, after: str = "", most: int | None = None
) -> list[str]:
    """Return the numbers of blank cards in their order, from one on; of those made together."""
    rows = select(Card.number).where(_BLANK, Card.number > after)
    if made_at:
        rows = rows.where(Card.issued_at == made_at)
    return list(session.scalars(rows.order_by(Card.number).limit(most)))
