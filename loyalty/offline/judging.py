"""Hold a sale that has happened against the books: nothing is refused, but what is odd is said."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core import ids
from core.auth import Actor
from core.db import table
from core.errors import Refusal
from core.models import Lease, Staff
from coupons import codes, conflicts, quoting
from coupons.quoting import Conflict
from loyalty import cards, programme, scenes, settling
from loyalty.cards import Shown
from loyalty.errors import ClockWrong, LeaseOver, ReceiptUsed
from loyalty.offline import passing
from loyalty.order import Happened, Order
from loyalty.preparing import CLOCK_SKEW, Prepared

OLDEST = timedelta(days=31)
"""How old a sale can be that was made under no lease we know."""

_LEASE, _STAFF = table(Lease), table(Staff)
_ISSUED = select(_LEASE.c.id, _LEASE.c.issued_at, _LEASE.c.expires_at).where(
    _LEASE.c.id == bindparam("lease"), _LEASE.c.till_id == bindparam("till")
)
_KNOWN_STAFF = select(_STAFF.c.id).where(_STAFF.c.id == bindparam("staff"))


def judge(
    connection: Connection, order: Order, happened: Happened, *,
    before: UUID | None, actor: Actor, at: datetime,
) -> tuple[Order, Prepared]:  # fmt: skip
    """Look up a sale that has happened, lock its coupons, and decide what it was worth.

    ``before`` is another purchase with the same receipt.

    Returns:
        The order as it can be written down, and all that was looked up for it; its decision is
        what the till did, with a conflict for everything that it should not have done.
    """
    lease = _lease(connection, order, happened)
    happened = replace(
        happened, staff_id=_staff(connection, happened), lease_id=lease.id if lease else None
    )
    order = replace(order, happened=happened)
    rules = programme.rules(connection)
    moment, no = _moment(order, lease, at=at)
    found = [Conflict(no)] if no else []
    used = _used(order, before)
    card: Shown | None = None
    if used:
        found.append(Conflict(used))
        order = replace(order, receipt=None)
    elif order.card:
        card, no = _card(connection, order.card, order=order, actor=actor)
        found += [Conflict(no)] if no else []
    wanted = {code for code, _ in happened.gave}
    coupons = codes.held(connection, sorted(wanted), lock=True)
    scene = scenes.scene(
        connection,
        card.customer_id if card else None,
        basket=order.basket,
        shop_id=order.shop_id,
        rules=rules,
        at=moment,
    )
    decision = quoting.decide(connection, coupons, scene, lock=True)
    if used:
        decision = conflicts.refuse_all(decision, used)
    done = conflicts.as_given(replace(decision, conflicts=tuple(found)), happened.gave)
    against = passing.of_coupons(connection, done, order)
    done = replace(done, conflicts=(*done.conflicts, *against))
    return order, Prepared(rules, card, scene, done, [], moment)


def _lease(connection: Connection, order: Order, happened: Happened) -> Any:
    """Return the lease under which a till went on without a line, if it is its own."""
    values = {"lease": happened.lease_id, "till": order.till_id}
    return connection.execute(_ISSUED, values).one_or_none() if happened.lease_id else None


def _staff(connection: Connection, happened: Happened) -> Any:
    """Return who served, if we know them."""
    if happened.staff_id is None:
        return None
    return connection.execute(_KNOWN_STAFF, {"staff": happened.staff_id}).scalar()


def _moment(order: Order, lease: Any, *, at: datetime) -> tuple[datetime, Refusal | None]:
    """Return when a sale was made, as far as the till's clock is to be believed, and what is odd.

    It was made before now, and after the till had heard the rules that it names; where it was
    not, the clock was wrong and the moment of writing it down counts.
    """
    said = order.occurred_at or at
    earliest = lease.issued_at - CLOCK_SKEW if lease else at - OLDEST
    if not earliest <= said <= at + CLOCK_SKEW:
        return at, ClockWrong(said=said)
    over = lease is None or said > lease.expires_at
    return said, LeaseOver() if over else None


def _used(order: Order, before: UUID | None) -> Refusal | None:
    if before is None:
        return None
    return ReceiptUsed(receipt=order.receipt, purchase=ids.public("pu", before))


def _card(
    connection: Connection, number: str, *, order: Order, actor: Actor
) -> tuple[Shown | None, Refusal | None]:
    """Return a card that could be served, or why it could not.

    It must be neither that of whoever is said to have served nor that of whoever says so.
    """
    try:
        card = cards.accept(connection, number, staff_id=settling.served_by(order, actor))
        cards.check_not_own(connection, card.customer_id, actor.staff_id)
    except Refusal as no:
        no.facts["card"] = ids.masked(ids.normalise(number))
        return None, no
    return card, None
