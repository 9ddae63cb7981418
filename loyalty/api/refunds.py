"""Give back some of a purchase, and claim the money back under a guarantee."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from flask import Response
from sqlalchemy.orm import Session

from core import clock, idempotency, rest, web
from core.errors import Refusal
from loyalty import guarantees, receipts, refunding, withheld
from loyalty.portions import Part
from loyalty.refunding import Wanted
from loyalty.schemas.refunds import (
    MoneyBackRequest,
    RefundPreview,
    RefundRequest,
    RefundSchema,
)

blueprint = rest.blueprint("refunds", "Give back some of a purchase")


@blueprint.post('/purchases/<public("pu"):id>/refunds')
@web.requires("purchases:refund")
@blueprint.arguments(RefundRequest)
@blueprint.response(201, RefundSchema)
@web.takes_approval
@web.idempotent
def refund(session: Session, sent: dict[str, Any], id: UUID) -> tuple[int, Any]:
    """Give back lines, pieces or an amount of a purchase; all else follows in proportion."""
    _check(session, id)
    wanted = Wanted(tuple(sent.get("lines", ())), sent.get("amount"))
    at = clock.now()
    done = refunding.refund(
        session, id, wanted, sent["reason"], approval=web.approval(), actor=web.actor(), at=at
    )
    session.flush()
    return 201, receipts.refunded(session, done)


@blueprint.post('/purchases/<public("pu"):id>/refunds/preview')
@web.requires("purchases:refund")
@blueprint.arguments(RefundPreview)
@blueprint.response(200, RefundSchema)
@web.writing
def preview(session: Session, sent: dict[str, Any], id: UUID) -> dict[str, Any]:
    """Say what a refund would give back, in money and points; nothing is changed."""
    _check(session, id)
    wanted = Wanted(tuple(sent.get("lines", ())), sent.get("amount"))
    done = refunding.foresee(
        session, id, wanted, approval=web.approval(), actor=web.actor(), at=clock.now()
    )
    found = receipts.refunded(session, done)
    del found["id"], found["reason"]
    return found


@blueprint.post('/purchases/<public("pu"):id>/claims')
@web.requires("purchases:refund")
@blueprint.arguments(MoneyBackRequest)
@blueprint.response(201, RefundSchema)
@web.takes_key
def claim(sent: dict[str, Any], id: UUID) -> Response:
    """Give a line back under its money-back guarantee, for one of the reasons of it.

    A refused try changes nothing; that it was made is recorded as a response event of its own.
    """
    scope, (key, print_) = web.scope(), web.idempotency_key()
    part = Part(sent["line"], sent["quantity"])
    web.database().look(lambda session: _check(session, id))

    def work(session: Session) -> idempotency.Answer:
        def first() -> tuple[int, Any]:
            done = guarantees.claim(
                session, id, part, sent["reason"], actor=web.actor(), at=clock.now()
            )
            session.flush()
            return 201, receipts.refunded(session, done)

        return idempotency.once(session, scope, key, print_, work=first, at=clock.now())

    try:
        return web.answered(web.database().transact(work))
    except Refusal as refusal:
        no = refusal
        if no.status == HTTPStatus.CONFLICT:
            web.database().transact(
                lambda session: guarantees.record_refused(
                    session, id, part.line, no, attempt=f"{scope}:{key}", at=clock.now()
                )
            )
        raise


def _check(session: Session, id: UUID) -> None:
    """Let a purchase through that whoever asks may give some back of.

    Raises:
        NotFound: the shop has none like that.
        AnswerWithheld: it is for the manager.
    """
    receipts.check_shop(session, id, web.actor().shop_id)
    withheld.check(session, id, web.actor())
