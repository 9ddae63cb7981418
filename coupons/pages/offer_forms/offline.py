"""Whether coupons of an offer are taken at a till whose line is down."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms import RadioField

from core.pages.choosing import ChoiceOf
from core.pages.forms import MoneyField, choices
from core.pages.parts import Part

NEEDS = {"up_to": "value", "home_shop": "shop"}
"""The field that each policy needs."""


class Offline(Part):
    """Never, up to a value, or in one shop only."""

    policy = RadioField(
        lazy_gettext("Tills whose line is down take its coupons"),
        choices=choices(
            [
                ("never", lazy_gettext("Never")),
                ("up_to", lazy_gettext("Up to so much off")),
                ("home_shop", lazy_gettext("In one shop only")),
            ]
        ),
        default="never",
    )
    value = MoneyField(lazy_gettext("So much off at most"), least=1, required=False)
    shop = ChoiceOf(lazy_gettext("In this shop"), "shops", none=lazy_gettext("Choose a shop …"))

    def terms(self) -> dict[str, Any]:
        """Return the policy with what belongs to it, whatever stands in the other field."""
        found: dict[str, Any] = super().terms()
        wanted = ("policy", NEEDS.get(str(found.get("policy"))))
        return {name: value for name, value in found.items() if name in wanted}
