"""Coupons by their code."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Response
from sqlalchemy.orm import Session

from core import clock, i18n, ids, problems, rest, throttle, web
from core.errors import Refusal
from core.models import Shop
from coupons import codes, goods, holds, issuing, places, wallet, wording
from coupons import qr as drawing
from coupons.codes import Held
from coupons.errors import CodeNotFound
from coupons.scene import Scene
from coupons.schemas import CouponSchema, QrQuery
from coupons.terms import Terms

P = ParamSpec("P")
R = TypeVar("R")

blueprint = rest.blueprint("coupons", "Issued rights to an offer, by their code")


def shown(session: Session, coupon: Held) -> dict[str, Any]:
    """Return a coupon, and why whoever asks cannot use it now if they cannot.

    What only the basket or the card will tell is left open.
    """
    connection, at = session.connection(), clock.now()
    held = holds.look(connection, [coupon], till_id=web.actor().till_id, at=at)
    [seen] = wallet.judge(connection, held, _scene(session, at=at))
    offer, refusal = seen.terms, seen.refusal
    return {
        "id": ids.public("co", coupon.id),
        "code": coupon.masked,
        "offer": {"id": ids.public("of", coupon.offer_id), "name": i18n.named(offer.name)},
        "benefit": wording.benefit(offer.benefit_terms),
        "state": coupon.state,
        "use_limit": coupon.use_limit,
        "used": coupon.live,
        "customer": ids.public("cu", coupon.customer_id) if coupon.customer_id else None,
        "usable": refusal is None,
        "reason": _reason(refusal) if refusal else None,
        "early_bird": _early_bird(session, offer),
        "goods": _goods(offer),
    }


def _scene(session: Session, *, at: datetime) -> Scene:
    """Return where and when somebody asks, with neither a card nor a basket."""
    calendar, shop_id = web.merchant().zone, web.actor().shop_id
    zone = session.get_one(Shop, shop_id).zone if shop_id else calendar
    return Scene(None, None, at, zone=zone, calendar=calendar, shop_id=shop_id)


def _goods(offer: Terms) -> dict[str, Any] | None:
    """Return of which goods a till that knows only a total must say the worth."""
    found = goods.of(offer)
    return {"text": found.text, "line": found.line} if found else None


def _early_bird(session: Session, offer: Terms) -> dict[str, Any] | None:
    """Return where an early bird stands now, in figures and in words."""
    at = clock.now()
    found = places.counter(session.connection(), offer, at=at)
    if found is None:
        return None
    return {
        "left": found.left,
        "until": found.until.isoformat() if found.until else None,
        "taken": found.taken,
        "benefit": wording.benefit(found.benefit) if found.benefit else None,
        "text": wording.counter(offer.benefit_terms, found, at=at),
    }


def _reason(refusal: Any) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "detail": i18n.tell(refusal),
        "facts": problems.facts(refusal),
    }


def guesses() -> dict[str, throttle.Limit]:
    """Return under which names wrong codes are counted: the device or key, and the merchant."""
    return {
        throttle.subject("code", web.scope()): throttle.CODE,
        throttle.subject("code", "merchant"): throttle.CODE_MERCHANT,
    }


def guarded(*unknown: type[Refusal]) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Count what a view does not find, and shut the door on who has guessed too often."""

    def decorate(view: Callable[P, R]) -> Callable[P, R]:
        @wraps(view)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            database, guessing, at = web.database(), guesses(), clock.now()
            database.look(lambda session: throttle.check(session, guessing, at=at))
            try:
                return view(*args, **kwargs)
            except unknown:
                database.transact(lambda session: throttle.fail(session, guessing, at=at))
                raise

        return run

    return decorate


@blueprint.get("/coupons/<code>")
@web.requires("coupons:read")
@blueprint.response(200, CouponSchema)
@guarded(CodeNotFound)
@web.reading
def show(session: Session, code: str) -> dict[str, Any]:
    """Show the state of a coupon, its uses, and why it cannot be used now."""
    return shown(session, codes.one(session.connection(), code))


@blueprint.post("/coupons/<code>/<any(freeze, unfreeze, revoke):verb>")
@web.requires("coupons:stop")
@blueprint.response(200, CouponSchema)
@guarded(CodeNotFound)
@web.writing
def move(session: Session, code: str, verb: str) -> dict[str, Any]:
    """Freeze a coupon, open it again, or revoke it for ever."""
    codes.move(session, code, verb, actor=web.actor(), at=clock.now())
    session.flush()
    return shown(session, codes.one(session.connection(), code))


@blueprint.get("/coupons/<code>/qr.<any(svg, png):form>")
@web.requires("coupons:codes")
@blueprint.arguments(QrQuery, location="query")
@blueprint.response(200, description="The picture")
@blueprint.doc(responses={200: {"content": {"image/svg+xml": {}, "image/png": {}}}})
@guarded(CodeNotFound)
@web.reading
def qr(session: Session, sent: dict[str, Any], code: str, form: str) -> Response:
    """Show a code as a picture."""
    connection = session.connection()
    [text] = issuing.addresses(connection, [codes.one(connection, code)], web.config())
    return picture(text, form, **sent)


def picture(text: str, form: str, *, size: int, ec: str) -> Response:
    """Return a QR as an SVG or PNG picture."""
    if form == "png":
        return Response(drawing.png(text, size=size, ec=ec), mimetype="image/png")
    return Response(drawing.svg(text, ec=ec), mimetype="image/svg+xml")
