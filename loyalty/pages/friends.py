"""The friends of a customer: the code to hand on, who brought them, and whom they brought."""

from uuid import UUID

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, customers, ids, web
from core.i18n import gettext
from core.pages.posting import Answer, Done, newest, older, posting
from coupons import issuing
from loyalty import listing
from loyalty.pages.frame import pages
from loyalty.pages.referrals import STATE_NAMES, TONES
from loyalty.pages.tabs import head
from loyalty.referrals import codes
from loyalty.referrals import listing as referred


@pages.get('/customers/<public("cu"):id>/friends')
@web.requires("referrals:read")
@web.reading
def friends(session: Session, id: UUID) -> ResponseReturnValue:
    """Show the code of a customer, and what came of it."""
    customer, at, connection = customers.find(session, id), clock.now(), session.connection()
    found, cursor = referred.page(session, customer_id=id, at=at, cursor=request.args.get("cursor"))
    code = codes.known(connection, id)
    both = (one for r in found for one in (r.referral.referrer_id, r.referral.referee_id))
    return render_template(
        "admin/customers/friends.html",
        **head(session, customer, "friends"),
        is_on=codes.active(connection) is not None,
        code=ids.grouped(code) if code else None,
        link=issuing.address(web.config().base_url, code) if code else None,
        tally=referred.tally(session, id, at=at),
        referrals=found,
        states=STATE_NAMES,
        tones=TONES,
        pseudonyms=listing.pseudonyms(session, both),
        next_url=older(cursor),
        first_url=newest(),
    )


@pages.post('/customers/<public("cu"):id>/friends/code')
@web.requires("customers:enrol")
@posting
def give_friends_code(session: Session, id: UUID) -> Answer:
    """Give a customer the code to hand to friends."""
    codes.of_customer(session, id, at=clock.now())
    return Done(url_for("admin_loyalty.friends", id=id), gettext("This is the code for friends."))
