"""The blueprint of these pages, and the words they share."""

from flask import Blueprint
from flask_babel import lazy_gettext

pages = Blueprint("admin_loyalty", __name__, url_prefix="/admin")

ENTRY_NAMES = {
    "earn": lazy_gettext("Earned"),
    "bonus": lazy_gettext("Bonus"),
    "activate": lazy_gettext("Became available"),
    "spend": lazy_gettext("Spent"),
    "expire": lazy_gettext("Run out"),
    "adjust": lazy_gettext("Adjusted"),
    "reverse": lazy_gettext("Reversed"),
    "transfer": lazy_gettext("Transferred"),
    "opening": lazy_gettext("Brought along"),
}

SIDE_NAMES = {
    "world": lazy_gettext("outside"),
    "pending": lazy_gettext("pending"),
    "available": lazy_gettext("available"),
    "redeemed": lazy_gettext("spent"),
    "breakage": lazy_gettext("expired"),
    "debt": lazy_gettext("owed"),
}

CONSENT_NAMES = {
    "messages": lazy_gettext("Messages with offers"),
    "tracking": lazy_gettext("Answers counted under the name"),
    "name_at_till": lazy_gettext("The name shown at the till"),
}
