"""The card on the customer's own screen: put it there by a link, show it, take it off."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reply

from core import clock, i18n, ids, people, web
from core.models import Customer
from coupons import issuing, qr, wallet, wording
from coupons.wallet import Judged
from loyalty import cards, expiry, links, programme, scenes, statement
from loyalty.portal import visitor
from loyalty.portal.visitor import blueprint
from loyalty.referrals import rewards

BOOKINGS = 8
"""How many of the last bookings are shown."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A coupon as it is shown to whoever holds it."""

    benefit: str
    name: str
    conditions: list[str]
    ends_at: datetime | None
    code: str
    picture: Markup


@blueprint.get("/")
@web.public
def home() -> ResponseReturnValue:
    """Lead whoever types the bare address to their card."""
    return redirect(url_for(".show"), code=HTTPStatus.SEE_OTHER)


@blueprint.get("/me")
@web.public
def show() -> ResponseReturnValue:
    """Show the card on this device with what it holds, or how to get it here."""
    if customer := web.database().look(visitor.customer):
        rewards.catch_up(web.database(), customer.id, at=clock.now())
    return web.database().look(_shown)


def _shown(db: Session) -> ResponseReturnValue:
    customer = visitor.customer(db)
    if customer is None:
        return visitor.forget(make_response(render_template("me/no_card.html")))
    return render_template("me/card.html", **_held(db, customer, at=clock.now()))


def _held(db: Session, customer: Customer, *, at: datetime) -> dict[str, Any]:
    connection = db.connection()
    card = cards.live(db, customer.id)
    rules = programme.rules(connection)
    balance = expiry.balance(connection, customer.id, at=at)
    return {
        "person": people.find(db, customer),
        "is_blocked": card.state != "active" or customer.state != "active",
        "number": ids.grouped(card.number),
        "picture": picture(card.number),
        "programme": i18n.named(rules.name),
        "balance": balance,
        "worth": rules.worth(balance.available),
        "coupons": [
            shown(one)
            for one in wallet.usable(connection, scenes.scene(connection, customer.id, at=at))
        ],
        "lines": statement.last(connection, customer.id, most=BOOKINGS),
        "consents": people.consents(db, customer),
        "now": at,
    }


def shown(one: Judged) -> Shown:
    """Return a coupon in words, with its picture."""
    terms = one.terms
    return Shown(
        benefit=wording.benefit(terms.benefit_terms),
        name=i18n.named(terms.name),
        conditions=wording.conditions(
            terms.benefit_terms, terms.conditions, terms.per_customer, one.coupon.per_customer
        ),
        ends_at=one.ends_at,
        code=one.coupon.label or ids.grouped(one.coupon.code),
        picture=picture(one.coupon.code),
    )


def picture(code: str) -> Markup:
    """Return a code as a picture to stand in the page, so that it is there once the page is."""
    text = issuing.address(web.config().base_url, code)
    return Markup(qr.svg(text, ec="M"))  # noqa: S704  # it is made of digits and our own words


@blueprint.get("/me/<token>")
@web.public
@web.reading
def open_link(db: Session, token: str) -> ResponseReturnValue:
    """Put the card of a link on this device; ask first if another one is there."""
    owner = links.find(db, links.keys(web.config()), token)
    if owner is None:
        return render_template("me/no_card.html", is_dead=True), HTTPStatus.NOT_FOUND
    present = visitor.customer(db)
    if present is not None and present.id != owner.id:
        return render_template("me/switch.html", token=token)
    return visitor.remember(_to_card(), owner)


@blueprint.post("/me/<token>")
@web.public
@web.reading
def switch(db: Session, token: str) -> ResponseReturnValue:
    """Put the card of a link on this device in place of the one that is there."""
    owner = links.find(db, links.keys(web.config()), token)
    if owner is None:
        return render_template("me/no_card.html", is_dead=True), HTTPStatus.NOT_FOUND
    return visitor.remember(_to_card(), owner)


@blueprint.post("/me/sign-off")
@web.public
def sign_off() -> ResponseReturnValue:
    """Take the card off this device; it stays valid everywhere else."""
    visitor.end_forms()
    return visitor.forget(_to_card())


def _to_card() -> Reply:
    return redirect(url_for("me.show"), 303)
