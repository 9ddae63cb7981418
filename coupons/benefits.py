"""What does an offer give? Pure: no session, no clock, no request.

A benefit looks at what is left of each line after the coupons before it, and returns what it
takes off, line by line, in minor units. The parts sum to the whole by construction.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

from core import money
from core.errors import N_, InvalidRequest, Refusal
from coupons.basket import EVERYTHING, Basket, Products, products
from coupons.errors import BasketNeeded, CardNeeded, LinesNeeded, NoBenefit, ProductsMissing

WHOLE = 10_000
"""A hundred per cent, in hundredths of a per cent."""


@dataclass(frozen=True, slots=True)
class Given:
    """What a coupon gives on one basket: money off by line position, and bonus points."""

    lines: dict[int, int] = field(default_factory=dict)
    points: int = 0

    @property
    def discount(self) -> int:
        """Return the money off in all."""
        return sum(self.lines.values())


class Benefit(Protocol):
    """One kind of benefit; smaller ranks are applied first, whatever order they came in."""

    @property
    def rank(self) -> int:
        """Return where in the order of benefits it stands."""
        ...

    def give(self, basket: Basket | None, left: list[int], *, has_card: bool) -> Given | Refusal:
        """Return what it gives on what is left of the lines, or why it gives nothing."""
        ...


def _eligible(on: Products, basket: Basket) -> list[int] | Refusal:
    if on and not basket.lines:
        return LinesNeeded()
    return on.positions(basket) or ProductsMissing()


@dataclass(frozen=True, slots=True)
class FreeItem:
    """One piece of a product for nothing, or something that is handed over without a price.

    ``on`` names products of which at least one must be bought.
    """

    sku: str | None = None
    text: str | None = None
    on: Products = EVERYTHING
    rank: int = 0

    def give(self, basket: Basket | None, left: list[int], *, has_card: bool) -> Given | Refusal:
        """Return the price of one piece off its line, or nothing off for what has no price."""
        if basket is None:
            return BasketNeeded() if self.sku or self.on else Given()
        if self.on and isinstance(missing := _eligible(self.on, basket), Refusal):
            return missing
        if self.sku is None:
            return Given()
        eligible = _eligible(Products(skus=frozenset({self.sku})), basket)
        if isinstance(eligible, Refusal):
            return eligible
        position = max(eligible, key=lambda i: left[i])
        line = basket.lines[position]
        off = min(money.share(line.amount, 1, line.quantity), left[position])
        return Given({position: off}) if off else NoBenefit()


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of the price, rounded half up on each line; ``hundredths`` of a per cent."""

    hundredths: int
    cap: int | None = None
    on: Products = EVERYTHING
    rank: int = 1

    def give(self, basket: Basket | None, left: list[int], *, has_card: bool) -> Given | Refusal:
        """Return the share of each line; a cap is divided in proportion to the shares."""
        if basket is None:
            return Given()
        eligible = _eligible(self.on, basket)
        if isinstance(eligible, Refusal):
            return eligible
        off = [money.share(left[i], self.hundredths, WHOLE) for i in eligible]
        if self.cap is not None and sum(off) > self.cap:
            off = money.split(self.cap, off)
        return _given(eligible, off)


@dataclass(frozen=True, slots=True)
class Amount:
    """A fixed amount of minor units, at most what the lines come to."""

    amount: int
    on: Products = EVERYTHING
    rank: int = 2

    def give(self, basket: Basket | None, left: list[int], *, has_card: bool) -> Given | Refusal:
        """Return the amount divided over the lines in proportion to what is left of them."""
        if basket is None:
            return Given()
        eligible = _eligible(self.on, basket)
        if isinstance(eligible, Refusal):
            return eligible
        weights = [left[i] for i in eligible]
        return _given(eligible, money.split(min(self.amount, sum(weights)), weights))


@dataclass(frozen=True, slots=True)
class BonusPoints:
    """A fixed number of points on top; takes nothing off the price."""

    points: int
    on: Products = EVERYTHING
    rank: int = 3

    def give(self, basket: Basket | None, left: list[int], *, has_card: bool) -> Given | Refusal:
        """Return the points, for whom there is a card to book them on."""
        if not has_card:
            return CardNeeded()
        if self.on:
            if basket is None:
                return BasketNeeded()
            eligible = _eligible(self.on, basket)
            if isinstance(eligible, Refusal):
                return eligible
        return Given(points=self.points)


def _given(positions: list[int], off: list[int]) -> Given | Refusal:
    lines = {i: part for i, part in zip(positions, off, strict=True) if part}
    return Given(lines) if lines else NoBenefit()


def hundredths(percent: str) -> int:
    """Read a percentage of at most two decimals as hundredths of a per cent.

    Raises:
        InvalidRequest: it is not above 0 and at most 100.
    """
    if found := re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?", percent):
        value = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
        if 0 < value <= WHOLE:
            return value
    raise InvalidRequest({"benefit.percent": [N_("Above 0 and at most 100, such as 12.5.")]})


KINDS: dict[str, Callable[[dict[str, Any]], Benefit]] = {
    "percent": lambda t: Percent(
        hundredths(t["percent"]), t.get("cap"), products(t.get("on") or {})
    ),
    "amount": lambda t: Amount(t["amount"], products(t.get("on") or {})),
    "free_item": lambda t: FreeItem(t.get("sku"), t.get("text"), products(t.get("on") or {})),
    "points": lambda t: BonusPoints(t["points"], products(t.get("on") or {})),
}
"""Every kind of benefit and how its terms are read."""


def read(terms: dict[str, Any]) -> Benefit:
    """Return the benefit that terms describe."""
    return KINDS[terms["kind"]](terms)
