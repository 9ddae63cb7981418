"""Benefits and conditions in words, the same on every face."""

from collections.abc import Sequence
from typing import Any

from core.i18n import gettext, named, ngettext, show_money, show_number, show_rate
from coupons.benefits import hundredths
from coupons.conditions import Condition, HasProducts, InAudience, MinimumBasket


def benefit(terms: dict[str, Any]) -> str:
    """Return what an offer gives, in the language of the request: ``10% off``."""
    return _BENEFITS[terms["kind"]](terms)


def conditions(
    terms: dict[str, Any], needed: Sequence[Condition], *per_customer: int | None
) -> list[str]:
    """Return all that an offer asks for: the conditions, and a card where it cannot do without."""
    asked = [said for one in needed if (said := condition(one))]
    is_chosen = any(isinstance(one, InAudience) for one in needed)
    if terms["kind"] == "points" or is_chosen or any(per_customer):
        asked.append(gettext("Only with a customer card"))
    return asked


def condition(needed: Condition) -> str | None:
    """Return what an offer asks for, or None for what the customer need not be told."""
    if isinstance(needed, MinimumBasket):
        return gettext("From a basket of %(amount)s", amount=show_money(needed.amount))
    if isinstance(needed, HasProducts):
        return gettext("With one of the selected products")
    return None


def _percent(terms: dict[str, Any]) -> str:
    rate = show_rate(hundredths(terms["percent"]))
    if _on_some(terms):
        said = gettext("%(rate)s off selected products", rate=rate)
    else:
        said = gettext("%(rate)s off", rate=rate)
    if terms.get("cap"):
        return gettext("%(benefit)s, at most %(cap)s", benefit=said, cap=show_money(terms["cap"]))
    return said


def _amount(terms: dict[str, Any]) -> str:
    amount = show_money(terms["amount"])
    if _on_some(terms):
        return gettext("%(amount)s off selected products", amount=amount)
    return gettext("%(amount)s off", amount=amount)


def _free_item(terms: dict[str, Any]) -> str:
    what = named(terms["text"]) if terms.get("text") else str(terms.get("sku", ""))
    return gettext("Free: %(what)s", what=what)


def _points(terms: dict[str, Any]) -> str:
    number = terms["points"]
    shown = show_number(number)
    if _on_some(terms):
        return ngettext(
            "%(shown)s point on selected products",
            "%(shown)s points on selected products",
            number,
            shown=shown,
        )
    return ngettext("%(shown)s point", "%(shown)s points", number, shown=shown)


def _on_some(terms: dict[str, Any]) -> bool:
    on = terms.get("on") or {}
    return bool(on.get("skus") or on.get("categories"))


_BENEFITS = {
    "percent": _percent,
    "amount": _amount,
    "free_item": _free_item,
    "points": _points,
}
