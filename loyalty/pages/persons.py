"""The person behind a customer: what is known, what was agreed to, and how it is forgotten."""

from datetime import date
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import DateField, EmailField, TelField
from wtforms.validators import Length, Optional

from core import clock, people, web
from core import customers as rules
from core.i18n import gettext
from core.pages.forms import Form, MultiCheckboxField, choices, line, printable, sane_day, stripped
from core.pages.posting import Answer, Done, form_page, posting, show, telling
from loyalty import cards
from loyalty.pages.frame import CONSENT_NAMES, pages


class PersonForm(Form):
    """What a person may tell of themselves; none of it is needed."""

    name = line(lazy_gettext("Name"), required=False)
    email = EmailField(
        lazy_gettext("Mail address"), [Optional(), printable, Length(max=200)], filters=[stripped]
    )
    phone = TelField(
        lazy_gettext("Phone"), [Optional(), printable, Length(max=40)], filters=[stripped]
    )
    birthday = DateField(lazy_gettext("Birthday"), [Optional(), sane_day])

    def person(self) -> dict[str, Any]:
        """Return what was told."""
        birthday: date | None = self.birthday.data
        return {
            "name": self.name.data,
            "email": self.email.data,
            "phone": self.phone.data,
            "birthday": birthday,
        }


class KnownForm(PersonForm):
    """The person, with what they agreed to."""

    consents = MultiCheckboxField(lazy_gettext("Agrees to"), choices=choices(CONSENT_NAMES.items()))


@pages.route('/customers/<public("cu"):id>/person', methods=["GET", "POST"])
@web.requires("customers:write")
@form_page
def edit_person(session: Session, id: UUID) -> Answer:
    """Change what is known of a person and what they agreed to."""
    customer = rules.find(session, id, lock=request.method == "POST")
    rules.check_served(customer)
    given = people.consents(session, customer)
    form = KnownForm(
        obj=people.find(session, customer),
        consents=[kind for kind, is_given in given.items() if is_given],
    )
    if form.validate_on_submit():
        with telling(session, form):
            at = clock.now()
            shop_id = web.actor().shop_id
            people.remember(session, customer, **form.person(), shop_id=shop_id, at=at)
            for kind in people.CONSENTS:
                if kind in (form.consents.data or []):
                    people.agree(session, customer, kind, source="desk", at=at)
                else:
                    people.withdraw(session, customer, kind, at=at)
            return Done(url_for("admin_loyalty.customer", id=id), gettext("The details are saved."))
    return show("admin/customers/person.html", form, customer=customer)


@pages.post('/customers/<public("cu"):id>/erase')
@web.requires("customers:write")
@posting
def erase_person(session: Session, id: UUID) -> Answer:
    """Forget the person; the books keep the pseudonym."""
    customer = rules.find(session, id, lock=True)
    rules.check_served(customer)
    cards.forget(session, customer, actor=web.actor(), at=clock.now())
    said = gettext("The person is forgotten. The books keep the purchases under a pseudonym.")
    return Done(url_for("admin_loyalty.customer", id=id), said)
