"""Two customers turn out to be one: what both hold is added up, and both histories stay.

The old cards, links and ids lead to the survivor. It cannot be undone.

Locks: both customers, the coupons that change hands, both accounts; each in the order of ids.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, Connection, bindparam, cast, exists, func, select, update
from sqlalchemy.orm import Session

from core import audit, customers, ids, outbox, own_cards, people
from core.auth import Actor
from core.db import locked, table
from core.errors import WrongState
from core.models import Customer
from coupons.models import Coupon
from loyalty import cards, ledger, moving, stamps, tiers
from loyalty.errors import MergeWithSelf
from loyalty.ledger import Held, Why
from loyalty.models import Account, Entry

_ACCOUNT, _ENTRY = table(Account), table(Entry)
_LATER = table(Entry).alias("later")
_BACK = table(Entry).alias("back")

_REVERSED = (
    select(cast(func.coalesce(func.sum(_BACK.c.points), 0), BigInteger))
    .where(_BACK.c.reverses_id == _ENTRY.c.id)
    .scalar_subquery()
)
_COMING = (
    select(_ENTRY.c.id, _ENTRY.c.points - _REVERSED, _ENTRY.c.due_at, _ENTRY.c.expires_at)
    .where(
        _ENTRY.c.customer_id == bindparam("customer"),
        _ENTRY.c.to_side == "pending",
        ~exists().where(_LATER.c.activates_id == _ENTRY.c.id),
        _ENTRY.c.points > _REVERSED,
    )
    .order_by(_ENTRY.c.due_at, _ENTRY.c.id)
)
_CLOSE = (
    update(_ACCOUNT)
    .where(_ACCOUNT.c.customer_id == bindparam("merged"))
    .values(merged_into_id=bindparam("survivor"))
)
_FOLLOW = (
    update(_ACCOUNT)
    .where(_ACCOUNT.c.merged_into_id == bindparam("merged"))
    .values(merged_into_id=bindparam("survivor"))
)


def merge(
    session: Session, merged_id: UUID, survivor_id: UUID, *, actor: Actor, at: datetime
) -> Customer:
    """Let one customer be another one from now on; return the survivor.

    Raises:
        NotFound: there is no such customer.
        MergeWithSelf: they are one and the same.
        WrongState: one of them is blocked, was forgotten, or was merged before.
        OwnCard: one of them is the staff member who acts.
    """
    if merged_id == survivor_id:
        raise MergeWithSelf
    both = {id: customers.find(session, id, lock=True) for id in sorted((merged_id, survivor_id))}
    connection = session.connection()
    for one in both.values():
        if one.state != "active":
            raise WrongState(state=one.state)
        cards.check_not_own(connection, one.id, actor.staff_id)
    merged, survivor = both[merged_id], both[survivor_id]
    coupons = _hand_over_coupons(session, merged.id, survivor.id)
    held = moving.lock(connection, both, at=at)
    before = _told(held[survivor.id])
    why = Why(at, str(actor), source=f"merge:{merged.id.hex}")
    _add_up(connection, held[merged.id], held[survivor.id], why=why)
    tiers.merge(connection, merged.id, survivor.id, actor=str(actor), at=at)
    stamps.merge(connection, merged.id, survivor.id)
    for closing in (_CLOSE, _FOLLOW):
        connection.execute(closing, {"merged": merged.id, "survivor": survivor.id})
    customers.merge(session, merged, survivor)
    people.merge(session, merged, survivor, at=at)
    own_cards.relink(session, merged.id, survivor.id, actor=actor, at=at)
    name, other = ids.public("cu", survivor.id), ids.public("cu", merged.id)
    gone = {"into": name, "coupons": coupons}
    audit.record(session, actor, "customer.merged", other, old={}, new=gone, at=at)
    now = _told(held[survivor.id]) | {"merged": other, "coupons": coupons}
    audit.record(session, actor, "customer.merged", name, old=before, new=now, at=at)
    outbox.put(
        session, "customer.merged", {"merged": merged.id.hex, "survivor": survivor.id.hex}, at=at
    )
    session.flush()
    return survivor


def _hand_over_coupons(session: Session, merged_id: UUID, survivor_id: UUID) -> int:
    """Make the personal coupons of one customer another one's; return how many there were."""
    rows = select(Coupon).where(Coupon.customer_id == merged_id).order_by(Coupon.id)
    found = list(session.scalars(locked(rows)))
    for coupon in found:
        coupon.customer_id = survivor_id
    session.flush()
    return len(found)


def _add_up(connection: Connection, merged: Held, survivor: Held, *, why: Why) -> None:
    """Book everything over: what is spendable lot by lot, what is pending with its day, a debt."""
    if merged.available:
        moving.carry(connection, merged, survivor, merged.available, why=why)
    if merged.pending:
        _carry_pending(connection, merged, survivor, why=why)
    if owed := merged.debt:
        ledger.post(connection, merged, "transfer", owed, sides=("world", "debt"), why=why)
        moving.charge(connection, survivor, owed, why=why)
    if merged.active_at:
        ledger.touch(connection, survivor, merged.active_at)


def _carry_pending(connection: Connection, merged: Held, survivor: Held, *, why: Why) -> None:
    """Move what is not spendable yet, with the day on which it will be.

    Both lines name the one that earned it, so that they are found when that is undone.
    """
    for id, left, due_at, expires_at in connection.execute(
        _COMING, {"customer": merged.customer_id}
    ).all():
        points = int(left)
        ledger.post(
            connection, merged, "transfer", points, sides=("pending", "world"), why=why,
            activates_id=id,
        )  # fmt: skip
        ledger.post(
            connection, survivor, "transfer", points, sides=("world", "pending"), why=why,
            activates_id=id, due_at=due_at, expires_at=expires_at,
        )  # fmt: skip


def _told(account: Held) -> dict[str, int]:
    return {
        "available": account.available, "pending": account.pending, "debt": account.debt,
    }  # fmt: skip
