"""How often an offer holds, and how it goes together with others, in words."""

from typing import Any

from core.i18n import gettext, ngettext, show_money, show_number

Terms = dict[str, Any]


def limit(terms: Terms) -> str:
    """Return a limit in words: ``This offer: at most 500 uses in all``."""
    said = gettext(
        "%(whose)s: %(most)s %(period)s", whose=_whose(terms), most=_most(terms), period=_per(terms)
    )
    if terms["overrun"] == "rest":
        return gettext("%(limit)s; what is left is given", limit=said)
    return said


def _whose(terms: Terms) -> str:
    whose = {
        "code": gettext("Each code"),
        "offer": gettext("This offer"),
        "campaign": gettext("The whole campaign"),
    }[terms["of"]]
    if terms["each_customer"]:
        return gettext("%(whose)s, for each customer", whose=whose)
    return whose


def _most(terms: Terms) -> str:
    if "discount" in terms:
        return gettext("at most %(money)s of discount", money=show_money(terms["discount"]))
    number = terms["uses"]
    return ngettext(
        "at most %(shown)s use", "at most %(shown)s uses", number, shown=show_number(number)
    )


def _per(terms: Terms) -> str:
    return {
        "all": gettext("in all"),
        "day": gettext("a day"),
        "week": gettext("a week"),
        "month": gettext("a month"),
    }[terms["per"]]


def limits(overall: int | None, per_customer: int | None, more: list[Terms]) -> list[str]:
    """Return all limits of an offer."""
    usual = {"of": "offer", "per": "all", "overrun": "refuse"}
    plain = [
        {**usual, "each_customer": each, "uses": uses}
        for uses, each in ((overall, False), (per_customer, True))
        if uses
    ]
    return [limit(one) for one in [*plain, *more]]


def together(terms: Terms) -> str:
    """Return how an offer goes together with others."""
    group = terms.get("group")
    mode = terms.get("mode", "stackable")
    if mode == "stackable":
        return gettext("Counts along with other coupons")
    if mode == "exclusive":
        if group:
            return gettext("Counts alone among those of the group “%(group)s”", group=group)
        return gettext("Counts alone, without any other coupon")
    if group:
        return gettext("Counts if it is the best of the group “%(group)s”", group=group)
    return gettext("Counts if it is the best of all coupons")


def offline(policy: Terms, shop: str | None) -> str:
    """Return whether a till without a line takes an offer; ``shop`` is the name of its shop."""
    if policy["policy"] == "up_to":
        return gettext("Taken up to %(money)s off", money=show_money(policy["value"]))
    if policy["policy"] == "home_shop":
        return gettext("Taken in the shop %(shop)s only", shop=shop)
    return gettext("Not taken")


def on_refund(code: str) -> str:
    """Return what becomes of the coupon when all of a purchase is brought back."""
    if code == "burn":
        return gettext("The coupon stays used when all of the purchase is brought back")
    return gettext("The coupon can be used again when all of the purchase is brought back")
