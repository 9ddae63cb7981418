"""Do the books balance? Every cache against its rows, a module for each subject."""

from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.orm import Session

from loyalty.reconcile import (
    bookings,
    conflicts,
    friends,
    hands,
    holds,
    ledger,
    references,
    refunds,
    sales,
    standing,
    uses,
)

SUBJECTS = (
    references, uses, sales, bookings, conflicts, refunds, ledger, hands, standing, friends,
)  # fmt: skip


def findings(session: Session, *, at: datetime | None = None) -> Iterator[str]:
    """Yield a line for everything that is off; nothing if the books balance.

    What should have been tidied by now is looked for where it is said when that is.
    """
    for subject in SUBJECTS:
        yield from subject.findings(session)
    if at:
        yield from holds.findings(session, at)
