"""The other forms of the programme: name, time, spending, undoing, and how the ladder counts."""

from collections.abc import Mapping
from typing import Any, ClassVar

from babel.dates import get_month_names
from flask_babel import get_locale, lazy_gettext
from wtforms import BooleanField, RadioField, SelectField

from core.i18n import LANGUAGES, gettext
from core.pages.forms import MoneyField, choices, whole
from core.pages.parts import Part, PartField
from coupons.pages.offer_forms.words import Name, WordsField
from loyalty.models import Programme
from loyalty.pages.programme.section import Section


class NameForm(Section):
    """What the points are called."""

    name = WordsField(lazy_gettext("What points are called"), Name)

    def sent(self, before: Programme) -> dict[str, Any]:
        """Return the names, with those in languages that the interface does not speak."""
        kept = {tag: text for tag, text in before.name.items() if tag not in LANGUAGES}
        return {"name": kept | self.name.terms()}


class YearDay(Part):
    """A day that comes every year."""

    day = whole(lazy_gettext("Day"), least=1, most=31, required=False)
    month = SelectField(lazy_gettext("Month"))

    def __init__(self, *args: Any, **given: Any) -> None:
        super().__init__(*args, **given)
        names = get_month_names("wide", locale=get_locale() or "en")
        self.month.choices = choices((f"{n:02}", names[n]) for n in range(1, 13))

    def terms(self) -> str | None:
        """Return the day as JSON says it."""
        return f"{self.month.data}-{self.day.data:02}" if self.day.data else None


class YearDayField(PartField):
    """A day of the year, as JSON says it."""

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take 12-31 apart."""
        held: Mapping[str, Any] = {"month": "12"}
        if isinstance(data, str):
            month, _, day = data.partition("-")
            held = {"month": month, "day": int(day)}
        super().process(formdata, held, extra_filters)


class TimeForm(Section):
    """When points can be spent, and when they are gone."""

    names = ("pending_days", "expiry", "expiry_months", "expiry_day", "remind_days")

    pending_days = whole(
        lazy_gettext("Days until points can be spent"),
        most=365,
        description=lazy_gettext(
            "0: at once. The time in which goods are brought back, for example."
        ),
    )
    expiry = RadioField(
        lazy_gettext("Points expire"),
        choices=choices(
            [
                ("never", lazy_gettext("Never")),
                (
                    "rolling",
                    lazy_gettext("So many months after they were earned, at a month’s end"),
                ),
                ("yearly", lazy_gettext("On one day of the year, all of them")),
                ("inactivity", lazy_gettext("When a customer did not come for so many months")),
            ]
        ),
    )
    expiry_months = whole(
        lazy_gettext("Months"),
        least=1,
        most=120,
        required=False,
        description=lazy_gettext("Where they expire after so many months."),
    )
    expiry_day = YearDayField(YearDay, lazy_gettext("On one day of the year"))
    remind_days = whole(
        lazy_gettext("Days before, by which customers are told"),
        most=365,
        description=lazy_gettext("By mail, if they agreed to messages. 0: not at all."),
    )

    NEEDS: ClassVar = {"rolling": "expiry_months", "inactivity": "expiry_months",
                       "yearly": "expiry_day"}  # fmt: skip

    def sent(self, before: Programme) -> dict[str, Any]:
        """Return the rules without what belongs to another kind of expiry."""
        found = super().sent(before)
        needed = self.NEEDS.get(self.expiry.data)
        for name in ("expiry_months", "expiry_day"):
            found[name] = found[name] if name == needed else None
        return found

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a kind of expiry without what it needs."""
        valid: bool = super().validate(extra_validators)
        needed = self.NEEDS.get(self.expiry.data)
        if valid and needed == "expiry_months" and self.expiry_months.data is None:
            self.expiry_months.errors = [gettext("Please fill this in.")]
            return False
        if valid and needed == "expiry_day" and not self.expiry_day.terms():
            self.expiry_day.form.day.errors = [gettext("Please fill this in.")]
            return False
        return valid


class SpendingForm(Section):
    """What points pay for."""

    names = ("point_value", "spend_minimum", "spend_share", "printed_points", "transfers")

    point_value = MoneyField(
        lazy_gettext("A point is worth"), description=lazy_gettext("0: points cannot pay.")
    )
    spend_minimum = whole(lazy_gettext("Fewest points that pay at a time"))
    spend_share = whole(
        lazy_gettext("So much of a purchase may be paid with points"),
        least=1,
        most=100,
        description=lazy_gettext("In per cent of what is left to pay."),
    )
    printed_points = whole(
        lazy_gettext("Most points spent with a printed card"),
        required=False,
        description=lazy_gettext(
            "More need the changing card on the phone, or a supervisor. Empty: any number."
        ),
    )
    transfers = BooleanField(lazy_gettext("Customers may give points to one another"))


class UndoingForm(Section):
    """What happens to points when something is undone, or done by hand."""

    names = ("clawback", "lapsed_refund", "adjust_limit")

    clawback = RadioField(
        lazy_gettext("When a purchase is undone and its points are spent already"),
        choices=choices(
            [
                ("debt", lazy_gettext("The customer owes them: the next points pay for it")),
                ("within_balance", lazy_gettext("Take back what is there, and no more")),
                ("only_pending", lazy_gettext("Take back only points that were not available yet")),
            ]
        ),
    )
    lapsed_refund = RadioField(
        lazy_gettext("When spent points come back after they would have expired"),
        choices=choices(
            [
                ("grace", lazy_gettext("They can be spent for 30 more days")),
                ("lapse", lazy_gettext("They are gone")),
            ]
        ),
    )
    adjust_limit = whole(
        lazy_gettext("Most points adjusted by hand at a time"),
        most=10_000_000,
        description=lazy_gettext("More than that takes a second person."),
    )


class Ladder(Part):
    """How the ladder of tiers counts."""

    by = RadioField(
        lazy_gettext("What counts"),
        choices=choices(
            [
                ("", lazy_gettext("Nothing: there are no tiers")),
                ("points", lazy_gettext("Points that are earned")),
                ("money", lazy_gettext("Money that is paid")),
            ]
        ),
        default="",
    )
    period = RadioField(
        lazy_gettext("Over which time"),
        choices=choices(
            [
                (
                    "calendar",
                    lazy_gettext("The calendar year; a tier is held to the end of the next"),
                ),
                ("rolling", lazy_gettext("The last so many months; a tier is held as long")),
            ]
        ),
        default="calendar",
    )
    months = whole(
        lazy_gettext("Months"),
        least=1,
        most=60,
        default=12,
        description=lazy_gettext("Where the last so many months count."),
    )
    grace_days = whole(
        lazy_gettext("Days of grace"),
        most=90,
        default=0,
        description=lazy_gettext(
            "So long a tier is still held, and can be renewed, after its date."
        ),
    )
    downgrade = RadioField(
        lazy_gettext("Who did not renew goes down"),
        choices=choices(
            [
                ("one", lazy_gettext("By one tier")),
                ("fit", lazy_gettext("To the tier that fits what counted")),
            ]
        ),
        default="one",
    )

    def terms(self) -> dict[str, Any]:
        """Return how it counts; nothing at all without a ladder."""
        return super().terms() if self.by.data else {}


class LadderForm(Section):
    """How the ladder of tiers counts."""

    tiers = PartField(Ladder)

    def sent(self, before: Programme) -> dict[str, Any]:  # noqa: ARG002  # as the others are asked
        """Return how it counts."""
        return {"tiers": self.tiers.terms()}
