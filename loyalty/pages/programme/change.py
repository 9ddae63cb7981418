"""The rules of the points are changed, one section at a time."""

from flask import request, url_for
from sqlalchemy.orm import Session

from core import clock, web
from core.i18n import gettext
from core.pages import choosing
from core.pages.parts import rearrange
from core.pages.posting import Answer, Done, form_page, show, telling
from loyalty import changing
from loyalty import programme as rules
from loyalty.pages.frame import pages
from loyalty.pages.programme.earning import CapsForm, EarningForm, MultipliersForm
from loyalty.pages.programme.forms import NameForm, SpendingForm, TimeForm, UndoingForm
from loyalty.pages.programme.page import TITLES
from loyalty.pages.programme.section import Section

FORMS: dict[str, type[Section]] = {
    "name": NameForm,
    "earning": EarningForm,
    "multipliers": MultipliersForm,
    "caps": CapsForm,
    "time": TimeForm,
    "spending": SpendingForm,
    "undoing": UndoingForm,
}
NAMES = ", ".join(FORMS)


@pages.route(f"/programme/<any({NAMES}):section>", methods=["GET", "POST"])
@web.requires("programme:write")
@form_page
def change_programme(session: Session, section: str) -> Answer:
    """Change some of the rules of the points."""
    found = rules.find(session, lock=request.method == "POST")
    form = FORMS[section](obj=found)
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            changing.change(session, form.changes(found), actor=web.actor(), at=clock.now())
            said = gettext("The rules are saved. They count for what is earned from now on.")
            return Done(url_for("admin_loyalty.programme"), said)
    choosing.fill(session, form, {})
    return show("admin/programme/edit.html", form, section=section, title=TITLES[section])
