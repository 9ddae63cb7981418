"""The database: one base for every table, one way to open a transaction, one way to lock.

The only package that knows which engine it speaks to.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Select, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from core.db import engines
from core.db.failures import AGAIN, explain, sqlstate
from core.db.tables import Bare, Base, UtcDateTime, table
from core.errors import DatabaseBusy

__all__ = [
    "Bare", "Base", "Database", "UtcDateTime", "claimable", "explain", "locked", "table", "upsert",
]  # fmt: skip

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
WRITER_PATIENCE = 10.0
"""Seconds a writer waits for its turn on SQLite before it is told that the database is busy."""


def locked(rows: Select[T]) -> Select[T]:
    """Read rows in order to change them: lock them, and refresh what the session holds.

    Without the refresh the lock would be real and the values possibly stale. SQLite has no row
    locks and needs none: a writing transaction there is alone from its first statement.

    A row that is locked can still be pointed at by new rows of others, as its id never changes.
    """
    return rows.with_for_update(key_share=True).execution_options(populate_existing=True)


def claimable(rows: Select[T]) -> Select[T]:
    """Read rows that no other worker holds: what is locked is passed over, not waited for."""
    return rows.with_for_update(skip_locked=True).execution_options(populate_existing=True)


upsert = postgresql.insert
"""INSERT with ``on_conflict_do_nothing`` and ``on_conflict_do_update``.

PostgreSQL's construct renders the same words on SQLite, so one statement serves both engines.
"""


class Database:
    """One merchant's database.

    Attributes:
        engine: the SQLAlchemy engine behind it.
    """

    def __init__(self, url: str, *, schema: str | None = None, pool_size: int = 10) -> None:
        """Prepare the engine; nothing is connected yet."""
        self.engine = engines.make(url, schema, pool_size)
        self._writers = threading.Lock() if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """Open a transaction that will write; the caller commits, else it is rolled back.

        Raises:
            DatabaseBusy: the writers before did not finish in time.
        """
        if self._writers and not self._writers.acquire(timeout=WRITER_PATIENCE):
            raise DatabaseBusy
        try:
            with self._begun(writing=True) as session:
                yield session
        finally:
            if self._writers:
                self._writers.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads: one snapshot on SQLite, read-only on PostgreSQL."""
        with self._begun(writing=False) as session:
            yield session

    @contextmanager
    def _begun(self, *, writing: bool) -> Iterator[Session]:
        """Begin a transaction; on a connection that broke while it lay idle, once more on another.

        So no connection need be asked whether it still stands before each use.
        """
        options = {"writing": writing}
        with Session(self.engine, expire_on_commit=False) as session:
            try:
                session.connection(execution_options=options)
            except DBAPIError as problem:
                if not problem.connection_invalidated:
                    raise
                session.rollback()
                session.connection(execution_options=options)
            yield session

    def transact(self, work: Callable[[Session], R]) -> R:
        """Run work in one writing transaction and commit it, again after a deadlock.

        The work may be run up to three times, so it must have no effect outside its session, not
        even on what it was given.

        Raises:
            Refusal: what the work refused, or that the database is busy, full or gone.
        """
        for attempt in range(1, TRIES + 1):
            try:
                with self.writing() as session:
                    result = work(session)
                    session.commit()
                    return result
            except DBAPIError as problem:
                if sqlstate(problem) not in AGAIN or attempt == TRIES:
                    raise explain(problem) or problem from problem
                time.sleep(0.01 * attempt)
        raise AssertionError("unreachable")

    def look(self, work: Callable[[Session], R]) -> R:
        """Run work that only reads.

        Raises:
            Refusal: what the work refused, or that the database is busy or gone.
        """
        try:
            with self.reading() as session:
                return work(session)
        except DBAPIError as problem:
            raise explain(problem) or problem from problem

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """Open a connection on which tables may be built anew.

        SQLite can drop a table that others point at only while it does not watch over that; the
        caller's commit comes after ``check_references``.
        """
        with self.engine.execution_options(migrating=True).connect() as connection:
            engines.leave_references(connection)
            try:
                yield connection
            finally:
                connection.rollback()
                engines.watch_references(connection)

    def tables(self) -> list[str]:
        """Return the names of the tables there are."""
        return inspect(self.engine).get_table_names()

    def answers(self) -> None:
        """Ask the database for the smallest answer.

        Raises:
            Refusal: it does not answer.
        """
        self.look(lambda session: session.execute(text("SELECT 1")).scalar())
