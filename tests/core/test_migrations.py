"""The schema goes up and down on both engines, and is what the models say."""

from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import CheckConstraint, inspect, text

import coupons
import loyalty
from core.app import create_app
from core.db import Bare, Database
from tests.conftest import ENGINES, make_settings, make_url

ALEMBICS_OWN = {"alembic_version"}


@pytest.fixture(params=ENGINES)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Flask:
    """An application on a database in which there is nothing yet."""
    settings = make_settings(make_url(request.param, tmp_path), tmp_path)
    schema = f"up_{uuid4().hex[:12]}" if request.param == "postgresql" else None
    app = create_app(coupons, loyalty, settings=replace(settings, database_schema=schema))
    yield app
    database: Database = app.extensions["database"]
    if schema:
        with database.engine.begin() as connection:
            connection.execute(text(f"DROP SCHEMA IF EXISTS {schema} CASCADE"))
    database.engine.dispose()


def run(app: Flask, *command: str) -> str:
    result = app.test_cli_runner().invoke(args=["db", *command])
    assert result.exit_code == 0, result.output
    return result.output


def tables(app: Flask) -> set[str]:
    database: Database = app.extensions["database"]
    with database.engine.connect() as connection:
        return set(connection.dialect.get_table_names(connection))


def test_up_down_and_up_again(empty: Flask) -> None:
    run(empty, "upgrade")
    up = tables(empty)
    run(empty, "downgrade", "base")
    down = tables(empty)
    run(empty, "upgrade")

    assert up == tables(empty) == set(Bare.metadata.tables) | ALEMBICS_OWN
    assert down == ALEMBICS_OWN


def test_the_migrations_say_what_the_models_say(empty: Flask) -> None:
    run(empty, "upgrade")

    run(empty, "check")


def test_no_rule_of_the_schema_is_lost_or_doubled_on_the_way(empty: Flask) -> None:
    run(empty, "upgrade")
    database: Database = empty.extensions["database"]

    for name, table in Bare.metadata.tables.items():
        with database.engine.connect() as connection:
            there = inspect(connection).get_check_constraints(name)
        wanted = [c for c in table.constraints if isinstance(c, CheckConstraint)]
        assert sorted(c["name"] for c in there) == sorted(f"{c.name}" for c in wanted), name


def test_the_check_sees_a_column_that_no_migration_made(empty: Flask) -> None:
    run(empty, "upgrade")
    database: Database = empty.extensions["database"]
    with database.engine.begin() as connection:
        connection.execute(text("ALTER TABLE shop ADD COLUMN surprise INTEGER"))

    result = empty.test_cli_runner().invoke(args=["db", "check"])

    assert result.exit_code != 0
