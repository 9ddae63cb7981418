"""The forms of how points are earned: the rate, what counts several times, and the caps."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import RadioField, SelectField

from core.pages.choosing import ChoicesOf
from core.pages.forms import DayField, DecimalField, MoneyField, choices, whole
from core.pages.parts import Part, PartField, Rows
from coupons.pages.offer_forms.circumstances import Slot
from coupons.pages.offer_forms.products import On, OnField
from loyalty.pages.programme.section import Section

MOST_RATES = 100
MOST_MULTIPLIERS = 20
MOST_CAPS = 4

PERIODS = {
    "day": lazy_gettext("a day"),
    "week": lazy_gettext("a week"),
    "month": lazy_gettext("a month"),
    "year": lazy_gettext("a year"),
}


class Some(On):
    """Products, some at least."""

    note = lazy_gettext(
        "The till in the browser knows the total only. What is for certain products needs a till "
        "software that sends what is in the basket."
    )


class Rate(Part):
    """Another rate for some products."""

    points = whole(lazy_gettext("So many points"), most=10_000)
    per = MoneyField(lazy_gettext("for each"), least=1)
    on = OnField(lazy_gettext("For these products"), part=Some)

    def terms(self) -> dict[str, Any]:
        """Return the rate; that it names no products is for the rules to refuse."""
        found: dict[str, Any] = super().terms()
        return {"on": {}} | found


class Rates(Part):
    """What earns, and what does not."""

    by = RadioField(
        lazy_gettext("What earns points"),
        choices=choices(
            [
                ("money", lazy_gettext("The money that is paid")),
                ("visit", lazy_gettext("Each visit, however much is paid")),
            ]
        ),
        default="money",
    )
    rates = Rows(
        PartField(Rate),
        lazy_gettext("Other rates for some products"),
        called=lazy_gettext("Rate"),
        adds=lazy_gettext("Add a rate"),
        most=MOST_RATES,
    )
    exclusions = OnField(lazy_gettext("What earns nothing"), part=Some)

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        return {"by": "money", **terms}


class EarningForm(Section):
    """The usual rate, and what differs from it."""

    names = ("earn_points", "earn_per", "earn_minimum", "rounding")

    earn_points = whole(lazy_gettext("So many points"), most=10_000)
    earn_per = MoneyField(
        lazy_gettext("for each"),
        least=1,
        description=lazy_gettext("Does not count where each visit earns."),
    )
    earn_minimum = MoneyField(lazy_gettext("Only for purchases from"))
    rounding = RadioField(
        lazy_gettext("Parts of a point"),
        description=lazy_gettext("Once, for the whole purchase."),
        choices=choices(
            [
                ("floor", lazy_gettext("Are left out")),
                ("half_up", lazy_gettext("Are rounded, from a half on upwards")),
                ("ceiling", lazy_gettext("Count as a whole point")),
            ]
        ),
    )
    earning = PartField(Rates)


class Multiplier(Part):
    """When points count several times."""

    note = lazy_gettext("All that you name must be true. Name nothing, and it is always true.")

    factor = DecimalField(
        lazy_gettext("So many times the points"),
        suffix="×",
        description=lazy_gettext("2 doubles them; 1.5 gives half as many again."),
    )
    tiers = ChoicesOf(lazy_gettext("For these tiers"), "tiers", required=False)
    weekly = Rows(
        PartField(Slot),
        lazy_gettext("At these hours"),
        called=lazy_gettext("Hours"),
        adds=lazy_gettext("Add hours"),
    )
    on = OnField(lazy_gettext("For these products"))


setattr(Multiplier, "from", DayField(lazy_gettext("From")))
setattr(  # noqa: B010  # after the field above
    Multiplier,
    "until",
    DayField(lazy_gettext("Until"), description=lazy_gettext("Including that day.")),
)


class Multipliers(Part):
    """All that makes points count several times."""

    multipliers = Rows(
        PartField(Multiplier),
        called=lazy_gettext("Multiplier"),
        adds=lazy_gettext("Add a multiplier"),
        most=MOST_MULTIPLIERS,
    )


class MultipliersForm(Section):
    """When points count double, or half as many again."""

    earning = PartField(Multipliers)


class Cap(Part):
    """No more points in a period."""

    points = whole(lazy_gettext("So many points at most"))
    per = SelectField(lazy_gettext("in"), choices=choices(PERIODS.items()))


class Caps(Part):
    """How many points there are at most."""

    cap_purchase = whole(
        lazy_gettext("Most points for one purchase"),
        least=1,
        required=False,
        description=lazy_gettext("Empty: without a limit."),
    )
    caps = Rows(
        PartField(Cap),
        lazy_gettext("Most points of a customer in a period"),
        called=lazy_gettext("Limit"),
        adds=lazy_gettext("Add a limit"),
        most=MOST_CAPS,
    )


class CapsForm(Section):
    """How many points can be earned at most."""

    earning = PartField(Caps)
