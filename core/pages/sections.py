"""The sections of the desk that belong to core."""

from flask import Flask
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import ids, listing
from core.pages import desk
from core.pages.desk import Entry, Step

ENTRIES = (
    Entry(lazy_gettext("Overview"), "admin.overview", "admin:open", "overview", "top"),
    Entry(lazy_gettext("Shops and tills"), "admin.shops", "shops:read", "shop", "house", 10),
    Entry(lazy_gettext("Staff"), "admin.staff", "staff:read", "staff", "house", 20),
    Entry(lazy_gettext("API keys"), "admin.keys", "keys:write", "key", "house", 30),
    Entry(lazy_gettext("Settings"), "admin.settings", "shops:write", "settings", "house", 40),
    Entry(lazy_gettext("Audit log"), "admin.audit", "audit:read", "list", "house", 50),
)

STEPS = (
    Step(
        lazy_gettext("Open a shop"),
        lazy_gettext("Its time zone decides when a day begins and ends."),
        "admin.new_shop",
        "shops:write",
        10,
        listing.any_shop,
    ),
    Step(
        lazy_gettext("Set up a till"),
        lazy_gettext(
            "Any tablet, phone or PC with a browser: open your shop, add a till, scan its code."
        ),
        "admin.shops",
        "tills:write",
        20,
        listing.any_till,
    ),
    Step(
        lazy_gettext("Give the staff a PIN"),
        lazy_gettext("Whoever serves signs on at the till with it."),
        "admin.staff",
        "staff:write",
        30,
        listing.anybody_at_a_till,
    ),
)


def shops(session: Session) -> list[tuple[str, str]]:
    """Return the shops that forms let one choose from."""
    return [(ids.public("sh", id), name) for id, name in listing.shop_names(session).items()]


def init_app(app: Flask) -> None:
    """Put the sections of core on the desk."""
    here = desk.of(app)
    here.entries.extend(ENTRIES)
    here.steps.extend(STEPS)
    here.choices["shops"] = shops
