"""One offer: what it says now, what it said before, and how many coupons hold each."""

from collections.abc import Iterator, Sequence
from uuid import UUID

from flask import flash, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, i18n, shops, web
from core.i18n import gettext
from core.pages.forms import OnceForm, choices
from core.pages.posting import Answer, Done, form_page, newest, older, once, show, telling
from coupons import campaigns as planned
from coupons import conditions, goods, listing, places, terms, wording
from coupons import offers as rules
from coupons.conditions import ByChannel
from coupons.models import Campaign, Offer, OfferVersion
from coupons.pages.frame import ISSUE_NAMES, pages
from coupons.pages.saying import Speaker, products


class CloneForm(OnceForm):
    """Into which campaign an offer is copied."""

    campaign = SelectField(lazy_gettext("Campaign"))


@pages.get('/offers/<public("of"):id>')
@web.requires("offers:read")
@web.reading
def offer(session: Session, id: UUID) -> ResponseReturnValue:
    """Show an offer: what it says now, what it said before, and the coupons issued on it."""
    found = rules.find(session, id)
    version = rules.current(session, found)
    issues, cursor = listing.issues(session, found, cursor=request.args.get("cursor"))
    said = terms.of(session.connection(), version.id)
    return render_template(
        "admin/offers/show.html",
        offer=found,
        version=version,
        campaign=planned.find(session, found.campaign_id),
        benefit=wording.benefit,
        needed=Speaker(session).tree(version.conditions),
        products=products(version.benefit),
        limits=wording.limits(version.overall, version.per_customer, version.limits),
        together=wording.together(version.together),
        on_refund=wording.on_refund(version.on_refund),
        offline=_offline(session, found),
        needs_lines=goods.needs_lines(said),
        counter=places.counter(session.connection(), said, at=clock.now()),
        versions=_history(session, listing.versions(session, found)),
        held=listing.coupons_by_version(session, found),
        issues=issues,
        issue_names=ISSUE_NAMES,
        next_url=older(cursor),
        first_url=newest(),
    )


def _offline(session: Session, offer: Offer) -> str:
    """Return in words whether a till without a line takes the offer."""
    home = offer.offline.get("shop")
    return wording.offline(
        offer.offline, shops.find(session, UUID(hex=home)).name if home else None
    )


def _history(
    session: Session, versions: Sequence[OfferVersion]
) -> list[tuple[OfferVersion, list[tuple[str, list[str], list[str]]]]]:
    """Return versions, newest first, each with what it took away and what it added, by subject."""
    speaker = Speaker(session)
    said = [dict(_facts(speaker, one)) for one in versions]
    before = [*said[1:], said[-1] if said else {}]
    return [
        (version, list(_changes(old, new)))
        for version, new, old in zip(versions, said, before, strict=True)
    ]


def _changes(
    old: dict[str, list[str]], new: dict[str, list[str]]
) -> Iterator[tuple[str, list[str], list[str]]]:
    for name, said in new.items():
        gone = [one for one in old[name] if one not in said]
        added = [one for one in said if one not in old[name]]
        if gone or added:
            yield name, gone, added


def _facts(speaker: Speaker, version: OfferVersion) -> Iterator[tuple[str, list[str]]]:
    """Yield what a version says of each subject, in words."""
    window = i18n.show_window(version.starts_at, version.ends_at)
    yield gettext("Name"), list(version.name.values())
    yield gettext("Benefit"), [wording.benefit(version.benefit)]
    yield gettext("Products"), products(version.benefit)
    yield gettext("Conditions"), [str(one) for one in speaker.tree(version.conditions)]
    limits = wording.limits(version.overall, version.per_customer, version.limits)
    yield gettext("Limits"), limits
    yield gettext("Valid"), [window or gettext("With the campaign")]
    yield gettext("Other coupons"), [wording.together(version.together)]
    yield gettext("Returns"), [wording.on_refund(version.on_refund)]


@pages.route('/offers/<public("of"):id>/clone', methods=["GET", "POST"])
@web.requires("offers:write")
@form_page
def clone_offer(session: Session, id: UUID) -> Answer:
    """Copy an offer into this campaign or another."""
    found = rules.find(session, id)
    open_ones = listing.open_campaigns(session)
    form = CloneForm(campaign=found.campaign_id.hex)
    form.campaign.choices = choices((one.hex, name) for one, name in open_ones.items())
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _clone(session, found, UUID(hex=form.campaign.data)))
    name = rules.current(session, found).name
    return show("admin/offers/clone.html", form, offer=found, name=name)


def _clone(session: Session, found: Offer, campaign_id: UUID) -> Done:
    campaign = planned.find(session, campaign_id)
    made = rules.clone(session, found, campaign=campaign, actor=web.actor(), at=clock.now())
    _warn_of_channels(session, found, campaign)
    said = gettext("The offer is copied. Look it over before you issue its coupons.")
    return Done(url_for("admin_coupons.offer", id=made.id), said)


def _warn_of_channels(session: Session, found: Offer, campaign: Campaign) -> None:
    """Say that channels which the offer names do not belong to the campaign it is now in."""
    needed = conditions.read(rules.current(session, found).conditions)
    if found.campaign_id != campaign.id and any(isinstance(one, ByChannel) for one in needed):
        text = gettext("It names channels of the other campaign: change it, and choose new ones.")
        flash(text, "warning")
