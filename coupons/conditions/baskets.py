"""Conditions about what is bought."""

from dataclasses import dataclass
from typing import ClassVar

from core.errors import Refusal
from coupons.basket import EVERYTHING, Products
from coupons.conditions.case import NOTHING, Case
from coupons.errors import (
    BasketNeeded,
    BasketTooSmall,
    LinesNeeded,
    ProductsMissing,
    QuantityTooSmall,
)


@dataclass(frozen=True, slots=True)
class MinimumBasket:
    """The basket comes to an amount before any discount, tax in."""

    amount: int
    kind: ClassVar[str] = "minimum_basket"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return how much is missing."""
        if case.basket is None:
            return BasketNeeded()
        if case.basket.total >= self.amount:
            return None
        return BasketTooSmall(
            minimum=self.amount, total=case.basket.total, missing=self.amount - case.basket.total
        )


@dataclass(frozen=True, slots=True)
class MinimumQuantity:
    """So many pieces are in the basket, of all products or of some."""

    quantity: int
    on: Products = EVERYTHING
    kind: ClassVar[str] = "minimum_quantity"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return how many are missing."""
        if case.basket is None:
            return BasketNeeded()
        if not case.basket.lines:
            return LinesNeeded()
        found = case.basket.pieces(self.on.positions(case.basket))
        if found >= self.quantity:
            return None
        return QuantityTooSmall(minimum=self.quantity, missing=self.quantity - found)


@dataclass(frozen=True, slots=True)
class HasProducts:
    """At least one of these products, or of these categories or tags, is in the basket."""

    on: Products
    kind: str = "products"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return what the basket lacks."""
        if case.basket is None:
            return BasketNeeded()
        if not case.basket.lines:
            return LinesNeeded()
        return None if self.on.positions(case.basket) else ProductsMissing()
