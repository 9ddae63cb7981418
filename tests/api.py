"""A program that calls the API, as a POS vendor's would."""

from typing import Any
from uuid import uuid4

from flask import Flask
from werkzeug.test import TestResponse

from core import clock, keys
from core.auth import SYSTEM
from core.db import Database


class Api:
    """Calls /api/v1 with a key; every POST has a fresh Idempotency-Key unless one is given."""

    def __init__(self, app: Flask, database: Database, scopes: tuple[str, ...] = ("all",)) -> None:
        self.client = app.test_client()
        _, self.key = database.transact(
            lambda s: keys.add(s, "test", scopes=list(scopes), actor=SYSTEM, at=clock.now())
        )

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request, with or without a JSON body."""
        sent = {"Authorization": f"Bearer {self.key}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return self.client.open(f"/api/v1{path}", method=method, json=body, headers=sent)

    def get(self, path: str, expect: int = 200) -> Any:
        """Get what is there."""
        answer = self.call("GET", path)
        assert answer.status_code == expect, answer.text
        return answer.json

    def post(
        self, path: str, body: Any = None, expect: int | None = None, key: str | None = None
    ) -> Any:
        """Post, and return the JSON answered."""
        answer = self.call(
            "POST", path, {} if body is None else body, Idempotency_Key=key or uuid4().hex
        )
        if expect is None:
            assert answer.status_code in (200, 201, 202), answer.text
        else:
            assert answer.status_code == expect, answer.text
        return answer.get_json(force=True)
