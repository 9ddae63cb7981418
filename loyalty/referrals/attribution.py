"""A new customer came by a friend's code: once in a life, and only somebody new."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, exists, insert, literal, select
from sqlalchemy.orm import Session

from core import ids, outbox
from core.auth import Actor
from core.db import table
from core.errors import Refusal
from core.models import Customer
from coupons import responses
from coupons.models import Purchase
from loyalty import ledger
from loyalty.errors import FriendNotNew, OwnReferral, ReferredAlready
from loyalty.models import Referral
from loyalty.referrals import codes, suspicion
from loyalty.referrals.codes import Holder
from loyalty.referrals.scheme import Scheme

_OF, _PURCHASE = table(Referral), table(Purchase)

_WRITE = insert(_OF)
_REFERRED = select(_OF.c.id).where(_OF.c.referee_id == bindparam("friend"))
_BOUGHT = select(literal(1)).where(exists().where(_PURCHASE.c.customer_id == bindparam("friend")))
_UP = (
    select(_OF.c.referrer_id.label("id"))
    .where(_OF.c.referee_id == bindparam("referrer"))
    .cte("up", recursive=True)
)
_CHAIN = _UP.union(select(_OF.c.referrer_id).join(_UP, _OF.c.referee_id == _UP.c.id))
_CIRCLE = select(_CHAIN.c.id).where(_CHAIN.c.id == bindparam("friend"))


def attribute(
    session: Session, code: str, customer: Customer, *, actor: Actor, at: datetime
) -> UUID:
    """Write down that a new customer came by a friend's code; return the referral's id.

    Where it looks as if nobody new was brought, the referral waits for a review.

    Raises:
        CodeNotFound: the code cannot be used.
        OwnReferral: it is the customer's own, or of somebody they brought themselves.
        FriendNotNew: the customer has bought before, or was here before the referrer.
        ReferredAlready: somebody else brought them.
    """
    connection = session.connection()
    session.flush()
    referrer, scheme = codes.find(connection, code)
    for id in sorted({referrer.id, customer.id}):
        ledger.lock(connection, id)
    _check(connection, referrer, customer)
    reasons = suspicion.reasons(connection, referrer.id, customer.id, actor=actor)
    id = ids.new()
    first, second = sorted((referrer.id, customer.id))
    connection.execute(
        _WRITE,
        {
            "id": id, "referrer_id": referrer.id, "referee_id": customer.id,
            "first_id": first, "second_id": second,
            "state": "review" if reasons else "attributed", "reasons": reasons,
            "attributed_at": at, "expires_at": at + timedelta(days=scheme.within_days),
        },
    )  # fmt: skip
    _respond(connection, scheme, referrer, customer, at=at)
    outbox.put(session, "referral.attributed", {"referral": id.hex}, at=at)
    return id


def come_by(session: Session, code: str, customer: Customer, *, actor: Actor, at: datetime) -> bool:
    """Attribute a customer who joined on their own, if the code is good for it; tell whether.

    They get their card whatever it is.
    """
    try:
        attribute(session, code, customer, actor=actor, at=at)
    except Refusal:
        return False
    return True


def _check(connection: Connection, referrer: Holder, customer: Customer) -> None:
    pair = {"friend": customer.id, "referrer": referrer.id}
    if referrer.id == customer.id or connection.execute(_CIRCLE, pair).first():
        raise OwnReferral
    if connection.execute(_REFERRED, pair).first():
        raise ReferredAlready
    if referrer.enrolled_at >= customer.enrolled_at or connection.execute(_BOUGHT, pair).first():
        raise FriendNotNew


def _respond(
    connection: Connection, scheme: Scheme, referrer: Holder, customer: Customer, *, at: datetime
) -> None:
    """Record both answers, in the channel that the scheme is measured by."""
    if scheme.channel_id:
        for kind, pseudonym in (("referred", referrer.pseudonym), ("joined", customer.pseudonym)):
            responses.by_channel(
                connection, scheme.channel_id, kind=kind, pseudonym=pseudonym, at=at
            )
