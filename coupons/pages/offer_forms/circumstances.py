"""Conditions about what is bought, when, and where."""

from typing import Any

from flask_babel import lazy_gettext
from wtforms.validators import InputRequired

from core.i18n import gettext, show_weekday
from core.pages.choosing import ChoicesOf
from core.pages.forms import (
    ClockField,
    DayField,
    MoneyField,
    MultiCheckboxField,
    choices,
    whole,
)
from core.pages.parts import Part, PartField, Rows
from coupons.pages.offer_forms.products import OnField, categories, skus, tags

WEEK = range(1, 8)


class MinimumBasket(Part):
    """A basket of some worth."""

    amount = MoneyField(
        lazy_gettext("Smallest basket"),
        least=1,
        description=lazy_gettext("Before any discount, tax included."),
    )


class MinimumQuantity(Part):
    """So many pieces."""

    quantity = whole(lazy_gettext("So many pieces"), least=1)
    on = OnField()


class Skus(Part):
    """One of some products in the basket."""

    skus = skus(lazy_gettext("One of these products must be in the basket"), required=True)


class Categories(Part):
    """A product of one of some categories in the basket."""

    categories = categories(
        lazy_gettext("One of these categories must be in the basket"), required=True
    )


class Tags(Part):
    """A product with one of some tags in the basket."""

    tags = tags(
        lazy_gettext("A product with one of these tags must be in the basket"), required=True
    )


class Dates(Part):
    """Some days."""

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse days that nobody named."""
        valid: bool = super().validate(extra_validators)
        if valid and not self.terms():
            self["from"].errors = [gettext("Say from which day, or until which.")]
            return False
        return valid


setattr(Dates, "from", DayField(lazy_gettext("From")))
setattr(  # noqa: B010  # after the field above
    Dates, "until", DayField(lazy_gettext("Until"), description=lazy_gettext("Including that day."))
)


class Slot(Part):
    """Some hours of some days of the week."""

    days = MultiCheckboxField(
        lazy_gettext("Days"),
        [InputRequired(lazy_gettext("Please choose one at least."))],
        coerce=int,
        validate_choice=False,
    )

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        self.days.choices = choices((str(day), show_weekday(day)) for day in WEEK)


setattr(Slot, "from", ClockField(lazy_gettext("From")))
setattr(Slot, "until", ClockField(lazy_gettext("Until")))  # noqa: B010  # after the field above


class Hours(Part):
    """Some hours of the week."""

    note = lazy_gettext(
        "By the clock of the shop. 22:00 to 02:00 ends on the next day; 00:00 to 00:00 is the "
        "whole day."
    )

    weekly = Rows(
        PartField(Slot),
        "",
        called=lazy_gettext("Hours"),
        adds=lazy_gettext("Add hours"),
        least=1,
    )


class Shops(Part):
    """Some shops."""

    shops = ChoicesOf(lazy_gettext("In these shops"), "shops")


class Channels(Part):
    """Some channels of the campaign."""

    note = lazy_gettext("Counts for coupons that were issued for one of these channels.")

    channels = ChoicesOf(lazy_gettext("Through these channels"), "channels")
