"""Offers: their list, and the form that makes one or changes it by a new version."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, shops, web
from core.errors import Stale
from core.i18n import gettext
from core.pages.parts import rearrange
from core.pages.posting import Answer, Done, form_page, newest, older, once, show, telling
from coupons import campaigns as planned
from coupons import listing
from coupons import offers as rules
from coupons.models import Campaign, Offer, OfferVersion
from coupons.pages import sources
from coupons.pages.frame import pages
from coupons.pages.offer_forms import (
    BENEFITS,
    CONDITION_TITLES,
    GROUPS,
    STEPS,
    TITLES,
    OfferForm,
    filled,
)
from coupons.pages.saying import say_kept


@pages.get("/offers")
@web.requires("offers:read")
@web.reading
def offers(session: Session) -> ResponseReturnValue:
    """Show the offers of all campaigns, newest first."""
    found, cursor = listing.offers(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/offers/list.html", offers=found, next_url=older(cursor), first_url=newest()
    )


@pages.route('/campaigns/<public("ca"):id>/offers/new', methods=["GET", "POST"])
@web.requires("offers:write")
@form_page
def new_offer(session: Session, id: UUID) -> Answer:
    """Make an offer: first choose what it gives, then fill in the rest."""
    campaign = planned.find(session, id)
    kind = request.args.get("kind", "")
    if kind not in TITLES:
        here = url_for("admin_coupons.new_offer", id=id)
        return _choose(here, url_for("admin_coupons.campaign", id=id))
    form = OfferForm(benefit={"kind": kind})
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _add(session, campaign, form))
    return _shown(
        session,
        form,
        campaign,
        "admin/offers/new.html",
        action=url_for("admin_coupons.new_offer", id=id, kind=kind),
    )


def _choose(here: str, back: str) -> str:
    """Return the page on which one chooses what an offer gives."""
    links = {kind: f"{here}?kind={kind}" for kind in TITLES}
    groups = [*GROUPS, *STEPS]
    return render_template("admin/offers/choose.html", groups=groups, links=links, back=back)


def _add(session: Session, campaign: Campaign, form: OfferForm) -> Done:
    terms, actor, at = form.values(session, shops.merchant(session).zone), web.actor(), clock.now()
    offline = terms.pop("offline")
    made = rules.add(session, campaign, **terms, actor=actor, at=at)
    rules.take_offline(session, made, offline, actor=actor, at=at)
    said = gettext("The offer is made. Now issue its coupons.")
    return Done(url_for("admin_coupons.offer", id=made.id), said)


@pages.route('/offers/<public("of"):id>/edit', methods=["GET", "POST"])
@web.requires("offers:write")
@form_page
def edit_offer(session: Session, id: UUID) -> Answer:
    """Change an offer by a new version; coupons that are out keep theirs."""
    found = rules.find(session, id, lock=request.method == "POST")
    before = rules.current(session, found)
    zone = shops.merchant(session).zone
    kind = request.args.get("kind")
    if kind == "":
        here = url_for("admin_coupons.edit_offer", id=id)
        return _choose(here, here)
    form = _form(found, before, zone, kind if kind in BENEFITS else None)
    if not rearrange(form, request.form) and form.validate_on_submit():
        with telling(session, form):
            if form.version.data != str(before.number):
                raise Stale
            changes = form.values(session, zone, before)
            rules.change(session, found, changes, actor=web.actor(), at=clock.now())
            said = gettext("The offer is changed. Coupons issued before keep what they said.")
            return Done(url_for("admin_coupons.offer", id=id), said)
    return _shown(
        session,
        form,
        planned.find(session, found.campaign_id),
        "admin/offers/edit.html",
        action=url_for("admin_coupons.edit_offer", id=id, kind=kind),
        offer=found,
        before=before,
    )


def _form(offer: Offer, before: OfferVersion, zone: str, kind: str | None) -> OfferForm:
    """Return the form of an offer as it was sent, else as it stands; it may give something else."""
    if request.method == "POST":
        return OfferForm(benefit={"kind": kind})
    held = filled(offer, before, zone)
    return OfferForm(**held | ({"benefit": {"kind": kind}} if kind else {}))


def _shown(
    session: Session,
    form: OfferForm,
    campaign: Campaign,
    template: str,
    *,
    before: OfferVersion | None = None,
    **given: Any,
) -> ResponseReturnValue:
    """Return the page of the form, with all that can be chosen on it."""
    sources.fill(session, form, campaign)
    say_kept(session, form, before)
    form.name.first.flags.required = True
    return show(
        template,
        form,
        campaign=campaign,
        before=before,
        titles=TITLES,
        condition_titles=CONDITION_TITLES,
        **given,
    )
