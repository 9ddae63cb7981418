"""Fields that choose among things there are: what they are is looked up when the form is shown."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField
from wtforms.form import BaseForm
from wtforms.validators import InputRequired, Optional

from core import web
from core.listing import shop_names
from core.pages import desk, parts
from core.pages.forms import MultiCheckboxField, choices

Source = Callable[[Session], Iterable[tuple[str, Any]]]


def own_shops(session: Session, none: str) -> list[Any]:
    """Return the shops that who asks works for as options; who works for all may choose none."""
    names = shop_names(session)
    shops = [(id.hex, name) for id, name in names.items() if web.actor().works_for(id)]
    return choices([("", none), *shops] if web.actor().works_for(None) else shops)


class ChoiceOf(SelectField):
    """One of the things that a source knows.

    Attributes:
        none: what it is called to choose none of them, if that is possible.
    """

    def __init__(self, label: Any, source: str, *, none: Any = None, **given: Any) -> None:
        first = Optional() if none else InputRequired(lazy_gettext("Please choose one."))
        super().__init__(label, [first], validate_choice=False, choices=[], **given)
        self.source = source
        self.none = none


class ChoicesOf(MultiCheckboxField):
    """Some of the things that a source knows."""

    def __init__(self, label: Any, source: str, *, required: bool = True, **given: Any) -> None:
        needed = InputRequired(lazy_gettext("Please choose one at least."))
        first = needed if required else Optional()
        super().__init__(label, [first], validate_choice=False, choices=[], **given)
        self.source = source


def fill(session: Session, form: BaseForm, sources: Mapping[str, Source]) -> None:
    """Say what can be chosen; what was chosen before stays, though its source forgot it.

    Each source is asked once, and only where a field of the form needs it. Those that other
    packages put on the desk are known as well.
    """
    known = {**desk.here().choices, **sources}
    found: dict[str, list[tuple[str, Any]]] = {}
    for field in parts.every(form):
        if isinstance(field, ChoiceOf | ChoicesOf):
            if field.source not in found:
                found[field.source] = list(known[field.source](session))
            pairs = found[field.source]
            held = [field.data] if isinstance(field.data, str) else field.data or []
            there = {value for value, _ in pairs}
            gone = [(one, one) for one in held if one and one not in there]
            empty = getattr(field, "none", None)
            first = [("", empty)] if empty else []
            field.choices = choices([*first, *pairs, *gone])
