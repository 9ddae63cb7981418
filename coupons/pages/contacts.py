"""Whom a campaign reached, and the answers that come by phone, reply card or visit."""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import request, url_for
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, i18n, shops, web
from core.i18n import gettext, ngettext
from core.pages.forms import ListField, MoneyField, OnceForm, choices, day, line, whole
from core.pages.posting import Answer, Done, form_page, once, show, telling
from core.schemas import SCANNED
from coupons import campaigns as rules
from coupons import codes, listing, responses
from coupons.models import Campaign
from coupons.pages.frame import RESPONSE_NAMES, pages

BY_HAND = (
    "called",
    "replied",
    "visited",
    "clicked",
    "opened",
    "joined",
    "returned",
    "unsubscribed",
)
"""What staff can record; the rest the product sees for itself."""


class ChannelChoice(OnceForm):
    """Something that happened by one channel of a campaign on a day."""

    channel = SelectField(lazy_gettext("Channel"))
    on = day(lazy_gettext("When"))

    def fill(self, session: Session, campaign: Campaign) -> None:
        """Offer the campaign's channels."""
        found = rules.channels(session, campaign)
        self.channel.choices = choices((channel.id.hex, channel.name) for channel in found)

    def moment(self, zone: str, now: datetime) -> datetime:
        """Return when it was: the start of the day that was named, else now."""
        named: Any = self.on.data
        return min(clock.day_start(named, zone), now) if named else now


class ContactsForm(ChannelChoice):
    """How many were reached, or who."""

    quantity = whole(lazy_gettext("How many"), least=1, most=100_000_000, required=False)
    cost = MoneyField(lazy_gettext("Cost of these contacts in all"), required=False)
    customers = ListField(lazy_gettext("These customers"), most=20_000)


class AnswerForm(ChannelChoice):
    """An answer that somebody at work took."""

    kind = SelectField(
        lazy_gettext("What they did"),
        choices=choices((kind, RESPONSE_NAMES[kind]) for kind in BY_HAND),
    )
    code = line(lazy_gettext("Code of the coupon"), most=SCANNED, required=False)
    customer = line(lazy_gettext("Customer"), most=64, required=False)
    note = line(lazy_gettext("Note"), most=500, required=False)


@pages.route('/campaigns/<public("ca"):id>/contacts/new', methods=["GET", "POST"])
@web.requires("campaigns:write")
@form_page
def new_contacts(session: Session, id: UUID) -> Answer:
    """Record whom a campaign reached."""
    campaign = rules.find(session, id)
    form = ContactsForm(channel=request.args.get("channel"))
    form.fill(session, campaign)
    if form.validate_on_submit():
        with telling(session, form):
            if bool(form.customers.data) == bool(form.quantity.data):
                form.form_errors.append(gettext("Say either how many were reached, or who."))
            else:
                return once(session, lambda: _record(session, campaign, form))
    return show("admin/campaigns/contacts.html", form, campaign=campaign)


def _record(session: Session, campaign: Campaign, form: ContactsForm) -> Done:
    count = _reach(session, campaign, form)
    said = ngettext(
        "%(shown)s contact is recorded.",
        "%(shown)s contacts are recorded.",
        count,
        shown=i18n.show_number(count),
    )
    return Done(url_for("admin_coupons.campaign", id=campaign.id), said)


def _reach(session: Session, campaign: Campaign, form: ContactsForm) -> int:
    channel = rules.channel_of(session, campaign, UUID(hex=form.channel.data))
    at = form.moment(shops.merchant(session).zone, clock.now())
    if form.customers.data:
        named = listing.customers_named(session, form.customers.data, field="customers")
        wave = at.date().isoformat()
        return rules.contact_customers(
            session, campaign, channel, named, wave=wave, actor=web.actor(), at=at
        )
    return rules.contact_many(
        session,
        campaign,
        channel,
        quantity=form.quantity.data or 0,
        cost=form.cost.data,
        actor=web.actor(),
        at=at,
    )


@pages.route('/campaigns/<public("ca"):id>/responses/new', methods=["GET", "POST"])
@web.requires("responses:write")
@form_page
def new_response(session: Session, id: UUID) -> Answer:
    """Record an answer that came by phone, reply card or visit."""
    campaign = rules.find(session, id)
    form = AnswerForm()
    form.fill(session, campaign)
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _answer(session, campaign, form))
    return show("admin/campaigns/response.html", form, campaign=campaign)


def _answer(session: Session, campaign: Campaign, form: AnswerForm) -> Done:
    channel = rules.channel_of(session, campaign, UUID(hex=form.channel.data))
    connection = session.connection()
    pseudonym = None
    if form.customer.data:
        named = listing.customers_named(session, [form.customer.data], field="customer")
        pseudonym = listing.pseudonym(session, named[0])
    responses.by_hand(
        connection,
        campaign,
        channel,
        kind=form.kind.data,
        coupon=codes.one(connection, form.code.data) if form.code.data else None,
        pseudonym=pseudonym,
        note=form.note.data,
        occurred_at=form.moment(shops.merchant(session).zone, clock.now()),
        at=clock.now(),
    )
    return Done(
        url_for("admin_coupons.campaign", id=campaign.id), gettext("The answer is recorded.")
    )
