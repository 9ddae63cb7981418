"""What the merchant notes of a customer: tags and attributes, which offers can ask for."""

import re
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import customers, web
from core.i18n import gettext
from core.pages.forms import Form, ListField, line
from core.pages.parts import Part, PartField, Rows, rearrange
from core.pages.posting import Answer, Done, form_page, show, telling
from core.schemas import read
from loyalty.pages.frame import pages
from loyalty.schemas import CustomerChange

MOST = 50
WHOLE = re.compile(r"-?[0-9]{1,12}")
TRUTHS = {True: "yes", False: "no"}


class Attribute(Part):
    """Something that is known of a customer."""

    name = line(lazy_gettext("Name"), most=60)
    value = line(
        lazy_gettext("Value"),
        most=200,
        description=lazy_gettext("A text, a number, or yes or no."),
    )


class NotesForm(Form):
    """All that is noted of a customer."""

    tags = ListField(
        lazy_gettext("Tags"),
        most=MOST,
        length=60,
        commas=False,
        description=lazy_gettext("One a line, such as: regular, wholesale."),
    )
    attributes = Rows(
        PartField(Attribute),
        lazy_gettext("What is known"),
        called=lazy_gettext("Entry"),
        adds=lazy_gettext("Add an entry"),
        most=MOST,
    )

    def sent(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return what would be sent to the API; what was not touched stays what it was."""
        found = {row.terms()["name"]: row.terms()["value"] for row in self.attributes}
        return {
            "tags": self.tags.data,
            "attributes": {
                name: before[name]
                if name in before and shown(before[name]) == said
                else value(said)
                for name, said in found.items()
            },
        }


def value(text: str) -> str | int | bool:
    """Return what a text says: a number, yes or no, or itself."""
    if WHOLE.fullmatch(text):
        return int(text)
    return {said: truth for truth, said in TRUTHS.items()}.get(text.lower(), text)


def shown(value: Any) -> str:
    """Return a value as it is shown and typed."""
    return TRUTHS[value] if isinstance(value, bool) else str(value)


@pages.route('/customers/<public("cu"):id>/notes', methods=["GET", "POST"])
@web.requires("customers:write")
@form_page
def edit_notes(session: Session, id: UUID) -> Answer:
    """Change the tags and what is known of a customer."""
    customer = customers.find(session, id, lock=request.method == "POST")
    customers.check_served(customer)
    pairs = sorted(customer.attributes.items())
    form = NotesForm(
        tags=customer.tags,
        attributes=[{"name": name, "value": shown(value)} for name, value in pairs],
    )
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            sent = read(CustomerChange(), form.sent(customer.attributes))
            customers.describe(customer, **sent)
            return Done(url_for("admin_loyalty.customer", id=id), gettext("The notes are saved."))
    return show("admin/customers/notes.html", form, customer=customer)
