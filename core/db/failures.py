"""What a database's error stands for: decided by SQLSTATE, never by a message or a name."""

import sqlite3
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from core.errors import (
    AlreadyExists,
    DatabaseBusy,
    DatabaseFull,
    DatabaseGone,
    NotFound,
    NotReady,
    Refusal,
)

_NO_SCHEMA = {"42P01", "42703", "3F000"}
_DUPLICATE = "23505"
_NO_SUCH_ROW = "23503"
AGAIN = {"40001", "40P01", _DUPLICATE}
"""Two lost races, and one that finds on its second look what the other one wrote."""

_BUSY = {"55P03", "57014"}
_GONE = {"57P01", "57P02", "57P03", "25006"}


def explain(problem: DBAPIError) -> Refusal | None:
    """Return the refusal that a database's error stands for, or None for a bug of ours."""
    state = sqlstate(problem)
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
    **dict.fromkeys((AGAIN - {_DUPLICATE}) | _BUSY, DatabaseBusy),
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


def sqlstate(problem: DBAPIError) -> str:
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
