"""The changing picture of a card on a phone: a new one every 30 seconds, each taken by one.

A step is the number of half minutes since 1970; its picture carries eight characters that only
whoever knows the secret can work out. A photograph of it is worth nothing a minute later.
"""

import hmac
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, or_, update

from core import ids
from core.db import table
from loyalty.errors import PictureOld, PictureUsed
from loyalty.models import Card

LASTS = 30
"""Seconds."""

LENGTH = 8
"""Characters, five bits each. Whoever guesses them is shut out long before they are found."""

NEAR = (0, -1, 1)
"""Which steps are taken beside the present one, for clocks and for hands that are slow."""

_CARD = table(Card)
_TAKE = (
    update(_CARD)
    .where(
        _CARD.c.id == bindparam("card"),
        or_(
            _CARD.c.last_step.is_(None),
            _CARD.c.last_step < bindparam("step"),
            and_(_CARD.c.last_step == bindparam("step"), _CARD.c.last_step_by == bindparam("by")),
        ),
    )
    .values(last_step=bindparam("step"), last_step_by=bindparam("by"))
    .returning(_CARD.c.id)
)


def key(secret: str) -> bytes:
    """Return the key of the pictures, derived from the secret of the installation."""
    return hmac.digest(secret.encode(), b"card steps", "sha256")


def make(key: bytes, card_id: UUID, *, at: datetime) -> str:
    """Return what the picture of a card carries at a moment."""
    return _of(key, card_id, _number(at))


def left(at: datetime) -> float:
    """Return how many seconds the picture of a moment still lasts."""
    return LASTS - at.timestamp() % LASTS


def take(
    connection: Connection, key: bytes, card_id: UUID, shown: str, *, by: str, at: datetime
) -> None:
    """Take the picture of a card that was shown; none before it is taken any more.

    Whoever took it takes the same one again: their answer may have been lost, or a sale begun anew.

    Args:
        connection: of the transaction.
        key: of the pictures.
        card_id: the card.
        shown: what its picture carries.
        by: who takes it: a till, or a key.
        at: the moment.

    Raises:
        PictureOld: it is no picture of this moment.
        PictureUsed: somebody else has taken it, or anybody a later one.
    """
    now = _number(at)
    fits = [now + by for by in NEAR if hmac.compare_digest(_of(key, card_id, now + by), shown)]
    if not fits:
        raise PictureOld
    if connection.execute(_TAKE, {"card": card_id, "step": fits[0], "by": by}).first() is None:
        raise PictureUsed


def _number(at: datetime) -> int:
    return int(at.timestamp()) // LASTS


def _of(key: bytes, card_id: UUID, number: int) -> str:
    bits = int.from_bytes(hmac.digest(key, card_id.bytes + number.to_bytes(8, "big"), "sha256"))
    return "".join(ids.ALPHABET[bits >> 5 * place & 31] for place in range(LENGTH))
