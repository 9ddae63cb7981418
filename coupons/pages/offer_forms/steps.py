"""Benefits in steps: the more is bought the better, or the sooner the better."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from flask_babel import lazy_gettext
from wtforms import HiddenField

from core import clock, i18n
from core.pages.forms import DayField, MoneyField, last_day, whole
from core.pages.parts import KindField, Part, PartField, Rows
from coupons.pages.offer_forms.kinds import NAMES, SIMPLE
from coupons.pages.offer_forms.products import MOST_PIECES, OnField

MOST_STEPS = 20


def benefit() -> KindField:
    """Return a field of any simple benefit."""
    return KindField(SIMPLE, lazy_gettext("What they get"), usual="percent", names=NAMES)


def rows(step: type[Part]) -> Rows:
    """Return the steps, one at least."""
    return Rows(
        PartField(step),
        lazy_gettext("Steps"),
        called=lazy_gettext("Step"),
        adds=lazy_gettext("Add a step"),
        least=1,
        most=MOST_STEPS,
    )


class AmountStep(Part):
    """What there is from a basket of some worth on."""


setattr(AmountStep, "from", MoneyField(lazy_gettext("From a basket of")))
setattr(AmountStep, "benefit", benefit())  # noqa: B010  # after the field above


class QuantityStep(Part):
    """What there is from so many pieces on."""


setattr(QuantityStep, "from", whole(lazy_gettext("From so many pieces"), most=MOST_PIECES))
setattr(QuantityStep, "benefit", benefit())  # noqa: B010


class LadderByAmount(Part):
    """The more they spend, the more they get."""

    note = lazy_gettext(
        "The highest step that is reached counts. Before any discount, tax included."
    )

    steps = rows(AmountStep)
    on = OnField(lazy_gettext("Only certain products count"))

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return {"kind": "ladder", "by": "amount", **super().terms()}


class LadderByQuantity(Part):
    """The more pieces they buy, the more they get."""

    note = lazy_gettext("The highest step that is reached counts.")

    steps = rows(QuantityStep)
    on = OnField(lazy_gettext("Only certain products count"))

    def terms(self) -> dict[str, Any]:
        """Return what was entered."""
        return {"kind": "ladder", "by": "quantity", **super().terms()}


class EarlyStep(Part):
    """What there is until a day, or for the first so many."""

    note = lazy_gettext("Say either until which day, or for the first how many.")

    until = DayField(lazy_gettext("Until"), description=lazy_gettext("Including that day."))
    first = whole(
        lazy_gettext("For the first"),
        least=1,
        required=False,
        description=lazy_gettext("Counted from the very first, not from the step before."),
    )
    benefit = benefit()
    moment = HiddenField()

    def terms(self) -> dict[str, Any]:
        """Return what was entered, where a day that was not touched keeps its exact moment."""
        found: dict[str, Any] = super().terms()
        moment, day = found.pop("moment", None), self.until.data
        if day:
            zone = i18n.merchant_zone()
            kept = moment if moment and _day_of(moment) == day.isoformat() else None
            found["until"] = kept or clock.day_end(day, zone).isoformat()
        return found

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        until = terms.get("until")
        return {**terms, "until": _day_of(until) if until else None, "moment": until}


def _day_of(moment: str) -> str | None:
    """Return the last day before a moment, in the merchant's zone; None if it is no moment."""
    try:
        day = last_day(datetime.fromisoformat(moment), i18n.merchant_zone())
    except (ValueError, TypeError):
        return None
    return day.isoformat() if day else None


class Nothing(Part):
    """The offer is over."""


class EarlyBird(Part):
    """Those who come early get more."""

    steps = rows(EarlyStep)
    after = KindField(
        {"": Nothing, **SIMPLE},
        lazy_gettext("And after the last step"),
        usual="",
        names=[(None, [("", lazy_gettext("Nothing: the offer is over"))]), *NAMES],
    )
