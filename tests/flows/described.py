"""A program that holds every answer of the API against the API's own description."""

import re
from functools import cached_property
from typing import Any

from openapi_schema_validator import OAS31Validator
from werkzeug.test import TestResponse

from tests.api import Api

UNDESCRIBED = ("/openapi.json", "/docs", "/problems/")
"""What is about the API and no part of it."""


class DescribedApi(Api):
    """Calls /api/v1 and fails where an answer is not as openapi.json says."""

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Return the description, read once."""
        found: dict[str, Any] = self.client.get("/api/v1/openapi.json").json
        return found

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> TestResponse:
        """Send a request, and check the answer."""
        answer = super().call(method, path, body, **headers)
        if not path.startswith(UNDESCRIBED):
            self.check(method, f"/api/v1{path}".partition("?")[0], answer)
        return answer

    def check(self, method: str, path: str, answer: TestResponse) -> None:
        """Assert that an answer is one of those described."""
        described = self.operation(method, path)
        if described is None:
            assert answer.status_code in (404, 405), f"{method} {path} is not described"
            return
        responses = described["responses"]
        found = responses.get(str(answer.status_code)) or responses["default"]
        while "$ref" in found:
            found = self.spec["components"]["responses"][found["$ref"].rpartition("/")[2]]
        kinds = found.get("content", {})
        if answer.status_code == 204:
            assert not kinds
            return
        kind = answer.content_type.partition(";")[0]
        assert kind in kinds, f"{method} {path} {answer.status_code}: {kind} not in {[*kinds]}"
        if kind.endswith("json"):
            schema = kinds[kind].get("schema", {}) | {"components": self.spec["components"]}
            errors = list(OAS31Validator(schema).iter_errors(answer.get_json(force=True)))
            assert not errors, f"{method} {path} {answer.status_code}: {errors[0]}"

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        """Return what the description says of a call."""
        plainest_first = sorted(self.spec["paths"].items(), key=lambda one: one[0].count("{"))
        for template, methods in plainest_first:
            pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
            if re.fullmatch(pattern, path) and method.lower() in methods:
                found: dict[str, Any] = methods[method.lower()]
                return found
        return None
