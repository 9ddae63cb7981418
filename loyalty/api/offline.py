"""After the line is back: what tills have sold without one, and the conflicts of that."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask import request
from sqlalchemy.orm import Session

from core import clock, idempotency, ids, rest, shops, throttle, web
from core.auth import Actor
from core.errors import (
    DatabaseFull,
    DatabaseGone,
    KeyReused,
    Refusal,
    TillNeeded,
    TooManyAttempts,
)
from coupons import quoting
from coupons.api.coupons import guesses
from coupons.errors import CodeNotFound
from coupons.models import Purchase
from loyalty import receipts, sums, withheld
from loyalty.errors import CardNotFound, ReceiptUsed
from loyalty.offline import recording, review
from loyalty.offline.review import Seen
from loyalty.order import Happened, Order
from loyalty.schemas.offline import (
    CloseRequest,
    ConflictQuery,
    ConflictSchema,
    ConflictsSchema,
    UploadRequest,
    UploadSchema,
)

TRIES = 3
"""How often a sale is tried whose receipt somebody else is just settling."""

GUESSES = (CodeNotFound.code, CardNotFound.code)
"""What counts against those who send sales; a till goes on serving whatever it has sent."""

blueprint = rest.blueprint("offline", "Sales made without a line, and their conflicts")
log = structlog.get_logger()


@blueprint.post("/purchases/offline")
@web.requires("coupons:redeem")
@blueprint.arguments(UploadRequest)
@blueprint.response(200, UploadSchema)
def upload(sent: dict[str, Any]) -> dict[str, Any]:
    """Write down what a till has sold without a line, in order; each under its own key.

    Every sale is recorded, as ``redeemed`` or as ``conflict``, and stands by itself. One that could
    not be written down now is to be sent again (``retry``); one whose key was used for something
    else is ``refused``. A program with a key says for which till.
    """
    actor, till_id, shop_id = web.actor(), *place(sent["till"])
    currency = web.merchant().currency
    for item in sent["items"]:
        if item["basket"]:
            quoting.check_basket(item["basket"], currency)
    found: list[dict[str, Any]] = []
    gone: Refusal | None = None
    for item, written in zip(sent["items"], request.get_json()["items"], strict=True):
        order = Order(
            shop_id=shop_id,
            till_id=till_id,
            basket=item["basket"],
            card=item["card"],
            receipt=item["receipt"],
            spend_points=item["accepted"]["spent_points"],
            occurred_at=item["occurred_at"],
        )
        told, no = _retry(gone), gone
        if gone is None:
            told, no = _take(item["key"], order, _happened(item), written=written, actor=actor)
        gone = no if isinstance(no, DatabaseGone | DatabaseFull) else None
        found.append({"key": item["key"], **told})
    return {"items": found}


def place(given: UUID | None) -> tuple[UUID, UUID]:
    """Return the till that sends, and its shop.

    Raises:
        TillNeeded: it is no till, and does not say for which it sends.
        NotFound: there is no such till.
        WrongShop: it belongs to another shop than the key.
    """
    id = web.actor().till_id or given
    if id is None:
        raise TillNeeded
    till = web.database().look(lambda session: shops.find_till(session, id))
    return till.id, web.shop_of(till.shop_id)


def _happened(item: dict[str, Any]) -> Happened:
    gave = ((ids.normalise(one["code"]), one["discount"]) for one in item["accepted"]["coupons"])
    paid = item["accepted"]["paid_with_points"]
    return Happened(tuple(gave), item["cashier"], item["lease"], paid)


def _take(
    key: str, order: Order, happened: Happened, *, written: Any, actor: Actor
) -> tuple[dict[str, Any], Refusal | None]:
    """Write one sale down, whatever happens to the others; say what came of it."""
    print_ = idempotency.fingerprint("POST", request.path, written)

    def work(session: Session) -> idempotency.Answer:
        def first() -> tuple[int, Any]:
            return 200, _record(session, order, happened, actor=actor)

        return idempotency.once(session, web.scope(), key, print_, work=first, at=clock.now())

    try:
        answer = _patiently(work)
    except KeyReused as no:
        return {"outcome": "refused", "code": "key_reused"}, no
    except Refusal as no:
        return _retry(no), no
    except Exception as bug:
        log.exception("bug", route=str(request.url_rule), kind=type(bug).__name__)
        return _retry(None), None
    told = json.loads(answer.body)
    return told | {"replayed": answer.replayed or told["replayed"]}, None


def _patiently(work: Callable[[Session], idempotency.Answer]) -> idempotency.Answer:
    """Do it again if somebody else was settling the same receipt; then it is there to be seen."""
    for _ in range(TRIES - 1):
        with suppress(ReceiptUsed):
            return web.database().transact(work)
    return web.database().transact(work)


def _retry(no: Refusal | None) -> dict[str, Any]:
    return {"outcome": "retry", "code": no.code if no else "internal_error"}


def _record(session: Session, order: Order, happened: Happened, *, actor: Actor) -> dict[str, Any]:
    at = clock.now()
    is_guessed = bool(order.card or happened.gave) and _is_guessing(session, at=at)
    happened = replace(happened, withheld=is_guessed)
    done = recording.record(session, order, happened, actor=actor, at=at)
    session.flush()
    seen = review.of_purchase(session, done.purchase_id)
    if any(one.conflict.code in GUESSES for one in seen):
        throttle.fail(session, _sent(), at=at)
    purchase = session.get_one(Purchase, done.purchase_id)
    if is_guessed or withheld.of(purchase, actor):
        return {
            "outcome": "conflict",
            "replayed": done.known,
            "purchase": {"id": ids.public("pu", purchase.id), **_as_told(order, happened)},
            "conflicts": [withheld.conflict()],
        }
    return {
        "outcome": "conflict" if seen else "redeemed",
        "replayed": done.known,
        "purchase": {
            "id": ids.public("pu", purchase.id),
            **{name: getattr(purchase, name) for name in _SHORT},
            "points": sums.earned_and_spent(session.connection(), purchase.id),
        },
        "conflicts": [receipts.told(one) for one in seen],
    }


_SHORT = ("basket_total", "discount", "paid_with_points", "to_pay", "currency")


def _sent() -> dict[str, throttle.Limit]:
    """Return under which name unknown codes and cards are counted that came with sales."""
    return {throttle.subject("sent", web.scope()): throttle.CODE}


def _is_guessing(session: Session, *, at: datetime) -> bool:
    """Tell whether so many codes were wrong, sent or scanned, that no more is said of any."""
    try:
        throttle.check(session, guesses() | _sent(), at=at)
    except TooManyAttempts:
        return True
    return False


def _as_told(order: Order, happened: Happened) -> dict[str, Any]:
    total = order.basket.total if order.basket else 0
    off = sum(amount for _, amount in happened.gave)
    return {
        "basket_total": total,
        "discount": off,
        "paid_with_points": happened.paid,
        "to_pay": total - off - happened.paid,
    }


def shown(one: Seen) -> dict[str, Any]:
    """Return a conflict as the API shows it."""
    found, purchase = one.conflict, one.purchase
    told = {name: getattr(found, name) for name in _SAME}
    return told | {
        "detail": one.detail,
        "cost": one.cost,
        "coupon": one.coupon,
        "currency": purchase.currency,
        "purchase": purchase.id,
        "occurred_at": purchase.occurred_at,
        "shop": purchase.shop_id,
        "till": purchase.till_id,
        "undone": purchase.voided_at is not None,
        "state": one.state,
    }


_SAME = ("id", "at", "code", "facts", "closed_at", "closed_by", "note")


@blueprint.get("/conflicts")
@web.requires("conflicts:read")
@blueprint.arguments(ConflictQuery, location="query")
@blueprint.response(200, ConflictsSchema)
@web.reading
def list_conflicts(session: Session, sent: dict[str, Any]) -> dict[str, Any]:
    """List what tills did without a line and should not have, newest first, and what it cost."""
    shop_id = web.actor().shop_id
    found, cursor = review.listed(session, **sent, shop_id=shop_id)
    total = review.total(session, state=sent.get("state"), shop_id=shop_id)
    return {
        "items": [shown(one) for one in found],
        "next_cursor": cursor,
        "totals": {"count": total.count, "cost": total.cost},
    }


@blueprint.get('/conflicts/<public("cf"):id>')
@web.requires("conflicts:read")
@blueprint.response(200, ConflictSchema)
@web.reading
def show_conflict(session: Session, id: UUID) -> dict[str, Any]:
    """Show one of them."""
    return shown(review.one(session, id, shop_id=web.actor().shop_id))


@blueprint.post('/conflicts/<public("cf"):id>/close')
@web.requires("conflicts:close")
@blueprint.arguments(CloseRequest)
@blueprint.response(200, ConflictSchema)
@web.repeatable
def close(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Note that somebody has seen to it, and what came of it."""
    actor = web.actor()
    done = review.close(
        session, id, sent["note"], shop_id=actor.shop_id, actor=actor, at=clock.now()
    )
    return 200, ConflictSchema().dump(shown(done))
