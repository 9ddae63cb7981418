"""Forms made of parts: a form within a form, of one kind or another, in rows that come and go.

A part is filled with plain JSON and gives plain JSON back, without what was left empty. Rows are
added and removed by buttons of the form itself, so that nothing typed is lost without scripts.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from datetime import date, time
from itertools import groupby
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FormField,
    HiddenField,
    RadioField,
    SelectMultipleField,
)
from wtforms.form import BaseForm
from wtforms.widgets import TextArea

EMPTY: tuple[Any, ...] = (None, "", [], {})
LONGEST = 4
"""So many digits may the number of a row have."""


class Part(FlaskForm):  # type: ignore[misc]  # Flask-WTF ships no types
    """Some fields that belong together within a form.

    Attributes:
        note: what is said above the fields.
        aliases: fields that JSON calls otherwise, by what it calls them.
    """

    note: ClassVar[Any] = None
    aliases: ClassVar[Mapping[str, str]] = {}

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        """The form around it is checked."""

        csrf = False

    def terms(self) -> Any:
        """Return what was entered, without what was left empty."""
        found = {field.short_name: terms_of(field) for field in self}
        return {name: value for name, value in found.items() if value not in EMPTY}

    def runs(self) -> list[tuple[bool, list[Field]]]:
        """Return the fields that are seen, in their order: short ones side by side, or one alone.

        The first of a pair tells which.
        """
        seen = [field for field in self if not isinstance(field, HiddenField)]
        return [
            (is_short, run)
            for is_short, found in groupby(seen, is_side_by_side)
            for run in ([list(found)] if is_short else [[field] for field in found])
        ]

    @classmethod
    def holding(cls, terms: Mapping[str, Any]) -> dict[str, Any]:
        """Return what the fields hold for some terms."""
        return dict(terms)


def is_side_by_side(field: Field) -> bool:
    """Tell whether a field is short enough to stand beside another."""
    return not isinstance(
        field,
        FieldList | FormField | RadioField | SelectMultipleField | BooleanField,
    ) and not isinstance(field.widget, TextArea)


def terms_of(field: Field) -> Any:
    """Return what a field says, as plain JSON."""
    if isinstance(field, FieldList):
        return [terms_of(entry) for entry in field]
    if isinstance(field, PartField):
        return field.terms()
    if isinstance(field.data, time):
        return field.data.strftime("%H:%M")
    return field.data.isoformat() if isinstance(field.data, date) else field.data


class PartField(FormField):  # type: ignore[type-arg]
    """A part in a form."""

    form: Part

    def __init__(self, part: type[Part], label: Any = None, **given: Any) -> None:
        super().__init__(part, label, separator="_", **given)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Fill the part with what was sent, else with terms."""
        held = self.form_class.holding(data) if isinstance(data, Mapping) else {}
        super().process(formdata, held, extra_filters)

    def terms(self) -> Any:
        """Return what was entered."""
        return self.form.terms()


