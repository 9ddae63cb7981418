"""Money off the price: a share of it, an amount, or all of it above a fixed price."""

from dataclasses import dataclass

from core import money
from core.errors import Refusal
from coupons.basket import EVERYTHING, Products
from coupons.benefits.given import WHOLE, Ask, Given, eligible, eligible_pieces, given
from coupons.benefits.runs import runs


@dataclass(frozen=True, slots=True)
class Percent:
    """A share of the price, rounded half up on each line; ``hundredths`` of a per cent."""

    hundredths: int
    cap: int | None = None
    on: Products = EVERYTHING
    rank: int = 2

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the share of each line; a cap is divided in proportion to the shares."""
        if ask.basket is None:
            return Given()
        positions = eligible(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        off = [
            min(money.share(ask.amounts[i], self.hundredths, WHOLE), ask.left[i]) for i in positions
        ]
        if self.cap is not None and sum(off) > self.cap:
            off = money.split(self.cap, off)
        return given(zip(positions, off, strict=True))


@dataclass(frozen=True, slots=True)
class Amount:
    """A fixed amount off the lines together, at most what they come to."""

    amount: int
    on: Products = EVERYTHING
    rank: int = 3

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the amount divided over the lines in proportion to their price.

        On the first price a line may have less left than its part: the others take the rest.
        """
        if ask.basket is None:
            return Given()
        positions = eligible(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        left = [ask.left[i] for i in positions]
        total = min(self.amount, sum(left))
        wanted = money.split(total, [ask.amounts[i] for i in positions])
        off = [min(part, most) for part, most in zip(wanted, left, strict=True)]
        room = [most - part for part, most in zip(off, left, strict=True)]
        more = money.split(total - sum(off), room)
        return given((i, off[n] + more[n]) for n, i in enumerate(positions))


@dataclass(frozen=True, slots=True)
class AmountPerPiece:
    """A fixed amount off each piece, at most what it costs."""

    amount: int
    on: Products = EVERYTHING
    rank: int = 3

    def give(self, ask: Ask) -> Given | Refusal:
        """Return the amount off every piece."""
        if ask.basket is None:
            return Given()
        positions = eligible_pieces(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        off = dict.fromkeys(positions, 0)
        for run in runs(ask.basket, ask.amounts, positions):
            off[run.position] += run.count * min(self.amount, run.price)
        return given((i, min(part, ask.left[i])) for i, part in off.items())


@dataclass(frozen=True, slots=True)
class FixedPrice:
    """The lines together cost so much, whatever they cost before; never more than that."""

    price: int
    on: Products = EVERYTHING
    rank: int = 1

    def give(self, ask: Ask) -> Given | Refusal:
        """Return all that is above the price, divided over the lines in proportion."""
        positions = eligible(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        left = [ask.left[i] for i in positions]
        off = money.split(max(sum(left) - self.price, 0), left)
        return given(zip(positions, off, strict=True))


@dataclass(frozen=True, slots=True)
class FixedPiecePrice:
    """Each piece costs so much, whatever it cost before; never more than that."""

    price: int
    on: Products = EVERYTHING
    rank: int = 1

    def give(self, ask: Ask) -> Given | Refusal:
        """Return what each piece costs above the price."""
        positions = eligible_pieces(self.on, ask)
        if isinstance(positions, Refusal):
            return positions
        if ask.basket is None:
            return Given()
        off = dict.fromkeys(positions, 0)
        for run in runs(ask.basket, ask.left, positions):
            off[run.position] += run.count * max(run.price - self.price, 0)
        return given(off.items())
