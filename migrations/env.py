"""Run migrations through the application's own engine, on either database."""

import importlib
from typing import Any

from alembic import context
from sqlalchemy import JSON, text

from core import web
from core.db import Bare, UtcDateTime
from core.db.engines import check_references

for part in ("core", "coupons", "loyalty"):
    importlib.import_module(f"{part}.models")


def render(kind: str, item: Any, _autogen: Any) -> Any:
    """Write our own types as the plain ones they are stored as."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def defaults_differ(_context: Any, _there: Any, wanted: Any, *_: Any) -> bool | None:
    """Leave the comparison to Alembic, but for JSON, which PostgreSQL cannot compare."""
    return False if isinstance(wanted.type, JSON) else None


def run() -> None:
    database = web.database()
    with database.migrating() as connection:
        schema = web.config().database_schema
        if schema and connection.dialect.name == "postgresql":
            quoted = connection.dialect.identifier_preparer.quote(schema)
            connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {quoted}"))
        context.configure(
            connection=connection,
            target_metadata=Bare.metadata,
            render_as_batch=True,
            render_item=render,
            compare_type=True,
            compare_server_default=defaults_differ,
        )
        with context.begin_transaction():
            context.run_migrations()
            check_references(connection)
        connection.commit()


run()
