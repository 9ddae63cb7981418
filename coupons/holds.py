"""Holds: a till that has quoted a coupon keeps one use of it for its customer, for two minutes.

A hold ends by the clock alone. It is placed under the lock of its coupon, and whoever has locked
the coupon sees by ``held_until`` whether any can stand; so where none does, none is looked for.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, exists, select, update
from sqlalchemy.orm import Session

from core import approvals, audit, ids
from core.auth import Actor
from core.db import Database, table, upsert
from core.models import Till
from coupons import codes, quoting, terms
from coupons.codes import Elsewhere, Held
from coupons.errors import CodeNotFound
from coupons.models import Coupon, Hold

HELD_FOR = timedelta(minutes=2)

_OF, _COUPON, _TILL = table(Hold), table(Coupon), table(Till)

_STANDING = (
    select(_OF.c.coupon_id, _OF.c.till_id, _TILL.c.label, _OF.c.until)
    .join(_TILL, _TILL.c.id == _OF.c.till_id)
    .where(_OF.c.coupon_id.in_(bindparam("coupons", expanding=True)), _OF.c.until > bindparam("at"))
    .order_by(_OF.c.until, _OF.c.id)
)
_PLACE = upsert(_OF)
_PLACE = _PLACE.on_conflict_do_update(
    index_elements=["coupon_id", "till_id"],
    set_={"at": _PLACE.excluded.at, "until": _PLACE.excluded.until},
)
_MARK = (
    update(_COUPON)
    .where(_COUPON.c.id.in_(bindparam("coupons", expanding=True)))
    .values(held_until=bindparam("until"))
)
_OF_COUPONS = delete(_OF).where(_OF.c.coupon_id.in_(bindparam("coupons", expanding=True)))
_LET_GO = _OF_COUPONS.where(_OF.c.till_id == bindparam("till"))
_DUE = _OF.c.until <= bindparam("at")


def look(
    connection: Connection, coupons: Sequence[Held], *, till_id: UUID | None, at: datetime
) -> list[Held]:
    """Return coupons with the holds that stand on them, as the till sees them.

    Coupons that were locked are told the truth; without a lock it may be different at once.
    """
    wanted = [one.id for one in coupons if one.held_until and one.held_until > at]
    if not wanted:
        return list(coupons)
    here: set[UUID] = set()
    elsewhere: dict[UUID, list[Elsewhere]] = {}
    for coupon, till, label, until in connection.execute(_STANDING, {"coupons": wanted, "at": at}):
        if till == till_id:
            here.add(coupon)
        else:
            elsewhere.setdefault(coupon, []).append(Elsewhere(label, until))
    return [
        replace(
            one, kept_here=one.id in here, kept_elsewhere=tuple(elsewhere.get(one.id, ()))
        )
        for one in coupons
    ]  # fmt: skip


def place(session: Session, wanted: Sequence[str], *, till_id: UUID, at: datetime) -> list[Held]:
    """Keep a use of each coupon for a till, from now on; its own holds begin anew.

    A coupon that may be used without end needs no hold, and gets none. Return what is held.

    Raises:
        CodeNotFound: a code is none of ours.
        CouponHeld: others hold all that is left of a coupon.
        CouponRefusal: a coupon cannot be used now, by anybody.
    """
    connection = session.connection()
    found = look(connection, _find(connection, wanted, lock=True), till_id=till_id, at=at)
    for one in found:
        refusal = quoting.standing(one, terms.of(connection, one.version_id), at)
        if refusal:
            refusal.facts.setdefault("coupon", one.masked)
            raise refusal
    kept = [one for one in found if one.use_limit is not None]
    until = at + HELD_FOR
    if kept:
        rows = [
            {"id": ids.new(), "coupon_id": one.id, "till_id": till_id, "at": at, "until": until}
            for one in kept
        ]
        connection.execute(_PLACE, rows)
        connection.execute(_MARK, {"coupons": [one.id for one in kept], "until": until})
    return [replace(one, held_until=until, kept_here=True) for one in kept]


def release(session: Session, wanted: Sequence[str], *, till_id: UUID) -> None:
    """Let go what a till holds of some coupons; where it holds none, nothing happens.

    Raises:
        CodeNotFound: a code is none of ours.
    """
    connection = session.connection()
    drop(connection, [one.id for one in _find(connection, wanted)], till_id=till_id)


def release_elsewhere(
    session: Session, wanted: Sequence[str], approval: str | None, *, actor: Actor, at: datetime
) -> None:
    """Let go what all tills hold of some coupons: a second person allows it, or does it.

    Raises:
        CodeNotFound: a code is none of ours.
        ApprovalNeeded: the actor may not, and nobody has approved it.
    """
    connection = session.connection()
    found = _find(connection, wanted, lock=True)
    for one in look(connection, found, till_id=actor.till_id, at=at):
        if not one.kept_elsewhere:
            continue
        subject = ids.public("co", one.id)
        if not actor.may(approvals.PERMISSION):
            approvals.use(
                session, approval, action="hold_release", subject=subject, actor=actor, at=at
            )
        old = {"held_at": [other.till for other in one.kept_elsewhere]}
        audit.record(session, actor, "coupon.hold_released", subject, old=old, at=at)
    connection.execute(_OF_COUPONS, {"coupons": [one.id for one in found]})


def drop(connection: Connection, coupons: Sequence[UUID], *, till_id: UUID) -> None:
    """Let go what a till holds of some coupons."""
    connection.execute(_LET_GO, {"coupons": list(coupons), "till": till_id})


def sweep(database: Database, at: datetime) -> None:
    """Delete the holds that have ended; none of them has counted since."""
    due = {"at": at}
    if database.look(lambda s: s.connection().scalar(select(exists().where(_DUE)), due)):
        database.transact(lambda s: s.connection().execute(delete(_OF).where(_DUE), due))


def _find(connection: Connection, wanted: Sequence[str], *, lock: bool = False) -> list[Held]:
    normal = {ids.normalise(code) for code in wanted}
    found = codes.held(connection, sorted(normal), lock=lock)
    if missing := normal - {one.code for one in found}:
        raise CodeNotFound(coupon=ids.masked(min(missing)))
    return found
