"""The rates at which points are earned, as the owner has set them. Read once, never changed."""

from dataclasses import dataclass
from datetime import date, datetime, time
from fractions import Fraction
from typing import Any

from core import clock
from coupons.basket import EVERYTHING, Basket, Products, products
from coupons.conditions import Slot, WeeklyHours

Terms = dict[str, Any]

PERIODS = ("day", "week", "month", "year")
"""In which points can be capped, by the calendar of the merchant; a week begins on Monday."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many points for each so many minor units of some products."""

    points: int
    per: int
    on: Products = EVERYTHING

    @property
    def worth(self) -> Fraction:
        """Return the points for a minor unit."""
        return Fraction(self.points, self.per)


@dataclass(frozen=True, slots=True)
class Multiplier:
    """Points count several times for some tiers, at some hours, on some days, for some products.

    All that is said must hold. Hours and days are those of the shop.
    """

    hundredths: int
    tiers: frozenset[str] = frozenset()
    weekly: WeeklyHours | None = None
    on: Products = EVERYTHING
    first: date | None = None
    last: date | None = None

    def holds(self, tier: str | None, at: datetime, zone: str) -> bool:
        """Tell whether it counts for a customer at a moment, on whatever products."""
        if self.tiers and tier not in self.tiers:
            return False
        if self.weekly and not self.weekly.holds(at, zone):
            return False
        day = clock.local_day(at, zone)
        return not (self.first and day < self.first) and not (self.last and day > self.last)

    @property
    def kind(self) -> str:
        """Return what it is for, in a word: the tier, the time, products, or everybody."""
        if self.tiers:
            return "tier"
        if self.weekly or self.first or self.last:
            return "time"
        return "products" if self.on else "all"


@dataclass(frozen=True, slots=True)
class Cap:
    """No more points are earned in a period."""

    per: str
    points: int


@dataclass(frozen=True, slots=True)
class Earning:
    """How points are earned beside the usual rate.

    Attributes:
        rates: of products; the first that a line is one of is its rate instead of the usual one.
        multipliers: all that hold multiply one another.
        exclusions: what earns nothing; if it names no products, everything earns.
        cap_purchase: so many points at most for one purchase.
        caps: so many at most in a period.
    """

    by_visit: bool = False
    rates: tuple[Rate, ...] = ()
    multipliers: tuple[Multiplier, ...] = ()
    exclusions: Products = EVERYTHING
    cap_purchase: int | None = None
    caps: tuple[Cap, ...] = ()

    def excluded(self, basket: Basket) -> frozenset[int]:
        """Return the positions of the lines that earn nothing."""
        return frozenset(self.exclusions.positions(basket) if self.exclusions else ())


def read(terms: Terms) -> Earning:
    """Return how points are earned, as the terms describe it."""
    return Earning(
        by_visit=terms.get("by") == "visit",
        rates=tuple(
            Rate(one["points"], one["per"], products(one["on"])) for one in terms.get("rates") or ()
        ),
        multipliers=tuple(_multiplier(one) for one in terms.get("multipliers") or ()),
        exclusions=products(terms.get("exclusions") or {}),
        cap_purchase=terms.get("cap_purchase"),
        caps=tuple(Cap(one["per"], one["points"]) for one in terms.get("caps") or ()),
    )


def factor_of(text: str) -> int | None:
    """Read how many times points count, in hundredths (1.5 is 150), or None if it is no such text.

    It is above 0 and at most 100, with at most two decimals.
    """
    whole, dot, decimals = text.partition(".")
    digits = whole + decimals
    if not (digits.isascii() and digits.isdigit() and whole) or bool(dot) != bool(decimals):
        return None
    if len(whole) > len("100") or len(decimals) > len("00"):
        return None
    found = int(whole) * 100 + int((decimals or "0").ljust(2, "0"))
    return found if 0 < found <= 100 * 100 else None


def _multiplier(terms: Terms) -> Multiplier:
    weekly = terms.get("weekly")
    return Multiplier(
        factor_of(terms["factor"]) or 100,
        frozenset(terms.get("tiers") or ()),
        WeeklyHours(tuple(_slot(one) for one in weekly)) if weekly else None,
        products(terms.get("on") or {}),
        first=_day(terms.get("from")),
        last=_day(terms.get("until")),
    )


def _slot(terms: Terms) -> Slot:
    start, end = time.fromisoformat(terms["from"]), time.fromisoformat(terms["until"])
    return Slot(frozenset(terms["days"]), start, end)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
