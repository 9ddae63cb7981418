"""Offers and their versions."""

from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, i18n, shops, web
from core.errors import Stale
from core.i18n import LANGUAGES, gettext
from core.pages.posting import Answer, Done, form_page, newest, older, once, show, telling
from coupons import campaigns as planned
from coupons import conditions, listing, wording
from coupons import offers as rules
from coupons.models import Campaign, OfferVersion
from coupons.pages.frame import ISSUE_NAMES, pages
from coupons.pages.offer_forms import FORMS, KIND_NAMES, OfferForm, filled


def asked_for(version: OfferVersion, *per_customer: int | None) -> list[str]:
    """Return what a version asks for, in words; coupons may be limited per customer as well."""
    needed = conditions.read(version.conditions)
    return wording.conditions(version.benefit, needed, version.per_customer, *per_customer)


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
    kind = request.args.get("kind")
    if kind not in FORMS:
        return render_template("admin/offers/choose.html", campaign=campaign, kinds=KIND_NAMES)
    form = FORMS[kind]()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _add(session, campaign, form))
    action = url_for("admin_coupons.new_offer", id=id, kind=kind)
    return show("admin/offers/new.html", form, campaign=campaign, action=action, **shared(form))


def shared(form: OfferForm) -> dict[str, Any]:
    """Return what both forms of an offer are shown with."""
    first = i18n.fallback()
    form[f"name_{first}"].flags.required = True
    return {
        "kinds": KIND_NAMES,
        "first": form[f"name_{first}"],
        "others": [(i18n.own_name(tag), form[f"name_{tag}"]) for tag in LANGUAGES if tag != first],
    }


def _add(session: Session, campaign: Campaign, form: OfferForm) -> Done:
    zone = shops.merchant(session).zone
    made = rules.add(
        session, campaign, **form.values(session, zone), actor=web.actor(), at=clock.now()
    )
    said = gettext("The offer is made. Now issue its coupons.")
    return Done(url_for("admin_coupons.offer", id=made.id), said)


@pages.get('/offers/<public("of"):id>')
@web.requires("offers:read")
@web.reading
def offer(session: Session, id: UUID) -> ResponseReturnValue:
    """Show an offer: what it says now, what it said before, and the coupons issued on it."""
    found = rules.find(session, id)
    version = rules.current(session, found)
    issues, cursor = listing.issues(session, found, cursor=request.args.get("cursor"))
    return render_template(
        "admin/offers/show.html",
        offer=found,
        version=version,
        campaign=planned.find(session, found.campaign_id),
        asked_for=asked_for(version),
        audiences=listing.audience_sizes(session, version),
        versions=listing.versions(session, found),
        benefit=wording.benefit,
        issues=issues,
        issue_names=ISSUE_NAMES,
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.route('/offers/<public("of"):id>/edit', methods=["GET", "POST"])
@web.requires("offers:write")
@form_page
def edit_offer(session: Session, id: UUID) -> Answer:
    """Change an offer by a new version; coupons that are out keep theirs."""
    found = rules.find(session, id, lock=request.method == "POST")
    before = rules.current(session, found)
    zone = shops.merchant(session).zone
    form = filled(before, zone)
    if form.validate_on_submit():
        with telling(session, form):
            if form.version.data != str(before.number):
                raise Stale
            changes = form.values(session, zone, before)
            rules.change(session, found, changes, actor=web.actor(), at=clock.now())
            said = gettext("The offer is changed. Coupons issued before keep what they said.")
            return Done(url_for("admin_coupons.offer", id=id), said)
    audiences = listing.audience_sizes(session, before)
    return show(
        "admin/offers/edit.html",
        form,
        offer=found,
        before=before,
        audiences=audiences,
        **shared(form),
    )
