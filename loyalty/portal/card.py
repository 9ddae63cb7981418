"""The card on the customer's own screen: put it there by a link, show it, take it off."""

from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import Response, make_response, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Reply

from core import clock, i18n, ids, people, web
from core.errors import NotFound
from core.models import Customer
from coupons import wallet
from loyalty import cards, expiry, links, programme, scenes, statement, steps
from loyalty.portal import friends, standing, visitor
from loyalty.portal import rewards as wanted
from loyalty.portal.showing import changing, every
from loyalty.portal.visitor import blueprint
from loyalty.referrals import rewards

BOOKINGS = 8
"""How many of the last bookings are shown."""

WISHES = 3
"""How many rewards are shown beside the card; the others have a page."""


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
    scene = scenes.scene(connection, customer.id, at=at)
    wishes = wanted.wishes(db, customer, at=at)
    return {
        "person": people.find(db, customer),
        "is_blocked": card.state != "active" or customer.state != "active",
        "number": ids.grouped(card.number),
        "picture": changing(card, at=at),
        "left": steps.left(at),
        "standing": standing.standing(db, customer.id, at=at),
        "shelf": list(standing.shelf(db, customer.id, at=at)),
        "coupons": every(connection, wallet.held(connection, scene), at=at),
        "wishes": wishes[:WISHES],
        "more_wishes": len(wishes) > WISHES,
        "invitation": friends.invitation(db),
        "consents": people.consents(db, customer),
        **_points(db, customer, at=at),
    }


def _points(db: Session, customer: Customer, *, at: datetime) -> dict[str, Any]:
    """Return the points: how many, when they go, when more come, and what they came from."""
    connection = db.connection()
    rules = programme.rules(connection)
    held = expiry.holding(connection, customer.id, at=at)
    return {
        "programme": i18n.named(rules.name),
        "balance": held.balance,
        "worth": rules.worth(held.balance.available),
        "schedule": held.schedule,
        "coming": held.coming,
        "may_give": rules.transfers,
        "lines": statement.last(connection, customer.id, most=BOOKINGS),
        "now": at,
    }


@blueprint.get("/me/qr.svg")
@web.public
@web.reading
def turn(db: Session) -> Response:
    """Show the picture of the card on this device that counts now, and say how long it does.

    Raises:
        NotFound: there is no card on this device.
    """
    customer, at = visitor.customer(db), clock.now()
    if customer is None:
        raise NotFound(what="card")
    response = Response(changing(cards.live(db, customer.id), at=at), mimetype="image/svg+xml")
    response.headers["Turns-In"] = f"{steps.left(at):.3f}"
    return response


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
