"""Points by hand."""

from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from core import clock, customers, i18n, web
from core.i18n import gettext
from core.pages.posting import Answer, Done, once, posting, telling
from loyalty import points as rules
from loyalty.pages.customer_page import AdjustForm, page_of
from loyalty.pages.frame import pages


@pages.post('/customers/<public("cu"):id>/points')
@web.requires("points:adjust")
@posting
def adjust_points(session: Session, id: UUID) -> Answer:
    """Add points to an account or take them off, with a reason."""
    form = AdjustForm()
    if form.validate_on_submit() and form.points.data:
        with telling(session, form):
            return once(session, lambda: _adjust(session, id, form))
    elif form.points.data == 0:
        form.form_errors.append(gettext("Zero points would change nothing."))
    return page_of(session, customers.find(session, id), adjust=form)


def _adjust(session: Session, id: UUID, form: AdjustForm) -> Done:
    balance = rules.adjust(
        session, id, form.points.data or 0, form.reason.data or "",
        actor=web.actor(), at=clock.now(),
    )  # fmt: skip
    said = gettext(
        "Booked. There are %(points)s points now.", points=i18n.show_number(balance.available)
    )
    return Done(url_for("admin_loyalty.customer", id=id), said)
