"""Claims on the desk: rewards that customers took, each of which can be given back unused."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, customers, i18n, ids, web
from core.i18n import gettext
from core.listing import actor_names
from core.pages.forms import Form, OnceForm, line
from core.pages.posting import Answer, Done, newest, older, once, posting, show, telling
from loyalty import claims as rules
from loyalty import expiry, listing
from loyalty import rewards as catalogue
from loyalty.models import Claim
from loyalty.pages.frame import pages
from loyalty.pages.tabs import head


class CancelForm(Form):
    """Why a reward is given back."""

    reason = line(
        lazy_gettext("Reason"),
        description=lazy_gettext("It stands in the audit log. No name, please."),
    )


@pages.get("/programme/rewards/claims")
@web.requires("rewards:read")
@web.reading
def claims(session: Session) -> ResponseReturnValue:
    """Show what customers have claimed, newest first."""
    found, cursor = listing.claims(session, cursor=request.args.get("cursor"))
    return render_template(
        "admin/rewards/claims.html",
        claims=found,
        pseudonyms=listing.pseudonyms(session, (one.customer_id for one, _, _ in found)),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.get('/claims/<public("cl"):id>')
@web.requires("rewards:read")
@web.reading
def claim(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a claim and what became of its coupon."""
    return _page(session, rules.find(session, id), CancelForm())


def _page(session: Session, claim: Claim, form: CancelForm) -> tuple[str, int]:
    coupon = rules.coupon_of(session, claim)
    pseudonyms = listing.pseudonyms(session, [claim.customer_id])
    return show(
        "admin/rewards/claim.html",
        form,
        claim=claim,
        reward=catalogue.find(session, claim.reward_id),
        coupon=coupon,
        code=ids.masked(coupon.code),
        is_used=coupon.used > coupon.voided,
        pseudonym=pseudonyms[claim.customer_id],
        names=actor_names(session, [claim.actor, claim.cancelled_by]),
    )


@pages.post('/claims/<public("cl"):id>/cancel')
@web.requires("rewards:claim")
@posting
def cancel_claim(session: Session, id: UUID) -> Answer:
    """Give a reward back while its coupon is unused."""
    form = CancelForm()
    if form.validate_on_submit():
        with telling(session, form):
            rules.cancel(session, id, form.reason.data or "", actor=web.actor(), at=clock.now())
            said = gettext("The reward is given back. Its points are on the card again.")
            return Done(url_for("admin_loyalty.claim", id=id), said)
    return _page(session, rules.find(session, id), form)


@pages.get('/customers/<public("cu"):id>/rewards')
@web.requires("rewards:read")
@web.reading
def customer_rewards(session: Session, id: UUID) -> ResponseReturnValue:
    """Show what a customer could claim now, and what they have claimed."""
    customer = customers.find(session, id)
    at = clock.now()
    offered, _ = catalogue.catalogue(session, active=True, limit=100)
    found, cursor = rules.of_customer(session, id, cursor=request.args.get("cursor"))
    return render_template(
        "admin/customers/rewards.html",
        **head(session, customer, "rewards"),
        balance=expiry.balance(session.connection(), id, at=at),
        judged=catalogue.judge(session, offered, id, at=at),
        told=i18n.tell,
        form=OnceForm(),
        claims=listing.with_rewards(session, found),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.post('/customers/<public("cu"):id>/rewards/<public("rw"):reward_id>')
@web.requires("rewards:claim")
@posting
def claim_reward(session: Session, id: UUID, reward_id: UUID) -> Answer:
    """Take a reward for a customer."""

    def work() -> Done:
        made = rules.claim(session, reward_id, id, actor=web.actor(), at=clock.now())
        said = gettext("Claimed. The coupon is on the card of the customer.")
        return Done(url_for("admin_loyalty.claim", id=made.id), said)

    return once(session, work)
