"""Pieces for nothing or for less: a free item, the cheapest one, buy some and get some."""

from bisect import bisect_right
from dataclasses import dataclass

from core import money
from core.errors import Refusal
from coupons.basket import EVERYTHING, Basket, Products
from coupons.benefits.given import WHOLE, Ask, Given, eligible, eligible_pieces, given
from coupons.benefits.runs import Run, cheapest_first, count, dearest_first, runs, take, values
from coupons.errors import (
    BasketNeeded,
    FreePieceMissing,
    LinesNeeded,
    NoBenefit,
    ProductsMissing,
    QuantityTooSmall,
)


@dataclass(frozen=True, slots=True)
class FreeItem:
    """One piece of a product for nothing, or something that is handed over without a price.

    ``on`` names products of which at least one must be bought.
    """

    sku: str | None = None
    text: str | None = None
    on: Products = EVERYTHING
    rank: int = 0

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the price of one piece off its line, or nothing off for what has no price."""
        if ask.basket is None:
            return BasketNeeded() if self.sku or self.on else Given()
        if self.on and isinstance(missing := eligible(self.on, ask), Refusal):
            return missing
        if self.sku is None:
            return Given()
        positions = eligible(Products(skus=frozenset({self.sku})), ask)
        if isinstance(positions, Refusal):
            return positions
        position = max(positions, key=lambda i: ask.left[i])
        line = ask.basket.lines[position]
        off = min(money.share(line.amount, 1, line.quantity), ask.left[position])
        return given([(position, off)])


@dataclass(frozen=True, slots=True)
class FreePieces:
    """So many of the cheapest or the dearest pieces for nothing, or for a share less.

    Where there are fewer pieces than ``pieces`` all of them are; ``at_least`` must be bought.
    """

    is_cheapest: bool
    pieces: int
    at_least: int = 1
    hundredths: int = WHOLE
    on: Products = EVERYTHING
    rank: int = 0

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the price of those pieces, or the share of it."""
        positions = eligible_pieces(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        if ask.basket is None:
            return BasketNeeded()
        found = runs(ask.basket, ask.left, positions)
        if not found:
            return NoBenefit()
        missing = self.at_least - count(found)
        if missing > 0:
            return QuantityTooSmall(minimum=self.at_least, missing=missing)
        ordered = cheapest_first(found) if self.is_cheapest else dearest_first(found)
        return given(_shares(take(ordered, self.pieces)[0], self.hundredths))


@dataclass(frozen=True, slots=True)
class Some:
    """So many pieces of some products."""

    quantity: int
    on: Products = EVERYTHING


@dataclass(frozen=True, slots=True)
class BuyGet:
    """Who pays for some pieces gets others for nothing, or for a share less, so many times.

    No piece is both paid for and given. The dearest are paid for and the cheapest are given. The
    last set may be given in part: with "buy 2, get 2" the third piece is free already.
    """

    buy: Some
    get: Some
    hundredths: int = WHOLE
    times: int | None = None
    rank: int = 0

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the price of the pieces that are given, or the share of it."""
        if ask.basket is None:
            return BasketNeeded()
        if not ask.basket.lines:
            return LinesNeeded()
        only_buy, both, only_get = self._sorts(ask.basket, ask.left)
        sets, pieces = self._most(count(only_buy), count(both), count(only_get))
        if not pieces:
            return self._missing(count(only_buy) + count(both))
        paid = max(0, sets * self.buy.quantity - count(only_buy))
        _, others = take(dearest_first(both), paid)
        free, _ = take(cheapest_first([*others, *only_get]), pieces)
        return given(_shares(free, self.hundredths))

    def _missing(self, bought: int) -> Refusal:
        """Return what the basket lacks, where nothing can be given."""
        least = self.buy.quantity + (self.buy.on == self.get.on)
        if not bought:
            return ProductsMissing()
        if bought < least:
            return QuantityTooSmall(minimum=least, missing=least - bought)
        return FreePieceMissing(quantity=self.get.quantity)

    def _sorts(self, basket: Basket, left: list[int]) -> tuple[list[Run], list[Run], list[Run]]:
        """Return the pieces that can only be paid for, that can be either, only be given."""
        buy, get = set(self.buy.on.positions(basket)), set(self.get.on.positions(basket))
        return (
            runs(basket, left, sorted(buy - get)),
            runs(basket, left, sorted(buy & get)),
            runs(basket, left, sorted(get - buy)),
        )

    def _most(self, only_buy: int, both: int, only_get: int) -> tuple[int, int]:
        """Return in how many sets the most pieces can be given, and how many that are."""
        most = (only_buy + both) // self.buy.quantity
        if self.times is not None:
            most = min(most, self.times)

        def can_be_given(sets: int) -> int:
            return only_get + both - max(0, sets * self.buy.quantity - only_buy)

        def promised(sets: int) -> int:
            return sets * self.get.quantity

        full = (
            bisect_right(range(most + 1), 0, key=lambda sets: promised(sets) - can_be_given(sets))
            - 1
        )
        found = {
            sets: min(promised(sets), can_be_given(sets))
            for sets in (full, full + 1)
            if sets <= most
        }
        sets = max(found, key=lambda sets: (found[sets], -sets))
        return sets, found[sets]


def _shares(pieces: list[Run], hundredths: int) -> list[tuple[int, int]]:
    """Return a share of what some pieces cost, rounded half up on each line."""
    return [(i, money.share(it, hundredths, WHOLE)) for i, it in values(pieces).items()]
