"""Which card is a staff member's own, so that nobody serves themselves."""

from uuid import UUID

from flask import url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, own_cards, staff, web
from core.i18n import gettext
from core.pages.forms import Form, line
from core.pages.posting import Answer, Done, form_page, posting, show, telling
from loyalty import cards
from loyalty.pages.frame import pages


class StaffCardForm(Form):
    """The number of a card."""

    number = line(lazy_gettext("Card number"), most=300)


@pages.route('/staff/<public("st"):id>/card', methods=["GET", "POST"])
@web.requires("staff:write")
@form_page
def staff_card(session: Session, id: UUID) -> Answer:
    """Note the own card of a staff member."""
    member = staff.find(session, id)
    form = StaffCardForm()
    if form.validate_on_submit():
        with telling(session, form):
            card = cards.find(session.connection(), form.number.data or "")
            own_cards.link(session, id, card.customer_id, actor=web.actor(), at=clock.now())
            said = gettext("Noted: %(name)s cannot serve this card.", name=member.name)
            return Done(url_for("admin.member", id=id), said)
    return show("admin/staff/card.html", form, member=member)


@pages.post('/staff/<public("st"):id>/card/forget')
@web.requires("staff:write")
@posting
def forget_staff_card(session: Session, id: UUID) -> Answer:
    """Note that a staff member has no card of their own."""
    own_cards.link(session, id, None, actor=web.actor(), at=clock.now())
    return Done(url_for("admin.member", id=id), gettext("The own card is taken off."))
