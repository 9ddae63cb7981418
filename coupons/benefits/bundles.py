"""A set of several products at a price of its own."""

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from core import money
from core.errors import Refusal
from coupons.benefits.given import WHOLE, Ask, Given, given
from coupons.benefits.pieces import Some
from coupons.benefits.runs import Run, count, dearest_first, runs, take, values
from coupons.errors import BasketNeeded, BundleIncomplete, LinesNeeded, ProductsMissing

Kind = tuple[int, ...]
"""The parts that a piece can be used for."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """So many pieces of each part together cost a price, a share less, or an amount less.

    A piece fills one part only. Of all sets that can be made, those are made that save most: the
    dearest pieces go into them, and no set that is cheaper without its price.
    """

    parts: tuple[Some, ...]
    price: int | None = None
    hundredths: int | None = None
    amount: int | None = None
    times: int | None = None
    rank: int = 0

    def give(self, ask: Ask) -> Given | Refusal:
        """Return what the sets cost less, divided over their lines in proportion."""
        if ask.basket is None:
            return BasketNeeded()
        if not ask.basket.lines:
            return LinesNeeded()
        fits: dict[int, list[int]] = {}
        for part, some in enumerate(self.parts):
            for i in some.on.positions(ask.basket):
                fits.setdefault(i, []).append(part)
        pieces = dearest_first(runs(ask.basket, ask.left, fits))
        if not pieces:
            return ProductsMissing()
        sets, missing = self._sets(pieces, {i: tuple(parts) for i, parts in fits.items()})
        if missing:
            return BundleIncomplete(missing=missing)
        return given(self._off(values(sets[0]), sets[1]))

    def _sets(self, pieces: list[Run], fits: dict[int, Kind]) -> tuple[tuple[list[Run], int], int]:
        """Return the pieces of the best sets and the number of sets; or what one set lacks."""
        size = sum(part.quantity for part in self.parts)
        kinds = [fits[run.position] for run in pieces]

        @cache
        def made(sets: int) -> tuple[list[Run], int]:
            filled = _Parts([sets * part.quantity for part in self.parts])
            taken = [
                take([run], filled.place(kind, run.count))[0]
                for run, kind in zip(pieces, kinds, strict=True)
            ]
            found = [run for one in taken for run in one]
            return found, sum(values(found).values())

        most = count(pieces) // size
        if self.times is not None:
            most = min(most, self.times)
        most = (
            bisect_right(range(most + 1), 0, key=lambda sets: sets * size - count(made(sets)[0]))
            - 1
        )
        if not most:
            return ([], 0), size - count(made(1)[0])
        if self.price is not None:
            most = bisect_left(
                range(1, most + 1), -self.price, key=lambda n: made(n - 1)[1] - made(n)[1]
            )
        return (made(most)[0], most), 0

    def _off(self, cost: dict[int, int], sets: int) -> list[tuple[int, int]]:
        """Return what the sets cost less, by line."""
        if self.hundredths is not None:
            return [(i, money.share(it, self.hundredths, WHOLE)) for i, it in cost.items()]
        positions = sorted(cost)
        total = sum(cost.values())
        if self.price is not None:
            off = max(total - sets * self.price, 0)
        else:
            off = min(sets * (self.amount or 0), total)
        parts = money.split(off, [cost[i] for i in positions])
        return list(zip(positions, parts, strict=True))


class _Parts:
    """The parts of some sets, as they are filled with pieces, the dearest first.

    A piece that finds its parts full may push another piece into another part that it fits, so
    that whatever can be placed is placed.
    """

    def __init__(self, needs: Sequence[int]) -> None:
        self._open = list(needs)
        self._placed: dict[Kind, list[int]] = {}

    def place(self, kind: Kind, pieces: int) -> int:
        """Place pieces that fit the same parts, and return how many found a place."""
        mine = self._placed.setdefault(kind, [0] * len(self._open))
        placed = 0
        for part in kind:  # most find an open part at once: that is the shortest way
            room = min(self._open[part], pieces - placed)
            mine[part] += room
            self._open[part] -= room
            placed += room
        while placed < pieces and any(self._open) and (way := self._way(kind)):
            part, pushed = way[0][1], way[1:]
            room = min(self._open[way[-1][1]], pieces - placed)
            for before, (other, _) in zip(way, pushed, strict=False):
                room = min(room, self._placed[other][before[1]])
            mine[part] += room
            for before, (other, to) in zip(way, pushed, strict=False):
                self._placed[other][before[1]] -= room
                self._placed[other][to] += room
            self._open[way[-1][1]] -= room
            placed += room
        return placed

    def _way(self, kind: Kind) -> list[tuple[Kind, int]]:
        """Return the shortest way to an open part: who goes where, each pushing the next."""
        queue = deque([(kind, part)] for part in kind)
        seen = set(kind)
        while queue:
            way = queue.popleft()
            part = way[-1][1]
            if self._open[part]:
                return way
            for other, placed in self._placed.items():
                if not placed[part]:
                    continue
                for to in other:
                    if to not in seen:
                        seen.add(to)
                        queue.append([*way, (other, to)])
        return []
