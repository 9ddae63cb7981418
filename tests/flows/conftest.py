"""Flows go through the API as it describes itself."""

import pytest
from flask import Flask

from core.db import Database
from tests.flows.described import DescribedApi


@pytest.fixture
def api(app: Flask, database: Database) -> DescribedApi:
    """A program with a key that may do everything, which checks every answer it gets."""
    return DescribedApi(app, database)
