"""Orders of coupons: made, watched while they are made, and read."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import SelectField

from core import clock, i18n, ids, jobs, web
from core.i18n import gettext, ngettext
from core.models import Job
from core.pages.forms import ListField, OnceForm, choices, line, whole
from core.pages.posting import Answer, Done, form_page, once, posting, show, telling
from coupons import campaigns as planned
from coupons import issuing, listing, offers
from coupons.models import Coupon, Issue, Offer
from coupons.pages.frame import ISSUE_NAMES, pages, picture

PAGE = 50


class IssueForm(OnceForm):
    """By which channel coupons go out."""

    channel = SelectField(lazy_gettext("Channel"))

    def fill(self, session: Session, offer: Offer) -> None:
        """Offer the campaign's channels."""
        campaign = planned.find(session, offer.campaign_id)
        channels = planned.channels(session, campaign)
        self.channel.choices = choices((channel.id.hex, channel.name) for channel in channels)

    def terms(self) -> dict[str, Any]:
        """Return what every order is made with."""
        channel = UUID(hex=self.channel.data) if self.channel.data else None
        return {"channel_id": channel, "actor": web.actor(), "at": clock.now()}


class UniqueForm(IssueForm):
    """So many codes that nobody can guess."""

    count = whole(lazy_gettext("How many"), least=1, most=issuing.MOST)
    use_limit = whole(lazy_gettext("Each can be used"), least=1, default=1)


class PersonalForm(IssueForm):
    """One coupon for each of these customers."""

    customers = ListField(lazy_gettext("Customers"), most=20_000)


class PublicForm(IssueForm):
    """One code that everybody may know."""

    code = line(lazy_gettext("Code"), most=40)
    use_limit = whole(lazy_gettext("How often in all"), least=1, required=False)
    per_customer = whole(lazy_gettext("How often per customer"), least=1, required=False)


FORMS: dict[str, type[IssueForm]] = {
    "unique": UniqueForm,
    "public": PublicForm,
    "personal": PersonalForm,
}

NOTES = {
    "unique": lazy_gettext(
        "For letters and flyers: each code is taken once, so each answer counts."
    ),
    "public": lazy_gettext("For posters, radio and the web: one word that everybody may use."),
    "personal": lazy_gettext("For customers you name: it works with their card only."),
}


@pages.route('/offers/<public("of"):id>/issue', methods=["GET", "POST"])
@web.requires("coupons:issue")
@form_page
def issue_coupons(session: Session, id: UUID) -> Answer:
    """Issue coupons: first choose of which kind, then say how many or for whom."""
    offer = offers.find(session, id)
    name = offers.current(session, offer).name
    kind = request.args.get("kind", "")
    if kind not in FORMS:
        return render_template(
            "admin/issues/choose.html", offer=offer, name=name, kinds=ISSUE_NAMES, notes=NOTES
        )
    form = FORMS[kind]()
    form.fill(session, offer)
    if form.validate_on_submit():
        with telling(session, form):
            return once(session, lambda: _issue(session, offer, form))
    return show(
        "admin/issues/new.html", form, offer=offer, name=name, kind=kind, title=ISSUE_NAMES[kind]
    )


def _issue(session: Session, offer: Offer, form: IssueForm) -> Done:
    made = MAKERS[type(form)](session, offer, form)
    return Done(url_for("admin_coupons.issue", id=made), gettext("The coupons are on their way."))


def _unique(session: Session, offer: Offer, form: Any) -> UUID:
    version = offers.current(session, offer)
    order, _ = issuing.issue_unique(
        session, offer, version, form.count.data, use_limit=form.use_limit.data, **form.terms()
    )
    return order.id


def _personal(session: Session, offer: Offer, form: Any) -> UUID:
    version = offers.current(session, offer)
    named = listing.customers_named(session, form.customers.data, field="customers")
    pairs = [(customer, None) for customer in named]
    return issuing.issue_personal(session, offer, version, pairs, **form.terms())[0].issue_id


def _public(session: Session, offer: Offer, form: Any) -> UUID:
    coupon = issuing.issue_public(
        session,
        offer,
        offers.current(session, offer),
        form.code.data,
        use_limit=form.use_limit.data,
        per_customer=form.per_customer.data,
        **form.terms(),
    )
    return coupon.issue_id


MAKERS: dict[type[IssueForm], Callable[[Session, Offer, Any], UUID]] = {
    UniqueForm: _unique,
    PersonalForm: _personal,
    PublicForm: _public,
}


@pages.get('/issues/<public("is"):id>')
@web.requires("coupons:read")
@web.reading
def issue(session: Session, id: UUID) -> ResponseReturnValue:
    """Show an order of coupons, and how far it is while it is made."""
    order = listing.issue(session, id)
    offer = offers.find(session, order.offer_id)
    first = request.args.get("first", 0, int)
    coupons = issuing.coupons_of(session, order, first=max(first, 0), most=PAGE + 1)
    return render_template(
        "admin/issues/show.html",
        issue=order,
        job=_job(session, order),
        offer=offer,
        name=offers.current(session, offer).name,
        channel=_channel(session, order),
        kind=ISSUE_NAMES[order.kind],
        coupons=coupons[:PAGE],
        shown=shown_code,
        following=coupons[PAGE].position if len(coupons) > PAGE else None,
        first=first,
        picture=_picture(session, coupons[0]) if order.kind == "public" and coupons else None,
    )


def _job(session: Session, order: Issue) -> Job | None:
    return jobs.find(session, order.job_id) if order.job_id else None


def _channel(session: Session, order: Issue) -> str | None:
    return listing.channel_name(session, order.channel_id) if order.channel_id else None


def _picture(session: Session, coupon: Coupon) -> str:
    return picture(*issuing.addresses(session.connection(), [coupon], web.config()))


def shown_code(coupon: Any) -> str:
    """Return a code as who asks may see it: a public one whole, another one only with the right."""
    if coupon.label:
        return str(coupon.label)
    return ids.grouped(coupon.code) if web.actor().may("coupons:codes") else ids.masked(coupon.code)


@pages.post('/issues/<public("is"):id>/cancel')
@web.requires("coupons:issue")
@posting
def cancel_issue(session: Session, id: UUID) -> Answer:
    """Stop making the coupons of an order; those that are made stay."""
    order = listing.issue(session, id)
    job = jobs.cancel(session, order.job_id or order.id, at=clock.now())
    said = ngettext(
        "Stopped. %(shown)s coupon was made, and it is valid.",
        "Stopped. %(shown)s coupons were made, and they are valid.",
        job.done,
        shown=i18n.show_number(job.done),
    )
    return Done(url_for("admin_coupons.issue", id=id), said)
