"""The blueprint of these pages, and the words they share."""

import base64

from flask import Blueprint
from flask_babel import lazy_gettext

from coupons import qr

pages = Blueprint("admin_coupons", __name__, url_prefix="/admin")

CHANNEL_NAMES = {
    "mail": lazy_gettext("Mail"),
    "email": lazy_gettext("E-mail"),
    "phone": lazy_gettext("Phone"),
    "tv": lazy_gettext("Television"),
    "radio": lazy_gettext("Radio"),
    "search": lazy_gettext("Search ads"),
    "display": lazy_gettext("Display ads"),
    "social": lazy_gettext("Social media"),
    "web": lazy_gettext("Own website"),
    "fair": lazy_gettext("Fair"),
    "sample": lazy_gettext("Product sample"),
    "shop": lazy_gettext("In the shop"),
    "other": lazy_gettext("Other"),
}

RESPONSE_NAMES = {
    "opened": lazy_gettext("Opened"),
    "clicked": lazy_gettext("Clicked"),
    "scanned": lazy_gettext("Scanned"),
    "called": lazy_gettext("Called"),
    "replied": lazy_gettext("Replied"),
    "visited": lazy_gettext("Visited"),
    "joined": lazy_gettext("Joined"),
    "referred": lazy_gettext("Referred somebody"),
    "redeemed": lazy_gettext("Redeemed"),
    "purchased": lazy_gettext("Purchased"),
    "claimed": lazy_gettext("Money claimed back"),
    "returned": lazy_gettext("Returned"),
    "unsubscribed": lazy_gettext("Unsubscribed"),
}

ISSUE_NAMES = {
    "unique": lazy_gettext("Unique codes"),
    "personal": lazy_gettext("Personal coupons"),
    "public": lazy_gettext("Public code"),
}


def picture(text: str, ec: str = "M") -> str:
    """Return a QR code as the address of a picture that needs no second request."""
    drawn = base64.b64encode(qr.svg(text, ec=ec).encode()).decode()
    return f"data:image/svg+xml;base64,{drawn}"
