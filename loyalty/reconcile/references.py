"""Whatever a row names is there: every foreign key, also where the database was not asked."""

from collections.abc import Iterator

from sqlalchemy import Column, func, select
from sqlalchemy.orm import Session

from core.db import Bare


def findings(session: Session) -> Iterator[str]:
    """Yield a line for every column with names of rows that are not there."""
    for table in Bare.metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            named: Column[object] = key.column
            there = named.table.alias("there")
            rows = (
                select(func.count())
                .select_from(table)
                .outerjoin(there, there.c[named.name] == key.parent)
                .where(key.parent.is_not(None), there.c[named.name].is_(None))
            )
            if count := session.scalar(rows):
                whom = f"{table.name}.{key.parent.name}"
                yield f"{whom}: {count} name a row of {named.table.name} that is not there"
