"""Shops."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, listing, web
from core import shops as rules
from core.i18n import gettext
from core.models import Shop
from core.pages.desk import admin
from core.pages.forms import Form, choices, line
from core.pages.house import zones_with
from core.pages.posting import Answer, Done, form_page, newest, older, show, telling


class ShopForm(Form):
    """A shop, and the zone in which its days begin and end."""

    name = line(lazy_gettext("Name"), most=120)
    zone = SelectField(lazy_gettext("Time zone"))


class TillForm(Form):
    """A till, by what the staff call it."""

    label = line(lazy_gettext("Name of the till"), most=60)


@admin.get("/shops")
@web.requires("shops:read")
@web.reading
def shops(session: Session) -> ResponseReturnValue:
    """Show the shops."""
    found, cursor = listing.shops(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/shops/list.html",
        shops=found,
        tills=listing.till_counts(session, found),
        next_url=older(cursor),
        first_url=newest(),
    )


@admin.route("/shops/new", methods=["GET", "POST"])
@web.requires("shops:write")
@form_page
def new_shop(session: Session) -> Answer:
    """Open a shop."""
    zone = rules.merchant(session).zone
    form = ShopForm(zone=zone)
    form.zone.choices = choices(zones_with(zone))
    if form.validate_on_submit():
        with telling(session, form):
            shop = rules.add(
                session,
                form.name.data or "",
                zone=form.zone.data,
                actor=web.actor(),
                at=clock.now(),
            )
            return Done(
                url_for("admin.shop", id=shop.id), gettext("The shop is open. Now add a till.")
            )
    return show("admin/shops/new.html", form)


@admin.route('/shops/<public("sh"):id>', methods=["GET"])
@web.requires("shops:read")
@web.reading
def shop(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a shop and its tills."""
    return page_of(session, rules.find(session, id), TillForm())


def page_of(session: Session, shop: Shop, form: TillForm) -> tuple[str, int]:
    """Render the page of a shop, with the form of a new till."""
    return show("admin/shops/show.html", form, shop=shop, tills=listing.tills(session, shop))


@admin.route('/shops/<public("sh"):id>/edit', methods=["GET", "POST"])
@web.requires("shops:write")
@form_page
def edit_shop(session: Session, id: UUID) -> Answer:
    """Rename a shop or correct its zone."""
    shop = rules.find(session, id)
    form = ShopForm(obj=shop)
    form.zone.choices = choices(zones_with(shop.zone))
    if form.validate_on_submit():
        with telling(session, form):
            rules.change(
                session, id, name=form.name.data or "", zone=form.zone.data,
                actor=web.actor(), at=clock.now(),
            )  # fmt: skip
            return Done(url_for("admin.shop", id=id), gettext("The shop is changed."))
    return show("admin/shops/edit.html", form, shop=shop)
