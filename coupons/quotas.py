"""Limits that span several coupons, or one customer's share: locked, looked at, counted up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, bindparam, select, tuple_, update

from core.db import table, upsert
from core.errors import Refusal
from coupons.codes import Held
from coupons.errors import CustomerLimitReached, OfferUsedUp
from coupons.models import Quota
from coupons.terms import Terms

ALL = UUID(int=0)
"""Stands for every customer together."""

_OF = table(Quota)
_OPEN = upsert(_OF).on_conflict_do_nothing(index_elements=["subject_id", "customer_id"])
_LOOK = (
    select(_OF.c.subject_id, _OF.c.customer_id, (_OF.c.used - _OF.c.voided).label("live"))
    .where(tuple_(_OF.c.subject_id, _OF.c.customer_id).in_(bindparam("names", expanding=True)))
    .order_by(_OF.c.subject_id, _OF.c.customer_id)
)
_LOCK = _LOOK.with_for_update()
_ONE = (_OF.c.subject_id == bindparam("subject")) & (_OF.c.customer_id == bindparam("customer"))
_TAKE = (
    update(_OF)
    .where(_ONE, _OF.c.used - _OF.c.voided < bindparam("most"))
    .values(used=_OF.c.used + 1, cap=bindparam("most"))
    .returning(_OF.c.used)
)
_GIVE_BACK = update(_OF).where(_ONE).values(voided=_OF.c.voided + 1)


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """A limit that one redemption counts against."""

    subject_id: UUID
    customer_id: UUID
    cap: int

    @property
    def name(self) -> tuple[UUID, UUID]:
        """Return what names its row."""
        return self.subject_id, self.customer_id

    def refusal(self) -> Refusal:
        """Return the refusal of whom it stops."""
        return OfferUsedUp() if self.customer_id == ALL else CustomerLimitReached()


def limits(coupon: Held, terms: Terms, customer_id: UUID | None) -> tuple[Limit, ...]:
    """Return the limits a redemption of a coupon by a customer counts against.

    They follow from rows that never change, so a void finds the same ones again.
    """
    found = []
    if terms.overall is not None:
        found.append(Limit(terms.offer_id, ALL, terms.overall))
    if customer_id is not None:
        if terms.per_customer is not None:
            found.append(Limit(terms.offer_id, customer_id, terms.per_customer))
        if coupon.per_customer is not None:
            found.append(Limit(coupon.id, customer_id, coupon.per_customer))
    return tuple(found)


def live(
    connection: Connection, wanted: Iterable[Limit], *, lock: bool = False
) -> dict[tuple[UUID, UUID], int]:
    """Return how much of each limit is taken; to be counted up they are locked first, in order."""
    found = sorted(set(wanted))
    if not found:
        return {}
    if lock:
        rows = [
            {"subject_id": one.subject_id, "customer_id": one.customer_id, "cap": one.cap,
             "used": 0, "voided": 0}
            for one in found
        ]  # fmt: skip
        connection.execute(_OPEN, rows)
    names = [one.name for one in found]
    taken = connection.execute(_LOCK if lock else _LOOK, {"names": names})
    return {(row.subject_id, row.customer_id): row.live for row in taken}


def take(connection: Connection, wanted: Sequence[Limit]) -> None:
    """Count one use against each limit.

    Raises:
        OfferUsedUp, CustomerLimitReached: a limit has been reached; the caller's transaction
            must not be committed.
    """
    for limit in sorted(wanted):
        values = {"subject": limit.subject_id, "customer": limit.customer_id, "most": limit.cap}
        if connection.execute(_TAKE, values).first() is None:
            raise limit.refusal()


def give_back(connection: Connection, given: Sequence[Limit]) -> None:
    """Count one void against each limit: the use is free again, its number is not."""
    for limit in sorted(given):
        connection.execute(_GIVE_BACK, {"subject": limit.subject_id, "customer": limit.customer_id})
