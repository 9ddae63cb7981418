"""May this customer have this offer on this basket? Pure: no session, no clock, no request."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from core.errors import Refusal
from coupons.basket import Basket, Products, products
from coupons.errors import (
    BasketNeeded,
    BasketTooSmall,
    CardNeeded,
    LinesNeeded,
    NotInAudience,
    OfferEnded,
    OfferNotStarted,
    ProductsMissing,
)


@dataclass(frozen=True, slots=True)
class Case:
    """What conditions may look at.

    Attributes:
        audiences: the audiences, of those the offers name, that the customer is in.
    """

    basket: Basket | None
    customer_id: UUID | None
    audiences: frozenset[UUID]
    at: datetime


class Condition(Protocol):
    """One thing that must be true."""

    def refusal(self, case: Case) -> Refusal | None:
        """Return why not, or nothing if it is true."""
        ...


@dataclass(frozen=True, slots=True)
class MinimumBasket:
    """The basket comes to an amount before any discount, tax in."""

    amount: int

    def refusal(self, case: Case) -> Refusal | None:
        """Return how much is missing."""
        if case.basket is None:
            return BasketNeeded()
        if case.basket.total >= self.amount:
            return None
        return BasketTooSmall(
            minimum=self.amount, total=case.basket.total, missing=self.amount - case.basket.total
        )


@dataclass(frozen=True, slots=True)
class HasProducts:
    """At least one of these products, or one of these categories, is in the basket."""

    on: Products

    def refusal(self, case: Case) -> Refusal | None:
        """Return what the basket lacks."""
        if case.basket is None:
            return BasketNeeded()
        if not case.basket.lines:
            return LinesNeeded()
        return None if self.on.positions(case.basket) else ProductsMissing()


@dataclass(frozen=True, slots=True)
class InAudience:
    """The customer is one of those the offer was made for."""

    audience_id: UUID

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it is for others."""
        if case.customer_id is None:
            return CardNeeded()
        return None if self.audience_id in case.audiences else NotInAudience()


KINDS: dict[str, Callable[[dict[str, Any]], Condition]] = {
    "minimum_basket": lambda t: MinimumBasket(t["amount"]),
    "products": lambda t: HasProducts(products(t)),
    "categories": lambda t: HasProducts(products(t)),
    "audience": lambda t: InAudience(UUID(hex=t["audience"])),
}
"""Every kind of condition and how its terms are read."""


def read(terms: dict[str, Any]) -> tuple[Condition, ...]:
    """Return the conditions that terms describe; all of them must be true."""
    return tuple(KINDS[one["kind"]](one) for one in terms.get("all", ()))


def window(starts_at: datetime | None, ends_at: datetime | None, at: datetime) -> Refusal | None:
    """Return why a moment is outside a window; its end is the first moment after it."""
    if starts_at and at < starts_at:
        return OfferNotStarted(starts_at=starts_at)
    if ends_at and at >= ends_at:
        return OfferEnded(ends_at=ends_at)
    return None


def refusals(conditions: tuple[Condition, ...], case: Case) -> Iterator[Refusal]:
    """Yield every reason to refuse, the one to show first coming first."""
    for condition in conditions:
        if found := condition.refusal(case):
            yield found
