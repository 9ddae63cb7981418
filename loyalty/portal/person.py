"""What a customer decides about themselves: details, consents, taking along, being forgotten."""

import json
from typing import Any

from flask import Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, customers, people, web
from core.errors import NotFound
from core.i18n import gettext
from core.models import Customer
from core.pages.forms import Form, day, line
from core.pages.posting import Done, show, telling
from loyalty import cards, export
from loyalty.portal import visitor
from loyalty.portal.visitor import Answer, blueprint


class DetailsForm(Form):
    """What somebody may tell of themselves; none of it is needed."""

    name = line(lazy_gettext("Name"), most=100, required=False)
    email = line(lazy_gettext("Mail address"), most=254, required=False)
    phone = line(lazy_gettext("Phone"), most=40, required=False)
    birthday = day(lazy_gettext("Birthday"))

    def told(self) -> dict[str, Any]:
        """Return what was told."""
        return {field: self[field].data for field in people.FIELDS}


@blueprint.get("/me/details")
@web.public
@web.reading
@visitor.owned
def details(db: Session, customer: Customer) -> ResponseReturnValue:
    """Show what is known of the person."""
    return show("me/details.html", DetailsForm(obj=people.find(db, customer)))


@blueprint.post("/me/details")
@web.public
@visitor.concluded
@web.writing
@visitor.owned
def change_details(db: Session, customer: Customer) -> Answer:
    """Change what is known of the person."""
    form = DetailsForm()
    if form.validate():
        with telling(db, form):
            customers.find(db, customer.id, lock=True)
            shop_id = customer.shop_id
            people.remember(db, customer, **form.told(), shop_id=shop_id, at=clock.now())
            return Done(url_for("me.show"), gettext("Your details are saved."))
    return show("me/details.html", form)


@blueprint.post("/me/consents")
@web.public
@visitor.concluded
@web.writing
@visitor.owned
def consent(db: Session, customer: Customer) -> Answer:
    """Say yes or no to one thing.

    Raises:
        NotFound: nobody asked for that.
    """
    kind, at = request.form.get("kind", ""), clock.now()
    if kind not in people.CONSENTS:
        raise NotFound(what="consent")
    customers.find(db, customer.id, lock=True)
    if request.form.get("answer") == "yes":
        people.agree(db, customer, kind, source="me", at=at)
    else:
        people.withdraw(db, customer, kind, at=at)
    return Done(url_for("me.show", _anchor="consents"), gettext("Your choice is saved."))


@blueprint.get("/me/data.json")
@web.public
@web.reading
@visitor.owned
def data(db: Session, customer: Customer) -> ResponseReturnValue:
    """Hand out everything kept about this customer."""
    kept = export.of(db, customer, at=clock.now())
    response = Response(json.dumps(kept, ensure_ascii=False, indent=2), mimetype="application/json")
    response.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    return response


@blueprint.get("/me/forget")
@web.public
@web.reading
@visitor.owned
def ask_to_forget(_db: Session, _customer: Customer) -> ResponseReturnValue:
    """Say what being forgotten means, and ask again."""
    return render_template("me/forget.html")


@blueprint.post("/me/forget")
@web.public
@visitor.concluded
@web.writing
@visitor.owned
def forget(db: Session, customer: Customer) -> Answer:
    """Forget the person for good, if they are sure."""
    if request.form.get("sure") != "yes":
        return render_template("me/forget.html", is_unsure=True), 422
    locked = customers.find(db, customer.id, lock=True)
    cards.forget(db, locked, actor=visitor.actor(customer), at=clock.now())
    visitor.end_forms()
    return Done(url_for("me.show"), gettext("You are forgotten. This card no longer works."))
