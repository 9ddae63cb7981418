"""Where, when and for whom something is bought: what a decision depends on besides the offers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from coupons.basket import Basket


def no_tier() -> str | None:
    """Return the tier of whoever has none."""
    return None


def any_stamp_card() -> frozenset[UUID] | None:
    """Return the stamp cards that can be collected, where nobody knows which there are."""
    return None


@dataclass(frozen=True, slots=True)
class Scene:
    """One purchase to be decided.

    Attributes:
        zone: of the shop, in whose days and hours offers hold.
        calendar: the merchant's zone, in which limits count days, weeks and months.
        tier: looks up the key of the customer's tier; asked only where an offer needs it.
        stamp_cards: looks up those that can be collected; asked only where an offer gives stamps.
    """

    basket: Basket | None
    customer_id: UUID | None
    at: datetime
    zone: str = "UTC"
    calendar: str = "UTC"
    shop_id: UUID | None = None
    tier: Callable[[], str | None] = no_tier
    stamp_cards: Callable[[], frozenset[UUID] | None] = any_stamp_card
