"""Benefits in steps: the more is bought the better, or the sooner the better."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.errors import Refusal
from coupons.basket import EVERYTHING, Products
from coupons.benefits.given import Ask, Benefit, Given, eligible, eligible_pieces
from coupons.errors import (
    BasketNeeded,
    BasketTooSmall,
    EarlyBirdSoldOut,
    OfferEnded,
    QuantityTooSmall,
)


@dataclass(frozen=True, slots=True)
class Ladder:
    """The benefit of the highest step that is reached.

    A step is reached by what the products of ``on`` cost before any discount, or by how many
    pieces of them there are. Each step's benefit has products of its own.
    """

    is_by_amount: bool
    steps: tuple[tuple[int, Benefit], ...]
    on: Products = EVERYTHING

    @property
    def rank(self) -> int:
        """Return the rank of the first step."""
        return self.steps[0][1].rank

    def give(self, ask: Ask) -> Given | Refusal:
        """Return what the highest step reached gives, or what is missing to the first."""
        look = eligible if self.is_by_amount else eligible_pieces
        positions = look(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        if ask.basket is None:
            return BasketNeeded()
        if self.is_by_amount:
            reached = sum(ask.first[i] for i in positions)
        else:
            reached = ask.basket.pieces(positions)
        steps = [benefit for least, benefit in self.steps if least <= reached]
        if steps:
            return steps[-1].give(ask)
        least = self.steps[0][0]
        if self.is_by_amount:
            return BasketTooSmall(minimum=least, total=reached, missing=least - reached)
        return QuantityTooSmall(minimum=least, missing=least - reached)


@dataclass(frozen=True, slots=True)
class EarlyStep:
    """A benefit for those who come before a moment, or for the first so many.

    Attributes:
        until: the first moment at which it is too late.
        places: how many this step has, those of the steps before it not counted.
    """

    benefit: Benefit
    until: datetime | None = None
    places: int | None = None


@dataclass(frozen=True, slots=True)
class Chosen:
    """The step of an early bird that holds now; None is what holds after all of them."""

    step: int | None
    benefit: Benefit


@dataclass(frozen=True, slots=True)
class EarlyBird:
    """Steps by date or by the first so many, and what holds after; None: nothing does.

    Which step holds is chosen before anything is given, as only a counter knows it.
    """

    steps: tuple[EarlyStep, ...]
    after: Benefit | None = None

    @property
    def rank(self) -> int:
        """Return the rank of the first step."""
        return self.steps[0].benefit.rank

    def choose(self, at: datetime, live_of: Callable[[int], int]) -> Chosen | Refusal:
        """Return the step that holds; ``live_of`` tells how many places of a step are taken.

        A place that was given back is free for the next one, though steps after it began.
        """
        for position, step in enumerate(self.steps):
            if step.until is not None:
                if at < step.until:
                    return Chosen(position, step.benefit)
            elif step.places is None or live_of(position) < step.places:
                return Chosen(position, step.benefit)
        if self.after is not None:
            return Chosen(None, self.after)
        places = self.places()
        if places:
            return EarlyBirdSoldOut(places=places)
        return OfferEnded(ends_at=max(step.until for step in self.steps if step.until))

    def places(self) -> int:
        """Return how many places all steps have together; 0 where dates alone count."""
        return sum(step.places or 0 for step in self.steps)

    def give(self, ask: Ask) -> Given | Refusal:
        """Return what the step gives that holds while no place is taken."""
        chosen = self.choose(ask.at, lambda _: 0)
        return chosen if isinstance(chosen, Refusal) else chosen.benefit.give(ask)
