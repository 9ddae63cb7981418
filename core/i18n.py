"""Languages: which one to answer in, and how a refusal, an amount or a moment is said in it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import flask_babel
from babel import Locale, dates
from babel.numbers import format_currency, format_decimal, format_percent
from flask import Flask, g, has_request_context, render_template, request, session
from flask_babel import (
    Babel,
    format_date,
    format_datetime,
    format_time,
    get_locale,
    to_user_timezone,
)

from core import money
from core.errors import N_, Refusal
from core.schemas import WORDED

LANGUAGES = ("en", "de")
"""The languages the interface speaks."""

gettext: Callable[..., str] = flask_babel.gettext
ngettext: Callable[..., str] = flask_babel.ngettext
"""Say a sentence in the language of the request; rules that word things take them from here."""

ONE_PER_CENT = 0.01
A_LEAP_YEAR = 2000

TRANSLATIONS = Path(__file__).parent.parent / "translations"


def init_app(app: Flask) -> None:
    """Plug the catalogues and the filters of the templates in."""
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(TRANSLATIONS)
    Babel(app, locale_selector=choose, timezone_selector=merchant_zone)
    app.jinja_env.filters |= {
        "money": show_money,
        "points": show_number,
        "number": show_number,
        "percent": show_percent,
        "moment": show_moment,
        "day": show_day,
        "start": show_start,
        "end": show_end,
        "named": named,
    }
    app.jinja_env.globals |= {"locale": language, "languages": languages, "window": show_window}


def choose() -> str | None:
    """Return the language of the request: chosen, else the browser's, else the merchant's."""
    if not has_request_context():
        return None
    chosen = session.get("language")
    if chosen in LANGUAGES:
        return str(chosen)
    return request.accept_languages.best_match(LANGUAGES) or fallback()


def fallback() -> str:
    """Return the merchant's language if the interface speaks it, else English."""
    held = str(getattr(g, "merchant_locale", "en"))[:2]
    return held if held in LANGUAGES else "en"


@contextmanager
def speaking(tag: str | None) -> Iterator[None]:
    """Speak somebody's language for a while, such as that of the person a mail goes to."""
    wanted = (tag or "")[:2]
    with flask_babel.force_locale(wanted if wanted in LANGUAGES else fallback()):
        yield


def rendered(template: str, **values: Any) -> str:
    """Return a template in the language spoken; for rules whose effect is a text, such as mail."""
    return render_template(template, **values)


def language() -> str:
    """Return the BCP 47 tag of the language answered in."""
    return str(get_locale() or "en").replace("_", "-")


def own_name(tag: str) -> str:
    """Return what a language calls itself: ``Deutsch``."""
    return str(Locale.parse(tag, sep="-").get_display_name() or tag).capitalize()


def languages() -> list[tuple[str, str]]:
    """Return the languages the interface speaks, each with what it calls itself."""
    return [(tag, own_name(tag)) for tag in LANGUAGES]


def named(names: dict[str, str] | str) -> str:
    """Return a text that the marketer wrote per language, in the best language there is."""
    if isinstance(names, str):
        return names
    held = str(getattr(g, "merchant_locale", "en"))
    for tag in (language(), language()[:2], held, held[:2], "en"):
        if names.get(tag):
            return names[tag]
    return next(iter(names.values()), "")


def tell(refusal: Refusal) -> str:
    """Return the sentence of a refusal in the language of the request, with its facts."""
    shown = {name: _fact(name, value, refusal) for name, value in refusal.facts.items()}
    return gettext(refusal.sentence).format_map(_Facts(shown))


_WORDS = {
    "draft": N_("a draft"),
    "enrolled": N_("waiting for its device"),
    "active": N_("active"),
    "queued": N_("waiting"),
    "running": N_("running"),
    "paused": N_("paused"),
    "ended": N_("ended"),
    "done": N_("done"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
    "frozen": N_("on hold"),
    "suspended": N_("suspended"),
    "blocked": N_("blocked"),
    "revoked": N_("revoked"),
    "retired": N_("retired"),
    "replaced": N_("replaced"),
    "erased": N_("erased"),
    "disabled": N_("disabled"),
    "merged": N_("merged with another"),
    "redeemed": N_("redeemed"),
    "voided": N_("undone"),
    "returned": N_("given back"),
    "blank": N_("handed to nobody yet"),
    "conflict": N_("given without a line, in conflict"),
    "requested": N_("waiting for somebody else"),
    "approved": N_("approved"),
    "declined": N_("declined"),
    "attributed": N_("waiting for a purchase"),
    "qualified": N_("on hold until later"),
    "review": N_("to be looked at"),
    "rewarded": N_("rewarded"),
    "reversed": N_("taken back"),
    "expired": N_("expired"),
    "rejected": N_("rejected"),
    "claimed": N_("claimed"),
    "pending": N_("pending"),
    "given": N_("given"),
    "taken_back": N_("taken back"),
    "name": N_("name"),
    "label": N_("name"),
    "email": N_("mail address"),
    "external_ref": N_("reference"),
    "value": N_("value"),
}
"""The states and fields that refusals speak of, as they stand in the middle of a sentence."""

_PATTERNS = {
    re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+)", re.escape(sentence)), re.DOTALL): sentence
    for sentence in WORDED
    if "{" in sentence
}


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _fact(name: str, value: Any, refusal: Refusal) -> str:
    if name in refusal.money:
        return show_money(value)
    if isinstance(value, datetime):
        return show_end(value) if name in ("ends_at", "until") else show_start(value)
    if isinstance(value, date):
        return show_day(value)
    if isinstance(value, int):
        return show_number(value)
    said = _WORDS.get(str(value)) if name in ("state", "field") else None
    return gettext(said) if said else str(value)


