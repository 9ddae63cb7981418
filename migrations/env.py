"""Run migrations through the application's own engine, on either database."""

import importlib
from typing import Any

from alembic import context
from sqlalchemy import text

from core import web
from core.db import Bare, UtcDateTime

for part in ("core", "coupons", "loyalty"):
    importlib.import_module(f"{part}.models")


def render(kind: str, item: Any, _autogen: Any) -> Any:
    """Write our own types as the plain ones they are stored as."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


def run() -> None:
    database = web.database()
    with database.engine.execution_options(migrating=True).connect() as connection:
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
            compare_server_default=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
