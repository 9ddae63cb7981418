"""The rungs of the ladder as the owner sets them. No change of them takes a tier from anybody.

Before the ladder changes, every date that is due is decided by the ladder as it was; whoever holds
a tier then holds it until their own date.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked
from core.errors import N_, AlreadyExists, InvalidRequest, NotFound, WrongState
from loyalty import programme
from loyalty.models import Tier
from loyalty.tiers import reading

FIELDS = ("name", "rank", "entry", "renewal", "perks")


def listed(session: Session) -> Sequence[Tier]:
    """Return the tiers there are and were, the highest first."""
    return session.scalars(select(Tier).order_by(Tier.state, Tier.rank.desc(), Tier.id)).all()


def known(session: Session, keys: Sequence[str]) -> set[str]:
    """Return which of some keys are of a tier that there is or was."""
    return set(session.scalars(select(Tier.key).where(Tier.key.in_(keys))))


def find(session: Session, id: UUID, *, lock: bool = False) -> Tier:
    """Return a tier.

    Raises:
        NotFound: there is none.
    """
    rows = select(Tier).where(Tier.id == id)
    found = session.scalar(locked(rows) if lock else rows)
    if found is None:
        raise NotFound(what="tier")
    return found


def decide_due(session: Session, *, at: datetime) -> None:
    """Decide every date that is due by the ladder as it is, before it changes."""
    connection = session.connection()
    while found := reading.due_customers(connection, at=at):
        for customer_id in found:
            reading.write_due(connection, customer_id, at=at)


def add(session: Session, *, key: str, actor: Actor, at: datetime, **given: Any) -> Tier:
    """Add a tier to the ladder; ``given`` are its fields.

    Raises:
        AlreadyExists: there is or was one with this key, or one of this rank.
        InvalidRequest: its entry is not between those of the tiers below and above.
    """
    _change_alone(session, at=at)
    if session.scalar(select(Tier.id).where(Tier.key == key)):
        raise AlreadyExists(field="key")
    made = Tier(key=key, **{name: given[name] for name in FIELDS}, created_at=at)
    _check(session, made)
    session.add(made)
    session.flush()
    subject = ids.public("tr", made.id)
    audit.record(session, actor, "tier.added", subject, new={"key": key} | given, at=at)
    return made


def change(
    session: Session, id: UUID, changes: dict[str, Any], *, actor: Actor, at: datetime
) -> Tier:
    """Change a tier of the ladder; who holds it keeps it until their own date.

    Raises:
        NotFound: there is none.
        WrongState: it has ended.
        AlreadyExists: there is another of this rank.
        InvalidRequest: its entry is not between those of the tiers below and above.
    """
    _change_alone(session, at=at)
    found = find(session, id, lock=True)
    if found.state != "active":
        raise WrongState(state=found.state)
    old = {name: getattr(found, name) for name in changes}
    with session.no_autoflush:
        for name, value in changes.items():
            setattr(found, name, value)
        _check(session, found)
    session.flush()
    subject = ids.public("tr", id)
    audit.record(session, actor, "tier.changed", subject, old=old, new=changes, at=at)
    return found


def end(session: Session, id: UUID, *, actor: Actor, at: datetime) -> Tier:
    """Take a tier out of the ladder: nobody reaches it any more, its holders keep it to the end.

    Raises:
        NotFound: there is none.
        WrongState: it has ended already.
    """
    _change_alone(session, at=at)
    found = find(session, id, lock=True)
    if found.state != "active":
        raise WrongState(state=found.state)
    found.state = "ended"
    audit.record(session, actor, "tier.ended", ids.public("tr", id), at=at)
    return found


def _change_alone(session: Session, *, at: datetime) -> None:
    """Let one change of the ladder come after the other."""
    programme.find(session, lock=True)
    decide_due(session, at=at)


def _check(session: Session, wanted: Tier) -> None:
    """Let a tier through that fits into the ladder: a higher rank asks for more.

    Raises:
        AlreadyExists: there is another of this rank.
        InvalidRequest: it asks for less than a lower one, or as much; or for more to renew it
            than to reach it.
    """
    if wanted.renewal > wanted.entry:
        raise InvalidRequest({"renewal": [N_("Must not be more than the entry.")]})
    rows = select(Tier).where(Tier.state == "active")
    for other in session.scalars(rows):
        if other is wanted:
            continue
        if other.rank == wanted.rank:
            raise AlreadyExists(field="rank")
        if (other.rank < wanted.rank) != (other.entry < wanted.entry) or (
            other.entry == wanted.entry
        ):
            raise InvalidRequest({"entry": [N_("A higher rank must ask for more.")]})
