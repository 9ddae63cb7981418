"""What an offer gives, in words that fit on a phone."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from core.i18n import (
    gettext,
    named,
    ngettext,
    show_end,
    show_factor,
    show_money,
    show_number,
    show_rate,
)
from coupons.benefits import WHOLE, factor, hundredths

Terms = dict[str, Any]


def benefit(terms: Terms) -> str:
    """Return what an offer gives, in the language of the request: ``10% off``."""
    return _BENEFITS[terms["kind"]](terms)


def pieces(number: int) -> str:
    """Return so many pieces."""
    return ngettext("%(shown)s piece", "%(shown)s pieces", number, shown=show_number(number))


def listed(parts: list[str]) -> str:
    """Return several things in one line."""
    return "; ".join(parts)


def _percent(terms: Terms) -> str:
    rate = show_rate(hundredths(terms["percent"]))
    if _on_some(terms):
        said = gettext("%(rate)s off selected products", rate=rate)
    else:
        said = gettext("%(rate)s off", rate=rate)
    if terms.get("cap"):
        return gettext("%(benefit)s, at most %(cap)s", benefit=said, cap=show_money(terms["cap"]))
    return said


def _amount(terms: Terms) -> str:
    amount = show_money(terms["amount"])
    if terms.get("per") == "piece":
        if _on_some(terms):
            return gettext("%(amount)s off each selected product", amount=amount)
        return gettext("%(amount)s off each product", amount=amount)
    if _on_some(terms):
        return gettext("%(amount)s off selected products", amount=amount)
    return gettext("%(amount)s off", amount=amount)


def _fixed_price(terms: Terms) -> str:
    price = show_money(terms["price"])
    if terms.get("per") == "piece":
        if _on_some(terms):
            return gettext("Each selected product for %(price)s", price=price)
        return gettext("Each product for %(price)s", price=price)
    if _on_some(terms):
        return gettext("Selected products for %(price)s in all", price=price)
    return gettext("Everything for %(price)s", price=price)


def _free_item(terms: Terms) -> str:
    what = named(terms["text"]) if terms.get("text") else str(terms.get("sku", ""))
    return gettext("Free: %(what)s", what=what)


def _free_pieces(terms: Terms) -> str:
    number, share = terms["count"], hundredths(terms.get("percent") or "100")
    facts = {"shown": show_number(number), "rate": show_rate(share)}
    said = _PIECES[terms["which"], share == WHOLE](number, facts)
    if _on_some(terms):
        said = gettext("%(benefit)s of selected products", benefit=said)
    if (terms.get("at_least") or 1) > 1:
        least = pieces(terms["at_least"])
        said = gettext("%(benefit)s, from %(pieces)s", benefit=said, pieces=least)
    return said


_PIECES: dict[tuple[str, bool], Callable[[int, dict[str, str]], str]] = {
    ("cheapest", True): lambda number, facts: ngettext(
        "Free: the cheapest piece", "Free: the %(shown)s cheapest pieces", number, **facts
    ),
    ("dearest", True): lambda number, facts: ngettext(
        "Free: the dearest piece", "Free: the %(shown)s dearest pieces", number, **facts
    ),
    ("cheapest", False): lambda number, facts: ngettext(
        "%(rate)s off the cheapest piece",
        "%(rate)s off the %(shown)s cheapest pieces",
        number,
        **facts,
    ),
    ("dearest", False): lambda number, facts: ngettext(
        "%(rate)s off the dearest piece",
        "%(rate)s off the %(shown)s dearest pieces",
        number,
        **facts,
    ),
}
"""What is said of the cheapest and the dearest, free or not."""


def _buy_get(terms: Terms) -> str:
    share = hundredths(terms.get("percent") or "100")
    facts = {
        "buy": show_number(terms["buy"]["quantity"]),
        "get": show_number(terms["get"]["quantity"]),
        "rate": show_rate(share),
    }
    if share == WHOLE:
        said = gettext("Buy %(buy)s, get %(get)s free", **facts)
    else:
        said = gettext("Buy %(buy)s, get %(get)s with %(rate)s off", **facts)
    if _on_some(terms["buy"]) or _on_some(terms["get"]):
        said = gettext("%(benefit)s, selected products", benefit=said)
    return _times(terms, said)


def _bundle(terms: Terms) -> str:
    number = sum(part["quantity"] for part in terms["parts"])
    facts = {"pieces": pieces(number)}
    if terms.get("price") is not None:
        said = gettext(
            "%(pieces)s as a set for %(price)s", price=show_money(terms["price"]), **facts
        )
    elif terms.get("percent"):
        rate = show_rate(hundredths(terms["percent"]))
        said = gettext("%(rate)s off a set of %(pieces)s", rate=rate, **facts)
    else:
        amount = show_money(terms["amount"])
        said = gettext("%(amount)s off a set of %(pieces)s", amount=amount, **facts)
    return _times(terms, said)


def _times(terms: Terms, said: str) -> str:
    number = terms.get("times")
    if not number:
        return said
    return ngettext(
        "%(benefit)s, once", "%(benefit)s, at most %(shown)s times", number,
        benefit=said, shown=show_number(number),
    )  # fmt: skip


def _ladder(terms: Terms) -> str:
    by_amount = terms["by"] == "amount"
    return listed(
        [
            gettext(
                "from %(least)s: %(benefit)s",
                least=show_money(step["from"]) if by_amount else pieces(step["from"]),
                benefit=benefit(step["benefit"]),
            )
            for step in terms["steps"]
        ]
    )


def _early_bird(terms: Terms) -> str:
    said = [_early_step(step, benefit(step["benefit"])) for step in terms["steps"]]
    if terms.get("after"):
        said.append(gettext("then: %(benefit)s", benefit=benefit(terms["after"])))
    return listed(said)


def _early_step(step: Terms, said: str) -> str:
    if step.get("until"):
        day = show_end(datetime.fromisoformat(step["until"]))
        return gettext("until %(day)s: %(benefit)s", day=day, benefit=said)
    number = step["first"]
    return ngettext(
        "for the first one: %(benefit)s", "for the first %(shown)s: %(benefit)s", number,
        shown=show_number(number), benefit=said,
    )  # fmt: skip


def _points(terms: Terms) -> str:
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


def _points_factor(terms: Terms) -> str:
    times = show_factor(factor(terms["factor"]))
    if _on_some(terms):
        return gettext("%(times)s× the points on selected products", times=times)
    return gettext("%(times)s× the points", times=times)


def _stamps(terms: Terms) -> str:
    number = terms["stamps"]
    shown = show_number(number)
    if _on_some(terms):
        return ngettext(
            "%(shown)s stamp for selected products",
            "%(shown)s stamps for selected products",
            number,
            shown=shown,
        )
    return ngettext("%(shown)s stamp", "%(shown)s stamps", number, shown=shown)


def _guarantee(terms: Terms) -> str:
    number = terms["days"]
    said = ngettext(
        "Money back within a day", "Money back within %(shown)s days", number,
        shown=show_number(number),
    )  # fmt: skip
    return gettext("%(benefit)s, selected products", benefit=said) if _on_some(terms) else said


def _sample(terms: Terms) -> str:
    return gettext("A free sample: %(what)s", what=named(terms["text"]))


def _information(terms: Terms) -> str:
    return gettext("Information: %(what)s", what=named(terms["text"]))


def _next_coupon(_terms: Terms) -> str:
    return gettext("A coupon for the next purchase")


def _on_some(terms: Terms) -> bool:
    on = terms.get("on") or {}
    return any(on.get(name) for name in ("skus", "categories", "tags"))


_BENEFITS: dict[str, Callable[[Terms], str]] = {
    "percent": _percent,
    "amount": _amount,
    "fixed_price": _fixed_price,
    "free_item": _free_item,
    "free_pieces": _free_pieces,
    "buy_get": _buy_get,
    "bundle": _bundle,
    "ladder": _ladder,
    "early_bird": _early_bird,
    "points": _points,
    "points_factor": _points_factor,
    "stamps": _stamps,
    "guarantee": _guarantee,
    "sample": _sample,
    "information": _information,
    "next_coupon": _next_coupon,
}
