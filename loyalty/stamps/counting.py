"""How many stamps a purchase gives, and into which books they go. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core import clock, ids
from coupons.basket import Basket, products

MOST_FULL = 20
"""One purchase fills so many books of a card at most."""


@dataclass(frozen=True, slots=True)
class Card:
    """What gives a stamp, how many fill a book, and what a full one is worth."""

    id: UUID
    name: dict[str, str]
    per: str
    products: dict[str, Any]
    minimum: int
    needed: int
    daily_cap: int | None
    expiry_months: int | None
    reward_points: int | None
    reward_offer_id: UUID | None

    def earned(self, basket: Basket | None) -> int:
        """Return the stamps of a basket: one for a visit, or one for each piece.

        The minimum is before any discount; where there is a list of products, only they count
        towards it.
        """
        if basket is None or self.per == "coupon":
            return 0
        about = products(self.products)
        positions = about.positions(basket)
        amounts = basket.amounts()
        if not positions or sum(amounts[i] for i in positions) < self.minimum:
            return 0
        if self.per == "visit":
            return 1
        return basket.pieces(positions) if basket.lines else 0

    def expires_at(self, at: datetime, zone: str) -> datetime | None:
        """Return when a book that is begun now expires: at a month's end in the merchant's zone."""
        if self.expiry_months is None:
            return None
        day = clock.add_months(clock.local_day(at, zone), self.expiry_months)
        return clock.month_end(day, zone)


@dataclass(frozen=True, slots=True)
class Book:
    """One book of a customer that is not full; ``id`` is None of one that is yet to be begun."""

    id: UUID | None
    number: int
    needed: int
    stamps: int = 0


@dataclass(frozen=True, slots=True)
class Put:
    """Some stamps that go into one book."""

    book: Book
    stamps: int

    @property
    def held(self) -> int:
        """Return how many stamps are in the book then."""
        return self.book.stamps + self.stamps

    @property
    def full(self) -> bool:
        return self.held == self.book.needed


def capped(card: Card, basket: Basket | None, *, by_coupons: int, today: int) -> int:
    """Return the stamps a purchase gives on a card.

    Those of coupons come always; what the purchase itself gives stops at the cap of the day, of
    which ``today`` are used up.
    """
    earned = card.earned(basket)
    if card.daily_cap is not None:
        earned = min(earned, max(0, card.daily_cap - today))
    return min(earned + by_coupons, MOST_FULL * card.needed)


def put(card: Card, books: Sequence[Book], stamps: int, *, last: int) -> list[Put]:
    """Divide stamps over the books that are open, oldest first, and as many new ones as it takes.

    ``last`` is the number of the newest book there is.
    """
    found: list[Put] = []
    for book in books:
        part = min(stamps, book.needed - book.stamps)
        if part:
            found.append(Put(book, part))
            stamps -= part
    while stamps:
        last += 1
        part = min(stamps, card.needed)
        found.append(Put(Book(None, last, card.needed), part))
        stamps -= part
    return found


def told(card: Card, puts: Sequence[Put]) -> dict[str, Any]:
    """Return what a customer is told: the stamps given, those in the open book, and rewards."""
    newest, full = puts[-1], sum(1 for one in puts if one.full)
    reward: dict[str, Any] | None = None
    if full and card.reward_points is not None:
        reward = {"points": full * card.reward_points}
    elif full and card.reward_offer_id is not None:
        reward = {"offer": ids.public("of", card.reward_offer_id), "coupons": full}
    return {
        "stamp_card": ids.public("sc", card.id),
        "name": card.name,
        "stamps": sum(one.stamps for one in puts),
        "held": 0 if newest.full else newest.held,
        "needed": card.needed if newest.full else newest.book.needed,
        "full": full,
        "reward": reward,
    }
