"""What an offer asks for, in words that fit on a phone."""

from collections.abc import Callable, Sequence
from functools import singledispatch
from itertools import pairwise
from typing import Any

from core.i18n import gettext, ngettext, show_clock, show_day, show_money, show_number, show_weekday
from coupons.conditions import (
    Birthday,
    ByChannel,
    Condition,
    FirstPurchase,
    Group,
    HasProducts,
    InAudience,
    InShop,
    MinimumBasket,
    MinimumQuantity,
    NotBought,
    OfTier,
    OnDates,
    Slot,
    WeeklyHours,
)
from coupons.wording.benefits import listed, pieces

ON_CARD = ("points", "points_factor", "stamps")
"""Benefits that are kept on a card."""

WEEK = 7
IN_A_ROW = 3
"""So many days in a row are said as the first and the last."""


def conditions(terms: dict[str, Any], needed: Group, *per_customer: int | None) -> list[str]:
    """Return all that an offer asks for: the conditions, and a card where it cannot do without."""
    asked = _of_group(needed) if needed.of == "all" else _said(needed)
    if _is_kept_on_card(terms) or _asks_who(needed) or any(per_customer):
        asked.append(gettext("Only with a customer card"))
    return asked


def condition(needed: Condition | Group) -> str | None:
    """Return what an offer asks for, or None for what the customer need not be told."""
    return _GROUPS[needed.of](_of_group(needed)) if isinstance(needed, Group) else _word(needed)


def _said(needed: Condition | Group) -> list[str]:
    return [said] if (said := condition(needed)) else []


def _of_group(group: Group) -> list[str]:
    """Return what the items of a group ask for; where one of several will do, all are said."""
    if group.of == "any":
        found = [condition(one) or gettext("For selected customers") for one in group.items]
        return list(dict.fromkeys(found))
    return [said for one in group.items for said in _said(one)]


def _all(said: list[str]) -> str | None:
    return " + ".join(said) or None


def _any(said: list[str]) -> str | None:
    return gettext("One of these: %(what)s", what=listed(said)) if said[1:] else said[0]


def _none(said: list[str]) -> str | None:
    return gettext("Not: %(what)s", what=listed(said)) if said else None


_GROUPS: dict[str, Callable[[list[str]], str | None]] = {"all": _all, "any": _any, "none": _none}


def _asks_who(item: Condition | Group) -> bool:
    """Tell whether it cannot be looked at without a card."""
    if not isinstance(item, Group):
        return bool(item.asks)
    every = [_asks_who(one) for one in item.items]
    return all(every) and bool(every) if item.of == "any" else any(every)


def _is_kept_on_card(terms: dict[str, Any]) -> bool:
    """Tell whether a benefit, or that of every step, is kept on a card."""
    if "steps" not in terms:
        return terms["kind"] in ON_CARD
    after = [terms["after"]] if terms.get("after") else []
    inner = [step["benefit"] for step in terms["steps"]] + after
    return all(one["kind"] in ON_CARD for one in inner)


@singledispatch
def _word(_needed: Condition) -> str | None:
    """Return nothing: who is chosen, and how, the customer need not be told."""
    return gettext("For selected customers")


@_word.register
def _(_needed: InAudience) -> None:
    return None


@_word.register
def _(_needed: ByChannel) -> None:
    return None


@_word.register
def _(needed: MinimumBasket) -> str:
    return gettext("From a basket of %(amount)s", amount=show_money(needed.amount))


@_word.register
def _(needed: MinimumQuantity) -> str:
    if needed.on:
        return gettext("From %(pieces)s of selected products", pieces=pieces(needed.quantity))
    return gettext("From %(pieces)s", pieces=pieces(needed.quantity))


@_word.register
def _(_needed: HasProducts) -> str:
    return gettext("With one of the selected products")


@_word.register
def _(needed: OnDates) -> str:
    if needed.first and needed.last:
        first, last = show_day(needed.first), show_day(needed.last)
        return gettext("%(first)s to %(last)s", first=first, last=last)
    if needed.first:
        return gettext("From %(day)s", day=show_day(needed.first))
    return gettext("Until %(day)s", day=show_day(needed.last))


@_word.register
def _(needed: WeeklyHours) -> str:
    return listed([_slot(slot) for slot in needed.slots])


def _slot(slot: Slot) -> str:
    days = sorted(slot.days)
    if slot.start == slot.end == slot.start.min:
        return _days(days)
    facts = {"start": show_clock(slot.start), "end": show_clock(slot.end)}
    if len(days) == WEEK:
        return gettext("%(start)s to %(end)s", **facts)
    return gettext("%(days)s %(start)s to %(end)s", days=_days(days), **facts)


def _days(days: Sequence[int]) -> str:
    """Return some days of the week: ``Mon–Fri``, ``Mon, Wed``."""
    rows: list[list[int]] = [[days[0]]]
    for before, day in pairwise(days):
        if day == before + 1:
            rows[-1].append(day)
        else:
            rows.append([day])
    said = []
    for row in rows:
        names = [show_weekday(day) for day in row]
        said += [f"{names[0]}–{names[-1]}"] if len(row) >= IN_A_ROW else names
    return ", ".join(said)


@_word.register
def _(_needed: InShop) -> str:
    return gettext("In selected shops")


@_word.register
def _(needed: OfTier) -> str:
    return gettext("For the tier: %(tiers)s", tiers=", ".join(needed.tiers))


@_word.register
def _(_needed: FirstPurchase) -> str:
    return gettext("With the first purchase")


@_word.register
def _(needed: NotBought) -> str:
    return ngettext(
        "After a day without a purchase", "After %(shown)s days without a purchase", needed.days,
        shown=show_number(needed.days),
    )  # fmt: skip


@_word.register
def _(needed: Birthday) -> str:
    if needed.before or needed.after:
        return gettext("Around the birthday")
    return gettext("On the birthday")
