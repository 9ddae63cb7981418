"""What tests stand on: the application on each engine, emptied before every test.

Every test that asks for a database runs twice, on SQLite and on PostgreSQL.
"""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

import coupons
import loyalty
from core import config, shops
from core.app import create_app
from core.config import Config
from core.db import Bare, Database
from loyalty import programme
from tests.api import Api
from tests.factories import NOON

ENGINES = ("sqlite", "postgresql")


def postgres_url() -> str:
    """Return the address of the tests' PostgreSQL server."""
    url = os.environ.get("LOYALTY_TEST_POSTGRES")
    if not url:
        pytest.exit(
            "LOYALTY_TEST_POSTGRES is not set. Run: bin/with-postgres pytest …", returncode=2
        )
    return url


def make_settings(url: str, folder: Path) -> Config:
    """Return settings for an application on a database."""
    environment = {
        "LOYALTY_DATABASE_URL": url,
        "LOYALTY_DATA_DIR": str(folder),
        "LOYALTY_SECRET_KEY": "a secret of the tests, known to all",
        "LOYALTY_BASE_URL": "http://localhost:8000",
        "LOYALTY_LOG_LEVEL": "error",
    }
    return config.load(environment)


def make_url(engine: str, folder: Path) -> str:
    """Return the address of a database for tests."""
    return f"sqlite:///{folder / 'test.sqlite3'}" if engine == "sqlite" else postgres_url()


def migrate(app: Flask) -> None:
    """Bring the database of an application to head, as an operator does."""
    result = app.test_cli_runner().invoke(args=["db", "upgrade"])
    assert result.exit_code == 0, result.output


@pytest.fixture(scope="session", params=ENGINES)
def application(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """The application on one engine, with its schema at head, kept for the whole run."""
    folder = tmp_path_factory.mktemp(request.param)
    settings = make_settings(make_url(request.param, folder), folder)
    schema = f"tests_{os.getpid()}" if request.param == "postgresql" else None
    app = create_app(coupons, loyalty, settings=replace(settings, database_schema=schema))
    app.testing = True
    migrate(app)
    yield app
    app.extensions["database"].engine.dispose()


@pytest.fixture
def app(application: Flask) -> Flask:
    """The application with nothing in its database but the merchant and the programme."""
    database: Database = application.extensions["database"]

    def empty(session: Session) -> None:
        if session.get_bind().dialect.name == "postgresql":
            # all of it goes, so nothing can be left that refers to it: who asks that row by row,
            # for a hundred thousand codes, does so for minutes
            session.execute(text("SET LOCAL session_replication_role = replica"))
        for table in reversed(Bare.metadata.sorted_tables):
            session.execute(table.delete())
        shops.set_up(
            session, name="Corner", currency="EUR", zone="Europe/Oslo", locale="en", at=NOON
        )
        programme.set_up(session)

    database.transact(empty)
    return application


@pytest.fixture
def database(app: Flask) -> Database:
    """The database, to open transactions on."""
    found: Database = app.extensions["database"]
    return found


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """One writing transaction, rolled back at the end."""
    with database.writing() as session:
        yield session


@pytest.fixture
def connection(session: Session) -> Connection:
    """The connection of that transaction, for the hot path."""
    return session.connection()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser or program without credentials."""
    return app.test_client()


@pytest.fixture
def api(app: Flask, database: Database) -> Api:
    """A program with a key that may do everything."""
    return Api(app, database)
