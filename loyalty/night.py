"""What is done each night with the points of everybody, in this order.

What is due becomes spendable, and what was promised for friends is given; tiers are renewed by what
counted; then what has expired goes, and whoever loses points soon is told. A tier is reached by
what was earned or paid, never by what is held, so nothing that expires touches one.

Each part books what is not booked yet, an account at a time, so that it can stop anywhere and go
on the next time; done twice, it does nothing. No rule waits for it.
"""

from datetime import datetime

from core.db import Database
from core.jobs import Chore
from loyalty import reminders, sweeping, tiers
from loyalty.referrals import night as friends

PARTS: tuple[Chore, ...] = (
    sweeping.activate,
    friends.sweep,
    tiers.renew,
    sweeping.sweep,
    reminders.remind,
)


def run(database: Database, at: datetime) -> None:
    """Do all parts of the night."""
    for part in PARTS:
        part(database, at)
