"""Conditions about who buys."""

from collections.abc import Mapping
from typing import Any, ClassVar

from flask_babel import lazy_gettext
from wtforms import HiddenField, IntegerField, SelectField
from wtforms.validators import NumberRange, Optional

from core.i18n import gettext
from core.pages.choosing import ChoicesOf
from core.pages.forms import ListField, choices, line, whole
from core.pages.parts import Part
from coupons.pages.offer_forms.products import ONE_A_LINE, tags

FARTHEST = 10**12


class OfTier(Part):
    """Customers of some tiers."""

    tiers = ChoicesOf(lazy_gettext("With one of these tiers"), "tiers")


class FirstPurchase(Part):
    """Customers who have never bought."""

    note = lazy_gettext("For customers who have never bought with their card before.")


class NotBought(Part):
    """Customers who stayed away."""

    days = whole(lazy_gettext("Days without a purchase"), least=1, most=3650)


class Birthday(Part):
    """Customers around their birthday."""

    note = lazy_gettext("Both 0: on the very day. The birthday must be known.")

    before = whole(lazy_gettext("Days before"), most=180, default=0)
    after = whole(lazy_gettext("Days after"), most=180, default=0)


class InAudience(Part):
    """Customers who were chosen by name."""

    aliases: ClassVar = {"audience": "customers"}

    customers = ListField(
        lazy_gettext("Only for these customers"),
        most=20_000,
        description=lazy_gettext("Pseudonyms or customer ids, one a line."),
    )
    audience = HiddenField()

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a list of nobody."""
        valid: bool = super().validate(extra_validators)
        if valid and not self.terms():
            self.customers.errors = [gettext("Please fill this in.")]
            return False
        return valid

    def terms(self) -> dict[str, Any]:
        """Return the customers that were named, else those that were chosen before."""
        if self.customers.data:
            return {"customers": self.customers.data}
        return {"audience": self.audience.data} if self.audience.data else {}


class CustomerTags(Part):
    """Customers with some tags."""

    tags = tags(lazy_gettext("Customers with one of these tags"), required=True)


class Attribute(Part):
    """Something that is kept of the customer."""

    aliases: ClassVar = {"equals": "values", "one_of": "values"}

    name = line(
        lazy_gettext("What is known of them"),
        most=60,
        description=lazy_gettext("As your own system calls it, such as “profession”."),
    )
    compare = SelectField(
        lazy_gettext("It must be"),
        choices=choices(
            [
                ("words", lazy_gettext("One of these words")),
                ("number", lazy_gettext("A number from … to …")),
                ("yes", lazy_gettext("Yes")),
                ("no", lazy_gettext("No")),
            ]
        ),
    )
    values = ListField(
        lazy_gettext("Words"), most=100, length=200, commas=False, description=ONE_A_LINE
    )
    at_least = IntegerField(
        lazy_gettext("Number from"), [Optional(), NumberRange(-FARTHEST, FARTHEST)]
    )
    at_most = IntegerField(lazy_gettext("to"), [Optional(), NumberRange(-FARTHEST, FARTHEST)])

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        ways: dict[str, dict[str, Any]] = {
            "words": self._words(),
            "number": self._number(),
            "yes": {"equals": True},
            "no": {"equals": False},
        }
        return {"name": self.name.data} | ways[self.compare.data or "words"]

    def _words(self) -> dict[str, Any]:
        values = self.values.data or []
        return {"equals": values[0]} if len(values) == 1 else {"one_of": values} if values else {}

    def _number(self) -> dict[str, Any]:
        ends = {"at_least": self.at_least.data, "at_most": self.at_most.data}
        return {name: end for name, end in ends.items() if end is not None}

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        equals = terms.get("equals")
        if isinstance(equals, bool):
            return {"name": terms["name"], "compare": "yes" if equals else "no"}
        values = terms.get("one_of") or ([equals] if equals is not None else [])
        compare = "number" if {"at_least", "at_most"} & set(terms) else "words"
        words = [value for value in values if isinstance(value, str)]
        return {**terms, "compare": compare, "values": words}
