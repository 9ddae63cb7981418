"""A purchase is undone, given back in parts, or claimed under its guarantee."""

from http import HTTPStatus
from uuid import UUID

from flask import url_for
from sqlalchemy.orm import Session

from core import clock, i18n, web
from core.errors import Refusal
from core.i18n import gettext, show_money
from core.pages.posting import Answer, Done, once, posting, telling
from coupons.models import Purchase
from loyalty import guarantees, listing, receipts, refunding, voiding
from loyalty.pages.frame import pages
from loyalty.pages.giving_back import ClaimForm, Forms
from loyalty.pages.purchases import find, page_of
from loyalty.refunding import Paid


def _forms(session: Session, found: Purchase, sent: str) -> Forms:
    receipts.check_shop(session, found.id, web.actor().shop_id)
    covering = guarantees.guarantees(session.connection(), found.id)
    return Forms.of(listing.lines(session, found), covering, sent)


@pages.post('/purchases/<public("pu"):id>/void')
@web.requires("purchases:void-any")
@posting
def void_purchase(session: Session, id: UUID) -> Answer:
    """Undo a purchase: its coupons can be used again, its points are booked back."""
    found = find(session, id)
    forms = _forms(session, found, "void")
    if forms.void.validate_on_submit():
        with telling(session, forms.void):
            reason = forms.void.reason.data or ""
            done = voiding.void(session, id, reason, actor=web.actor(), at=clock.now())
            said = [gettext("The purchase is undone. Its coupons can be used again.")]
            said += [one["text"] for one in receipts.kept_messages(done.kept)]
            return Done(url_for("admin_loyalty.purchase", id=id), " ".join(said))
    return page_of(session, found, forms)


@pages.post('/purchases/<public("pu"):id>/refunds')
@web.requires("purchases:refund")
@posting
def refund_purchase(session: Session, id: UUID) -> Answer:
    """Give back some of a purchase; all else follows in proportion."""
    found = find(session, id)
    forms = _forms(session, found, "refund")
    form = forms.refund

    def work() -> Done:
        reason, at = form.why.data or "", clock.now()
        done = refunding.refund(session, id, form.wanted(), reason, actor=web.actor(), at=at)
        return _done(done)

    if form.validate_on_submit():
        with telling(session, form):
            return once(session, work)
    return page_of(session, found, forms)


@pages.post('/purchases/<public("pu"):id>/claims')
@web.requires("purchases:refund")
@posting
def claim_money_back(session: Session, id: UUID) -> Answer:
    """Give a line back under its guarantee; a refused try is recorded as an answer, too."""
    found = find(session, id)
    forms = _forms(session, found, "claim")
    form = forms.claim
    if form and form.validate_on_submit():
        try:
            return once(session, lambda: _claim(session, id, form))
        except Refusal as refusal:
            session.rollback()
            form.form_errors.append(i18n.tell(refusal))
            if refusal.status == HTTPStatus.CONFLICT:
                attempt, line = f"desk:{form.once.data}", form.part().line
                guarantees.record_refused(
                    session, id, line, refusal, attempt=attempt, at=clock.now()
                )
    return page_of(session, find(session, id), forms)


def _claim(session: Session, id: UUID, form: ClaimForm) -> Done:
    done = guarantees.claim(
        session, id, form.part(), form.because.data, actor=web.actor(), at=clock.now()
    )
    return _done(done)


def _done(done: Paid) -> Done:
    """Say what is to be handed out, and what went with it."""
    said = [gettext("Given back. Hand out %(money)s.", money=show_money(done.money))]
    if done.points_back:
        back = i18n.show_number(done.points_back)
        said.append(gettext("%(points)s points are on the card again.", points=back))
    said += [one["text"] for one in receipts.kept_messages(done.given.kept)]
    return Done(url_for("admin_loyalty.purchase", id=done.purchase_id), " ".join(said))
