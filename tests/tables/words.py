"""The words in which a case is written: money, moments, baskets and customers.

Strict: what is not understood is an error that says so, and nothing is guessed.
"""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from core.money import Money
from coupons.basket import Basket, Line

SHOPS = {
    "Oslo": "Europe/Oslo",
    "Bergen": "Europe/Oslo",
    "London": "Europe/London",
    "New York": "America/New_York",
    "Tokyo": "Asia/Tokyo",
}
"""The shops of the table and their zones; the merchant keeps the books in Oslo's."""

NO_CARD = "no card"


class Misread(Exception):
    """A case that cannot be read."""


class Cents(int):
    """An amount that was written with a point: 5.00. It is kept in minor units."""


def cents(text: str) -> Cents:
    """Read an amount of money; a number with a point is nothing else in these files."""
    found = re.fullmatch(r"(-?)(\d+)\.(\d\d)", text)
    if not found:
        raise Misread(f"{text!r} is no amount such as 5.00")
    value = int(found[2]) * 100 + int(found[3])
    return Cents(-value if found[1] else value)


def moment(text: str, zone: str) -> datetime:
    """Read a moment by the clock on the wall, of a zone that is named or of the shop.

    A time that the clock shows twice needs "first time" or "second time" behind it; one that it
    never shows is refused.
    """
    found = re.fullmatch(
        r"(\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)?)(?: (\w+/\w+|UTC))?(?: (first|second) time)?", text
    )
    if not found:
        raise Misread(f"{text!r} is no moment such as 2026-03-14 13:00")
    tz = ZoneInfo(found[2] or zone)
    naive = datetime.fromisoformat(found[1])
    first, second = (naive.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    if first.astimezone(tz).replace(tzinfo=None) != naive:
        raise Misread(f"the clock never shows {text!r}")
    if (first != second) != bool(found[3]):
        raise Misread(f"{text!r}: say 'first time' or 'second time' where it is shown twice only")
    return second if found[3] == "second" else first


@dataclass(frozen=True)
class Goods:
    """What a product is, wherever it is bought."""

    category: str | None = None
    tags: tuple[str, ...] = ()
    tax_rate: str | None = None


def goods(text: str, usual: Goods | None = None) -> Goods:
    """Read what a product is: ``category drinks, tag vegan, tax 0.15``."""
    found = usual or Goods()
    for phrase in text.split(", "):
        kind, _, value = phrase.partition(" ")
        if kind == "category" and value:
            found = replace(found, category=value)
        elif kind == "tag" and value:
            found = replace(found, tags=(*found.tags, value))
        elif kind == "tax" and value:
            found = replace(found, tax_rate=value)
        else:
            raise Misread(f"{phrase!r} is not 'category …', 'tag …' or 'tax …'")
    return found


_LINE = re.compile(
    r"(?:(?P<pieces>\d+) x )?(?P<sku>[a-z][a-z -]*?)"
    r"(?: for (?P<whole>\d+\.\d\d)| (?P<each>\d+\.\d\d))(?: \((?P<goods>.+)\))?"
)


def basket(text: str, known: dict[str, Goods]) -> Basket | None:
    """Read a basket: ``2 x coffee 3.50 (category drinks); bread 4.00``.

    The price is that of one piece; ``3 x coffee for 10.00`` is that of all three. ``total 50.00``
    is what a till says that knows no products, and ``nothing`` is no basket at all.
    """
    if text == "nothing":
        return None
    if bare := re.fullmatch(r"total (\S+)", text):
        return Basket("EUR", Money(int(cents(bare[1]))))
    lines = tuple(_line(one, known) for one in text.split("; "))
    return Basket("EUR", Money(sum(line.amount for line in lines)), lines)


def _line(text: str, known: dict[str, Goods]) -> Line:
    found = _LINE.fullmatch(text)
    if not found:
        raise Misread(f"{text!r} is no line such as '2 x coffee 3.50' or '3 x coffee for 10.00'")
    pieces, sku = int(found["pieces"] or 1), found["sku"]
    amount = cents(found["whole"]) if found["whole"] else pieces * cents(found["each"])
    usual = known.get(sku, Goods())
    it = goods(found["goods"], usual) if found["goods"] else usual
    return Line(Money(int(amount)), pieces, sku, it.category, it.tax_rate, it.tags)


@dataclass(frozen=True)
class Who:
    """What is known of a customer before the first step of a case."""

    points: int = 0
    bought: tuple[tuple[int, int], ...] = ()
    born: date | None = None
    tier: str | None = None
    tags: tuple[str, ...] = ()
    attributes: dict[str, str | int | bool] = field(default_factory=dict)
    phone: str | None = None
    staff: str | None = None
    friend_of: str | None = None


_VALUES: dict[str, bool] = {"yes": True, "no": False}


def who(text: str) -> Who:
    """Read a customer: ``a card``, or ``500 points, bought 3 days ago for 20.00, tag vip``."""
    found = Who()
    for phrase in text.split(", "):
        if phrase != "a card":
            found = replace(found, **_phrase(phrase, found))
    return found


def _phrase(phrase: str, so_far: Who) -> dict[str, Any]:
    """Read one thing that is known of a customer."""
    patterns: list[tuple[str, Any]] = [
        (r"(\d+) points", lambda m: {"points": int(m[1])}),
        (
            r"bought (\d+) days? ago(?: for (\S+))?",
            lambda m: {"bought": (*so_far.bought, (int(m[1]), int(cents(m[2] or "0.00"))))},
        ),
        (r"born (\d{4}-\d\d-\d\d)", lambda m: {"born": date.fromisoformat(m[1])}),
        (r"tier (\w+)", lambda m: {"tier": m[1]}),
        (r"tag (\w+)", lambda m: {"tags": (*so_far.tags, m[1])}),
        (
            r"(\w+) = (\w+)",
            lambda m: {"attributes": so_far.attributes | {m[1]: _value(m[2])}},
        ),
        (r"telephone ([A-Z])", lambda m: {"phone": m[1]}),
        (r"works here as (\w+)", lambda m: {"staff": m[1]}),
        (r"friend of (\w+)", lambda m: {"friend_of": m[1]}),
    ]
    for pattern, read in patterns:
        if found := re.fullmatch(pattern, phrase):
            known: dict[str, Any] = read(found)
            return known
    raise Misread(f"nobody knows what {phrase!r} says of a customer")


def _value(text: str) -> str | int | bool:
    if text in _VALUES:
        return _VALUES[text]
    return int(text) if text.isdigit() else text
