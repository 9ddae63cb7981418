"""The statement of an account: what its owner is shown of the bookings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, case, select

from core.db import table
from core.models import Shop
from coupons.models import Purchase
from loyalty.models import Entry

_ENTRY, _PURCHASE, _SHOP = table(Entry), table(Purchase), table(Shop)
_HELD = ("pending", "available", "debt")
"""The sides whose sum is what a customer holds; a booking between two of them changes nothing."""

_CHANGE = case((_ENTRY.c.to_side.in_(_HELD), _ENTRY.c.points), else_=-_ENTRY.c.points)
_LAST = (
    select(_ENTRY.c.at, _ENTRY.c.kind, _CHANGE, _ENTRY.c.due_at, _SHOP.c.name, _ENTRY.c.source)
    .outerjoin(_PURCHASE, _PURCHASE.c.id == _ENTRY.c.purchase_id)
    .outerjoin(_SHOP, _SHOP.c.id == _PURCHASE.c.shop_id)
    .where(
        _ENTRY.c.customer_id == bindparam("customer"),
        _ENTRY.c.from_side.in_(_HELD) != _ENTRY.c.to_side.in_(_HELD),
    )
    .order_by(_ENTRY.c.at.desc(), _ENTRY.c.id.desc())
    .limit(bindparam("most"))
)


@dataclass(frozen=True, slots=True)
class Line:
    """One booking as its owner sees it.

    Attributes:
        points: by how much it changed what the customer holds.
        due_at: when points that were pending at first become spendable.
        shop: where, if it belongs to a purchase.
        source: what it came from, if from no purchase.
    """

    at: datetime
    kind: str
    points: int
    due_at: datetime | None
    shop: str | None
    source: str | None = None

    @property
    def what(self) -> str:
        """Return the kind of booking, or what it came from where that tells more."""
        origin = (self.source or "").partition(":")[0]
        if self.kind == "transfer" and origin == "transfer":
            return "taken" if self.points > 0 else "given"
        told = {
            ("spend", "claim"),
            ("bonus", "referral"),
            ("bonus", "milestone"),
            ("bonus", "stamps"),
        }
        return origin if (self.kind, origin) in told else self.kind


def last(connection: Connection, customer_id: UUID, *, most: int) -> list[Line]:
    """Return the last bookings of an account, newest first."""
    rows = connection.execute(_LAST, {"customer": customer_id, "most": most})
    return [Line(*row) for row in rows]
