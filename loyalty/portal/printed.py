"""What a customer's own phone opens from a printed code."""

from datetime import datetime
from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, ids, throttle, web
from core.throttle import Limit
from coupons import codes, responses, wallet
from coupons.errors import CodeNotFound, CouponRefusal
from coupons.wallet import Judged
from loyalty import cards, scenes
from loyalty.errors import CardBlocked, CardNotFound, CardReplaced, CustomerBlocked
from loyalty.portal import visitor
from loyalty.portal.card import shown
from loyalty.portal.visitor import blueprint


@blueprint.get("/c/<code>")
@blueprint.get("/C/<code>")
@web.public
def printed(code: str) -> ResponseReturnValue:
    """Show what a printed code is good for.

    Whatever cannot be used gets one answer: from outside, a code that is unknown, used, expired or
    on hold looks the same. What it really was is for the report.
    """
    text, at = ids.normalise(code), clock.now()
    try:
        return _card(text, at=at) if ids.is_number(text) else _coupon(text, at=at)
    except (CardNotFound, CodeNotFound):
        web.database().transact(lambda db: throttle.fail(db, _guesses(), at=at))
    except (CardBlocked, CardReplaced, CustomerBlocked, CouponRefusal):
        pass
    return render_template("me/no_offer.html"), HTTPStatus.NOT_FOUND


def _card(number: str, *, at: datetime) -> ResponseReturnValue:
    """Say that this is a card and what to do with it, and nothing of whose it is."""

    def look(db: Session) -> None:
        throttle.check(db, _guesses(), at=at)
        cards.accept(db.connection(), number, staff_id=None)

    web.database().look(look)
    return render_template("me/found_card.html")


def _coupon(code: str, *, at: datetime) -> ResponseReturnValue:
    """Show the offer, and record that somebody came by its code.

    Raises:
        TooManyAttempts: too many codes were guessed.
        CodeNotFound: there is none.
        CouponRefusal: it cannot be used now.
    """

    def look(db: Session) -> tuple[Judged, bool]:
        throttle.check(db, _guesses(), at=at)
        connection, customer = db.connection(), visitor.customer(db)
        coupon = codes.one(connection, code)
        customer_id = customer.id if customer else None
        return wallet.judge(connection, [coupon], scenes.scene(connection, customer_id, at=at))[0], customer is not None

    found, has_card = web.database().look(look)
    if _is_scan():
        web.database().transact(
            lambda db: responses.scanned(db.connection(), found.coupon, found.refusal, at=at)
        )
    if found.refusal:
        raise found.refusal
    return render_template(
        "me/offer.html", it=shown(found), code=found.coupon.code, has_card=has_card
    )


def _is_scan() -> bool:
    """Tell whether a person opened this: no browser ahead of one, no way back on our pages."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    back = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return request.method == "GET" and not ahead and not back


def _guesses() -> dict[str, Limit]:
    """Return under which names wrong codes are counted: the address, and everybody outside.

    Apart from those of the tills: no stranger can shut them.
    """
    return {
        throttle.subject("code", web.address()): throttle.CODE,
        throttle.subject("code", "outside"): throttle.CODE_MERCHANT,
    }
