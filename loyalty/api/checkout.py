"""Quote, settle and void: the hot path."""

from typing import Any
from uuid import UUID

from flask import Response, url_for
from sqlalchemy.orm import Session

from core import clock, i18n, idempotency, ids, problems, rest, shops, throttle, web
from core.errors import Refusal
from coupons import wording
from coupons.api.coupons import guarded, guesses
from coupons.errors import CodeNotFound
from loyalty import (
    attempts,
    checkout,
    explaining,
    links,
    messages,
    proofs,
    receipts,
    voiding,
    withheld,
)
from loyalty.errors import CardNotFound, ShopNeeded
from loyalty.order import Order, Outcome
from loyalty.schemas import (
    PurchaseRequest,
    PurchaseSchema,
    QuoteRequest,
    VoidRequest,
    WhySchema,
)

blueprint = rest.blueprint("checkout", "Quote, settle and void a purchase")


def order_of(sent: dict[str, Any]) -> Order:
    """Return the order a request describes; shop and till are the device's own if it has them.

    Raises:
        ShopNeeded: neither the request nor the key says in which shop.
        WrongShop: the request names another shop than the key's or till's.
    """
    shop_id = web.shop_of(sent["shop"])
    if shop_id is None:
        raise ShopNeeded
    return Order(
        shop_id=shop_id,
        till_id=web.actor().till_id or sent["till"],
        card=sent["card"],
        codes=tuple(sent["coupons"]),
        spend_points=sent["spend_points"],
        basket=sent["basket"],
        occurred_at=sent["occurred_at"],
        receipt=sent["receipt"],
        skip_refused=sent["on_refusal"] == "skip",
        approval=web.approval(),
        proven=proven(sent["card_proof"]),
    )


def proven(proof: str | None) -> UUID | None:
    """Return the card that whoever asks has proven to have been shown, if they have."""
    keys = links.keys(web.config())
    return proofs.read(keys, proof, to=web.scope(), at=clock.now()) if proof else None


def shown(outcome: Outcome) -> dict[str, Any]:
    """Return what a purchase came to, or would come to."""
    found: dict[str, Any] = {
        "basket_total": outcome.basket_total,
        "discount": outcome.discount,
        "paid_with_points": outcome.paid_with_points,
        "to_pay": outcome.to_pay,
        "currency": outcome.currency,
        "redemptions": [_redemption(outcome, one) for one in outcome.redemptions],
        "points": outcome.points,
        "refused": [
            _refusal(one.refusal, one.coupon.masked, outcome.index_of(one.coupon))
            for one in outcome.refused
        ],
        "messages": messages.of(outcome),
    }
    for index in outcome.unknown:
        masked = ids.masked(ids.normalise(outcome.order.codes[index]))
        found["refused"].append(_refusal(CodeNotFound(), masked, index))
    return {"id": ids.public("pu", outcome.id)} | found if outcome.id else found


def _why(session: Session, outcome: Outcome, sent: dict[str, Any]) -> dict[str, Any]:
    if not sent["explain"]:
        return {}
    return {"why": explaining.purchase(session.connection(), outcome.why)}


def _redemption(outcome: Outcome, one: dict[str, Any]) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "code": one["coupon"].masked,
        "index": outcome.index_of(one["coupon"]),
        "offer": i18n.named(one["terms"].name),
        "benefit": wording.benefit(one["terms"].benefit_terms),
        "discount": one["given"].discount,
        "points": one["given"].points,
        "lines": one["lines"],
    }
    if one["place"] is not None:
        shown["place"] = one["place"]
    if one["next"]:
        shown["next_coupon"] = {
            "code": ids.grouped(one["next"]),
            "qr": url_for("coupons.qr", code=one["next"], form="svg"),
        }
    return {"id": ids.public("re", one["id"])} | shown if one["id"] else shown


def _refusal(refusal: Refusal, masked: str, index: int) -> dict[str, Any]:
    return {
        "code": refusal.code,
        "detail": i18n.tell(refusal),
        "coupon": masked,
        "index": index,
        "facts": problems.facts(refusal),
    }


