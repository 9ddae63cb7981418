"""Tills: set up with a code that is shown once, stopped, and set up again."""

from uuid import UUID

from flask import render_template, url_for
from sqlalchemy.orm import Session

from core import clock, web
from core import shops as rules
from core.i18n import gettext
from core.models import Till
from core.pages import desk
from core.pages.desk import admin
from core.pages.places import TillForm, page_of
from core.pages.posting import Answer, Done, posting, telling


@admin.post('/shops/<public("sh"):id>/tills')
@web.requires("tills:write")
@posting
def add_till(session: Session, id: UUID) -> Answer:
    """Add a till and show the code that makes a device this till."""
    shop = rules.find(session, web.shop_of(id))
    form = TillForm()
    if form.validate_on_submit():
        with telling(session, form):
            till, code = rules.add_till(
                session, shop, form.label.data or "", actor=web.actor(), at=clock.now()
            )
            return _enrolment(till, code)
    return page_of(session, shop, form)


@admin.post('/tills/<public("ti"):id>/enrol')
@web.requires("tills:write")
@posting
def enrol_till(session: Session, id: UUID) -> Answer:
    """Show a new code for a till; its present device is out."""
    till, code = rules.enrol_again(session, id, actor=web.actor(), at=clock.now())
    web.shop_of(till.shop_id)
    return _enrolment(till, code)


def _enrolment(till: Till, code: str) -> str:
    """Render the code: it is kept nowhere, so this answer is the only place where it is."""
    page = f"{web.config().base_url}/till/enrol"
    return render_template(
        "admin/shops/enrolment.html",
        till=till,
        code=code,
        page=page,
        picture=desk.here().draw(page),
    )


@admin.post('/tills/<public("ti"):id>/<any(suspend, resume, retire):verb>')
@web.requires("tills:write")
@posting
def move_till(session: Session, id: UUID, verb: str) -> Answer:
    """Suspend, resume or retire a till."""
    till = rules.move_till(session, id, verb, actor=web.actor(), at=clock.now())
    web.shop_of(till.shop_id)
    said = {
        "suspend": gettext("%(till)s is suspended: nothing can be settled there.", till=till.label),
        "resume": gettext("%(till)s is working again.", till=till.label),
        "retire": gettext("%(till)s is retired for good.", till=till.label),
    }
    return Done(url_for("admin.shop", id=till.shop_id), said[verb])
