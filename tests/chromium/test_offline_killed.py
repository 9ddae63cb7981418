"""The till is killed between "Accepted offline" and the upload: nothing is lost or doubled."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from tests.chromium.conftest import CHROMIUM, FLAGS, Browse
from tests.chromium.counter import NO_LINE, UPLOAD, Counter, books
from tests.chromium.house import House
from tests.chromium.watch import Gateway

KILLS = 50
IN_THE_MIDDLE = 10  # every so many kills strike while the queue is on its way


def accept(till: Counter, card: str, total: int) -> None:
    """Take a sale without a line."""
    till.type_code(card)
    expect(till.card).to_be_visible()
    till.type_total(str(total))
    till.total.press("Enter")  # with a card alone it is settled at once
    expect(till.answer).to_contain_text("Accepted offline")


def crash(page: Page) -> None:
    """End the process of a page as if it had never been."""
    with suppress(Error):  # nobody is left to answer
        page.goto("chrome://crash")
    page.close()


def crash_on_the_way(till: Counter) -> int:
    """Let the server write the queue down, and crash before the till hears of it."""
    arrived: list[int] = []
    till.page.route(UPLOAD, lambda route: arrived.append(route.fetch().status))
    till.mend()
    while not arrived:
        till.page.wait_for_timeout(10)  # gives the route its turn
    crash(till.page)
    return arrived[0]


def test_fifty_kills_lose_nothing_and_double_nothing(browse: Browse, house: House) -> None:
    page = browse(allowed=(*NO_LINE, "Page crashed"))
    card, context = house.new_card(), page.context
    till = Counter(page, house)
    till.open()
    till.ready()
    till.cut()
    till.page.reload()

    for number in range(KILLS):
        till.go_on_if_asked()
        accept(till, card, 100 + number)
        following = context.new_page()
        if number % IN_THE_MIDDLE < IN_THE_MIDDLE - 1:
            crash(till.page)
        else:
            assert crash_on_the_way(till) == 200
            context.set_offline(True)
        till = Counter(following, house)
        till.page.goto(f"{house.address}/till")
    till.mend()

    expect(till.synced).to_contain_text(f"{KILLS} sent", timeout=30_000)
    assert till.queue() == []
    totals = [total for total, _, _ in books(house).purchases]
    assert sorted(totals) == [100 * (100 + number) for number in range(KILLS)]
    assert books(house).conflicts == []


class Device:
    """A device of its own: what its browser has written is there after the browser was killed."""

    def __init__(self, browser: Browser, gateway: Gateway, folder: Path) -> None:
        self._type = browser.browser_type
        self._folder = folder
        self._args = [*FLAGS, f"--proxy-server={gateway.address}"]
        self.context: BrowserContext

    def start(self) -> Page:
        """Start the browser."""
        self.context = self._type.launch_persistent_context(
            self._folder, executable_path=CHROMIUM, args=self._args, locale="en"
        )
        return self.context.pages[0]

    def kill(self) -> None:
        """Take the power away from the browser."""
        folder = f"--user-data-dir={self._folder}"
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                said = (process / "cmdline").read_text().split("\0")
                if folder in said and not any(one.startswith("--type=") for one in said):
                    os.kill(int(process.name), signal.SIGKILL)
        self.context.wait_for_event("close") if self.context.pages else None


@pytest.fixture
def device(browser: Browser, gateway: Gateway, tmp_path: Path) -> Iterator[Device]:
    """A device with a browser of its own."""
    device = Device(browser, gateway, tmp_path / "device")
    yield device
    device.context.close()


def test_a_browser_that_is_killed_has_kept_what_it_accepted(device: Device, house: House) -> None:
    card = house.new_card()
    till = Counter(device.start(), house)
    till.open()
    till.ready()
    device.context.close()

    for number in range(3):
        till = Counter(device.start(), house)
        till.cut()
        till.page.goto(f"{house.address}/till")
        till.go_on_if_asked()
        accept(till, card, 10 + number)
        device.kill()
    till = Counter(device.start(), house)
    till.page.goto(f"{house.address}/till")
    till.type_pin()  # the session of the cashier went with the browser

    expect(till.synced).to_contain_text("3 sent, 0 with a conflict")
    assert till.queue() == []
    assert [total for total, _, _ in books(house).purchases] == [1000, 1100, 1200]
