"""What the forms of the programme share: each says some of it, as the API would be told."""

from typing import Any, ClassVar

from core.pages.forms import Form
from core.pages.parts import PartField, terms_of
from core.schemas import read
from loyalty.models import Programme
from loyalty.schemas import ProgrammeSchema


class Section(Form):
    """One section of the rules.

    Attributes:
        names: the fields of the programme that it says in full.
    """

    names: ClassVar[tuple[str, ...]] = ()

    def changes(self, before: Programme) -> dict[str, Any]:
        """Return the rules that were entered, read as the API reads them.

        Raises:
            InvalidRequest: something is not as it must be; the fields are named as in JSON.
        """
        found: dict[str, Any] = read(ProgrammeSchema(), self.sent(before))
        return found

    def sent(self, before: Programme) -> dict[str, Any]:
        """Return what would be sent to the API."""
        sent = {name: terms_of(self[name]) for name in self.names}
        if "earning" in self:
            sent["earning"] = _put(before.earning, self["earning"])
        return sent


def _put(before: dict[str, Any], part: PartField) -> dict[str, Any]:
    """Return terms with what a part says in place of what it can say."""
    own = {field.short_name for field in part.form}
    kept = {name: value for name, value in before.items() if name not in own}
    said: dict[str, Any] = part.terms()
    return kept | said
