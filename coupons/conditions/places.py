"""Conditions about where it is bought, and how the coupon came."""

from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from core.errors import Refusal
from coupons.conditions.case import NOTHING, Case
from coupons.conditions.errors import ShopNeeded, WrongChannelForOffer, WrongShopForOffer


@dataclass(frozen=True, slots=True)
class InShop:
    """The purchase is made in one of some shops."""

    shops: frozenset[UUID]
    kind: ClassVar[str] = "shops"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it is another shop."""
        if case.shop_id is None:
            return ShopNeeded()
        return None if case.shop_id in self.shops else WrongShopForOffer()


@dataclass(frozen=True, slots=True)
class ByChannel:
    """The coupon went out by one of some channels."""

    channels: frozenset[UUID]
    kind: ClassVar[str] = "channels"
    asks: ClassVar[frozenset[str]] = NOTHING

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it came another way, or that nobody knows how."""
        return None if case.channel_id in self.channels else WrongChannelForOffer()
