"""Lighthouse gives the till and the card full marks for accessibility and for good practice."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.chromium.conftest import CHROMIUM, Browse
from tests.chromium.house import House
from tests.chromium.till import Till

SCRIPT = Path(__file__).with_name("lighthouse.js")
FULL = {"accessibility": 1, "best-practices": 1}


def lighthouse(house: House, cookies: list[Any], *paths: str) -> dict[str, Any]:
    """Return what Lighthouse finds on pages, as seen by whoever holds the cookies."""
    node = shutil.which("node")
    assert node, "make setup brings one"
    cookie = {"Cookie": "; ".join(f"{one['name']}={one['value']}" for one in cookies)}
    pages = [house.address + path for path in paths]
    done = subprocess.run(  # noqa: S603  # our own script
        [node, SCRIPT, CHROMIUM, json.dumps(cookie), *pages],
        capture_output=True, text=True, check=True, timeout=300,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return {path: found[page] for path, page in zip(paths, pages, strict=True)}


def test_the_till_and_the_card_get_full_marks(house: House, browse: Browse) -> None:
    page = browse()
    Till(page, house).open()
    page.goto(house.new_customer(name="Ada Lovelace")["link"])

    found = lighthouse(house, page.context.cookies(), "/till", "/me")

    assert {path: one["at"] for path, one in found.items()} == {
        path: house.address + path for path in found
    }
    assert {path: one["scores"] for path, one in found.items()} == dict.fromkeys(found, FULL), found
