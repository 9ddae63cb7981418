"""The sections of the desk that belong to coupons."""

from datetime import datetime, timedelta

from flask import Flask
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import i18n
from core.pages import desk
from core.pages.desk import Entry, Figure, Step
from coupons import listing
from coupons.pages import sources
from coupons.pages.frame import picture

MONTH = timedelta(days=30)

ENTRIES = (
    Entry(
        lazy_gettext("Campaigns"), "admin_coupons.campaigns", "campaigns:read",
        "campaign", "marketing", 10,
    ),
    Entry(lazy_gettext("Offers"), "admin_coupons.offers", "offers:read", "offer", "marketing", 20),
    Entry(
        lazy_gettext("Coupons"), "admin_coupons.find_coupon", "coupons:read",
        "coupon", "marketing", 30,
    ),
    Entry(
        lazy_gettext("Responses"), "admin_coupons.responses", "responses:read",
        "answer", "marketing", 40,
    ),
)  # fmt: skip

STEPS = (
    Step(
        lazy_gettext("Plan a campaign"),
        lazy_gettext("What you do, by which channels it goes out, and what that costs."),
        "admin_coupons.new_campaign",
        "campaigns:write",
        40,
        listing.any_campaign,
    ),
    Step(
        lazy_gettext("Make an offer"),
        lazy_gettext("Open your campaign and say what customers get, and when."),
        "admin_coupons.campaigns",
        "offers:write",
        50,
        listing.any_offer,
    ),
    Step(
        lazy_gettext("Issue coupons"),
        lazy_gettext("Open your offer; print the codes, or take them to your mailing."),
        "admin_coupons.offers",
        "coupons:issue",
        60,
        listing.any_issue,
    ),
    Step(
        lazy_gettext("Start the campaign"),
        lazy_gettext("From then on its coupons are taken at the till."),
        "admin_coupons.campaigns",
        "campaigns:write",
        70,
        listing.any_running,
    ),
)


def running(session: Session, _at: datetime) -> str:
    """Return how many campaigns are running."""
    return i18n.show_number(listing.count_running(session))


def redeemed(session: Session, at: datetime) -> str:
    """Return how many coupons were redeemed lately."""
    return i18n.show_number(listing.count_redemptions(session, at - MONTH))


FIGURES = (
    Figure(
        lazy_gettext("Running campaigns"), "admin_coupons.campaigns", "campaigns:read", 10, running
    ),
    Figure(
        lazy_gettext("Redemptions in 30 days"), "admin_coupons.responses", "responses:read",
        20, redeemed,
    ),
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Put the sections of coupons on the desk."""
    here = desk.of(app)
    here.entries.extend(ENTRIES)
    here.steps.extend(STEPS)
    here.figures.extend(FIGURES)
    here.choices["offers"] = sources.offers
    here.draw = picture
