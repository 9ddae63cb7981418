"""What a customer's own phone opens from a printed code."""

from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from core import clock, i18n, ids, throttle, web
from coupons import codes, responses, wallet, wording
from coupons.errors import CodeNotFound, CouponRefusal, EarlyBirdSoldOut
from coupons.wallet import Judged
from loyalty import cards, scenes
from loyalty.errors import (
    CardBlank,
    CardBlocked,
    CardNotFound,
    CardReplaced,
    CardWithdrawn,
    CustomerBlocked,
)
from loyalty.portal import promises, visitor
from loyalty.portal.showing import Shown, shown
from loyalty.portal.visitor import blueprint
from loyalty.referrals import codes as friends


@blueprint.get("/c/<code>")
@blueprint.get("/C/<code>")
@web.public
def printed(code: str) -> ResponseReturnValue:
    """Show what a printed code is good for.

    Whatever cannot be used gets one answer: from outside, a code that is unknown, used, expired or
    on hold looks the same. What it really was is for the report. Only of an early bird that is
    sold out it is said, as everybody may see its places go. What can be used at another time is
    shown, with when.
    """
    text, at = ids.normalise(code), clock.now()
    try:
        return _card(text, at=at) or _code(text, at=at)
    except CodeNotFound:
        web.database().transact(lambda db: throttle.fail(db, visitor.guesses(), at=at))
    except (CardBlocked, CardReplaced, CardWithdrawn, CustomerBlocked, CouponRefusal):
        pass
    return render_template("me/no_offer.html"), HTTPStatus.NOT_FOUND


def _card(number: str, *, at: datetime) -> ResponseReturnValue | None:
    """Say that this is a card, if it is, and what to do with it, and nothing of whose it is."""

    def look(db: Session) -> None:
        throttle.check(db, visitor.guesses(), at=at)
        with suppress(CardBlank):
            cards.accept(db.connection(), number, staff_id=None)

    with suppress(CardNotFound):
        web.database().look(look)
        return render_template("me/found_card.html")
    return None


def _code(code: str, *, at: datetime) -> ResponseReturnValue:
    """Show what a code gives that is no card: that of a coupon, else that of a friend.

    Raises:
        TooManyAttempts: too many codes were guessed.
        CodeNotFound: there is none.
        CouponRefusal: it cannot be used, now or later.
    """
    try:
        return _coupon(code, at=at)
    except CodeNotFound:
        return _friend(code)


def _coupon(code: str, *, at: datetime) -> ResponseReturnValue:
    """Show the offer, and record that somebody came by its code."""

    def look(db: Session) -> tuple[Judged, Shown, bool]:
        throttle.check(db, visitor.guesses(), at=at)
        connection, customer = db.connection(), visitor.customer(db)
        coupon = codes.one(connection, code)
        scene = scenes.scene(connection, customer.id if customer else None, at=at)
        [found] = wallet.judge(connection, [coupon], scene)
        return found, shown(connection, found, at=at), customer is not None

    found, it, has_card = web.database().look(look)
    if _is_scan():
        web.database().transact(
            lambda db: responses.scanned(db.connection(), found.coupon, found.refusal, at=at)
        )
    if isinstance(found.refusal, EarlyBirdSoldOut):
        return _sold_out(found)
    if found.refusal and found.is_over:
        raise found.refusal
    return render_template("me/offer.html", it=it, code=found.coupon.code, has_card=has_card)


def _sold_out(found: Judged) -> ResponseReturnValue:
    said = wording.sold_out(found.terms.benefit_terms)
    page = render_template("me/sold_out.html", name=i18n.named(found.terms.name), said=said)
    return page, HTTPStatus.GONE


def _friend(code: str) -> ResponseReturnValue:
    """Show what somebody gets who comes by a friend's code, and nothing of whose it is."""

    def look(db: Session) -> dict[str, Any]:
        connection, customer = db.connection(), visitor.customer(db)
        _, scheme = friends.find(connection, code)
        is_own = customer is not None and friends.known(connection, customer.id) == code
        promised = promises.to_friend(db, scheme)
        return {"promised": promised, "has_card": customer is not None, "is_own": is_own}

    return render_template("me/friend.html", code=code, **web.database().look(look))


def _is_scan() -> bool:
    """Tell whether a person opened this: no browser ahead of one, no way back on our pages."""
    ahead = "prefetch" in request.headers.get("Sec-Purpose", request.headers.get("Purpose", ""))
    back = request.headers.get("Sec-Fetch-Site") == "same-origin"
    return request.method == "GET" and not ahead and not back
