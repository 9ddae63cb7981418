"""Benefits beside the price: points, stamps, a guarantee, a sample, a coupon for the next time."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from core.errors import Refusal
from coupons.basket import EVERYTHING, Products
from coupons.benefits.errors import NextCouponOver
from coupons.benefits.given import Ask, Factor, Given, Stamps, eligible
from coupons.errors import CardNeeded, NoBenefit


@dataclass(frozen=True, slots=True)
class BonusPoints:
    """A fixed number of points on top; takes nothing off the price."""

    points: int
    on: Products = EVERYTHING
    rank: int = 4

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the points, for whom there is a card to book them on."""
        return _with_card(self.on, ask) or Given(points=self.points)


@dataclass(frozen=True, slots=True)
class PointsFactor:
    """The points earned count so many times; ``hundredths``: 200 is double."""

    hundredths: int
    on: Products = EVERYTHING
    rank: int = 4

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the factor and the lines it is for."""
        if not ask.has_card:
            return CardNeeded()
        positions = eligible(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        return Given(factors=(Factor(tuple(positions) if self.on else None, self.hundredths),))


@dataclass(frozen=True, slots=True)
class BonusStamps:
    """Some stamps on a stamp card."""

    stamps: int
    stamp_card: UUID
    on: Products = EVERYTHING
    rank: int = 4

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the stamps, for whom there is a card to keep them on."""
        if ask.stamp_cards is not None and self.stamp_card not in ask.stamp_cards:
            return NoBenefit()
        return _with_card(self.on, ask) or Given(stamps=(Stamps(self.stamp_card, self.stamps),))


@dataclass(frozen=True, slots=True)
class Guarantee:
    """Whoever is not content gets the money back within some days, for one of some reasons."""

    days: int
    on: Products = EVERYTHING
    reasons: tuple[dict[str, Any], ...] = ()
    rank: int = 4

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the lines it covers."""
        positions = eligible(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        return Given(covered=tuple(positions), guarantee_days=self.days, reasons=self.reasons)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """A sample or some information; no price, no basket: that it was asked for is the point."""

    rank: int = 4

    def give(self, ask: Ask) -> Given | Refusal:
        """Return nothing off."""
        return Given()


@dataclass(frozen=True, slots=True)
class NextCoupon:
    """A coupon on an offer, for the next purchase."""

    offer_id: UUID
    rank: int = 4

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the offer to issue a coupon on, unless that coupon could not be used."""
        if no := ask.over.get(self.offer_id):
            return NextCouponOver(because=no.code)
        return Given(next_offer=self.offer_id)


def _with_card(on: Products, ask: Ask) -> Refusal | None:
    """Return why what is kept on a card cannot be given."""
    if not ask.has_card:
        return CardNeeded()
    if on and isinstance(missing := eligible(on, ask), Refusal):
        return missing
    return None
