"""Where races are run: the application's own database, and one that has no guards."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

from core import shops
from core.db import Bare, Database
from loyalty import programme
from tests.factories import NOON
from tests.races import careless
from tests.races.crowd import Arena, Crowd


@pytest.fixture(scope="session")
def crowd() -> Iterator[Crowd]:
    """Eight processes, started once for all races."""
    crowd = Crowd()
    yield crowd
    crowd.disperse()


@pytest.fixture
def arena(app: Flask) -> Arena:
    """The application's database, emptied."""
    config = app.extensions["config"]
    return Arena(config.database_url, config.database_schema)


@pytest.fixture(scope="session")
def _without_guards(
    application: Flask, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Arena, Database]]:
    config = application.extensions["config"]
    if config.database_url.startswith("sqlite"):
        folder: Path = tmp_path_factory.mktemp("unguarded")
        arena = Arena(f"sqlite:///{folder / 'test.sqlite3'}")
    else:
        arena = Arena(config.database_url, f"unguarded_{os.getpid()}")
    database = Database(arena.url, schema=arena.schema)

    def create(session: Session) -> None:
        if arena.schema:
            session.execute(text(f"CREATE SCHEMA {arena.schema}"))
        careless.tables_without_guards().create_all(session.connection())

    database.transact(create)
    yield arena, database
    database.engine.dispose()


@pytest.fixture
def unguarded(_without_guards: tuple[Arena, Database]) -> tuple[Arena, Database]:
    """A database with the product's tables but none of the guards, with merchant and programme."""
    arena, database = _without_guards

    def empty(session: Session) -> None:
        for table in reversed(Bare.metadata.sorted_tables):
            session.execute(table.delete())
        shops.set_up(
            session, name="Corner", currency="EUR", zone="Europe/Oslo", locale="en", at=NOON
        )
        programme.set_up(session)

    database.transact(empty)
    return arena, database
