"""Do the books balance? Every cache against its rows, a module for each subject."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from loyalty.reconcile import friends, hands, ledger, refunds, sales, standing, uses

SUBJECTS = (uses, sales, refunds, ledger, hands, standing, friends)


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off; nothing if the books balance."""
    for subject in SUBJECTS:
        yield from subject.findings(session)
