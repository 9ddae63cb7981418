"""Why so many points? What was kept with a purchase, in words, in the language of the request."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection

from core import i18n
from core.i18n import gettext, ngettext, show_money, show_number
from coupons import explaining

Trace = dict[str, Any]


def purchase(connection: Connection, why: Trace | None) -> dict[str, Any]:
    """Return why a purchase came to what it did; empty where nothing was kept."""
    kept = why or {}
    return {
        "coupons": explaining.coupons(connection, kept.get("coupons") or []),
        "points": points(kept.get("points")),
    }


def points(why: Trace | None) -> list[str]:
    """Return step by step how the points of a purchase came about."""
    return list(_steps(why)) if why else []


def _steps(why: Trace) -> Iterator[str]:
    if why["by"] == "visit":
        yield gettext("Points are earned for each visit.")
    yield gettext(
        "%(money)s was paid in money for what earns points.", money=show_money(why["paid"])
    )
    if excluded := why.get("excluded"):
        yield gettext("Lines that earn nothing: %(lines)s.", lines=_lines(excluded))
    if "minimum" in why:
        yield gettext("That is less than %(least)s.", least=show_money(why["minimum"]))
    yield from (_part(part) for part in why.get("parts", ()))
    yield from (_factor(factor) for factor in why.get("factors", ()))
    yield from _end(why)


def _end(why: Trace) -> Iterator[str]:
    if "exact" in why:
        yield gettext("That comes to %(exact)s, rounded once.", exact=_fraction(why["exact"]))
    if capped := why.get("capped"):
        yield _capped(capped)
    if why.get("bonus"):
        yield gettext("Bonus points of coupons: %(bonus)s.", bonus=show_number(why["bonus"]))
    total = why["points"] + why.get("bonus", 0)
    yield gettext("Points in all: %(points)s.", points=show_number(total))


def _part(part: Trace) -> str:
    said = ngettext(
        "%(money)s at %(points)s point for each %(per)s",
        "%(money)s at %(points)s points for each %(per)s",
        part["points"],
        money=show_money(part["paid"]),
        points=show_number(part["points"]),
        per=show_money(part["per"]),
    )
    if lines := part.get("lines"):
        return gettext("Lines %(lines)s: %(said)s.", lines=_lines(lines), said=said)
    return f"{said}."


def _factor(factor: Trace) -> str:
    because = {
        "tier": gettext("for the tier"),
        "time": gettext("at this time"),
        "products": gettext("for these products"),
        "all": gettext("for everybody"),
        "coupon": gettext("by a coupon"),
    }[factor["because"]]
    return gettext("Times %(times)s %(because)s.", times=factor["times"], because=because)


def _capped(capped: Trace) -> str:
    per = {
        "purchase": gettext("a purchase"),
        "day": gettext("a day"),
        "week": gettext("a week"),
        "month": gettext("a month"),
        "year": gettext("a year"),
    }[capped["per"]]
    most = show_number(capped["points"])
    return gettext("At most %(most)s points are earned in %(per)s.", most=most, per=per)


def _lines(positions: list[int]) -> str:
    return ", ".join(show_number(position + 1) for position in positions)


def _fraction(text: str) -> str:
    above, _, below = text.partition("/")
    if not below:
        return show_number(int(above))
    return i18n.show_decimal(int(above) / int(below))
