"""The sections of the desk that belong to loyalty."""

from datetime import datetime, timedelta

from flask import Flask
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import i18n, web
from core.pages import desk
from core.pages.desk import Entry, Figure, Link, Step
from loyalty import listing
from loyalty.offline import review
from loyalty.pages import choices
from loyalty.referrals import listing as referred

MONTH = timedelta(days=30)

ENTRIES = (
    Entry(
        lazy_gettext("Customers"), "admin_loyalty.customers", "customers:read",
        "customers", "customers", 10,
    ),
    Entry(
        lazy_gettext("Cards"), "admin_loyalty.card_stock", "cards:write",
        "card", "customers", 15,
    ),
    Entry(
        lazy_gettext("Purchases"), "admin_loyalty.purchases", "purchases:read",
        "basket", "customers", 20,
    ),
    Entry(
        lazy_gettext("Conflicts"), "admin_loyalty.conflicts", "conflicts:read",
        "no-line", "customers", 25,
    ),
    Entry(
        lazy_gettext("Programme"), "admin_loyalty.programme", "programme:read",
        "points", "customers", 30,
    ),
)  # fmt: skip

STEPS = (
    Step(
        lazy_gettext("Set the rules of the points"),
        lazy_gettext("How many there are for a purchase, and what they are worth."),
        "admin_loyalty.programme",
        "programme:write",
        35,
        listing.any_purchase,
    ),
    Step(
        lazy_gettext("Enrol the first customer"),
        lazy_gettext("A card needs no name. Print its QR code, or send the link to a phone."),
        "admin_loyalty.enrol_customer",
        "customers:write",
        80,
        listing.any_customer,
    ),
    Step(
        lazy_gettext("Settle the first purchase"),
        lazy_gettext("Scan a card and a coupon at your till."),
        "admin_loyalty.purchases",
        "purchases:read",
        90,
        listing.any_purchase,
    ),
)

LINKS = (
    Link("staff", lazy_gettext("Own customer card"), "admin_loyalty.staff_card", "staff:write"),
    Link("offer", lazy_gettext("Try it out"), "admin_loyalty.preview", "offers:read"),
    Link("offer", lazy_gettext("Dry run"), "admin_loyalty.new_dry_run", "offers:write"),
)


def customers(session: Session, _at: datetime) -> str:
    """Return how many customers are served."""
    return i18n.show_number(listing.count_customers(session))


def purchases(session: Session, at: datetime) -> str:
    """Return how many purchases were settled lately."""
    return i18n.show_number(listing.count_purchases(session, at - MONTH))


def points(session: Session, _at: datetime) -> str:
    """Return how many points are out there."""
    return i18n.show_number(listing.sum_points(session))


def requested(session: Session, _at: datetime) -> str | None:
    """Return how many adjustments wait for a second person, if any do."""
    count = listing.count_requested(session)
    return i18n.show_number(count) if count else None


def conflicts(session: Session, _at: datetime) -> str | None:
    """Return how many conflicts nobody has seen to, if there are any."""
    count = review.total(session, state="open", shop_id=web.actor().shop_id).count
    return i18n.show_number(count) if count else None


def to_look_at(session: Session, _at: datetime) -> str | None:
    """Return how many referrals wait for somebody to look twice, if any do."""
    count = referred.count_waiting(session)
    return i18n.show_number(count) if count else None


FIGURES = (
    Figure(
        lazy_gettext("Points by hand to approve"), "admin_loyalty.adjustments", "points:approve",
        1, requested,
    ),
    Figure(
        lazy_gettext("Referrals to look at"), "admin_loyalty.referrals", "referrals:review",
        2, to_look_at,
    ),
    Figure(
        lazy_gettext("Open conflicts"), "admin_loyalty.conflicts", "conflicts:read", 3, conflicts
    ),
    Figure(
        lazy_gettext("Customers"), "admin_loyalty.customers", "customers:read", 30, customers
    ),
    Figure(
        lazy_gettext("Purchases in 30 days"), "admin_loyalty.purchases", "purchases:read",
        40, purchases,
    ),
    Figure(
        lazy_gettext("Points to be spent"), "admin_loyalty.programme", "points:read", 50, points
    ),
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Put the sections of loyalty on the desk."""
    here = desk.of(app)
    choices.offer_them(here)
    here.entries.extend(ENTRIES)
    here.steps.extend(STEPS)
    here.figures.extend(FIGURES)
    here.links.extend(LINKS)
