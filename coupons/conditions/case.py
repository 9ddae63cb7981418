"""What conditions may look at, and what every one of them can tell."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from core.errors import Refusal
from coupons.basket import Basket

NOTHING: frozenset[str] = frozenset()

Value = str | int | bool
"""What an attribute of a customer may be."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of the customer; only what the conditions ask for need be looked up.

    Attributes:
        audiences: the audiences, of those the offers name, that the customer is in.
        tier: the key of the customer's tier.
        purchases: how often they have bought before.
        last_purchase: when they did so last, before this purchase.
    """

    audiences: frozenset[UUID] = frozenset()
    tier: str | None = None
    purchases: int | None = None
    last_purchase: datetime | None = None
    birthday: date | None = None
    tags: frozenset[str] = frozenset()
    attributes: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """What conditions may look at; None where it is not known.

    Attributes:
        zone: the zone of the shop, whose days and hours count.
        channel_id: the channel that the coupon came by.
    """

    basket: Basket | None
    at: datetime
    zone: str
    shop_id: UUID | None = None
    channel_id: UUID | None = None
    customer_id: UUID | None = None
    about: About = field(default_factory=About)


class Condition(Protocol):
    """One thing that must be true."""

    @property
    def kind(self) -> str:
        """Return what kind of condition it is."""
        ...

    @property
    def asks(self) -> frozenset[str]:
        """Return what it must know of the customer, as the fields of About are grouped."""
        ...

    def refusal(self, case: Case) -> Refusal | None:
        """Return why not, or nothing if it is true."""
        ...
