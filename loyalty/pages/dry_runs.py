"""What would an offer have cost? A dry run over the purchases of some days."""

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, jobs, shops, web
from core.i18n import gettext
from core.pages import forms
from core.pages.forms import DayField, OnceForm
from core.pages.posting import Answer, Done, form_page, once, posting, show, telling
from coupons import offers as rules
from coupons import wording
from coupons.models import Offer, OfferVersion
from coupons.pages import reasons
from loyalty import trying
from loyalty.pages.frame import pages


class DryRunForm(OnceForm):
    """Over which days."""

    since = DayField(lazy_gettext("From"), description=lazy_gettext("Empty: 30 days before."))
    until = DayField(
        lazy_gettext("Until"), description=lazy_gettext("Including that day. Empty: until now.")
    )


@pages.route('/offers/<public("of"):id>/dry-run', methods=["GET", "POST"])
@web.requires("offers:write")
@form_page
def new_dry_run(session: Session, id: UUID) -> Answer:
    """Begin a dry run of an offer."""
    offer = rules.find(session, id)
    form = DryRunForm()
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _begin(session, offer, form))
    name = rules.current(session, offer).name
    return show("admin/offers/new_dry_run.html", form, offer=offer, name=name)


def _begin(session: Session, offer: Offer, form: DryRunForm) -> Done:
    window = forms.window(form.since.data, form.until.data, shops.merchant(session).zone)
    made = trying.begin(
        session,
        offer,
        since=window["starts_at"],
        until=window["ends_at"],
        actor=web.actor(),
        at=clock.now(),
    )
    return Done(url_for("admin_loyalty.dry_run", id=made.id))


@pages.get('/dry-runs/<public("dr"):id>')
@web.requires("offers:read")
@web.reading
def dry_run(session: Session, id: UUID) -> ResponseReturnValue:
    """Show how far a dry run is, and what the offer would have cost so far."""
    run = trying.find(session, id)
    offer = rules.find(session, run.offer_id)
    version = session.get_one(OfferVersion, run.version_id)
    refused = sorted(run.refused.items(), key=lambda one: one[1], reverse=True)
    return render_template(
        "admin/offers/dry_run.html",
        run=run,
        job=jobs.find(session, run.job_id),
        offer=offer,
        name=version.name,
        version=version,
        benefit=wording.benefit(version.benefit),
        refused=refused,
        reasons=reasons.said(run.refused),
    )


@pages.post('/dry-runs/<public("dr"):id>/cancel')
@web.requires("offers:write")
@posting
def cancel_dry_run(session: Session, id: UUID) -> Answer:
    """Stop a dry run; what it counted so far stays."""
    run = trying.find(session, id)
    jobs.cancel(session, run.job_id, at=clock.now())
    return Done(url_for("admin_loyalty.dry_run", id=id), gettext("The dry run is stopped."))
