"""Refer a friend on the desk: what came of it, and the referrals that somebody must look at."""

from uuid import UUID

from flask import request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, web
from core.i18n import gettext
from core.listing import actor_names
from core.pages.forms import Form, line
from core.pages.posting import Answer, Done, newest, older, posting, show, telling
from coupons import listing as coupons
from loyalty import listing
from loyalty.pages.frame import pages
from loyalty.pages.friends_saying import sentences
from loyalty.referrals import listing as referred
from loyalty.referrals import review
from loyalty.referrals import scheme as schemes
from loyalty.referrals.suspicion import REASONS

STATE_NAMES = {
    "review": lazy_gettext("To be looked at"),
    "attributed": lazy_gettext("Joined, has not bought yet"),
    "qualified": lazy_gettext("Bought, reward is on hold"),
    "rewarded": lazy_gettext("Rewarded"),
    "rejected": lazy_gettext("Rejected"),
    "expired": lazy_gettext("Did not buy in time"),
    "reversed": lazy_gettext("The purchase was undone"),
}

TONES = {"review": "warn", "qualified": "accent", "rewarded": "good", "rejected": "bad"}


class DecisionForm(Form):
    """Why somebody decides so."""

    reason = line(
        lazy_gettext("Reason"),
        description=lazy_gettext("It stands in the audit log. No name, please."),
    )


@pages.get("/programme/referrals")
@web.requires("referrals:read")
@web.reading
def referrals(session: Session) -> ResponseReturnValue:
    """Show what both sides get, and the referrals, of one state if it is named."""
    state = request.args.get("state")
    state = state if state in STATE_NAMES else None
    at = clock.now()
    found, cursor = referred.page(session, state=state, at=at, cursor=request.args.get("cursor"))
    scheme = schemes.shown(session)
    return show(
        "admin/referrals/list.html",
        Form(),
        scheme=scheme,
        said=list(sentences(session, scheme)),
        referrals=found,
        state=state,
        waiting=referred.count_waiting(session),
        states=STATE_NAMES,
        tones=TONES,
        pseudonyms=_pseudonyms(session, found),
        next_url=older(cursor),
        first_url=newest(),
    )


def _pseudonyms(session: Session, found: list[referred.Listed]) -> dict[UUID, str]:
    both = (id for one in found for id in (one.referral.referrer_id, one.referral.referee_id))
    return listing.pseudonyms(session, both)


@pages.get('/programme/referrals/<public("rf"):id>')
@web.requires("referrals:read")
@web.reading
def referral(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a referral: who brought whom, what came of it, and why it waits."""
    return _page(session, id, DecisionForm())


def _page(session: Session, id: UUID, form: DecisionForm) -> tuple[str, int]:
    found = referred.find(session, id, at=clock.now())
    return show(
        "admin/referrals/show.html",
        form,
        referral=found.referral,
        state=found.state,
        states=STATE_NAMES,
        tones=TONES,
        reasons=[gettext(REASONS[code]) for code in found.referral.reasons],
        rewards=found.rewards,
        offers=coupons.offer_names(session, (one.offer_id for one in found.rewards)),
        pseudonyms=_pseudonyms(session, [found]),
        names=actor_names(session, [found.referral.decided_by]),
    )


@pages.post('/programme/referrals/<public("rf"):id>/<any(approve, reject):verb>')
@web.requires("referrals:review")
@posting
def decide_referral(session: Session, id: UUID, verb: str) -> Answer:
    """Let a referral go on, or end it."""
    form = DecisionForm()
    if form.validate_on_submit():
        with telling(session, form):
            act = review.approve if verb == "approve" else review.reject
            act(session, id, form.reason.data or "", actor=web.actor(), at=clock.now())
            said = {
                "approve": gettext("Approved. The rewards come when everything else is met."),
                "reject": gettext("Rejected: nobody gets anything for it."),
            }
            return Done(url_for("admin_loyalty.referral", id=id), said[verb])
    return _page(session, id, form)
