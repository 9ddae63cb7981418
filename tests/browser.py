"""A browser that follows forms: it brings the token of our own pages along."""

import re
from typing import Any

from flask import Flask
from werkzeug.test import TestResponse

TOKEN = re.compile(r'name="csrf_token"\s+value="([^"]+)"')


class Browser:
    """A browser with its own cookies, at an address of its own."""

    def __init__(self, app: Flask, address: str = "10.0.0.1") -> None:
        self.client = app.test_client()
        self.base = {"REMOTE_ADDR": address}

    def get(self, path: str, **headers: str) -> TestResponse:
        """Open a page."""
        return self.open("GET", path, headers=headers)

    def post(self, path: str, **fields: Any) -> TestResponse:
        """Send a form, with the token that every page of ours puts in."""
        found = TOKEN.search(self.get("/till/enrol").text)
        assert found
        return self.open("POST", path, data=fields | {"csrf_token": found[1]})

    def open(self, method: str, path: str, **given: Any) -> TestResponse:
        """Send any request."""
        headers = {n.replace("_", "-"): v for n, v in given.pop("headers", {}).items()}
        return self.client.open(
            path, method=method, headers=headers, environ_base=self.base, **given
        )


def without_token(page: TestResponse) -> str:
    """Return a page but for its token, which is another one every second."""
    return TOKEN.sub("", page.text)
