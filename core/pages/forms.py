"""What forms are made of: fields that read what people write, and refuse what cannot be."""

import re
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from babel.numbers import get_decimal_symbol
from flask import g
from flask_babel import get_locale, lazy_gettext
from flask_wtf import FlaskForm
from wtforms import (  # type: ignore[attr-defined]  # SelectChoice is newer than its types
    DateField,
    Field,
    HiddenField,
    IntegerField,
    SelectChoice,
    SelectMultipleField,
    StringField,
    TextAreaField,
    TimeField,
)
from wtforms.validators import (
    DataRequired,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    ValidationError,
)
from wtforms.widgets import CheckboxInput, ListWidget, TextArea, TextInput

from core import clock, i18n, ids, money
from core.i18n import gettext
from core.pages import parts

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_BREAK = re.compile(r"[\r\n]")


class Form(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """A form of the desk; its token is checked before any view runs."""

    def mistakes(self) -> list[tuple[Field | None, str]]:
        """Return all that is wrong, each with the field it is about."""
        return list(parts.mistakes(self))


class OnceForm(Form):
    """A form that must not be taken twice when its button is pressed twice."""

    once = HiddenField(validators=[DataRequired(), Length(16, 64)], default=ids.new_token)


def stripped(value: str | None) -> str | None:
    """Return a text without the space around it; nothing in it is nothing."""
    return (value or "").strip() or None


def printable(_form: Form, field: Field) -> None:
    """Refuse control characters, and a line break in a field of one line."""
    text = field.data if isinstance(field.data, str) else ""
    if _CONTROL.search(text) or (not isinstance(field, TextAreaField) and _BREAK.search(text)):
        raise ValidationError(gettext("Control characters are not allowed."))


def line(label: Any, *, most: int = 200, required: bool = True, **given: Any) -> StringField:
    """Return a field of one line of text."""
    first = DataRequired(lazy_gettext("Please fill this in.")) if required else Optional()
    checks = [first, printable, Length(max=most)]
    return StringField(label, checks, filters=[stripped], **given)


def whole(
    label: Any, *, least: int = 0, most: int = 1_000_000_000, required: bool = True, **given: Any
) -> IntegerField:
    """Return a field of a whole number."""
    first = InputRequired(lazy_gettext("Please fill this in.")) if required else Optional()
    return IntegerField(label, [first, NumberRange(least, most)], **given)


def day(label: Any, **given: Any) -> DateField:
    """Return a field of a calendar day, which may stay empty."""
    return DateField(label, [Optional(), sane_day], **given)


class DayField(DateField):
    """A calendar day, which may be filled in as JSON writes it."""

    def __init__(self, label: Any, *, required: bool = False, **given: Any) -> None:
        first = InputRequired(lazy_gettext("Please fill this in.")) if required else Optional()
        super().__init__(label, [first, sane_day], **given)

    def process_data(self, value: Any) -> None:
        """Take a day, or 2026-11-30."""
        super().process_data(date.fromisoformat(value) if isinstance(value, str) else value)


class ClockField(TimeField):
    """A time of the day, which may be filled in as JSON writes it."""

    def __init__(self, label: Any, **given: Any) -> None:
        super().__init__(label, [InputRequired(lazy_gettext("Please fill this in."))], **given)

    def process_data(self, value: Any) -> None:
        """Take a time, or 22:00."""
        super().process_data(time.fromisoformat(value) if isinstance(value, str) else value)


def sane_day(_form: Form, field: Field) -> None:
    """Refuse a year that only a slip of the finger writes."""
    if isinstance(field.data, date) and not 1900 <= field.data.year <= 9000:  # noqa: PLR2004
        raise ValidationError(gettext("Not a day that can be meant."))


class MoneyField(Field):
    """An amount in the merchant's currency, as people write it: 12.50, 12,50 or 1'200."""

    widget = TextInput()

    def __init__(self, label: Any, *, required: bool = True, least: int = 0, **given: Any) -> None:
        first = InputRequired(lazy_gettext("Please fill this in.")) if required else Optional()
        super().__init__(label, [first], **given)
        self.least = least
        self.render_kw = {"inputmode": "decimal"} | (self.render_kw or {})

    @property
    def suffix(self) -> str:
        """Return what stands behind the amount."""
        return currency()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else plain_amount(self.data)

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the amount into minor units.

        Raises:
            ValueError: it is no amount, too small, or too large.
        """
        self.data = None
        if not valuelist or not valuelist[0].strip():
            return
        amount = read_amount(valuelist[0], money.exponent(currency()))
        if amount is None:
            raise ValueError(
                gettext("Write an amount such as %(example)s.", example=plain_amount(1250))
            )
        if not self.least <= amount <= money.LARGEST:
            raise ValueError(
                gettext(
                    "From %(least)s on, and not more than anybody has.",
                    least=plain_amount(self.least),
                )
            )
        self.data = amount


def currency() -> str:
    """Return the merchant's currency."""
    return str(g.get("currency", "EUR"))


def plain_amount(amount: int) -> str:
    """Return an amount as it is typed: no currency, no grouping."""
    places = money.exponent(currency())
    if not places:
        return str(amount)
    units, rest = divmod(amount, 10**places)
    return f"{units}{get_decimal_symbol(get_locale() or 'en')}{rest:0{places}}"


def read_amount(text: str, places: int) -> int | None:
    """Return the minor units that a text names, with a dot or a comma, or None if it names none.

    What follows the last sign is decimals if there are few enough of them, else a group of
    three. What could mean two things names none, as at the till: "1.000" may be a thousand euros
    or one, and "0,005" is no amount of cents. It is one Bahraini dinar and a thousand yen.
    """
    text = re.sub(r"[\s'’]", "", text)
    units = r"\d{1,15}|[1-9]\d{0,2}(?:([.,])\d{3})(?:\2\d{3}){0,4}"
    decimals = rf"(?:[.,](\d{{1,{places}}}))?" if places else "()"
    found = re.fullmatch(f"({units}){decimals}", text, re.ASCII)
    if found is None:
        return None
    if places and not found[3] and re.fullmatch(r"\d+[.,]\d+", text, re.ASCII):
        return None
    rest = (found[3] or "").ljust(places, "0")
    return int(re.sub(r"[.,]", "", found[1]) + rest)


class DecimalField(Field):
    """A number with decimals that is kept as it is written, with a dot: 12,5 % is 12.5."""

    widget = TextInput()

    def __init__(
        self, label: Any, *, suffix: str = "", required: bool = True, **given: Any
    ) -> None:
        first = InputRequired(lazy_gettext("Please fill this in.")) if required else Optional()
        super().__init__(label, [first, Length(max=12)], **given)
        self.suffix = suffix
        self.render_kw = {"inputmode": "decimal"} | (self.render_kw or {})

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return str(self.data or "").replace(".", get_decimal_symbol(get_locale() or "en"))

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the number; what it may be is for the rules to say."""
        text = valuelist[0] if valuelist else ""
        self.data = text.replace(",", ".").strip().removesuffix(self.suffix).strip()


class ListField(Field):
    """Several short texts, one a line or with commas between them, each kept once.

    Where a text may have a comma in it, there is one a line.
    """

    widget = TextArea()  # type: ignore[assignment]  # it asks for no more than a value

    def __init__(
        self,
        label: Any,
        *,
        most: int = 1000,
        length: int = 64,
        commas: bool = True,
        required: bool = False,
        **given: Any,
    ) -> None:
        first = InputRequired(lazy_gettext("Please fill this in.")) if required else Optional()
        super().__init__(label, [first], **given)
        self.most = most
        self.length = length
        self.between = r"[\n,;]" if commas else r"\n"

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "\n".join(self.data or ())

    def process_formdata(self, valuelist: Sequence[str]) -> None:
        """Read the list.

        Raises:
            ValueError: it has too many entries, or one is too long.
        """
        found = (one.strip() for one in re.split(self.between, valuelist[0] if valuelist else ""))
        self.data = list(dict.fromkeys(one for one in found if one))
        if len(self.data) > self.most:
            raise ValueError(gettext("At most %(most)s entries.", most=i18n.show_number(self.most)))
        if any(len(part) > self.length or _CONTROL.search(part) for part in self.data):
            raise ValueError(gettext("At most %(most)s characters each.", most=self.length))


def choices(pairs: Iterable[tuple[str, Any]]) -> list[Any]:
    """Return the options of a field, of each its value and what it is called."""
    return [SelectChoice(value, label) for value, label in pairs]


class MultiCheckboxField(SelectMultipleField):
    """Several of a few choices, each with a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def window(starts: date | None, ends: date | None, zone: str) -> dict[str, Any]:
    """Return the instants between two local days, the last one included."""
    return {
        "starts_at": clock.day_start(starts, zone) if starts else None,
        "ends_at": clock.day_end(ends, zone) if ends else None,
    }


def first_day(at: datetime | None, zone: str) -> date | None:
    """Return the day a window starts on."""
    return clock.local_day(at, zone) if at else None


def last_day(at: datetime | None, zone: str) -> date | None:
    """Return the last day inside a window, whose end is the first instant after it."""
    return clock.local_day(at - timedelta(microseconds=1), zone) if at else None
