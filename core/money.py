"""Money and points are both whole numbers, and must never be mistaken for one another."""

from typing import NewType

from babel.numbers import get_currency_precision

Money = NewType("Money", int)
"""Whole minor units of the merchant's currency: 1250 is 12.50 EUR, or 1250 JPY."""

Points = NewType("Points", int)
"""Whole points."""

Units = NewType("Units", int)
"""Whole units of whatever a quota counts: uses, minor units, places."""

LARGEST = 10**12
"""No single amount is larger: ten thousand million in a currency with two decimals."""


def exponent(currency: str) -> int:
    """Return how many decimals a currency has: EUR 2, JPY 0, BHD 3 (ISO 4217)."""
    return get_currency_precision(currency)


def share(amount: int, numerator: int, denominator: int) -> int:
    """Return amount x numerator / denominator, rounded half up to a whole unit."""
    return (2 * amount * numerator + denominator) // (2 * denominator)


def split(amount: int, weights: list[int]) -> list[int]:
    """Divide an amount in proportion to weights so that the parts sum to it exactly.

    By cumulative rounding: each part is the difference of two rounded running totals, so
    no unit is lost or invented, and no part is negative.
    """
    total = sum(weights)
    parts, seen, given = [], 0, 0
    for weight in weights:
        seen += weight
        upto = amount * seen // total if total else 0
        parts.append(upto - given)
        given = upto
    return parts
