"""One coupon by its code: what it is, why it cannot be used, and how to stop it."""

from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from core import clock, i18n, web
from core.i18n import gettext
from core.pages.forms import Form, line
from core.pages.posting import Answer, Done, form_page, posting, show, telling
from coupons import codes as rules
from coupons import issuing, listing, quoting, terms, wording
from coupons.pages.frame import RESPONSE_NAMES, pages, picture
from coupons.pages.issues import shown_code
from coupons.pages.responses import reasons


class CodeForm(Form):
    """A code, as it was printed, typed or scanned."""

    code = line(lazy_gettext("Code"), most=300)


@pages.route("/coupons", methods=["GET", "POST"])
@web.requires("coupons:read")
@form_page
def find_coupon(session: Session) -> Answer:
    """Find a coupon by its code."""
    form = CodeForm()
    if form.validate_on_submit():
        with telling(session, form):
            found = rules.one(session.connection(), form.code.data or "")
            return Done(url_for("admin_coupons.coupon", id=found.id))
    return show("admin/coupons/find.html", form)


@pages.get('/coupons/<public("co"):id>')
@web.requires("coupons:read")
@web.reading
def coupon(session: Session, id: UUID) -> ResponseReturnValue:
    """Show a coupon, whether it can be used now, and what happened with it."""
    row = listing.coupon(session, id)
    connection = session.connection()
    held = rules.one(connection, row.code)
    offer = terms.of(connection, held.version_id)
    refusal = quoting.standing(held, offer, clock.now())
    events, _ = listing.responses(session, coupon_id=id)
    open_to_see = row.label or web.actor().may("coupons:codes")
    [address] = issuing.addresses(connection, [row], web.config())
    return render_template(
        "admin/coupons/show.html",
        coupon=row,
        held=held,
        code=shown_code(row),
        offer=offer,
        benefit=wording.benefit(offer.benefit_terms),
        reason=i18n.tell(refusal) if refusal else None,
        picture=picture(address) if open_to_see else None,
        owner=listing.pseudonym(session, row.customer_id) if row.customer_id else None,
        events=events,
        kinds=RESPONSE_NAMES,
        reasons=reasons(events),
    )


@pages.post('/coupons/<public("co"):id>/<any(freeze, unfreeze, revoke):verb>')
@web.requires("coupons:stop")
@posting
def move_coupon(session: Session, id: UUID, verb: str) -> Answer:
    """Freeze a coupon, open it again, or revoke it for ever."""
    code = listing.coupon(session, id).code
    rules.move(session, code, verb, actor=web.actor(), at=clock.now())
    said = {
        "freeze": gettext("The coupon is on hold."),
        "unfreeze": gettext("The coupon can be used again."),
        "revoke": gettext("The coupon is withdrawn for good."),
    }
    return Done(url_for("admin_coupons.coupon", id=id), said[verb])