class KindField(PartField):
    """A part that is of one of several kinds, each with fields of its own.

    Attributes:
        kinds: the part of each kind.
        usual: the kind where none is known.
        names: what each kind is called, where it can be chosen here.
    """

    def __init__(
        self,
        kinds: Mapping[str, type[Part]],
        label: Any = None,
        *,
        usual: str,
        names: Iterable[tuple[Any, list[tuple[str, Any]]]] = (),
        **given: Any,
    ) -> None:
        super().__init__(kinds[usual], label, **given)
        self.kinds = kinds
        self.usual = usual
        self.kind = usual
        self.names = names

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Find out the kind, then fill the part of that kind."""
        asked = formdata.get(f"{self.name}_kind") if formdata else None
        held = data.get("kind") if isinstance(data, Mapping) else None
        self.kind = next(str(kind) for kind in (asked, held, self.usual) if kind in self.kinds)
        self.form_class = self.kinds[self.kind]
        super().process(formdata, data if held == self.kind else None, extra_filters)

    def terms(self) -> Any:
        """Return what was entered, with its kind."""
        return {"kind": self.kind} | self.form.terms() if self.kind else None


class Rows(FieldList):  # type: ignore[type-arg]
    """Parts of which there may be more or fewer.

    Attributes:
        called: what one of them is called.
        adds: what stands on the button that adds one.
        names: the kinds that can be added, in groups; empty where there is one only.
        said: what is wrong with all of them together.
    """

    def __init__(
        self,
        row: Any,
        label: Any = None,
        *,
        called: Any = "",
        adds: Any = "",
        names: Iterable[tuple[Any, list[tuple[str, Any]]]] = (),
        least: int = 0,
        most: int = 50,
        **given: Any,
    ) -> None:
        super().__init__(row, label, min_entries=least, max_entries=most, separator="_", **given)
        self.called = called
        self.adds = adds
        self.names = names
        self.said: list[str] = []

    def kinds(self) -> list[str]:
        """Return the kinds that can be added."""
        return [kind for _, kinds in self.names for kind, _ in kinds]

    def _extract_indices(self, prefix: str, formdata: Any) -> Iterator[int]:
        """Yield the numbers of the rows that were sent."""
        start = f"{prefix}_"
        for name in formdata:
            if name.startswith(start):
                number = name.removeprefix(start).partition("_")[0]
                if number.isascii() and number.isdigit() and len(number) <= LONGEST:
                    yield int(number)

    @property  # type: ignore[override]  # what its rows say, whenever they are asked
    def errors(self) -> list[Any]:
        """Return what is wrong, with all together and with each."""
        return [*self.said, *(row.errors for row in self if row.errors)]

    @errors.setter
    def errors(self, _found: Any) -> None:
        """Ignore it: what is wrong is with the rows."""

    def validate(self, form: BaseForm, extra_validators: Any = ()) -> bool:  # noqa: ARG002
        """Look at every row."""
        wrong = [row for row in self if not row.validate(form)]
        return not wrong


def every(form: Iterable[Field]) -> Iterator[Field]:
    """Yield every field of a form, those of its parts and rows after these."""
    for field in form:
        yield field
        if isinstance(field, FieldList | FormField):
            yield from every(field)


def mistakes(form: Any) -> Iterator[tuple[Field | None, str]]:
    """Yield what is wrong, each with the field it is about."""
    for said in form.form_errors:
        yield None, said
    for field in every(form):
        if isinstance(field, Rows):
            yield from ((field, said) for said in field.said)
        elif not isinstance(field, FormField):
            yield from ((field, str(said)) for said in field.errors)


def blame(form: BaseForm, path: str, said: list[str]) -> bool:
    """Say beside the field that a path of JSON leads to what is wrong with it, if there is one."""
    here: Any = form
    for step in path.split("."):
        found = _inside(here, step)
        if found is None:
            break
        here = found
    if here is form:
        return False
    if isinstance(here, Rows):
        here.said += said
        return True
    field = next((one for one in every([here]) if not isinstance(one, FieldList | FormField)), None)
    if field is None:
        return False
    field.errors = [*field.errors, *said]
    return True


def _inside(here: Any, step: str) -> Any:
    """Return what is one step further inside, or None."""
    if isinstance(here, FieldList):
        with suppress(ValueError, IndexError):
            return here[int(step)]
        return None
    form = here.form if isinstance(here, FormField) else here
    if not isinstance(form, BaseForm):
        return None
    name = getattr(form, "aliases", {}).get(step, step)
    return next((field for field in form if field.short_name == name), None)


def rearrange(form: BaseForm, sent: Mapping[str, str]) -> bool:
    """Add or remove a row if such a button was pressed; tell whether one of them was.

    What is sent as ``do`` says which: "add limits_more", "remove limits_more_2", or "show" where
    only another kind was chosen.
    """
    verb, _, name = sent.get("do", "").partition(" ")
    if not verb:
        return False
    for rows in [field for field in every(form) if isinstance(field, Rows)]:
        if verb == "add" and rows.name == name and len(rows) < (rows.max_entries or 0):
            kind = sent.get(f"{name}_new", "")
            if kind in rows.kinds() or not rows.names:
                rows.append_entry({"kind": kind})
        for position, row in enumerate(rows):
            if verb == "remove" and row.name == name:
                rows.pop_entry(position)  # type: ignore[call-arg]  # newer than its types
                return True
    return True
