"""What a benefit looks at, and what it gives."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.errors import N_, InvalidRequest, Refusal
from coupons.basket import Basket, Products
from coupons.errors import BasketNeeded, LinesNeeded, NoBenefit, ProductsMissing

WHOLE = 10_000
"""A hundred per cent, in hundredths of a per cent."""

MOST_FACTOR = 10_000
"""Points times a hundred, in hundredths."""


@dataclass(frozen=True, slots=True)
class Ask:
    """What a benefit is asked about.

    Attributes:
        left: what is left of each line after the coupons before this one.
        first: what each line cost before any discount.
        base: which of the two a percentage or an amount is taken from, "running" or "first".
        stamp_cards: those that can be collected; None where nobody asked.
        over: the offers of which nobody is given a coupon, and why.
    """

    basket: Basket | None
    left: list[int]
    first: list[int]
    has_card: bool
    at: datetime
    zone: str
    base: str = "running"
    stamp_cards: frozenset[UUID] | None = None
    over: Mapping[UUID, Refusal] = field(default_factory=dict)

    @property
    def amounts(self) -> list[int]:
        """Return the amounts that a percentage or an amount is taken from."""
        return self.first if self.base == "first" else self.left


@dataclass(frozen=True, slots=True)
class Factor:
    """The points earned on some lines, or on all of them, are multiplied: 200 is double."""

    lines: tuple[int, ...] | None
    hundredths: int


@dataclass(frozen=True, slots=True)
class Stamps:
    """So many stamps on a stamp card."""

    stamp_card: UUID
    stamps: int


@dataclass(frozen=True, slots=True)
class Given:
    """What a coupon gives on one basket.

    Attributes:
        lines: the money off by line position.
        points: bonus points.
        next_offer: the offer that the customer gets a coupon on.
        covered: the positions of the lines under a money-back guarantee.
        guarantee_days: for how many days they are.
        reasons: the reasons for which the money is given back, each with its key and words.
    """

    lines: dict[int, int] = field(default_factory=dict)
    points: int = 0
    factors: tuple[Factor, ...] = ()
    stamps: tuple[Stamps, ...] = ()
    next_offer: UUID | None = None
    covered: tuple[int, ...] = ()
    guarantee_days: int | None = None
    reasons: tuple[dict[str, Any], ...] = ()

    @property
    def discount(self) -> int:
        """Return the money off in all."""
        return sum(self.lines.values())


class Benefit(Protocol):
    """One kind of benefit; smaller ranks are applied first where the priority is the same."""

    @property
    def rank(self) -> int:
        """Return where in the order of benefits it stands."""
        ...

    def give(self, ask: Ask) -> Given | Refusal:
        """Return what it gives on what is left of the lines, or why it gives nothing."""
        ...


def eligible(on: Products, ask: Ask) -> list[int] | Refusal:
    """Return the positions of the lines a benefit is about, or why there are none."""
    if ask.basket is None:
        return BasketNeeded()
    if on and not ask.basket.lines:
        return LinesNeeded()
    return on.positions(ask.basket) or ProductsMissing()


def eligible_pieces(on: Products, ask: Ask) -> list[int] | Refusal:
    """Return the positions of the lines whose pieces a benefit counts: a bare total has none."""
    if ask.basket is not None and not ask.basket.lines:
        return LinesNeeded()
    return eligible(on, ask)


def given(off: Iterable[tuple[int, int]]) -> Given | Refusal:
    """Return the money off by line, unless it comes to nothing."""
    lines = {position: part for position, part in sorted(off) if part > 0}
    return Given(lines) if lines else NoBenefit()


def _fixed(text: str) -> int | None:
    """Read a number of at most two decimals in hundredths."""
    found = re.fullmatch(r"(\d{1,3})(?:\.(\d{1,2}))?", text, re.ASCII)
    return int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0")) if found else None


def hundredths(percent: str) -> int:
    """Read a percentage of at most two decimals as hundredths of a per cent.

    Raises:
        InvalidRequest: it is not above 0 and at most 100.
    """
    value = _fixed(percent)
    if value is None or not 0 < value <= WHOLE:
        raise InvalidRequest({"benefit.percent": [N_("Above 0 and at most 100, such as 12.5.")]})
    return value


def factor(text: str) -> int:
    """Read how many times the points are given, in hundredths: 1.5 is 150.

    Raises:
        InvalidRequest: it is not above 1 and at most 100.
    """
    value = _fixed(text)
    if value is None or not 100 < value <= MOST_FACTOR:  # noqa: PLR2004  # once is no benefit
        raise InvalidRequest({"benefit.factor": [N_("Above 1 and at most 100, such as 1.5.")]})
    return value
