"""Approvals: a second person allows one thing at a till, once, for a few minutes."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, update
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor, hashed, new_token, of_role
from core.db import table
from core.errors import ApprovalNeeded, NotAllowed, OwnApproval, TillNeeded
from core.models import Approval, Staff

ACTIONS = ("void_late", "high_value", "card_unproven", "hold_release")
PERMISSION = "till:approve"
AT_ONCE = 4
"""So many approvals may one request bring: no act needs more of them."""
APPROVED_FOR = timedelta(minutes=5)

_OF = table(Approval)
_USE = (
    update(_OF)
    .where(
        _OF.c.token_hash.in_(bindparam("tokens", expanding=True)),
        _OF.c.till_id == bindparam("till"),
        _OF.c.asked_by_id == bindparam("asker"),
        _OF.c.action == bindparam("what"),
        _OF.c.subject == bindparam("about"),
        _OF.c.used_at.is_(None),
        _OF.c.expires_at > bindparam("now"),
    )
    .values(used_at=bindparam("now"))
    .returning(_OF.c.id, _OF.c.staff_id)
)


@dataclass(frozen=True, slots=True)
class Given:
    """What a second person has allowed: the token that proves it, known to nobody else."""

    token: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Used:
    """An approval that was just used up, and who had given it."""

    id: UUID
    staff_id: UUID


def may_approve(person: Staff) -> bool:
    """Tell whether somebody may be the second person, wherever they have proven who they are."""
    return PERMISSION in of_role(person.role)


def give(
    session: Session, approver: Staff, *, action: str, subject: str, actor: Actor, at: datetime
) -> Given:
    """Allow whoever is signed on at a till one thing; the approver has proven who they are.

    Args:
        session: of the transaction.
        approver: the second person.
        action: one of ``ACTIONS``.
        subject: what it is about, as the refusal named it.
        actor: who asks, at their till.
        at: the moment.

    Raises:
        TillNeeded: the actor is not at a till.
        NotAllowed: the approver may not approve.
        OwnApproval: they ask for it themselves.
    """
    if actor.till_id is None:
        raise TillNeeded
    if not may_approve(approver):
        raise NotAllowed(permission=PERMISSION)
    if approver.id == actor.id:
        raise OwnApproval
    token, token_hash = new_token()
    given = Approval(
        till_id=actor.till_id,
        staff_id=approver.id,
        asked_by_id=actor.id,
        action=action,
        subject=subject,
        token_hash=token_hash,
        at=at,
        expires_at=at + APPROVED_FOR,
    )
    session.add(given)
    session.flush()
    return Given(token, given.expires_at)


def use(
    session: Session, token: str | None, *,
    action: str, subject: str, actor: Actor, at: datetime, amount: int | None = None,
) -> Used:  # fmt: skip
    """Use an approval up, in the transaction of what it allows: undone, it can be used again.

    Args:
        session: of the transaction.
        token: what the request brought, if anything; several are parted by commas.
        action: one of ``ACTIONS``.
        subject: what it is about; an approval of anything else does not count.
        actor: who does it; the approval was given to them, at this till.
        at: the moment.
        amount: what it is worth in minor units, for the second person to see.

    Raises:
        ApprovalNeeded: there is none that is fresh, unused and about this.
    """
    needed = ApprovalNeeded(action=action, subject=subject)
    if amount is not None:
        needed.facts["amount"] = amount
    if not token or actor.till_id is None:
        raise needed
    tokens = [hashed(one.strip()) for one in token.split(",")[:AT_ONCE]]
    wanted = {
        "tokens": tokens, "till": actor.till_id, "asker": actor.id,
        "what": action, "about": subject, "now": at,
    }  # fmt: skip
    row = session.connection().execute(_USE, wanted).first()
    if row is None:
        raise needed
    used = Used(*row)
    new = {"action": action, "about": subject, "by": ids.public("st", used.staff_id)}
    audit.record(session, actor, "approval.used", ids.public("ti", actor.till_id), new=new, at=at)
    return used
