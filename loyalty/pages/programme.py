"""The rules of the points."""

from typing import Any

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import RadioField

from core import clock, i18n, web
from core.errors import N_, InvalidRequest
from core.i18n import LANGUAGES, gettext
from core.pages.forms import Form, MoneyField, choices, line, whole
from core.pages.posting import Answer, Done, posting, show, telling
from loyalty import programme as rules
from loyalty.models import Programme
from loyalty.pages.frame import pages


class ProgrammeForm(Form):
    """How points are earned, what they are worth, and when they end."""

    earn_points = whole(lazy_gettext("So many points"), most=1_000_000)
    earn_per = MoneyField(lazy_gettext("for each"), least=1)
    earn_minimum = MoneyField(lazy_gettext("Only for purchases from"))
    point_value = MoneyField(lazy_gettext("A point is worth"))
    pending_days = whole(lazy_gettext("Days until points can be spent"), most=365)
    expiry_months = whole(
        lazy_gettext("Months until points expire"), least=1, most=120, required=False
    )
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
    adjust_limit = whole(lazy_gettext("Most points adjusted by hand at a time"), most=10_000_000)

    def changes(self) -> dict[str, Any]:
        """Return the rules that were entered.

        Raises:
            InvalidRequest: the programme has no name in any language.
        """
        name = {tag: self[f"name_{tag}"].data for tag in LANGUAGES if self[f"name_{tag}"].data}
        if not name:
            missing = N_("Give it a name, in one language at least.")
            raise InvalidRequest({f"name_{i18n.fallback()}": [missing]})
        fields = [field for field in rules.FIELDS if field in self]
        return {"name": name} | {field: self[field].data for field in fields}


for _tag in LANGUAGES:
    setattr(ProgrammeForm, f"name_{_tag}", line(i18n.own_name(_tag), most=60, required=False))


@pages.get("/programme")
@web.requires("programme:read")
@web.reading
def programme(session: Session) -> ResponseReturnValue:
    """Show the rules of the points."""
    found = rules.find(session)
    return _page(found, _filled(found))


@pages.post("/programme")
@web.requires("programme:write")
@posting
def change_programme(session: Session) -> Answer:
    """Change the rules of the points."""
    found = rules.find(session)
    form = _filled(found)
    if form.validate_on_submit():
        with telling(session, form):
            rules.change(session, form.changes(), actor=web.actor(), at=clock.now())
            said = gettext("The rules are saved. They count for what is earned from now on.")
            return Done(url_for("admin_loyalty.programme"), said)
    return _page(found, form)


def _page(found: Programme, form: ProgrammeForm) -> tuple[str, int]:
    names = [form[f"name_{tag}"] for tag in LANGUAGES]
    return show("admin/programme.html", form, programme=found, names=names)


def _filled(programme: Programme) -> ProgrammeForm:
    names = {f"name_{tag}": programme.name.get(tag) for tag in LANGUAGES}
    return ProgrammeForm(obj=programme, **names)
