"""Proof that a card itself was shown, and not only its number: what more than a few points need."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from core import approvals, ids
from core.auth import Actor
from core.errors import ApprovalNeeded
from loyalty.errors import CardProofNeeded
from loyalty.programme import Rules

VALID = timedelta(minutes=10)
ACTION = "card_unproven"
_SALT = "card-proof"


def give(keys: Sequence[str], card_id: UUID, *, to: str, at: datetime) -> str:
    """Return the proof that a card was shown to somebody: a till, or a key.

    Args:
        keys: the secrets that it may have been signed with, the one to sign with coming last.
        card_id: the card.
        to: whom it was shown to; it is worth nothing to anybody else.
        at: the moment, from which it is good for ten minutes.
    """
    until = int((at + VALID).timestamp())
    return str(_serializer(keys).dumps([card_id.hex, to, until]))


def read(keys: Sequence[str], proof: str | None, *, to: str, at: datetime) -> UUID | None:
    """Return the card of which this is a proof, if it is one, for whoever brings it, and fresh."""
    try:
        id, whose, until = _serializer(keys).loads(proof or "")
        found = UUID(hex=id)
    except (BadData, ValueError, TypeError, AttributeError):
        return None
    return found if whose == to and at.timestamp() < until else None


def lacking(
    card_id: UUID | None, proven: UUID | None, points: int, rules: Rules
) -> CardProofNeeded | None:
    """Say that a card must be proven before so many points are spent with it, if so.

    Args:
        card_id: the card; none if a customer was named without one.
        proven: the card of which a proof was brought along.
        points: how many.
        rules: of the points.
    """
    most = rules.printed_points
    if most is None or points <= most or (card_id is not None and card_id == proven):
        return None
    return CardProofNeeded(most=most)


def check(
    session: Session, no: CardProofNeeded, approval: str | None, *,
    customer_id: UUID, points: int, rules: Rules, actor: Actor, at: datetime,
) -> None:  # fmt: skip
    """Let points be spent without a proof if a second person has approved just that.

    Args:
        session: of the transaction.
        no: what ``lacking`` said.
        approval: what a second person has given the till for this, if anything.
        customer_id: whose points they are.
        points: how many.
        rules: of the points.
        actor: who spends them for the customer.
        at: the moment.

    Raises:
        CardProofNeeded: nobody has; its facts say what there is to approve.
    """
    try:
        approvals.use(
            session, approval, action=ACTION, subject=f"{ids.public('cu', customer_id)}:{points}",
            amount=rules.worth(points), actor=actor, at=at,
        )  # fmt: skip
    except ApprovalNeeded as needed:
        raise CardProofNeeded(**no.facts, **needed.facts) from None


def _serializer(keys: Sequence[str]) -> URLSafeSerializer:
    return URLSafeSerializer(list(keys), salt=_SALT)
