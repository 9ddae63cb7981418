"""Texts that are written per language."""

from typing import Any, ClassVar

from flask_babel import lazy_gettext

from core import i18n
from core.i18n import LANGUAGES
from core.pages.forms import line
from core.pages.parts import Part, PartField


class Words(Part):
    """A text per language; one language will do."""

    missing: ClassVar[Any] = lazy_gettext("Please fill this in, in one language at least.")

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse a text that is written in no language."""
        valid: bool = super().validate(extra_validators)
        first = self[i18n.fallback()]
        if valid and not self.terms():
            first.errors = [str(self.missing)]
            return False
        return valid


for _tag in LANGUAGES:
    setattr(Words, _tag, line(i18n.own_name(_tag), most=300, required=False))


class Name(Words):
    """What an offer is called."""

    missing = lazy_gettext("Give it a name, in one language at least.")


class WordsField(PartField):
    """A text per language: the merchant's own first, the others folded up."""

    def __init__(self, label: Any, part: type[Words] = Words, **given: Any) -> None:
        super().__init__(part, label, **given)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        """Take a text in one language as well as in several."""
        held = {i18n.fallback(): data} if isinstance(data, str) else data
        super().process(formdata, held, extra_filters)
        self.first.label.text = self.label.text

    @property
    def first(self) -> Any:
        """Return the field of the merchant's language."""
        return self.form[i18n.fallback()]

    @property
    def others(self) -> list[Any]:
        """Return the fields of the other languages."""
        return [field for field in self.form if field.short_name != i18n.fallback()]
