"""Cards by their number, and whatever a scanner has read."""

from contextlib import suppress
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from core import clock, customers, i18n, ids, people, rest, web
from coupons import codes, issuing, wallet, wording
from coupons.api.coupons import guarded, picture
from coupons.api.coupons import shown as coupon_shown
from coupons.errors import CodeNotFound
from coupons.schemas import QrQuery
from loyalty import cards, expiry, links, proofs, scenes, steps, stock, tiers
from loyalty.api.customers import balance_shown
from loyalty.api.referrals import promise_shown
from loyalty.api.stamps import shelf_shown
from loyalty.api.tiers import place_shown
from loyalty.cards import Shown
from loyalty.errors import CardBlank, CardNotFound, CardWithdrawn, PictureOld
from loyalty.referrals import codes as referral_codes
from loyalty.referrals import rewards
from loyalty.schemas import (
    CardSchema,
    CardShownSchema,
    ScanRequest,
    ScanSchema,
    StockQuery,
    StockRequest,
    StockSchema,
    WithdrawRequest,
)

blueprint = rest.blueprint("cards", "What customers show")


def shown(session: Session, card: Shown) -> dict[str, Any]:
    """Return a card with its customer, points, and the coupons it can use now.

    The name is shown at the till only if the customer agreed to that.
    """
    connection, at = session.connection(), clock.now()
    customer = customers.find(session, card.customer_id)
    person = people.find(session, customer)
    named = person and people.agreed(session, customer, "name_at_till")
    usable = [
        {
            "code": ids.grouped(one.coupon.code),
            "offer": i18n.named(one.terms.name),
            "benefit": wording.benefit(one.terms.benefit_terms),
            "state": one.coupon.state,
            "ends_at": one.ends_at.isoformat() if one.ends_at else None,
        }
        for one in wallet.usable(connection, scenes.scene(connection, card.customer_id, at=at))
    ]
    return {
        "card": {"number": card.number, "state": card.state},
        "customer": {
            "id": ids.public("cu", card.customer_id),
            "pseudonym": card.pseudonym,
            "name": person.name if person and named else None,
        },
        "points": balance_shown(expiry.balance(connection, card.customer_id, at=at)),
        "tier": place_shown(tiers.standing(connection, card.customer_id, at=at)),
        "stamps": [
            one | {"name": i18n.named(one["name"])}
            for one in shelf_shown(session, card.customer_id)
        ],
        "coupons": usable,
    }


@blueprint.get("/cards/stock")
@web.requires("cards:write")
@blueprint.response(200, StockSchema)
@web.reading
def show_stock(session: Session) -> dict[str, Any]:
    """Say how many blank cards there are, and which were made together, the latest fifty times."""
    batches = [
        {"made": one.made_at.isoformat(), "blank": one.left} for one in stock.batches(session)
    ]
    return {"blank": stock.count(session), "batches": batches}


