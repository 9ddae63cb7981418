"""Engines: how a connection to either database is set up, and how a transaction begins on it."""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DisconnectionError

from core.errors import DatabaseGone


def make(url: str, schema: str | None, pool_size: int) -> Engine:
    """Return the engine for a database; every transaction on it begins as ``writing`` says."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = create_engine(parsed, hide_parameters=True, **_pool(pool_size))
        event.listen(engine, "connect", _sqlite_connect)
        event.listen(engine, "begin", _sqlite_begin)
        if parsed.database and parsed.database != ":memory:":
            _watch_file(engine, Path(parsed.database))
        return engine
    engine = create_engine(
        parsed, hide_parameters=True, connect_args={"connect_timeout": 5}, **_pool(pool_size)
    )
    quoted = engine.dialect.identifier_preparer.quote(schema or "public")
    opening = f"; SET LOCAL search_path = {quoted}; SET LOCAL lock_timeout = '3s'"
    hurried = f"{opening}; SET LOCAL statement_timeout = '5s'"

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        word = "BEGIN READ ONLY" if options.get("writing") is False else "BEGIN"
        connection.exec_driver_sql(word + (opening if options.get("migrating") else hurried))

    event.listen(engine, "connect", _leave_beginning_to_us)
    return engine


def _leave_beginning_to_us(connection: Any, _record: Any) -> None:
    """Keep the driver from sending a BEGIN of its own: ours takes the settings along, at once."""
    connection.autocommit = True


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


def _watch_file(engine: Engine, path: Path) -> None:
    """Never write into a file that is no longer there: what it acknowledged would be lost.

    An open file lives on after its name is gone. A connection whose file was taken away is
    refused; one whose file was replaced, as by a restored backup, is opened anew. No empty file
    is made where there was a database before.
    """
    known = False

    def open_(*_: Any) -> None:
        if known and _inode(path) is None:
            raise DatabaseGone

    def opened(_connection: Any, record: Any) -> None:
        nonlocal known
        known = True
        record.info["inode"] = _inode(path)

    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        found = _inode(path)
        if found is None:
            raise DatabaseGone
        if found != record.info.get("inode"):
            raise DisconnectionError

    event.listen(engine, "do_connect", open_)
    event.listen(engine, "connect", opened)
    event.listen(engine, "checkout", taken)


def _inode(path: Path) -> int | None:
    try:
        return path.stat().st_ino
    except OSError:
        return None


def _sqlite_begin(connection: Connection) -> None:
    writing = connection.get_execution_options().get("writing", True)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def leave_references(connection: Connection) -> None:
    """Let tables be dropped that others point at; nothing may have begun on the connection."""
    if connection.dialect.name == "sqlite":
        _driver(connection).execute("PRAGMA foreign_keys = OFF")


def watch_references(connection: Connection) -> None:
    """Watch over references again."""
    if connection.dialect.name == "sqlite":
        _driver(connection).execute("PRAGMA foreign_keys = ON")


def check_references(connection: Connection) -> None:
    """Let a migration through that left nothing pointing nowhere."""
    if connection.dialect.name == "sqlite":
        loose = _driver(connection).execute("PRAGMA foreign_key_check").fetchall()
        assert not loose, f"rows point nowhere: {loose[:5]}"


def _driver(connection: Connection) -> Any:
    return connection.connection.dbapi_connection
