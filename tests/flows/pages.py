"""Lists over the API, page by page."""

from typing import Any

from tests.api import Api


def every(api: Api, path: str, *, limit: int = 2, **query: str) -> list[dict[str, Any]]:
    """Return all items of a list, fetched page by page, and see that each page keeps the rules."""
    found: list[dict[str, Any]] = []
    more = "".join(f"&{name}={value}" for name, value in query.items())
    cursor, pages = "", 0
    while True:
        page = api.get(f"{path}?limit={limit}{more}{cursor}")
        assert len(page["items"]) <= limit
        found += page["items"]
        pages += 1
        if page["next_cursor"] is None:
            assert pages == max(1, -(-len(found) // limit))
            return found
        assert len(page["items"]) == limit
        cursor = f"&cursor={page['next_cursor']}"
