"""The rules that hold at every till."""

from dataclasses import asdict

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, till_rules, web
from core.i18n import gettext
from core.pages.desk import admin, may
from core.pages.forms import Form, MoneyField, whole
from core.pages.posting import Answer, Done, form_page, posting, show, telling


class RulesForm(Form):
    """What the owner sets for all tills."""

    lock_minutes = whole(lazy_gettext("Locks after"), least=1, most=720)
    void_minutes = whole(lazy_gettext("A cashier undoes alone for"), most=525_600)
    approve_above = MoneyField(lazy_gettext("A cashier takes off alone up to"), required=False)
    offline_hours = whole(lazy_gettext("Goes on without a line for"), most=168)
    offline_most = MoneyField(lazy_gettext("Largest basket without a line"), required=False)


@admin.get("/tills/rules", endpoint="till_rules")
@web.requires("till-rules:read")
@form_page
def show_rules(session: Session) -> Answer:
    """Show the rules of the tills; who may change them gets them as a form."""
    held = till_rules.find(session.connection())
    return _page(RulesForm(data=asdict(held)), held)


@admin.post("/tills/rules")
@web.requires("till-rules:write")
@posting
def change_till_rules(session: Session) -> Answer:
    """Change the rules of the tills."""
    form = RulesForm()
    if form.validate_on_submit():
        with telling(session, form):
            changes = {name: form[name].data for name in till_rules.FIELDS}
            till_rules.change(session, changes, actor=web.actor(), at=clock.now())
            return Done(url_for("admin.till_rules"), gettext("The rules of the tills are saved."))
    return _page(form, till_rules.find(session.connection()))


def _page(form: RulesForm, held: till_rules.Rules) -> tuple[str, int]:
    writes = may("till-rules:write")
    return show("admin/shops/rules.html", form, held=held, writes=writes)
