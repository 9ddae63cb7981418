"""Do the books balance? Every cache against its rows, a module for each subject."""

from collections.abc import Iterator

from sqlalchemy.orm import Session

from loyalty.reconcile import hands, ledger, refunds, sales, uses

SUBJECTS = (uses, sales, refunds, ledger, hands)


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off; nothing if the books balance."""
    for subject in SUBJECTS:
        yield from subject.findings(session)
