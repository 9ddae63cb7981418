"""How often an offer holds, and how it goes together with others."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, RadioField, SelectField

from core.pages.forms import MoneyField, choices, line, whole
from core.pages.parts import Part, PartField, Rows

MOST = 20

OF_NAMES = {
    "offer": lazy_gettext("This offer"),
    "code": lazy_gettext("Each code"),
    "campaign": lazy_gettext("The whole campaign"),
}
PER_NAMES = {
    "all": lazy_gettext("In all"),
    "day": lazy_gettext("Each day"),
    "week": lazy_gettext("Each week"),
    "month": lazy_gettext("Each month"),
}


class CampaignLimit(Part):
    """One limit of a campaign: so many uses, or so much money."""

    per = SelectField(lazy_gettext("Counted"), choices=choices(PER_NAMES.items()))
    uses = whole(lazy_gettext("So many times"), least=1, required=False)
    discount = MoneyField(lazy_gettext("Or so much discount"), least=1, required=False)
    overrun = SelectField(
        lazy_gettext("If the money does not suffice"),
        choices=choices(
            [
                ("refuse", lazy_gettext("The coupon is refused")),
                ("rest", lazy_gettext("They get what is left")),
            ]
        ),
    )
    each_customer = BooleanField(lazy_gettext("For each customer on their own"))

    def terms(self) -> dict[str, Any]:
        """Return what was entered; who counts uses has nothing to run over."""
        found: dict[str, Any] = super().terms()
        return found if "discount" in found else found | {"overrun": "refuse"}


class Limit(CampaignLimit):
    """One limit of an offer."""

    of = SelectField(lazy_gettext("Of"), choices=choices(OF_NAMES.items()))


def rows(row: type[Part], label: Any = "") -> Rows:
    """Return rows of limits."""
    return Rows(
        PartField(row),
        label,
        called=lazy_gettext("Limit"),
        adds=lazy_gettext("Add a limit"),
        most=MOST,
    )


class Limits(Part):
    """How often an offer can be used."""

    overall = whole(
        lazy_gettext("In all"),
        least=1,
        required=False,
        description=lazy_gettext("Empty: without a limit."),
    )
    per_customer = whole(
        lazy_gettext("Per customer"),
        least=1,
        required=False,
        description=lazy_gettext("Then only with a customer card."),
    )
    more = rows(Limit, lazy_gettext("More limits"))


class Together(Part):
    """What happens where a customer has several coupons."""

    mode = RadioField(
        lazy_gettext("Where a customer has several coupons"),
        choices=choices(
            [
                ("stackable", lazy_gettext("This one counts along with others")),
                ("exclusive", lazy_gettext("This one counts alone")),
                ("best", lazy_gettext("Only the one that is best for the customer counts")),
            ]
        ),
        default="stackable",
    )
    group = line(
        lazy_gettext("Only among the offers of this group"),
        most=60,
        required=False,
        description=lazy_gettext(
            "Give several offers the same word, such as “season”. Empty: among all offers."
        ),
    )
    priority = whole(
        lazy_gettext("Its place in the order"),
        most=1000,
        default=500,
        description=lazy_gettext("0 to 1000; what has the smaller number is taken off first."),
    )
    base = RadioField(
        lazy_gettext("A discount is taken from"),
        choices=choices(
            [
                ("running", lazy_gettext("The price that other discounts have left")),
                ("first", lazy_gettext("The price before any discount")),
            ]
        ),
        default="running",
    )
