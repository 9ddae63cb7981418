"""What is in a database, so that a test can assert that nothing changed."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import Bare, Database

ATTEMPTS = frozenset({"throttle", "response"})
"""Where a refused attempt is recorded on purpose."""


def digest(database: Database, *, without: frozenset[str] = frozenset()) -> dict[str, str]:
    """Return a fingerprint of the rows of every table."""

    def work(session: Session) -> dict[str, str]:
        found = {}
        for table in Bare.metadata.sorted_tables:
            if table.name not in without:
                rows = session.execute(select(table).order_by(*table.primary_key.columns))
                text = "\n".join(repr(tuple(row)) for row in rows)
                found[table.name] = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
        return found

    return database.look(work)
