"""Two customers turn out to be one: find the other by the card, look at both, and confirm."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, customers, people, web
from core.i18n import gettext
from core.models import Customer
from core.pages.forms import Form, OnceForm, line
from core.pages.posting import Answer, Done, form_page, once, posting, show, telling
from loyalty import cards, expiry, merging
from loyalty.errors import MergeWithSelf
from loyalty.pages.frame import pages
from loyalty.pages.tabs import head


class OtherForm(Form):
    """The card of the other one."""

    number = line(lazy_gettext("Card number of the other customer"), most=300)


@pages.route('/customers/<public("cu"):id>/merge', methods=["GET", "POST"])
@web.requires("customers:merge")
@form_page
def merge_customer(session: Session, id: UUID) -> Answer:
    """Ask for the other customer, and show what both hold before they become one."""
    customer = customers.find(session, id)
    customers.check_served(customer)
    form = OtherForm()
    if form.validate_on_submit():
        with telling(session, form):
            other = _other(session, customer, form.number.data or "")
            return render_template(
                "admin/customers/merge_confirm.html",
                customer=customer,
                other=other,
                both=[_held(session, one) for one in (customer, other)],
                form=OnceForm(formdata=None),
            )
    return show("admin/customers/merge.html", form, **head(session, customer, "customer"))


def _other(session: Session, customer: Customer, number: str) -> Customer:
    """Return whose card it is.

    Raises:
        CardNotFound: there is no such card.
        MergeWithSelf: it is the card of this very customer.
    """
    found = customers.find(session, cards.find(session.connection(), number).customer_id)
    if found.id == customer.id:
        raise MergeWithSelf
    return found


def _held(session: Session, customer: Customer) -> dict[str, Any]:
    """Return what a customer brings along."""
    person = people.find(session, customer)
    return {
        "customer": customer,
        "called": person.name if person and person.name else customer.pseudonym,
        "person": person,
        "balance": expiry.balance(session.connection(), customer.id, at=clock.now()),
    }


@pages.post('/customers/<public("cu"):id>/merge/<public("cu"):other_id>')
@web.requires("customers:merge")
@posting
def confirm_merge(session: Session, id: UUID, other_id: UUID) -> Answer:
    """Let the other customer be this one from now on."""

    def work() -> Done:
        merging.merge(session, other_id, id, actor=web.actor(), at=clock.now())
        said = gettext("The two are one customer now. Both cards work.")
        return Done(url_for("admin_loyalty.customer", id=id), said)

    return once(session, work)
