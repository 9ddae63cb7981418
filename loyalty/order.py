"""What the till wants to settle, and what it came to. Money in minor units, points whole."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from core import ids
from core.auth import Actor
from coupons.basket import Basket
from coupons.codes import Held
from coupons.quoting import Decision
from coupons.stacking import Refused
from loyalty.cards import Shown
from loyalty.earning import Earned
from loyalty.errors import CardProofNeeded


@dataclass(frozen=True, slots=True)
class Happened:
    """That a till has settled a sale without a line: it stands, whatever is thought of it now.

    Attributes:
        gave: codes, each with what was taken off for it, in minor units.
        staff_id: who served, if that is known.
        paid: what was told to be paid with points, in minor units: the customer paid the rest.
        withheld: whoever sends it has guessed codes, and is not told what was wrong with it.
    """

    gave: tuple[tuple[str, int], ...] = ()
    staff_id: UUID | None = None
    lease_id: UUID | None = None
    paid: int = 0
    withheld: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """What the till wants to settle.

    Attributes:
        codes: as they were scanned or typed, in the order of the request.
        skip_refused: settle without the coupons that are refused, instead of not at all.
        approval: what a second person has given the till for this, if it needs one.
        proven: the id of the card that was shown itself, and not only its number.
        happened: it was settled without a line, and only has to be written down.
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
    approval: str | None = None
    proven: UUID | None = None
    happened: Happened | None = None


@dataclass(frozen=True, slots=True)
class Settled:
    """A purchase of a customer that was just settled, for all that follows from it.

    Whatever is given a Settled is called under the lock of the customer's account.

    Attributes:
        zone: of the shop.
        worth: the total less the discount, in minor units: what money and points paid for.
        at: when it occurred; ``recorded_at`` is when it was settled here.
    """

    purchase_id: UUID
    shop_id: UUID
    zone: str
    customer_id: UUID
    pseudonym: str
    basket: Basket | None
    decision: Decision
    worth: int
    to_pay: int
    paid_with_points: int
    at: datetime
    recorded_at: datetime
    actor: Actor


@dataclass(slots=True)
class Outcome:
    """What a purchase came to, or would come to. Money in minor units, points whole.

    Attributes:
        lacking: why so many points can be spent only once the card is proven, or it is approved.
    """

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
    earned: Earned | None = None
    why: dict[str, Any] = field(default_factory=dict)
    news: dict[str, Any] = field(default_factory=dict)
    lacking: CardProofNeeded | None = None
    id: UUID | None = None

    def index_of(self, coupon: Held) -> int:
        """Return at which place of the request a coupon stood."""
        return [ids.normalise(code) for code in self.order.codes].index(coupon.code)
