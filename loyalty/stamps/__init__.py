"""Stamp cards: a stamp for a visit, a piece or a coupon; a full book is worth points or a coupon.

Stamps overflow into the next book. A book expires at a month's end, counted from its first stamp;
one that has expired takes no more, and its stamps are lost.
"""

from loyalty.stamps.books import collect, preview
from loyalty.stamps.definitions import (
    add,
    change,
    collectable,
    end,
    find,
    known,
    listed,
    reward,
    shelf,
)
from loyalty.stamps.merging import merge
from loyalty.stamps.taking import take_back

__all__ = [
    "add", "change", "collect", "collectable", "end", "find", "known", "listed", "merge",
    "preview", "reward", "shelf", "take_back",
]  # fmt: skip
