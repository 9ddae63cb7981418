"""The rules of the points in plain words, a sentence for each."""

from collections.abc import Iterator
from typing import Any

from core.i18n import (
    gettext,
    named,
    ngettext,
    show_day,
    show_day_of_year,
    show_factor,
    show_money,
    show_number,
)
from coupons import wording
from coupons.basket import Products
from loyalty.models import Programme, Tier
from loyalty.pages.programme.earning import PERIODS
from loyalty.programme import Rules
from loyalty.rates import Multiplier

DOUBLE, TREBLE = 200, 300
FEW = 5
"""So many products are named; of more it is said how many."""


def points(number: int) -> str:
    """Return so many points, counted."""
    return ngettext("%(shown)s point", "%(shown)s points", number, shown=show_number(number))


def products(on: Products) -> str:
    """Return which products something is for."""
    every = [*sorted(on.categories), *sorted(on.tags), *sorted(on.skus)]
    if len(every) <= FEW:
        return ", ".join(every)
    return ngettext("%(num)s product", "%(num)s products and categories", len(every))


def earning(rules: Rules) -> Iterator[str]:
    """Yield how points are earned."""
    if rules.earning.by_visit:
        yield gettext("%(points)s for each visit.", points=points(rules.earn_points))
    else:
        yield gettext(
            "%(points)s for each %(amount)s that is paid in money.",
            points=points(rules.earn_points),
            amount=show_money(rules.earn_per),
        )
    for rate in rules.earning.rates:
        yield gettext(
            "%(points)s for each %(amount)s of: %(products)s.",
            points=points(rate.points),
            amount=show_money(rate.per),
            products=products(rate.on),
        )
    if rules.earning.exclusions:
        yield gettext("Nothing for: %(what)s.", what=products(rules.earning.exclusions))
    if rules.earn_minimum:
        yield gettext("Only for purchases from %(least)s.", least=show_money(rules.earn_minimum))
    rounding = {
        "floor": gettext("Parts of a point are left out."),
        "half_up": gettext("Parts of a point are rounded."),
        "ceiling": gettext("A part of a point counts as a whole one."),
    }
    yield rounding[rules.rounding]


def multipliers(rules: Rules, tiers: dict[str, Tier]) -> Iterator[str]:
    """Yield when points count several times."""
    for one in rules.earning.multipliers:
        circumstances = list(_circumstances(one, tiers))
        when = "; ".join(circumstances) or gettext("always, for everybody")
        yield gettext("%(times)s: %(when)s.", times=_times(one.hundredths), when=when)


def _times(hundredths: int) -> str:
    if hundredths == DOUBLE:
        return gettext("Double points")
    if hundredths == TREBLE:
        return gettext("Three times the points")
    return gettext("%(times)s times the points", times=show_factor(hundredths))


def _circumstances(one: Multiplier, tiers: dict[str, Tier]) -> Iterator[str]:
    if one.tiers:
        names = sorted(named(tiers[key].name) if key in tiers else key for key in one.tiers)
        yield gettext("for the tier %(tiers)s", tiers=", ".join(names))
    if one.weekly:
        yield wording.condition(one.weekly) or ""
    if one.first:
        yield gettext("from %(day)s", day=show_day(one.first))
    if one.last:
        yield gettext("until %(day)s", day=show_day(one.last))
    if one.on:
        yield gettext("on %(what)s", what=products(one.on))


def caps(rules: Rules) -> Iterator[str]:
    """Yield how many points are earned at most."""
    if most := rules.earning.cap_purchase:
        yield gettext("At most %(points)s for one purchase.", points=points(most))
    for cap in rules.earning.caps:
        yield gettext(
            "At most %(points)s in %(period)s.", points=points(cap.points), period=PERIODS[cap.per]
        )


def time(rules: Rules) -> Iterator[str]:
    """Yield when points can be spent and when they are gone."""
    if rules.pending_days:
        yield ngettext(
            "They can be spent after a day.", "They can be spent after %(num)s days.",
            rules.pending_days,
        )  # fmt: skip
    else:
        yield gettext("They can be spent at once.")
    yield _expiry(rules)
    if rules.expiry != "never" and rules.remind_days:
        yield ngettext(
            "Customers are told a day before.", "Customers are told %(num)s days before.",
            rules.remind_days,
        )  # fmt: skip


def _expiry(rules: Rules) -> str:
    if rules.expiry == "yearly" and rules.expiry_day:
        month, _, day = rules.expiry_day.partition("-")
        return gettext(
            "They expire every year on %(day)s.", day=show_day_of_year(int(month), int(day))
        )
    if rules.expiry == "rolling" and rules.expiry_months:
        return ngettext(
            "They expire a month after they were earned, at the end of that month.",
            "They expire %(num)s months after they were earned, at the end of that month.",
            rules.expiry_months,
        )
    if rules.expiry == "inactivity" and rules.expiry_months:
        return ngettext(
            "They expire when a customer did not come for a month.",
            "They expire when a customer did not come for %(num)s months.",
            rules.expiry_months,
        )
    return gettext("They never expire.")


def spending(rules: Rules) -> Iterator[str]:
    """Yield what points pay for."""
    if rules.point_value:
        yield gettext(
            "%(points)s pay %(amount)s.", points=points(100), amount=show_money(rules.worth(100))
        )
        if rules.spend_minimum:
            yield gettext("At least %(points)s at a time.", points=points(rules.spend_minimum))
        if rules.spend_share < 100:  # noqa: PLR2004  # per cent
            yield gettext("Up to %(share)s %% of a purchase.", share=show_number(rules.spend_share))
    else:
        yield gettext("Points cannot pay; they are for rewards.")
    if rules.printed_points is not None:
        yield gettext(
            "At most %(points)s at a time with a printed card.", points=points(rules.printed_points)
        )
    if rules.transfers:
        yield gettext("Customers may give points to one another.")


def undoing(rules: Rules) -> Iterator[str]:
    """Yield what happens to points when something is undone."""
    clawback = {
        "debt": gettext("Points that were spent already are owed when their purchase is undone."),
        "within_balance": gettext(
            "When a purchase is undone, its points are taken back as far as there are any."
        ),
        "only_pending": gettext(
            "When a purchase is undone, only points that were not available yet are taken back."
        ),
    }
    lapsed = {
        "grace": gettext("Spent points that come back too late can be spent for 30 more days."),
        "lapse": gettext("Spent points that come back too late are gone."),
    }
    yield clawback[rules.clawback]
    yield lapsed[rules.lapsed_refund]
    yield gettext(
        "One person may adjust up to %(points)s by hand; more takes two.",
        points=points(rules.adjust_limit),
    )


def ladder(programme: Programme) -> Iterator[str]:
    """Yield how the ladder of tiers counts."""
    found: dict[str, Any] = programme.tiers
    if not found:
        return
    months = found.get("months", 12)
    by_points = found["by"] == "points"
    if found.get("period") == "rolling":
        yield (
            ngettext(
                "The points of the last month count.",
                "The points of the last %(num)s months count.", months,
            ) if by_points else ngettext(
                "What was paid in the last month counts.",
                "What was paid in the last %(num)s months counts.", months,
            )
        )  # fmt: skip
    else:
        yield (
            gettext("The points of the calendar year count.")
            if by_points
            else gettext("What was paid in the calendar year counts.")
        )
    if days := found.get("grace_days"):
        yield ngettext("There is a day of grace.", "There are %(num)s days of grace.", days)
    yield (
        gettext("Who does not renew a tier goes to the one that fits.")
        if found.get("downgrade") == "fit"
        else gettext("Who does not renew a tier goes down by one.")
    )
