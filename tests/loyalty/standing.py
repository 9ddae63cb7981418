"""What the tests of tiers have in common: a ladder, and a customer who buys."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.models import Shop
from loyalty import checkout, programme, refunding, tiers, voiding
from loyalty.models import Tier
from loyalty.refunding import Wanted
from loyalty.tiers import reading
from tests.factories import MANAGER, NOON, make_customer, make_order, make_shop

BRONZE, SILVER, GOLD = ("bronze", 100, 50), ("silver", 500, 400), ("gold", 1000, 800)


def make_ladder(
    session: Session,
    *rungs: tuple[str, int, int],
    at: datetime = NOON,
    **settings: Any,
) -> list[Tier]:
    """Set up tiers (key, entry, renewal), the lowest first; they count points unless told."""
    change_ladder(session, **{"by": "points"} | settings)
    return [
        tiers.add(
            session, key=key, name={"en": key.title()}, rank=(i + 1) * 10, entry=entry,
            renewal=renewal, perks={}, actor=SYSTEM, at=at,
        )
        for i, (key, entry, renewal) in enumerate(rungs or (BRONZE, SILVER, GOLD))
    ]  # fmt: skip


def change_ladder(session: Session, **settings: Any) -> None:
    programme.change(session, {"tiers": settings}, actor=SYSTEM, at=NOON)
    session.flush()


@dataclass
class Member:
    """A customer with a card, at a shop."""

    session: Session
    id: UUID
    card: str
    shop: Shop

    def buy(self, points: int, at: datetime, **given: Any) -> UUID:
        """Buy for so many points: a point for each whole unit."""
        order = make_order(self.shop, total=points * 100, card=self.card, **given)
        done = checkout.settle(self.session, order, actor=MANAGER, at=at)
        self.session.flush()
        assert done.id
        self.news = done.news
        return done.id

    def void(self, purchase_id: UUID, at: datetime) -> None:
        voiding.void(self.session, purchase_id, "returned", actor=MANAGER, at=at)
        self.session.flush()

    def refund(self, purchase_id: UUID, points: int, at: datetime) -> None:
        """Give back what so many points were earned for."""
        wanted = Wanted(amount=points * 100)
        refunding.refund(self.session, purchase_id, wanted, "broken", actor=MANAGER, at=at)
        self.session.flush()

    def night(self, at: datetime) -> None:
        """Write down what is due, as the night does."""
        reading.write_due(self.session.connection(), self.id, at=at)

    def tier(self, at: datetime) -> str | None:
        return tiers.key_of(self.session.connection(), self.id, at=at)

    def place(self, at: datetime) -> tuple[str | None, datetime | None]:
        """Return the tier at an instant and until when it is held."""
        found = tiers.standing(self.session.connection(), self.id, at=at)
        return (found.rung.key if found.rung else None), found.until

    def told(self, at: datetime) -> list[tuple[str | None, str | None, str, int | None]]:
        """Return the changes until an instant, oldest first: from, to, reason, reached."""
        found = tiers.history(self.session.connection(), self.id, at=at)
        return [
            (one.before and one.before.key, one.after and one.after.key, one.reason, one.reached)
            for one in reversed(found)
        ]  # fmt: skip


def make_member(session: Session, shop: Shop | None = None) -> Member:
    customer, card = make_customer(session)
    return Member(session, customer.id, card.number, shop or make_shop(session))
