"""The settings of the merchant."""

from functools import cache
from zoneinfo import available_timezones

from flask import g, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, shops, web
from core.i18n import LANGUAGES, gettext, own_name
from core.models import Merchant
from core.pages.desk import admin
from core.pages.forms import Form, choices, line
from core.pages.posting import Answer, Done, form_page, show, telling

CONTINENTS = (
    "Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe",
    "Indian", "Pacific",
)  # fmt: skip


@cache
def zones() -> tuple[str, ...]:
    """Return the time zones there are, by place; the other names mean one of these."""
    named = (zone for zone in available_timezones() if zone.partition("/")[0] in CONTINENTS)
    return (*sorted(named), "UTC")


def zones_with(present: str) -> list[tuple[str, str]]:
    """Return the zones to choose from, the present one among them."""
    return [(zone, zone) for zone in dict.fromkeys([*zones(), present])]


class MerchantForm(Form):
    """What may change of the merchant."""

    name = line(lazy_gettext("Name of the business"), most=120)
    zone = SelectField(lazy_gettext("Time zone"))
    locale = SelectField(lazy_gettext("Language"))

    def fill(self, merchant: Merchant) -> None:
        """Offer what may be chosen, and what is chosen now."""
        self.zone.choices = choices(zones_with(merchant.zone))
        known = dict.fromkeys([*LANGUAGES, merchant.locale])
        self.locale.choices = choices((tag, own_name(tag)) for tag in known)


@admin.route("/settings", methods=["GET", "POST"])
@web.requires("shops:write")
@form_page
def settings(session: Session) -> Answer:
    """Show and change the merchant."""
    merchant = shops.merchant(session)
    form = MerchantForm(obj=merchant)
    form.fill(merchant)
    if form.validate_on_submit():
        with telling(session, form):
            g.merchant = shops.change_merchant(
                session,
                name=form.name.data or "",
                zone=form.zone.data,
                locale=form.locale.data,
                actor=web.actor(),
                at=clock.now(),
            )
            return Done(url_for("admin.settings"), gettext("The settings are saved."))
    return show("admin/settings.html", form, currency=merchant.currency)
