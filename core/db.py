"""The database: one base for every table, one way to open a transaction, one way to lock.

The only module that knows which engine it speaks to.
"""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    BigInteger,
    Connection,
    DateTime,
    Dialect,
    Engine,
    MetaData,
    Select,
    Table,
    TypeDecorator,
    create_engine,
    event,
    inspect,
    text,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

from core import ids
from core.errors import (
    AlreadyExists,
    DatabaseBusy,
    DatabaseFull,
    DatabaseGone,
    NotFound,
    NotReady,
    Refusal,
)
from core.money import Money, Points

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3
WRITER_PATIENCE = 10.0
"""Seconds a writer waits for its turn on SQLite before it is told that the database is busy."""

_NO_SCHEMA = {"42P01", "42703", "3F000"}
_DUPLICATE = "23505"
_NO_SUCH_ROW = "23503"
_AGAIN = {"40001", "40P01", _DUPLICATE}
"""Two lost races, and one that finds on its second look what the other one wrote."""

_BUSY = {"55P03", "57014"}
_GONE = {"57P01", "57P02", "57P03", "25006"}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware datetime, stored and returned in UTC; a naive one is a bug."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        assert value is None or value.tzinfo is not None, "naive datetime"
        return value and value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return value and (
            value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        )


class Bare(DeclarativeBase):
    """What every table shares; those whose rows are named by others have no id of their own."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar = {
        datetime: UtcDateTime,
        Money: BigInteger,
        Points: BigInteger,
        dict[str, Any]: JSON,
        list[Any]: JSON,
    }


class Base(Bare):
    """Every row has an id that says nothing and is made by the application."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(primary_key=True, default=ids.new)


def table(model: type[DeclarativeBase]) -> Table:
    """Return the table of a model, for the statements of the hot path."""
    found = model.__table__
    assert isinstance(found, Table)
    return found


def locked(rows: Select[T]) -> Select[T]:
    """Read rows in order to change them: lock them, and refresh what the session holds.

    Without the refresh the lock would be real and the values possibly stale. SQLite has no row
    locks and needs none: a writing transaction there is alone from its first statement.
    """
    return rows.with_for_update().execution_options(populate_existing=True)


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
        self.engine = _engine(url, schema, pool_size)
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
            with Session(
                self.engine.execution_options(writing=True), expire_on_commit=False
            ) as session:
                yield session
        finally:
            if self._writers:
                self._writers.release()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """Open a transaction that only reads: one snapshot on SQLite, read-only on PostgreSQL."""
        with Session(
            self.engine.execution_options(writing=False), expire_on_commit=False
        ) as session:
            yield session

    def transact(self, work: Callable[[Session], R]) -> R:
        """Run work in one writing transaction and commit it, again after a deadlock.

        The work may be run up to three times, so it must have no effect outside its session.

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
                if _sqlstate(problem) not in _AGAIN or attempt == TRIES:
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

    def tables(self) -> list[str]:
        """Return the names of the tables there are."""
        return inspect(self.engine).get_table_names()

    def answers(self) -> None:
        """Ask the database for the smallest answer.

        Raises:
            Refusal: it does not answer.
        """
        self.look(lambda session: session.execute(text("SELECT 1")).scalar())


def explain(problem: DBAPIError) -> Refusal | None:
    """Return the refusal that a database's error stands for, or None for a bug of ours."""
    state = _sqlstate(problem)
    if told := _TOLD.get(state):
        return told()
    if state.startswith(("08", "53")) or problem.connection_invalidated:
        return DatabaseGone()
    return None


def _already_there() -> Refusal:
    return AlreadyExists(field="value")


def _no_such_row() -> Refusal:
    return NotFound(what="reference")


_TOLD: dict[str, Callable[[], Refusal]] = {
    _DUPLICATE: _already_there,
    _NO_SUCH_ROW: _no_such_row,
    "53100": DatabaseFull,
    **dict.fromkeys(_NO_SCHEMA, NotReady),
    **dict.fromkeys((_AGAIN - {_DUPLICATE}) | _BUSY, DatabaseBusy),
    **dict.fromkeys(_GONE, DatabaseGone),
}

_SQLITE_STATES = {
    sqlite3.SQLITE_CONSTRAINT_UNIQUE: _DUPLICATE,
    sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY: _DUPLICATE,
    sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY: _NO_SUCH_ROW,
    sqlite3.SQLITE_BUSY: "55P03",
    sqlite3.SQLITE_LOCKED: "55P03",
    sqlite3.SQLITE_FULL: "53100",
    sqlite3.SQLITE_IOERR: "58030",
    sqlite3.SQLITE_CANTOPEN: "08001",
    sqlite3.SQLITE_NOTADB: "08001",
    sqlite3.SQLITE_READONLY: "25006",
    sqlite3.SQLITE_CORRUPT: "08001",
}
"""SQLite's own codes in the words of SQLSTATE; those without are looked up by their low byte."""


def _sqlstate(problem: DBAPIError) -> str:
    """Return the SQLSTATE of an error; SQLite's codes are mapped to the same words."""
    cause = problem.orig
    if isinstance(cause, sqlite3.Error):
        code = getattr(cause, "sqlite_errorcode", 0) or 0
        if code == sqlite3.SQLITE_ERROR and str(cause).startswith(("no such table", "no such col")):
            return "42P01"
        return _SQLITE_STATES.get(code) or _SQLITE_STATES.get(code & 0xFF, "")
    state = getattr(cause, "sqlstate", None)
    if state is None and isinstance(cause, Exception) and "connection" in str(cause).lower():
        return "08006"
    return str(state or "")


def _engine(url: str, schema: str | None, pool_size: int) -> Engine:
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, hide_parameters=True, **_pool(pool_size))
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        return engine
    engine = create_engine(
        parsed,
        hide_parameters=True,
        pool_pre_ping=True,
        connect_args={"connect_timeout": 5},
        **_pool(pool_size),
    )
    quoted = engine.dialect.identifier_preparer.quote(schema or "public")
    opening = (
        f"SET LOCAL search_path = {quoted}; "
        "SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = '5s'"
    )
    patient = f"SET LOCAL search_path = {quoted}; SET LOCAL lock_timeout = '3s'"

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        only = "; SET TRANSACTION READ ONLY" if options.get("writing") is False else ""
        connection.exec_driver_sql((patient if options.get("migrating") else opening) + only)

    return engine


def _pool(size: int) -> dict[str, int]:
    return {"pool_size": size, "max_overflow": size, "pool_timeout": 10}


def _sqlite_connect(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in (
        "busy_timeout = 5000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -32000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
