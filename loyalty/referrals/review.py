"""Somebody looks twice: a referral that seems odd is approved or rejected, by who is not in it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked, table
from core.errors import NotFound, WrongState
from coupons.models import Purchase
from loyalty import ledger
from loyalty.errors import OwnCard, ReviewByAnother
from loyalty.models import Referral
from loyalty.referrals import qualifying, suspicion
from loyalty.referrals import scheme as schemes
from loyalty.referrals.qualifying import Bought

_SERVED = select(table(Purchase).c.staff_id).where(table(Purchase).c.id == bindparam("purchase"))


def approve(session: Session, id: UUID, reason: str, *, actor: Actor, at: datetime) -> Referral:
    """Let a referral go on: it qualifies if the friend has bought, else it waits for that.

    The hold counts from the purchase. Beyond the cap only the friend is rewarded.

    Raises:
        NotFound: there is none.
        WrongState: it is not in review.
        ReviewByAnother: the actor served the friend.
        OwnCard: the actor is the referrer or the friend.
    """
    referral = _open(session, id, actor=actor)
    referral.decided_by = str(actor)
    if referral.purchase_id is None:
        referral.state = "attributed" if referral.expires_at > at else "expired"
        referral.ended_at = None if referral.expires_at > at else at
    session.flush()
    if referral.purchase_id is not None:
        _qualify(session, referral, actor)
    _audit(session, referral, "referral.approved", reason, actor=actor, at=at)
    return referral


def reject(session: Session, id: UUID, reason: str, *, actor: Actor, at: datetime) -> Referral:
    """End a referral in review: nobody gets anything for it.

    Raises:
        NotFound, WrongState, ReviewByAnother, OwnCard: as ``approve`` says.
    """
    referral = _open(session, id, actor=actor)
    referral.state, referral.ended_at, referral.decided_by = "rejected", at, str(actor)
    _audit(session, referral, "referral.rejected", reason, actor=actor, at=at)
    session.flush()
    return referral


def _open(session: Session, id: UUID, *, actor: Actor) -> Referral:
    """Lock the friend's account and the referral, and return it if it waits and the actor may."""
    connection = session.connection()
    found = session.get(Referral, id)
    if found is None:
        raise NotFound(what="referral")
    ledger.lock(connection, found.referee_id)
    referral = session.scalars(locked(select(Referral).where(Referral.id == id))).one()
    if referral.state != "review":
        raise WrongState(state=referral.state)
    _check_another(connection, referral, actor)
    return referral


def _check_another(connection: Connection, referral: Referral, actor: Actor) -> None:
    if actor.staff_id is None:
        return
    served = connection.execute(_SERVED, {"purchase": referral.purchase_id}).scalar()
    if served == actor.staff_id:
        raise ReviewByAnother
    for customer_id in (referral.referrer_id, referral.referee_id):
        if suspicion.owns_card(connection, actor, customer_id):
            raise OwnCard


def _qualify(session: Session, referral: Any, actor: Actor) -> None:
    connection = session.connection()
    scheme = schemes.read(connection)
    assert scheme is not None  # noqa: S101  # nothing is attributed without one
    bought = Bought(
        referral.purchase_id,
        referral.minimum,
        referral.qualified_at,
        referral.due_at,
        str(actor),
    )
    qualifying.qualify(connection, referral, scheme, bought)
    session.refresh(referral)


def _audit(
    session: Session, referral: Referral, action: str, reason: str, *, actor: Actor, at: datetime
) -> None:
    new = {"state": referral.state, "reason": reason, "reasons": list(referral.reasons)}
    subject = ids.public("rf", referral.id)
    audit.record(session, actor, action, subject, old={"state": "review"}, new=new, at=at)
