"""API keys: made, shown once, and shut out."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, listing, shops, web
from core import keys as rules
from core.auth import PERMISSIONS
from core.i18n import gettext
from core.pages import choosing
from core.pages.desk import admin
from core.pages.forms import Form, MultiCheckboxField, choices, day, line, window
from core.pages.posting import Answer, Done, form_page, newest, older, posting, show, telling


class KeyForm(Form):
    """A key, with what it may do."""

    name = line(lazy_gettext("Name"), most=120)
    shop = SelectField(lazy_gettext("Shop"))
    until = day(lazy_gettext("Valid until"))
    scopes = MultiCheckboxField(lazy_gettext("May"))

    def fill(self, session: Session) -> None:
        """Offer the shops and the scopes."""
        self.shop.choices = choosing.own_shops(session, gettext("All shops"))
        everything = ("all", gettext("all (everything, now and later)"))
        self.scopes.choices = choices([everything, *((name, name) for name in sorted(PERMISSIONS))])


@admin.get("/keys", endpoint="keys")
@web.requires("keys:write")
@web.reading
def list_keys(session: Session) -> ResponseReturnValue:
    """Show the keys, without their secrets."""
    found, cursor = listing.keys(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/keys/list.html",
        keys=found,
        shops=listing.shop_names(session),
        now=clock.now(),
        next_url=older(cursor),
        first_url=newest(),
    )


@admin.route("/keys/new", methods=["GET", "POST"])
@web.requires("keys:write")
@form_page
def new_key(session: Session) -> Answer:
    """Make a key and show its secret, this once."""
    form = KeyForm()
    form.fill(session)
    if form.validate_on_submit():
        with telling(session, form):
            zone = shops.merchant(session).zone
            key, token = rules.add(
                session,
                form.name.data or "",
                scopes=form.scopes.data or [],
                shop_id=web.shop_of(UUID(hex=form.shop.data) if form.shop.data else None),
                expires_at=window(None, form.until.data, zone)["ends_at"],
                actor=web.actor(),
                at=clock.now(),
            )
            return render_template("admin/keys/made.html", key=key, token=token)
    return show("admin/keys/new.html", form)


@admin.post('/keys/<public("ke"):id>/revoke')
@web.requires("keys:write")
@posting
def revoke_key(session: Session, id: UUID) -> Answer:
    """Shut a key out for ever."""
    key = rules.revoke(session, id, actor=web.actor(), at=clock.now())
    return Done(
        url_for("admin.keys"), gettext("The key %(name)s no longer opens anything.", name=key.name)
    )
