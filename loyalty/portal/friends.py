"""Bringing friends: the code to hand on, what both get for it, and what came of it so far."""

from datetime import datetime

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, ids, web
from core.i18n import gettext, show_day
from core.models import Customer
from loyalty.portal import promises, visitor
from loyalty.portal.showing import link, picture
from loyalty.portal.visitor import blueprint
from loyalty.referrals import codes, listing
from loyalty.referrals.listing import Listed
from loyalty.referrals.qualifying import CAPPED
from loyalty.referrals.scheme import Scheme

MOST = 50
"""So many friends are listed, the newest."""


def invitation(db: Session) -> str | None:
    """Return the line that leads to the code, or None where friends cannot be brought now."""
    scheme = codes.active(db.connection())
    return promises.in_short(db, scheme) if scheme else None


@blueprint.get("/me/friends")
@web.public
def friends() -> ResponseReturnValue:
    """Show the code to hand to friends; the first time it is made."""
    customer = web.database().look(_who)
    if customer is None:
        return redirect(url_for("me.show"), 303)
    at = clock.now()
    if web.database().look(lambda db: codes.known(db.connection(), customer.id)) is None:
        web.database().transact(lambda db: codes.of_customer(db, customer.id, at=at))
    return web.database().look(lambda db: _friends(db, customer, at=at))


def _who(db: Session) -> Customer | None:
    """Return who may bring friends: whoever has a good card, while there is a scheme."""
    customer = visitor.customer(db)
    is_on = codes.active(db.connection()) is not None
    return customer if customer and is_on and customer.state == "active" else None


def _friends(db: Session, customer: Customer, *, at: datetime) -> ResponseReturnValue:
    connection = db.connection()
    scheme, code = codes.active(connection), codes.known(connection, customer.id)
    if scheme is None or code is None:
        return redirect(url_for("me.show"), 303)
    brought = listing.brought(db, customer.id, at=at, most=MOST)
    return render_template(
        "me/friends.html",
        code=ids.grouped(code),
        link=link(code),
        picture=picture(code),
        promised=promises.to_referrer(db, scheme),
        invitation=_invitation(db, scheme),
        tally=listing.tally(db, customer.id, at=at),
        friends=[(one.referral.attributed_at, _state(one)) for one in brought],
    )


def _invitation(db: Session, scheme: Scheme) -> str:
    """Return what may be copied into a message to a friend."""
    name = web.merchant().name
    if scheme.friend is None:
        return gettext("Here is an invitation to the customer card of %(shop)s:", shop=name)
    prize = promises.prize(db, scheme.friend)
    return gettext(
        "Here is an invitation to the customer card of %(shop)s. You get %(prize)s:",
        shop=name, prize=prize,
    )  # fmt: skip


def _state(one: Listed) -> str:
    """Return what came of a friend, in words that say nothing of what they bought."""
    referral = one.referral
    if one.state in ("qualified", "rewarded") and CAPPED in referral.reasons:
        return gettext("Has bought; you have reached the limit of rewards")
    if one.state == "attributed":
        return gettext("Pending: may still buy until %(day)s", day=show_day(referral.expires_at))
    if one.state == "qualified":
        return gettext("Has bought; pending until %(day)s", day=show_day(referral.due_at))
    return {
        "review": gettext("Pending: is being checked"),
        "rewarded": gettext("Has bought; you have your reward"),
        "reversed": gettext("Has given the purchase back"),
        "expired": gettext("Has not bought in time"),
        "rejected": gettext("Does not count"),
    }[one.state]