@blueprint.post("/cards/stock")
@web.requires("cards:write")
@blueprint.arguments(StockRequest)
@blueprint.response(201, StockSchema)
@web.repeatable
def add_stock(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Make so many blank cards to be printed, or take in those of another system, all or none."""
    actor, at = web.actor(), clock.now()
    if "count" in sent:
        numbers = stock.make(session, sent["count"], actor=actor, at=at)
    else:
        numbers = stock.take_in(session, sent["numbers"], actor=actor, at=at)
    return 201, {"numbers": numbers, "blank": stock.count(session)}


@blueprint.post("/cards/stock/withdraw")
@web.requires("cards:write")
@blueprint.arguments(WithdrawRequest)
@blueprint.response(200, StockSchema)
@web.repeatable
def withdraw_stock(session: Session, sent: dict[str, Any]) -> tuple[int, Any]:
    """Withdraw for good what is still blank of the cards that were made together.

    No till hands them out any more; those that were handed out already stay as they are.
    """
    count = stock.withdraw(session, sent["made"], actor=web.actor(), at=clock.now())
    return 200, {"withdrawn": count, "blank": stock.count(session)}


@blueprint.get("/cards/stock.csv")
@web.requires("cards:write")
@blueprint.arguments(StockQuery, location="query")
@blueprint.response(200, description="The table")
@blueprint.doc(responses={200: {"content": {"text/csv": {}}}})
@web.reading
def stock_table(session: Session, sent: dict[str, Any]) -> Response:
    """Download the blank cards as a table: number, and the address that its QR says."""
    base_url = web.config().base_url
    rows = [
        f"{number},{issuing.address(base_url, number)}\r\n"
        for number in stock.blanks(session, sent["made"])
    ]
    return Response(
        "".join(["number,address\r\n", *rows]),
        mimetype="text/csv",
        headers={"Content-Disposition": 'attachment; filename="cards.csv"'},
    )


@blueprint.get("/cards/<number>")
@web.requires("cards:read")
@blueprint.response(200, CardSchema)
@guarded(CardNotFound)
def show(number: str) -> dict[str, Any]:
    """Show a card: its customer, points, and the coupons it can use now. A blank one has none."""
    give_due(number)

    def look(session: Session) -> dict[str, Any]:
        try:
            return shown(session, cards.find(session.connection(), number))
        except CardBlank as blank:
            return _nobodys(blank, "blank")
        except CardWithdrawn as gone:
            return _nobodys(gone, "withdrawn")

    found = web.database().look(look)
    card_part: dict[str, Any] = found.pop("card")
    return card_part | found


def _nobodys(refusal: CardBlank | CardWithdrawn, state: str) -> dict[str, Any]:
    return {"card": {"number": refusal.facts["number"], "state": state}}


def give_due(number: str) -> None:
    """Give whoever a card belongs to what has become due, before what they have is shown."""
    with suppress(CardNotFound, CardBlank, CardWithdrawn):
        card = web.database().look(lambda session: cards.find(session.connection(), number))
        rewards.catch_up(web.database(), card.customer_id, at=clock.now())


@blueprint.post("/cards/<number>/<any(block, unblock):verb>")
@web.requires("cards:write")
@blueprint.response(200, CardShownSchema)
@guarded(CardNotFound)
@web.writing
def move(session: Session, number: str, verb: str) -> dict[str, Any]:
    """Block a card, or open it again."""
    blocked = verb == "block"
    card = cards.set_blocked(session, number, blocked=blocked, actor=web.actor(), at=clock.now())
    return {"number": card.number, "state": card.state}


@blueprint.get("/cards/<number>/qr.<any(svg, png):form>")
@web.requires("cards:read")
@blueprint.arguments(QrQuery, location="query")
@blueprint.response(200, description="The picture")
@blueprint.doc(responses={200: {"content": {"image/svg+xml": {}, "image/png": {}}}})
@guarded(CardNotFound)
@web.reading
def qr(session: Session, sent: dict[str, Any], number: str, form: str) -> Response:
    """Show the number of a card as a picture."""
    try:
        text = cards.find(session.connection(), number).number
    except CardBlank as blank:
        text = blank.facts["number"]
    return picture(issuing.address(web.config().base_url, text), form, **sent)


@blueprint.post("/scans")
@web.requires("coupons:redeem")
@blueprint.arguments(ScanRequest)
@blueprint.response(200, ScanSchema)
@guarded(CodeNotFound, PictureOld)
def scan(sent: dict[str, Any]) -> dict[str, Any]:
    """Say what a scanned code is and what it can do now; wrong guesses are throttled.

    The changing picture of a card on a phone is taken by one till or key, and answered with a
    ``proof`` that serves them for ten minutes as ``card_proof``.
    """
    text, tail = ids.split(sent["code"])
    proof = _prove(text, tail) if tail and len(tail) == steps.LENGTH else {}
    give_due(text)
    return web.database().look(lambda session: _scan(session, text)) | proof


def _prove(text: str, step: str) -> dict[str, str]:
    """Take the picture of a card, if it is one, and return the proof of it.

    Raises:
        Refusal: the card may not be served, or its picture is old or was taken by somebody else.
    """
    at, config = clock.now(), web.config()

    def take(session: Session) -> UUID:
        connection = session.connection()
        card = cards.accept(connection, text, staff_id=web.actor().staff_id)
        key = steps.key(config.secret_key)
        steps.take(connection, key, card.id, step, by=web.scope(), at=at)
        return card.id

    with suppress(CardNotFound, CardBlank):
        card_id = web.database().transact(take)
        return {"proof": proofs.give(links.keys(config), card_id, to=web.scope(), at=at)}
    return {}


def _scan(session: Session, text: str) -> dict[str, Any]:
    connection = session.connection()
    try:
        card = cards.accept(connection, text, staff_id=web.actor().staff_id)
        return {"kind": "card"} | shown(session, card)
    except CardBlank as blank:
        return {"kind": "blank_card"} | _nobodys(blank, "blank")
    except CardNotFound:
        pass
    if found := codes.held(connection, [text]):
        return {"kind": "coupon", "coupon": coupon_shown(session, found[0])}
    _, scheme = referral_codes.find(connection, text)
    return {"kind": "referral", "referral": promise_shown(session, text, scheme)}
