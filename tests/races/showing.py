"""Cards as they are shown and handed out, by many at once."""

from uuid import UUID

from core import ids
from core.db import Database
from loyalty import cards, steps
from tests.factories import MANAGER, NOON


def take(database: Database, key: bytes, card_id: UUID, shown: str) -> None:
    """Take the picture of a card at a till that nobody else is."""
    till = f"till:{ids.new().hex}"
    database.transact(lambda s: steps.take(s.connection(), key, card_id, shown, by=till, at=NOON))


def take_again(database: Database, key: bytes, card_id: UUID, shown: str) -> None:
    """Take the picture of a card at the same till as all the others."""
    database.transact(lambda s: steps.take(s.connection(), key, card_id, shown, by="till", at=NOON))


def hand_out(database: Database, number: str) -> None:
    """Hand a blank card out to somebody new."""
    database.transact(lambda s: cards.enrol(s, card=number, actor=MANAGER, at=NOON))
