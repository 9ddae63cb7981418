"""Pieces in runs of one price, so that a line of a million pieces is as quick as one of two."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from coupons.basket import Basket


@dataclass(frozen=True, slots=True)
class Run:
    """Some pieces of one line that cost the same."""

    position: int
    price: int
    count: int


def runs(basket: Basket, amounts: Sequence[int], positions: Iterable[int]) -> list[Run]:
    """Return the pieces of some lines; each line's sum to its amount.

    What costs nothing (any more) is no piece: it neither counts nor can be given away.
    """
    found = []
    for i in positions:
        quantity = basket.lines[i].quantity
        price, dearer = divmod(amounts[i], quantity)
        if dearer:
            found.append(Run(i, price + 1, dearer))
        if price:
            found.append(Run(i, price, quantity - dearer))
    return found


def count(pieces: Iterable[Run]) -> int:
    """Return how many pieces there are."""
    return sum(run.count for run in pieces)


def cheapest_first(pieces: Iterable[Run]) -> list[Run]:
    """Return the pieces by price; of equal ones the later line comes first."""
    return sorted(pieces, key=lambda run: (run.price, -run.position))


def dearest_first(pieces: Iterable[Run]) -> list[Run]:
    """Return the pieces by price; of equal ones the earlier line comes first."""
    return cheapest_first(pieces)[::-1]


def take(pieces: Iterable[Run], wanted: int) -> tuple[list[Run], list[Run]]:
    """Return the first so many pieces, and the others."""
    taken, others = [], []
    for run in pieces:
        part = min(run.count, wanted)
        wanted -= part
        if part:
            taken.append(replace(run, count=part))
        if part < run.count:
            others.append(replace(run, count=run.count - part))
    return taken, others


def values(pieces: Iterable[Run]) -> dict[int, int]:
    """Return what the pieces cost by line."""
    found: dict[int, int] = {}
    for run in pieces:
        found[run.position] = found.get(run.position, 0) + run.price * run.count
    return found
