"""Where a customer stands: the tier with what is missing, how it came about, and the stamps."""

from typing import Any
from uuid import UUID

from flask import url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, customers, i18n, ids, web
from core.i18n import gettext
from core.listing import actor_names
from core.models import Customer
from core.pages import choosing
from core.pages.choosing import ChoiceOf
from core.pages.forms import OnceForm, day, line
from core.pages.posting import Answer, Done, once, posting, show, telling
from coupons import listing as offers
from loyalty import stamps, tiers
from loyalty.pages.frame import pages
from loyalty.pages.tabs import head

REASON_NAMES = {
    "reached": lazy_gettext("Reached"),
    "renewed": lazy_gettext("Renewed"),
    "not_renewed": lazy_gettext("Not renewed"),
    "by_hand": lazy_gettext("Set by hand"),
    "undone": lazy_gettext("A purchase was undone"),
    "merged": lazy_gettext("Merged with another customer"),
}


class StandingForm(OnceForm):
    """A tier by hand, and why."""

    tier = ChoiceOf(lazy_gettext("Tier"), "tiers", none=lazy_gettext("No tier"))
    until = day(
        lazy_gettext("Until"),
        description=lazy_gettext("Including that day. Empty: as if it was reached now."),
    )
    reason = line(
        lazy_gettext("Reason"),
        description=lazy_gettext("It stands in the books for ever. No name, please."),
    )


@pages.get('/customers/<public("cu"):id>/standing')
@web.requires("customers:read")
@web.reading
def standing(session: Session, id: UUID) -> ResponseReturnValue:
    """Show the tier of a customer, what is missing to the next, and the stamps."""
    customer = customers.find(session, id)
    key = tiers.key_of(session.connection(), id, at=clock.now())
    return _page(session, customer, StandingForm(tier=key or ""))


def _page(session: Session, customer: Customer, form: StandingForm) -> tuple[str, int]:
    connection, at = session.connection(), clock.now()
    choosing.fill(session, form, {})
    progress = tiers.progress(connection, customer.id, at=at)
    history = tiers.history(connection, customer.id, at=at)
    shelf = stamps.shelf(connection, customer.id, at=at)
    return show(
        "admin/customers/standing.html",
        form,
        **head(session, customer, "standing"),
        progress=progress,
        amount=i18n.show_money if progress and progress.by == "money" else i18n.show_number,
        history=history,
        reasons=REASON_NAMES,
        names=actor_names(session, (one.actor for one in history)),
        shelf=shelf,
        offers=offers.offer_names(session, _offers(shelf)),
    )


def _offers(shelf: list[dict[str, Any]]) -> list[UUID]:
    """Return the offers of which full cards give a coupon."""
    return [ids.parse("of", one["reward"]["offer"]) for one in shelf if "offer" in one["reward"]]


@pages.post('/customers/<public("cu"):id>/standing')
@web.requires("standing:write")
@posting
def assign_tier(session: Session, id: UUID) -> Answer:
    """Give a customer a tier by hand, or take it away, with a reason."""
    customer = customers.find(session, id)
    form = StandingForm()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _assign(session, customer, form))
    return _page(session, customer, form)


def _assign(session: Session, customer: Customer, form: StandingForm) -> Done:
    customers.check_served(customer)
    tiers.assign(
        session, customer.id, form.tier.data or None,
        last_day=form.until.data, reason=form.reason.data or "",
        actor=web.actor(), at=clock.now(),
    )  # fmt: skip
    return Done(url_for("admin_loyalty.standing", id=customer.id), gettext("The tier is set."))
