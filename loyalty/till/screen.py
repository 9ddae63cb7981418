"""The one screen of the till, and the pictures on it."""

from flask import Response, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import ids, money, till_rules, web
from coupons import codes, issuing, qr
from coupons.api.coupons import guarded
from coupons.errors import CodeNotFound
from loyalty.till.place import blueprint, place


@blueprint.get("")
@web.requires("till:open")
def show() -> ResponseReturnValue:
    """Show the till to the cashier who is signed on at it."""
    actor = web.actor()
    if actor.till_id is None:
        return redirect(url_for("till.sign_on"), 303)
    merchant = web.merchant()
    return render_template(
        "till/till.html",
        merchant=merchant,
        exponent=money.exponent(merchant.currency),
        cashier=actor.name,
        cashier_id=ids.public("st", actor.id) if actor.id else "",
        lock_minutes=web.database().look(_lock_minutes),
        **place(g.till),
    )


def _lock_minutes(session: Session) -> int:
    return till_rules.find(session.connection()).lock_minutes


@blueprint.get("/codes/<code>.svg")
@web.requires("till:open")
@guarded(CodeNotFound)
@web.reading
def draw(session: Session, code: str) -> Response:
    """Draw a coupon that the till has given, so that the customer can take a picture of it.

    Raises:
        CodeNotFound: there is none; who guesses is stopped, as by a scan.
    """
    connection = session.connection()
    [text] = issuing.addresses(connection, [codes.one(connection, code)], web.config())
    return Response(qr.svg(text, ec="M"), mimetype="image/svg+xml")
