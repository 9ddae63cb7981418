"""Campaigns and their channels."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, shops, web
from core.i18n import gettext
from core.pages import forms
from core.pages.forms import Form, MoneyField, OnceForm, choices, day, line
from core.pages.parts import rearrange, terms_of
from core.pages.posting import Answer, Done, form_page, newest, older, once, posting, show, telling
from core.schemas import read
from coupons import campaigns as rules
from coupons import listing, wording
from coupons.measurement import report
from coupons.models import Campaign
from coupons.pages.frame import CHANNEL_NAMES, pages
from coupons.pages.offer_forms.limits import CampaignLimit
from coupons.pages.offer_forms.limits import rows as limit_rows
from coupons.schemas import CampaignChange

STATES = ("draft", "running", "paused", "ended")


class CampaignForm(Form):
    """What a campaign is called, when it runs, and what it may cost."""

    name = line(lazy_gettext("Name"))
    starts = day(lazy_gettext("From"))
    ends = day(lazy_gettext("Until"))
    limits = limit_rows(CampaignLimit)

    def said_limits(self) -> list[dict[str, Any]]:
        """Return the limits, read as the API reads them.

        Raises:
            InvalidRequest: one of them is not as it must be.
        """
        sent = {"limits": terms_of(self.limits)}
        found: list[dict[str, Any]] = read(CampaignChange(), sent)["limits"]
        return found

    def window(self, zone: str, campaign: Campaign | None = None) -> dict[str, Any]:
        """Return the window, where a day that was not touched keeps its exact moment."""
        found = forms.window(self.starts.data, self.ends.data, zone)
        if campaign and self.starts.data == forms.first_day(campaign.starts_at, zone):
            found["starts_at"] = campaign.starts_at
        if campaign and self.ends.data == forms.last_day(campaign.ends_at, zone):
            found["ends_at"] = campaign.ends_at
        return found


class ChannelForm(Form):
    """A medium, and what it costs."""

    kind = SelectField(lazy_gettext("Kind"), choices=choices(CHANNEL_NAMES.items()))
    channel = line(lazy_gettext("Name"), most=100)
    fixed_cost = MoneyField(lazy_gettext("Fixed cost"), required=False)
    unit_cost = MoneyField(lazy_gettext("Cost per contact"), required=False)

    def values(self) -> dict[str, Any]:
        """Return the channel as the rules take it."""
        return {
            "kind": self.kind.data,
            "name": self.channel.data or "",
            "fixed_cost": self.fixed_cost.data or 0,
            "unit_cost": self.unit_cost.data or 0,
        }


class NewCampaignForm(CampaignForm, ChannelForm, OnceForm):
    """A campaign with its first channel."""


@pages.get("/campaigns")
@web.requires("campaigns:read")
@web.reading
def campaigns(session: Session) -> ResponseReturnValue:
    """Show the campaigns, newest first, of one state if it is asked for."""
    state = request.args.get("state")
    state = state if state in STATES else None
    found, cursor = listing.campaigns(session, state=state, cursor=request.args.get("cursor"))
    return render_template(
        "admin/campaigns/list.html",
        campaigns=found,
        state=state,
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.route("/campaigns/new", methods=["GET", "POST"])
@web.requires("campaigns:write")
@form_page
def new_campaign(session: Session) -> Answer:
    """Plan a campaign."""
    form = NewCampaignForm()
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _plan(session, form))
    return show("admin/campaigns/new.html", form)


def _plan(session: Session, form: NewCampaignForm) -> Done:
    made = rules.add(
        session,
        name=form.name.data or "",
        channels=[form.values()],
        limits=form.said_limits(),
        **form.window(shops.merchant(session).zone),
        actor=web.actor(),
        at=clock.now(),
    )
    said = gettext("The campaign is planned. Now make its first offer.")
    return Done(url_for("admin_coupons.campaign", id=made.id), said)


@pages.get('/campaigns/<public("ca"):id>')
@web.requires("campaigns:read")
@web.reading
def campaign(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a campaign: its channels with what they brought so far, and its offers."""
    found = rules.find(session, id)
    offers, cursor = listing.offers(session, campaign_id=id, cursor=request.args.get("cursor"))
    return render_template(
        "admin/campaigns/show.html",
        campaign=found,
        limits=[wording.limit(one) for one in found.limits],
        brought=report.of_campaign(session, found),
        kinds=CHANNEL_NAMES,
        offers=offers,
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.route('/campaigns/<public("ca"):id>/edit', methods=["GET", "POST"])
@web.requires("campaigns:write")
@form_page
def edit_campaign(session: Session, id: UUID) -> Answer:
    """Change the name or the window of a campaign."""
    zone = shops.merchant(session).zone
    found = rules.find(session, id, lock=request.method == "POST")
    form = CampaignForm(
        name=found.name,
        starts=forms.first_day(found.starts_at, zone),
        ends=forms.last_day(found.ends_at, zone),
        limits=found.limits,
    )
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            window, spent = form.window(zone, found), form.said_limits()
            changes = {"name": form.name.data, "limits": spent, **window}
            rules.change(session, found, changes, actor=web.actor(), at=clock.now())
            return Done(
                url_for("admin_coupons.campaign", id=id), gettext("The campaign is changed.")
            )
    return show("admin/campaigns/edit.html", form, campaign=found)


@pages.post('/campaigns/<public("ca"):id>/<any(start, pause, end):verb>')
@web.requires("campaigns:write")
@posting
def move_campaign(session: Session, id: UUID, verb: str) -> Answer:
    """Start, pause or end a campaign."""
    rules.move(session, id, verb, actor=web.actor(), at=clock.now())
    said = {
        "start": gettext("The campaign is running: its coupons are taken at the tills."),
        "pause": gettext(
            "The campaign is paused: its coupons are refused until you start it again."
        ),
        "end": gettext("The campaign has ended. Its figures stay."),
    }
    return Done(url_for("admin_coupons.campaign", id=id), said[verb])


@pages.route('/campaigns/<public("ca"):id>/channels/new', methods=["GET", "POST"])
@web.requires("campaigns:write")
@form_page
def new_channel(session: Session, id: UUID) -> Answer:
    """Let a campaign go out by one more channel."""
    found = rules.find(session, id, lock=request.method == "POST")
    form = ChannelForm()
    if form.validate_on_submit():
        with telling(session, form):
            rules.add_channel(session, found, **form.values(), actor=web.actor(), at=clock.now())
            return Done(url_for("admin_coupons.campaign", id=id), gettext("The channel is added."))
    return show("admin/campaigns/new_channel.html", form, campaign=found)