@blueprint.post("/quotes")
@web.requires("coupons:redeem")
@blueprint.arguments(QuoteRequest)
@blueprint.response(200, PurchaseSchema)
@guarded(CardNotFound)
def quote(sent: dict[str, Any]) -> dict[str, Any]:
    """Say what a basket would get: discounts by line, points, each refusal. Nothing is written."""
    order, actor, at = order_of(sent), web.actor(), clock.now()

    def look(session: Session) -> tuple[Outcome, dict[str, Any]]:
        shops.find(session, order.shop_id)
        outcome = checkout.quote(session.connection(), order, actor=actor, at=at)
        return outcome, shown(outcome) | _why(session, outcome, sent)

    outcome, shown_ = web.database().look(look)
    if outcome.unknown:
        web.database().transact(lambda session: throttle.fail(session, guesses(), at=at))
    return shown_


@blueprint.post("/purchases")
@web.requires("coupons:redeem")
@blueprint.arguments(PurchaseRequest)
@blueprint.response(201, PurchaseSchema)
@web.takes_approval
@web.takes_key
def settle(sent: dict[str, Any]) -> Response:
    """Settle a purchase: redeem its coupons, spend and earn its points.

    All coupons or none, unless ``on_refusal`` is ``skip``. A refused try changes nothing; that
    it was made is recorded as a response event of its own.
    """
    order, actor, scope = order_of(sent), web.actor(), web.scope()
    key, print_ = web.idempotency_key()
    guessing = guesses() if order.codes or order.card else {}

    def work(session: Session) -> idempotency.Answer:
        def first() -> tuple[int, Any]:
            throttle.check(session, guessing, at=clock.now())
            outcome = checkout.settle(session, order, actor=actor, at=clock.now())
            if outcome.unknown:
                throttle.fail(session, guessing, at=clock.now())
            return 201, shown(outcome) | _why(session, outcome, sent)

        return idempotency.once(session, scope, key, print_, work=first, at=clock.now())

    try:
        return web.answered(web.database().transact(work))
    except Refusal as refusal:
        no = refusal
        if attempts.is_answer(order, no):
            web.database().transact(
                lambda session: _after_refusal(session, order, no, f"{scope}:{key}")
            )
        elif isinstance(no, CardNotFound):
            web.database().transact(
                lambda session: throttle.fail(session, guessing, at=clock.now())
            )
        raise


def _after_refusal(session: Session, order: Order, refusal: Refusal, attempt: str) -> None:
    at = clock.now()
    attempts.record_all(session, order, refusal, attempt=attempt, at=at)
    if isinstance(refusal, CodeNotFound | CardNotFound):
        throttle.fail(session, guesses(), at=at)


@blueprint.get('/purchases/<public("pu"):id>')
@web.requires("purchases:read")
@blueprint.response(200, PurchaseSchema)
@web.reading
def show(session: Session, id: UUID) -> dict[str, Any]:
    """Show a purchase as it was settled, and whether it was undone."""
    actor = web.actor()
    receipts.check_shop(session, id, actor.shop_id)
    return receipts.shown_to(session, id, actor)


@blueprint.get('/purchases/<public("pu"):id>/why')
@web.requires("purchases:read")
@blueprint.response(200, WhySchema)
@web.reading
def why(session: Session, id: UUID) -> dict[str, Any]:
    """Say why: which conditions held, which limits stood where, in which order, how many points.

    What is told was written down with the purchase, so it is the same next year.
    """
    receipts.check_shop(session, id, web.actor().shop_id)
    withheld.check(session, id, web.actor())
    return explaining.purchase(session.connection(), receipts.why(session, id))


@blueprint.post('/purchases/<public("pu"):id>/void')
@web.requires("purchases:void")
@blueprint.arguments(VoidRequest)
@blueprint.response(200, PurchaseSchema)
@web.takes_approval
@web.idempotent
def void(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Undo a purchase: its coupons can be used again, its points are booked back."""
    actor = web.actor()
    receipts.check_shop(session, id, actor.shop_id)
    done = voiding.void(
        session, id, sent["reason"], approval=web.approval(), actor=actor, at=clock.now()
    )
    session.flush()
    found = receipts.shown_to(session, id, actor)
    if "messages" in found:
        found["messages"] = receipts.kept_messages(done.kept)
    return 200, found
