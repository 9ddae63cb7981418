"""The till as an installed app: small, kept by the browser, and renewed at a good moment."""

import gzip
import json
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Response, expect

from tests.chromium.conftest import Browse
from tests.chromium.counter import NO_LINE, Counter, books
from tests.chromium.house import House
from tests.server import Server

BUDGET = 200_000  # bytes of compressed JavaScript, beside the decoder
KEPT = """async () => {
  const names = (await caches.keys()).filter((name) => name.startsWith("till "))
  const lists = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()))
  return lists.flat().map(({ url }) => new URL(url).pathname)
}"""
UPDATED = """async () => {
  const registration = await navigator.serviceWorker.ready
  await registration.update()
  while (!registration.waiting) await new Promise((done) => setTimeout(done, 20))
}"""
SCRIPTS = """performance.getEntriesByType("resource")
  .some(({ name }) => name.includes("/till/shell/0000000000000000/"))"""


@pytest.fixture
def till(browse: Browse, house: House) -> Counter:
    """A till whose line may go."""
    counter = Counter(browse(allowed=NO_LINE), house)
    counter.open()
    return counter.ready()


def test_what_a_page_loads_is_within_the_budget(browse: Browse, house: House) -> None:
    page = browse()
    loaded: list[Response] = []
    till = Counter(page, house)

    page.context.on("response", lambda one: loaded.append(one))  # noqa: PLW0108  # wants a function
    till.open()
    till.ready()

    scripts = {
        one.url: len(gzip.compress(page.request.get(one.url).body(), 6))
        for one in loaded
        if "javascript" in one.headers.get("content-type", "") and "/vendor/" not in one.url
    }
    assert any(url.endswith("/till/till.js") for url in scripts)
    assert any(url.endswith("/till/sw.js") for url in scripts)
    assert sum(scripts.values()) <= BUDGET, scripts


def test_it_can_be_installed(browse: Browse, house: House) -> None:
    page = browse()
    page.goto(f"{house.address}/till/enrol")

    line = page.context.new_cdp_session(page)
    found = line.send("Page.getAppManifest")

    manifest = json.loads(found["data"])
    assert found["errors"] == []
    assert manifest["name"].startswith(house.running.name)
    assert manifest["start_url"] == manifest["scope"] == "/till"
    purposes = set()
    for one in manifest["icons"]:
        picture = Image.open(BytesIO(page.request.get(house.address + one["src"]).body()))
        assert f"{picture.width}x{picture.height}" == one["sizes"]
        purposes.add((one["sizes"], one["purpose"]))
    assert {("192x192", "any"), ("512x512", "any"), ("512x512", "maskable")} == purposes


def test_a_page_that_opens_without_a_line_goes_on_where_it_stood(
    till: Counter, house: House
) -> None:
    card = house.new_card(name="Ada Lovelace")
    till.type_code(card)
    expect(till.card).to_contain_text("Ada Lovelace")
    till.type_total("20")

    till.cut()
    till.page.reload()
    till.go_on()

    expect(till.card).to_contain_text("Ada Lovelace")
    expect(till.total).to_have_value("20.00")
    till.settle("Settle €20.00")
    expect(till.answer).to_contain_text("Accepted offline")
    till.page.reload()
    expect(till.answer).to_contain_text("Accepted offline")
    assert len(till.queue()) == 1


def test_the_camera_works_without_a_line(browse: Browse, house: House, camera: Any) -> None:
    card = house.new_card()
    camera.show(house.picture(f"/cards/{card}/qr.png?size=400"))
    till = Counter(browse(allowed=NO_LINE), house)
    till.open()
    till.ready()
    till.cut()
    till.page.reload()
    till.go_on()

    till.page.get_by_role("button", name="Camera").click()

    expect(till.card).to_contain_text("not known without a line")


def test_only_the_till_itself_is_kept_and_nothing_of_a_customer(
    till: Counter, house: House
) -> None:
    till.type_code(house.new_card())
    expect(till.card).to_be_visible()
    till.page.goto(f"{house.address}/till/sign-on")
    till.page.goto(f"{house.address}/till")

    kept = till.page.evaluate(KEPT)

    assert "/till" in kept
    assert {one for one in kept if not one.startswith(("/static/", "/till/shell/"))} == {
        "/till",
        "/till/no-line",
    }


def test_after_the_sign_off_nobody_goes_on_without_a_line(till: Counter, house: House) -> None:
    till.page.locator("[data-sign-off] button").click()
    expect(till.page.get_by_role("button", name="Sign on")).to_be_visible()

    till.cut()
    till.page.goto(f"{house.address}/till")

    expect(till.page.get_by_role("heading", name="There is no line")).to_be_visible()


@pytest.fixture
def newer(house: House) -> Iterator[Server]:
    """The same product with a later version of the till, on the same port; started by the test."""
    old = house.running.server
    server = old.with_app("tests.chromium.newer:app")
    yield server
    server.kill()
    old.start()


def test_an_update_waits_for_the_end_of_the_sale_and_leaves_the_queue_alone(
    till: Counter, house: House, newer: Server
) -> None:
    card = house.new_card()
    till.cut()
    till.type_code(card)
    till.go_on()
    till.type_total("20")
    till.settle("Settle €20.00")
    expect(till.answer).to_contain_text("Accepted offline")
    till.type_code(card)
    till.hold_back()
    house.running.server.kill()
    newer.start()
    till.mend()
    expect(till.line).to_contain_text("1 sale waits")

    till.page.evaluate(UPDATED)
    expect(till.card).to_be_visible()
    assert not till.page.evaluate(SCRIPTS)
    with till.page.expect_event("load"):
        till.page.locator("#clear").click()

    assert till.page.evaluate(SCRIPTS)
    assert len(till.queue()) == 1
    till.let_through()
    till.page.reload()
    expect(till.synced).to_contain_text("1 sent, 0 with a conflict")
    assert till.queue() == []
    assert books(house).purchases == [(2000, 2000, True)]
