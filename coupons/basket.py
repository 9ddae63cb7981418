"""What the customer is about to buy, as the till sees it. Amounts are tax-in minor units."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from core.money import Money


@dataclass(frozen=True, slots=True)
class Line:
    """Some of one product, and what all of it costs."""

    amount: Money
    quantity: int = 1
    sku: str | None = None
    category: str | None = None
    tax_rate: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Basket:
    """One sale before any discount; ``lines`` is empty where the till knows only the total."""

    currency: str
    total: Money
    lines: tuple[Line, ...] = ()

    def amounts(self) -> list[int]:
        """Return the amounts that discounts are taken from: of each line, or the bare total."""
        return [line.amount for line in self.lines] if self.lines else [self.total]

    def pieces(self, positions: Iterable[int]) -> int:
        """Return how many pieces some of the lines are together."""
        return sum(self.lines[i].quantity for i in positions)


@dataclass(frozen=True, slots=True)
class Products:
    """Which lines something is about: by product, category or tag; about all if none is named."""

    skus: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        """Tell whether this narrows anything down."""
        return bool(self.skus or self.categories or self.tags)

    def positions(self, basket: Basket) -> list[int]:
        """Return the positions of the lines this is about."""
        if not self:
            return list(range(len(basket.amounts())))
        return [
            i
            for i, line in enumerate(basket.lines)
            if line.sku in self.skus
            or line.category in self.categories
            or not self.tags.isdisjoint(line.tags)
        ]


EVERYTHING = Products()


def products(terms: dict[str, Any]) -> Products:
    """Read a product list from terms."""
    return Products(
        frozenset(terms.get("skus") or ()),
        frozenset(terms.get("categories") or ()),
        frozenset(terms.get("tags") or ()),
    )


@dataclass(frozen=True, slots=True)
class Sale:
    """The purchase that coupons are redeemed with."""

    purchase_id: UUID
    shop_id: UUID
    customer_id: UUID | None
    pseudonym: str | None
    occurred_at: datetime
    zone: str = "UTC"
