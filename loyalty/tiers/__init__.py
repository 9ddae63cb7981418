"""Tiers: what customers reach by what they buy, and hold until a date.

A tier is reached at once, with the purchase, and held until its date: the end of the next calendar
year, or the end of the month so many months later. At its date, and after the days of grace, it is
renewed if enough counted in the period that has ended; else the customer goes down, by one rung or
to what fits. A change of the ladder takes nothing from anybody before their date.
"""

from loyalty.tiers.history import history
from loyalty.tiers.ladder import Ladder, Place, Rung, Settings
from loyalty.tiers.moves import after_purchase, after_undo, assign, merge, preview
from loyalty.tiers.reading import Progress, due_customers, key_of, progress, renew, standing
from loyalty.tiers.rungs import add, change, decide_due, end, find, known, listed

__all__ = [
    "Ladder", "Place", "Progress", "Rung", "Settings", "add", "after_purchase", "after_undo",
    "assign", "change", "decide_due", "due_customers", "end", "find", "history", "key_of",
    "known", "listed", "merge", "preview", "progress", "renew", "standing",
]  # fmt: skip
