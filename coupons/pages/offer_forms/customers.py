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

    note = lazy_gettext("For customers who have bought with their card before, but not lately.")

    days = whole(lazy_gettext("Days without a purchase"), least=1, most=3650)


class Birthday(Part):
    """Customers around their birthday."""

    note = lazy_gettext("Both 0: on the very day. The birthday must be known.")

    before = whole(lazy_gettext("Days before"), most=180, default=0)
    after = whole(lazy_gettext("Days after"), most=180, default=0)


class InAudience(Part):
    """Customers who were chosen by name.

    Attributes:
        said: how many were chosen before; put here when the form is shown.
    """

    aliases: ClassVar = {"audience": "customers"}
    said = ""

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


class Known(Part):
    """Something that is kept of the customer."""

    name = line(
        lazy_gettext("What is known of them"),
        most=60,
        description=lazy_gettext("As your own system calls it, such as “profession”."),
    )

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return {**super().terms(), "kind": "attribute"}


class KnownWords(Known):
    """One of some words."""

    aliases: ClassVar = {"equals": "values", "one_of": "values"}

    values = ListField(
        lazy_gettext("It is one of these words"),
        most=100,
        length=200,
        commas=False,
        required=True,
        description=ONE_A_LINE,
    )

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        found = super().terms()
        values = found.pop("values", [])
        return found | ({"equals": values[0]} if len(values) == 1 else {"one_of": values})

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        values = terms.get("one_of") or [terms.get("equals")]
        return {**terms, "values": [value for value in values if isinstance(value, str)]}


class KnownNumber(Known):
    """A number within bounds."""

    aliases: ClassVar = {"equals": "at_least"}

    at_least = IntegerField(
        lazy_gettext("At least"), [Optional(), NumberRange(-FARTHEST, FARTHEST)]
    )
    at_most = IntegerField(lazy_gettext("At most"), [Optional(), NumberRange(-FARTHEST, FARTHEST)])


class KnownTruth(Known):
    """A yes or a no."""

    equals = SelectField(
        lazy_gettext("It is"),
        choices=choices([("yes", lazy_gettext("Yes")), ("no", lazy_gettext("No"))]),
    )

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return {**super().terms(), "equals": self.equals.data == "yes"}

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        return {**terms, "equals": "no" if terms.get("equals") is False else "yes"}


def known_kind(terms: Mapping[str, Any]) -> str:
    """Return which of these parts can say an attribute."""
    if isinstance(terms.get("equals"), bool):
        return "known_truth"
    return "known_number" if {"at_least", "at_most"} & set(terms) else "known_words"
