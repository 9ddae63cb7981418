"""What a purchase earns. Pure and exact: fractions all the way, and one rounding at the very end.

Points are earned on what was paid in money, line by line. Excluded lines earn nothing; a line has
the first of the product rates that it is one of, else the usual rate; every multiplier that holds
and every coupon's factor multiply one another. The sum over the lines is rounded once, then
capped by purchase and by period. The bonus points of coupons come on top, whatever the caps say.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any

from core import money
from coupons.basket import Basket
from coupons.benefits import Factor
from loyalty.programme import Rules
from loyalty.rates import Multiplier, Rate

InPeriod = Callable[[str], int]
"""How many points were earned already in the present day, week, month or year."""


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid in money, and for what.

    Attributes:
        left: what is left of each line of the basket after the discounts, or of its bare total.
        to_pay: what of it is paid in money, not in points.
        at: when, and ``zone`` is that of the shop.
        tier: the key of the customer's tier.
        factors: of coupons.
        bonus: the fixed points of coupons.
    """

    basket: Basket | None
    left: list[int]
    to_pay: int
    at: datetime
    zone: str
    tier: str | None = None
    factors: tuple[Factor, ...] = ()
    bonus: int = 0


@dataclass(frozen=True, slots=True)
class Earned:
    """What a purchase earns, and why.

    Attributes:
        points: for what was paid, without the bonus.
        bonus: the fixed points of coupons.
        why: how it came about, as JSON; it is kept with the purchase.
    """

    points: int
    bonus: int
    why: dict[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Return all points."""
        return self.points + self.bonus


def earned(rules: Rules, paid: Paid, *, in_period: InPeriod) -> Earned:
    """Return what a purchase earns; ``in_period`` is asked only where a period has a cap."""
    why: dict[str, Any] = {"by": "visit" if rules.earning.by_visit else "money"}
    sums = _paid_by_line(rules, paid)
    excluded = [i for i, part in enumerate(sums) if part is None]
    if excluded:
        why["excluded"] = excluded
    counted = sum(part or 0 for part in sums)
    why["paid"] = counted
    exact = Fraction(0)
    if counted < rules.earn_minimum:
        why["minimum"] = rules.earn_minimum
    elif counted:
        factors = list(_factors(rules, paid))
        exact, said = _exact(rules, paid, sums, factors)
        why |= said
    points = _rounded(exact, rules.rounding)
    if points != exact:
        why["exact"], why["rounding"] = str(exact), rules.rounding
    points = _capped(rules, points, in_period, why)
    if paid.bonus:
        why["bonus"] = paid.bonus
    why["points"] = points
    return Earned(points, paid.bonus, why)


def _paid_by_line(rules: Rules, paid: Paid) -> list[int | None]:
    """Divide the money over the lines as much as is left of each; None is what earns nothing."""
    if paid.basket is None:
        return []
    excluded = rules.earning.excluded(paid.basket)
    sums = money.split(paid.to_pay, paid.left)
    return [None if i in excluded else part for i, part in enumerate(sums)]


@dataclass(frozen=True, slots=True)
class _Times:
    """Something that multiplies the points on some lines."""

    lines: frozenset[int] | None
    hundredths: int
    why: dict[str, Any]


def _factors(rules: Rules, paid: Paid) -> Iterator[_Times]:
    """Yield what multiplies, where it has any line to multiply: the programme's, then coupons'."""
    for number, one in enumerate(rules.earning.multipliers):
        if one.holds(paid.tier, paid.at, paid.zone):
            lines = _lines(one, paid)
            if lines is None or lines:
                why = {"times": _times(one.hundredths), "because": one.kind, "multiplier": number}
                yield _Times(lines, one.hundredths, why)
    for factor in paid.factors:
        some = None if factor.lines is None else frozenset(factor.lines)
        yield _Times(
            some, factor.hundredths, {"times": _times(factor.hundredths), "because": "coupon"}
        )


def _lines(one: Multiplier, paid: Paid) -> frozenset[int] | None:
    """Return the positions a multiplier is about, None for all; a bare total has no products."""
    if not one.on:
        return None
    return frozenset(one.on.positions(paid.basket) if paid.basket else ())


def _times(hundredths: int) -> str:
    whole, rest = divmod(hundredths, 100)
    return f"{whole}.{rest:02}".rstrip("0") if rest else str(whole)


def _exact(
    rules: Rules, paid: Paid, sums: list[int | None], factors: list[_Times]
) -> tuple[Fraction, dict[str, Any]]:
    """Return the points before they are rounded, and how they came about."""
    why: dict[str, Any] = {"factors": [one.why for one in factors]} if factors else {}
    if rules.earning.by_visit:
        return _by_visit(rules, sums, factors), why | {"visit": rules.earn_points}
    parts = _parts(rules, paid, sums, factors)
    exact = Fraction(0)
    why["parts"] = []
    for (rate, times), (lines, amount) in parts.items():
        product = rate.worth * amount
        for number in times:
            product *= Fraction(factors[number].hundredths, 100)
        exact += product
        said: dict[str, Any] = {"paid": amount, "points": rate.points, "per": rate.per}
        if len(parts) > 1:
            said["lines"] = lines
        if times:
            said["factors"] = list(times)
        why["parts"].append(said)
    return exact, why


def _by_visit(rules: Rules, sums: list[int | None], factors: list[_Times]) -> Fraction:
    """Return the points of a visit; a factor on products counts where one of them was paid."""
    exact = Fraction(rules.earn_points)
    paid = {i for i, part in enumerate(sums) if part}
    for one in factors:
        if one.lines is None or not one.lines.isdisjoint(paid):
            exact *= Fraction(one.hundredths, 100)
    return exact


_Key = tuple[Rate, tuple[int, ...]]


def _parts(
    rules: Rules, paid: Paid, sums: list[int | None], factors: list[_Times]
) -> dict[_Key, tuple[list[int], int]]:
    """Return the lines and the money by rate and by what multiplies them."""
    usual = Rate(rules.earn_points, rules.earn_per)
    special: dict[int, Rate] = {}
    if paid.basket and paid.basket.lines:
        for one in reversed(rules.earning.rates):
            special |= dict.fromkeys(one.on.positions(paid.basket), one)
    found: dict[_Key, tuple[list[int], int]] = {}
    for i, part in enumerate(sums):
        if part:
            times = tuple(n for n, f in enumerate(factors) if f.lines is None or i in f.lines)
            key = (special.get(i, usual), times)
            lines, amount = found.get(key, ([], 0))
            found[key] = ([*lines, i], amount + part)
    return found


def _rounded(exact: Fraction, rounding: str) -> int:
    """Round to whole points."""
    if rounding == "floor":
        return exact.numerator // exact.denominator
    if rounding == "ceiling":
        return -(-exact.numerator // exact.denominator)
    return money.share(1, exact.numerator, exact.denominator)


def _capped(rules: Rules, points: int, in_period: InPeriod, why: dict[str, Any]) -> int:
    """Return as many of the points as the caps let through, and say which one held."""
    most = rules.earning.cap_purchase or money.LARGEST
    if points > most:
        points = most
        why["capped"] = {"per": "purchase", "points": most}
    for cap in rules.earning.caps:
        if not points:
            break
        before = in_period(cap.per)
        if points > (rest := max(0, cap.points - before)):
            points = rest
            why["capped"] = {"per": cap.per, "points": cap.points, "before": before}
    return points
