"""Money off: a share of the price, an amount, or a price that is fixed."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import RadioField

from core.pages.forms import DecimalField, MoneyField, choices
from core.pages.parts import Part
from coupons.pages.offer_forms.products import OnField


class Percent(Part):
    """A share of the price."""

    percent = DecimalField(lazy_gettext("How much"), suffix="%")
    cap = MoneyField(
        lazy_gettext("At most"),
        required=False,
        least=1,
        description=lazy_gettext("The discount never exceeds it."),
    )
    on = OnField()


class Amount(Part):
    """A fixed amount."""

    amount = MoneyField(lazy_gettext("Amount off"), least=1)
    per = RadioField(
        lazy_gettext("Taken off"),
        choices=choices(
            [
                ("basket", lazy_gettext("Once, off all of them together")),
                ("piece", lazy_gettext("Off each piece")),
            ]
        ),
        default="basket",
    )
    on = OnField()

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return unless_usual(super().terms())


class FixedPrice(Part):
    """What something costs, whatever it would have cost."""

    price = MoneyField(lazy_gettext("Price"))
    per = RadioField(
        lazy_gettext("The price is for"),
        choices=choices(
            [
                ("basket", lazy_gettext("All of them together")),
                ("piece", lazy_gettext("Each piece")),
            ]
        ),
        default="basket",
    )
    on = OnField()

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return unless_usual(super().terms())


def unless_usual(terms: dict[str, Any]) -> dict[str, Any]:
    """Return terms without what they mean anyway: that they are about the basket."""
    return {name: value for name, value in terms.items() if (name, value) != ("per", "basket")}