def wrong(message: str) -> str:
    """Return what is wrong with a field; the facts that a schema put in are taken over."""
    for pattern, sentence in _PATTERNS.items():
        if found := pattern.fullmatch(message):
            return gettext(sentence).format_map(found.groupdict())
    return gettext(message)


def show_money(amount: int | None, currency: str | None = None) -> str:
    """Return an amount of minor units as the locale writes it; the merchant's currency if none."""
    if amount is None:
        return "–"
    currency = currency or str(getattr(g, "currency", "EUR"))
    units = amount / 10 ** money.exponent(currency)
    return format_currency(units, currency, locale=get_locale() or "en")


def show_number(number: int | None) -> str:
    """Return a whole number as the locale writes it."""
    return "–" if number is None else format_decimal(number, locale=get_locale() or "en")


def show_decimal(number: float) -> str:
    """Return a number with at most two decimals as the locale writes it."""
    return format_decimal(number, format="#,##0.##", locale=get_locale() or "en")


def show_percent(share: float | None) -> str:
    """Return a share, such as a response rate, in per cent; one below 1 % with two decimals."""
    if share is None:
        return "–"
    locale = get_locale() or "en"
    shown = round(share, 3 if share >= ONE_PER_CENT else 4)
    return format_percent(shown, locale=locale, decimal_quantization=False)


def show_moment(at: datetime | None) -> str:
    """Return an instant in the merchant's zone."""
    return "–" if at is None else str(format_datetime(at, "medium"))


def show_day(at: datetime | date | None) -> str:
    """Return the day of an instant in the merchant's zone."""
    if at is None:
        return "–"
    return str(format_date(at, "medium", rebase=isinstance(at, datetime)))


def show_start(at: datetime) -> str:
    """Return the first day of a window that starts at an instant, or the instant within its day."""
    if to_user_timezone(at).time() == time():
        return show_day(at)
    return f"{show_day(at)}, {format_time(at, 'short')}"


def show_end(at: datetime | None) -> str:
    """Return the last day of a window that ends at an instant, or the instant within its day."""
    if at is None:
        return "–"
    is_midnight = to_user_timezone(at).time() == time()
    if is_midnight:
        return show_day(at - timedelta(seconds=1))
    return f"{show_day(at)}, {format_time(at, 'short')}"


def show_clock(at: time) -> str:
    """Return a time of the day as the locale writes it."""
    return str(dates.format_time(at, "short", locale=get_locale() or "en"))


def show_day_of_year(month: int, day: int) -> str:
    """Return a day that comes every year: ``December 31``."""
    locale = get_locale() or "en"
    return str(dates.format_skeleton("MMMMd", date(A_LEAP_YEAR, month, day), locale=locale))


def show_weekday(day: int) -> str:
    """Return the short name of a day of the week; 1 is Monday."""
    names = dates.get_day_names("abbreviated", "stand-alone", locale=get_locale() or "en")
    return str(names[day - 1])


def show_window(starts: datetime | None, ends: datetime | None) -> str | None:
    """Return the days between which something runs, or None if it is not bounded."""
    if starts and ends:
        return gettext("%(first)s to %(last)s", first=show_day(starts), last=show_end(ends))
    if starts:
        return gettext("From %(day)s", day=show_day(starts))
    return gettext("Until %(day)s", day=show_end(ends)) if ends else None


def show_rate(hundredths: int) -> str:
    """Return a percentage that is given in hundredths of a per cent: 1250 is 12.5 %."""
    locale = get_locale() or "en"
    return format_percent(hundredths / 10_000, locale=locale, decimal_quantization=False)


def show_factor(hundredths: int) -> str:
    """Return how many times something counts, given in hundredths: 150 is 1.5."""
    return format_decimal(hundredths / 100, locale=get_locale() or "en")


def merchant_zone() -> str:
    """Return the zone in which moments are shown."""
    return str(getattr(g, "zone", "UTC")) if has_request_context() else "UTC"
