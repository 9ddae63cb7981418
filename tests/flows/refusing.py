"""What every refusal over the API has in common."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from werkzeug.test import TestResponse

from core.db import Database
from tests.digest import ATTEMPTS, digest

TRACES = ("Traceback", 'File "', "sqlalchemy", "psycopg", "sqlite", "SELECT ", "INSERT ", "<html")


def check_refused(answer: TestResponse, status: int, code: str) -> dict[str, Any]:
    """Assert one clear no: status, problem document, stable code, a sentence; return it."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    told: dict[str, Any] = answer.get_json(force=True)
    assert (told["status"], told["code"]) == (status, code), told
    assert told["type"] == f"/api/v1/problems/{code}"
    assert told["detail"].endswith(".")
    assert not [word for word in TRACES if word in answer.text], answer.text
    return told


@contextmanager
def nothing_changes(database: Database, *, attempts: bool = False) -> Iterator[None]:
    """Assert that no row of any table changes; ``attempts`` lets a refused try be recorded."""
    without = ATTEMPTS if attempts else frozenset()
    before = digest(database, without=without)
    yield
    after = digest(database, without=without)
    changed = {name for name in before if before[name] != after[name]}
    assert not changed, f"a refusal has changed {changed}"
