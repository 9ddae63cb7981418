"""How long a till takes, as it measures itself in a browser, beside the least that it could take.

The product runs as it is shipped, on SQLite, with one browser beside it. A cold start has an empty
cache; the floor beside it is a page of the same server with hardly anything on it.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from coupons import qr
from tests.chromium.conftest import CHROMIUM, FLAGS
from tests.chromium.house import House, open_house
from tests.chromium.picture import FRAME, film
from tests.chromium.till import Till
from tests.running import Running

STARTS = 12
SCANS = 60
PICTURES = 12

MEASURED = "kind => performance.getEntriesByName(`till.${kind}`).map(one => one.duration)"
LESS = """async () => {
  const began = performance.now()
  await (await fetch("/healthz")).text()
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)))
  return performance.now() - began
}"""


@dataclass
class Row:
    """One thing that a till does, and the least that it could take."""

    what: str
    floor_is: str
    took: list[float] = field(default_factory=list)
    floor: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the row of the table."""
        half, floor = statistics.median(self.took), statistics.median(self.floor)
        p95 = statistics.quantiles(self.took, n=20)[-1]
        cells = (
            self.what, len(self.took), f"{half:.0f}", f"{p95:.0f}",
            self.floor_is, f"{floor:.0f}", f"**{half / floor:.1f}**",
        )  # fmt: skip
        return "| " + " | ".join(str(cell) for cell in cells) + " |"


def main() -> None:
    """Measure and print the table."""
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        film(folder / "camera.y4m", None)
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[*FLAGS, f"--use-file-for-fake-video-capture={folder / 'camera.y4m'}"],
        )
        with Running(folder / "shop") as running:
            house = open_house(running)
            page = chromium.new_page(locale="en")
            till = Till(page, house).open()
            rows = [
                starts(chromium, page, house),
                answers("a card", till, house.new_card),
                answers("a coupon", till, house.new_coupon),
                pictures(till, house, folder / "camera.y4m"),
            ]
        chromium.close()
    print("| | times | half within ms | 95 of 100 within ms | beside | ms | ratio |")
    print("| --- | ---: | ---: | ---: | --- | ---: | ---: |")
    for row in rows:
        print(row)


def starts(chromium: Browser, page: Page, house: House) -> Row:
    """Open the till with an empty cache, and beside it a page with hardly anything on it."""
    row = Row("cold start", "an empty page of the same server")
    for _ in range(STARTS):
        context = chromium.new_context(storage_state=page.context.storage_state(), locale="en")
        fresh = context.new_page()
        fresh.goto(f"{house.address}/till")
        fresh.wait_for_function("performance.getEntriesByName('till.start').length > 0")
        row.took += fresh.evaluate(MEASURED, "start")
        context.close()
        context = chromium.new_context()
        bare = context.new_page()
        bare.goto(f"{house.address}/healthz")
        row.floor.append(
            bare.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd")
        )
        context.close()
    return row


def answers(what: str, till: Till, make: Callable[[], str]) -> Row:
    """Type codes, each of them new, and beside it ask the server for nothing much."""
    row = Row(f"from the code of {what} to its answer", "an empty request and a frame")
    for n in range(SCANS):
        till.type_code(make())
        till.page.wait_for_function(
            "n => performance.getEntriesByName('till.answer').length > n", arg=n
        )
        row.floor.append(till.page.evaluate(LESS))
        till.page.locator("#clear").click()
    row.took += till.page.evaluate(MEASURED, "answer")
    till.page.evaluate("performance.clearMeasures()")
    return row


def pictures(till: Till, house: House, camera: Path) -> Row:
    """Hold codes before the camera, and beside it decode the same frame without a browser."""
    row = Row("from a picture to its code", "the same decoder without a browser")
    for n in range(PICTURES):
        drawn = qr.png(house.printed(house.new_coupon()), 330, "M")
        film(camera, drawn)
        till.page.locator("#camera-toggle").click()
        till.page.wait_for_function(
            "n => performance.getEntriesByName('till.decode').length > n", arg=n
        )
        till.page.locator("#camera-toggle").click()
        expect(till.coupons).to_have_count(1)
        till.page.locator("#clear").click()
        row.floor.append(alone(drawn))
    row.took += till.page.evaluate(MEASURED, "decode")
    return row


def alone(drawn: bytes) -> float:
    """Return how long the decoder takes for a frame, in milliseconds."""
    frame = Image.new("L", FRAME, 150)
    frame.paste(Image.open(BytesIO(drawn)).convert("L"), (475, 195))
    began = time.perf_counter()
    zxingcpp.read_barcodes(frame)
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    main()
