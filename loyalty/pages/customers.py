"""Customers: found, listed, and taken in."""

from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import BooleanField, SelectField

from core import clock, i18n, web
from core.i18n import gettext
from core.pages import choosing
from core.pages.forms import Form, OnceForm, choices, line
from core.pages.posting import Answer, Done, form_page, newest, older, once, show, telling
from loyalty import cards, listing
from loyalty.pages.frame import pages
from loyalty.pages.persons import PersonForm


class FindForm(Form):
    """Whatever a customer can show or say in full."""

    text = line(lazy_gettext("Card number, mail address, phone or pseudonym"), most=300)


class EnrolForm(PersonForm, OnceForm):
    """A new customer, of whom nothing need be known."""

    shop = SelectField(lazy_gettext("Shop"))
    language = SelectField(lazy_gettext("Language"))
    messages = BooleanField(lazy_gettext("Agrees to messages with offers"))
    name_at_till = BooleanField(lazy_gettext("Agrees that the name is shown at the till"))

    def fill(self, session: Session) -> None:
        """Offer the shops and the languages."""
        self.shop.choices = choosing.own_shops(session, gettext("None in particular"))
        self.language.choices = choices([("", gettext("Not known")), *i18n.languages()])

    def consents(self) -> list[str]:
        """Return what was agreed to."""
        return [kind for kind in ("messages", "name_at_till") if self[kind].data]


@pages.route("/customers", methods=["GET", "POST"])
@web.requires("customers:read")
@web.reading
def customers(session: Session) -> ResponseReturnValue:
    """Show the customers, or find one; what is searched for stands in no address."""
    form = FindForm()
    if form.validate_on_submit():
        found = listing.search(session, form.text.data or "", shop_id=web.actor().shop_id)
        if len(found) == 1:
            return redirect(url_for("admin_loyalty.customer", id=found[0].id), 303)
        if not found:
            flash(gettext("Nobody by that. It must be given in full."), "warning")
        shown, cursor = listing.known(session, found), None
    else:
        shown, cursor = listing.customers(session, cursor=request.args.get("cursor"))
    return show(
        "admin/customers/list.html",
        form,
        customers=shown,
        searched=request.method == "POST",
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.route("/customers/new", methods=["GET", "POST"])
@web.requires("customers:enrol")
@form_page
def enrol_customer(session: Session) -> Answer:
    """Take in a customer and make their card."""
    form = EnrolForm()
    form.fill(session)
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _enrol(session, form))
    return show("admin/customers/new.html", form)


def _enrol(session: Session, form: EnrolForm) -> Done:
    customer, _ = cards.enrol(
        session,
        person=form.person(),
        consents=form.consents(),
        locale=form.language.data or None,
        shop_id=web.shop_of(UUID(hex=form.shop.data) if form.shop.data else None),
        source="desk",
        actor=web.actor(),
        at=clock.now(),
    )
    return Done(
        url_for("admin_loyalty.customer", id=customer.id),
        gettext("The customer is enrolled. Here is the card."),
    )
