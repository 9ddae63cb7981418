"""Pieces that cost nothing, or less."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext
from wtforms import BooleanField, SelectField

from core.pages.forms import DecimalField, MoneyField, choices, whole
from core.pages.parts import EMPTY, Part, PartField, Rows
from coupons.pages.offer_forms.products import MOST_PIECES, OnField, Some

FREE = lazy_gettext("Empty: they are free.")
TIMES = lazy_gettext("Empty: as often as it fits.")


class FreePieces(Part):
    """The cheapest or the dearest pieces of what is bought."""

    which = SelectField(
        lazy_gettext("Which pieces"),
        choices=choices(
            [
                ("cheapest", lazy_gettext("The cheapest")),
                ("dearest", lazy_gettext("The dearest")),
            ]
        ),
    )
    count = whole(lazy_gettext("How many of them"), least=1, most=MOST_PIECES, default=1)
    at_least = whole(
        lazy_gettext("From so many pieces"),
        least=1,
        most=MOST_PIECES,
        required=False,
        description=lazy_gettext("The free ones are counted, too."),
    )
    percent = DecimalField(
        lazy_gettext("Per cent off"), suffix="%", required=False, description=FREE
    )
    on = OnField()


class Got(Part):
    """What is got for what was bought."""

    quantity = whole(lazy_gettext("Pieces"), least=1, most=MOST_PIECES, default=1)
    same = BooleanField(lazy_gettext("Of the same products"), default=True)
    on = OnField(lazy_gettext("Or of other products"))


class BuyGet(Part):
    """Buy some, get some."""

    note = lazy_gettext(
        "Buy 2, get 1 means: the third one is free. Of the same products the cheapest is free."
    )

    buy = PartField(Some, lazy_gettext("They buy"))
    get = PartField(Got, lazy_gettext("They get"))
    percent = DecimalField(
        lazy_gettext("Per cent off"), suffix="%", required=False, description=FREE
    )
    times = whole(
        lazy_gettext("At most so many times"),
        least=1,
        most=MOST_PIECES,
        required=False,
        description=TIMES,
    )

    def terms(self) -> dict[str, Any]:
        """Return what was entered; what is of the same products has theirs."""
        found: dict[str, Any] = super().terms()
        got = dict(found["get"])
        if got.pop("same", False):
            got = {"quantity": got["quantity"], "on": found["buy"].get("on")}
        kept = {name: value for name, value in got.items() if value not in EMPTY}
        return found | {"get": kept}

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        if "get" not in terms:
            return dict(terms)
        same = terms["buy"].get("on") == terms["get"].get("on")
        other = {} if same else {"on": terms["get"].get("on")}
        return {**terms, "get": {"quantity": terms["get"]["quantity"], "same": same, **other}}


class Bundle(Part):
    """Some products that cost less together."""

    note = lazy_gettext("Say what belongs to the set, and then either its price or what is off.")

    parts = Rows(
        PartField(Some),
        lazy_gettext("What belongs to the set"),
        called=lazy_gettext("Part"),
        adds=lazy_gettext("Add a part"),
        least=1,
        most=10,
    )
    price = MoneyField(lazy_gettext("Price of the set"), required=False)
    percent = DecimalField(lazy_gettext("Or per cent off"), suffix="%", required=False)
    amount = MoneyField(lazy_gettext("Or amount off"), required=False, least=1)
    times = whole(
        lazy_gettext("At most so many times"),
        least=1,
        most=MOST_PIECES,
        required=False,
        description=TIMES,
    )
