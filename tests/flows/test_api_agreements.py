"""What docs/api.md promises of every call."""

import re
from pathlib import Path
from typing import Any

import pytest

from core.db import Database
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store

ROOT = Path(__file__).parents[2]

SETTINGS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    ("PATCH", "/programme", {"spend_minimum": 5}, {"spend_minimum": 7}),
    ("PATCH", "/till-rules", {"lock_minutes": 5}, {"lock_minutes": 7}),
    ("PUT", "/merchant", {"name": "A", "zone": "Europe/Oslo", "locale": "en"},
     {"name": "B", "zone": "Europe/Oslo", "locale": "en"}),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "first", "second"), SETTINGS, ids=str)
def test_a_setting_changes_only_from_what_was_seen(
    api: Api, database: Database, method: str, path: str,
    first: dict[str, Any], second: dict[str, Any],
) -> None:  # fmt: skip
    seen = api.call("GET", path).headers["ETag"]
    changed = api.call(method, path, first, If_Match=seen)
    assert changed.status_code == 200, changed.text
    with nothing_changes(database):
        for stale in (seen, '"x"'):
            check_refused(api.call(method, path, second, If_Match=stale), 412, "stale")

    assert api.call("GET", path).headers["ETag"] == changed.headers["ETag"] != seen
    assert api.call(method, path, second).status_code == 200


@pytest.mark.parametrize("path", ["/conflicts?stat=open", "/shops?foo=1", "/purchases?reciept=1"])
def test_a_list_asked_for_by_what_it_does_not_know_is_refused(api: Api, path: str) -> None:
    answer = api.call("GET", path)

    [name] = check_refused(answer, 422, "invalid_request")["errors"]
    assert name in path


def test_a_cursor_is_good_for_its_own_list_alone(api: Api) -> None:
    for _ in range(2):
        api.post("/customers", {})
    cursor = api.get("/customers?limit=1")["next_cursor"]

    assert len(api.get(f"/customers?limit=1&cursor={cursor}")["items"]) == 1
    for other in ("/responses", "/purchases", "/shops"):
        answer = api.call("GET", f"{other}?cursor={cursor}")
        assert list(check_refused(answer, 422, "invalid_request")["errors"]) == ["cursor"]


def test_what_is_wrong_with_an_attribute_is_told_at_its_name(api: Api) -> None:
    answer = api.call("POST", "/customers", {"attributes": {"age": 1.5, "n" * 51: 2, "ok": "x"}})

    assert check_refused(answer, 422, "invalid_request")["errors"] == {
        "attributes.age": ["Must be a text, a whole number, true or false."],
        f"attributes.{'n' * 51}": ["Length must be between 1 and 50."],
    }


def test_a_quote_of_nothing_is_the_same_no_as_a_purchase_of_nothing(
    api: Api, database: Database
) -> None:
    store = make_store(api)
    with nothing_changes(database):
        for path in ("/quotes", "/purchases"):
            answer = api.call("POST", path, {"shop": store["shop"]}, Idempotency_Key="k" * 16)
            check_refused(answer, 422, "nothing_to_settle")

    card = api.post("/quotes", {"shop": store["shop"], "card": store["card"]})
    assert card["points"]["available"] == 1000


def test_the_prefixes_of_ids_are_those_that_are_listed() -> None:
    packages = [ROOT / name for name in ("core", "coupons", "loyalty")]
    used = {
        prefix
        for package in packages
        for path in package.rglob("*.py")
        for prefix in re.findall(
            r'(?:ids\.public|ids\.parse|PublicId|HexId|<public)\(\s*"([a-z]{2})"', path.read_text()
        )
    }
    told = (ROOT / "docs/api.md").read_text().partition("prefix (")[2].partition(")")[0]
    listed = re.findall(r"`([a-z]{2})_`", told)

    assert sorted(listed) == sorted(used)
