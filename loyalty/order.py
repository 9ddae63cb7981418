"""What the till wants to settle, and what it came to. Money in minor units, points whole."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core import ids
from coupons.basket import Basket
from coupons.codes import Held
from coupons.quoting import Refused
from loyalty.cards import Shown


@dataclass(frozen=True, slots=True)
class Order:
    """What the till wants to settle.

    Attributes:
        codes: as they were scanned or typed, in the order of the request.
        skip_refused: settle without the coupons that are refused, instead of not at all.
    """

    shop_id: UUID
    basket: Basket | None = None
    card: str | None = None
    codes: tuple[str, ...] = ()
    spend_points: int = 0
    till_id: UUID | None = None
    receipt: str | None = None
    occurred_at: datetime | None = None
    skip_refused: bool = False


@dataclass(slots=True)
class Outcome:
    """What a purchase came to, or would come to. Money in minor units, points whole."""

    basket_total: int
    discount: int
    paid_with_points: int
    to_pay: int
    currency: str
    redemptions: list[dict[str, Any]]
    refused: list[Refused]
    points: dict[str, int]
    order: Order
    card: Shown | None
    unknown: list[int] = field(default_factory=list)
    id: UUID | None = None

    def index_of(self, coupon: Held) -> int:
        """Return at which place of the request a coupon stood."""
        return [ids.normalise(code) for code in self.order.codes].index(coupon.code)
