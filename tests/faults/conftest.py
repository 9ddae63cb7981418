"""Applications with a database of their own, which may be spoilt."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

import coupons
import loyalty
from core.app import create_app
from tests.conftest import make_settings
from tests.faults.postgres import Postgres


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A server of our own for the whole run."""
    server = Postgres()
    server.start()
    yield server
    server.remove()


def make_application(url: str, folder: Path, *, schema: str | None = None) -> Flask:
    """Return an application on a database of its own, which has no tables as yet."""
    settings = replace(make_settings(url, folder), database_schema=schema)
    app = create_app(coupons, loyalty, settings=settings)
    app.testing = True
    return app
