"""Getting a card by oneself, on one's own phone, with or without saying who one is."""

import json
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session
from wtforms import BooleanField, HiddenField
from wtforms.validators import Length

from core import clock, customers, i18n, idempotency, ids, shops, throttle, web
from core.auth import NOBODY
from core.errors import NotFound
from core.i18n import gettext
from core.models import Customer
from core.pages.posting import show, telling
from core.throttle import Limit
from coupons import codes, responses
from loyalty import cards
from loyalty.portal import device, visitor
from loyalty.portal.person import DetailsForm
from loyalty.portal.visitor import blueprint
from loyalty.referrals import attribution
from loyalty.referrals import codes as friends

JOIN = Limit(30, timedelta(minutes=15))
"""So many cards from one address: a shop's own network serves a queue of people."""


class JoinForm(DetailsForm):
    """The same, with what may be agreed to; nothing is ticked beforehand."""

    messages = BooleanField(lazy_gettext("Send me offers and news"))
    name_at_till = BooleanField(lazy_gettext("Show my name at the till"))
    c = HiddenField(validators=[Length(max=64)])
    shop = HiddenField(validators=[Length(max=64)])
    once = HiddenField(default=ids.new_token)

    def agreed(self) -> list[str]:
        """Return the consents that were given."""
        return [kind for kind in ("messages", "name_at_till") if self[kind].data]


@blueprint.route("/join", methods=["GET", "POST"])
@web.public
def join() -> ResponseReturnValue:
    """Ask what somebody would like to tell, and give them a card."""
    if web.database().look(visitor.customer):
        return redirect(url_for("me.show"), 303)
    asked = {name: request.args.get(name, "")[:64] for name in ("c", "shop")}
    form = JoinForm(**asked)
    if form.validate_on_submit():
        made = web.database().transact(lambda db: _enrol(db, form, at=clock.now()))
        if made:
            customer, came_by = made
            flash(_WELCOME[came_by]())
            return device.keep(visitor.remember(redirect(url_for("me.show"), 303), customer))
    return show("me/join.html", form)


_WELCOME = {
    "coupon": lambda: gettext("Welcome! Show this card at the till, and your coupon with it."),
    "friend": lambda: gettext("Welcome! Your friend's invitation counts from your first purchase."),
    "": lambda: gettext("Welcome! Show this card at the till."),
}
"""What is said to whoever has just joined, by what brought them."""


def _enrol(db: Session, form: JoinForm, *, at: datetime) -> tuple[Customer, str] | None:
    """Return the new customer and what brought them, or None if the form has mistakes.

    A form that was sent twice, by a double tap, gives one card.

    Raises:
        TooManyAttempts: this address has made too many cards lately.
    """
    limits = {throttle.subject("join", web.address()): JOIN}
    throttle.check(db, limits, at=at)

    def work() -> tuple[int, dict[str, object]]:
        customer, came_by = _take_in(db, form, at=at)
        throttle.fail(db, limits, at=at)
        return 201, {"customer": customer.id.hex, "came_by": came_by}

    made = None
    with telling(db, form):
        key = idempotency.require(form.once.data or ids.new_token())
        answer = json.loads(idempotency.once(db, "join", key, "join", work=work, at=at).body)
        made = customers.find(db, UUID(hex=answer["customer"])), answer["came_by"]
    return made  # noqa: RET504  # what is refused in between is told by the form


def _shop(db: Session, text: str) -> UUID | None:
    """Return the shop whose till showed the way here, if one did."""
    with suppress(NotFound):
        return shops.find(db, ids.parse("sh", text)).id
    return None


def _take_in(db: Session, form: JoinForm, *, at: datetime) -> tuple[Customer, str]:
    customer, _ = cards.enrol(
        db,
        person=form.told(),
        consents=form.agreed(),
        locale=i18n.language(),
        shop_id=_shop(db, form.shop.data or ""),
        source="join",
        actor=NOBODY,
        at=at,
    )
    connection, code = db.connection(), form.c.data or ""
    found = codes.held(connection, [ids.normalise(code)])
    for coupon in found:
        responses.joined(connection, coupon, customer.pseudonym, at=at)
    if found:
        return customer, "coupon"
    if friends.is_usable(connection, code):
        device.note(db, customer, at=at)
        if attribution.come_by(db, code, customer, actor=NOBODY, at=at):
            return customer, "friend"
    return customer, ""
