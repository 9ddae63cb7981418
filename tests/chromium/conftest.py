"""Chromium before a product that runs as it is shipped."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium.house import House, open_house
from tests.chromium.picture import film
from tests.chromium.till import Till
from tests.chromium.watch import Gateway, Watch
from tests.conftest import postgres_url
from tests.running import Running

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
]
PATIENCE = 15_000  # milliseconds that a page may take on a busy machine

Browse = Callable[..., Page]


class Camera:
    """The camera of the browser: it sees what it is shown before it is switched on."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.show(None)

    def show(self, picture: bytes | None) -> None:
        """Hold a picture before the camera."""
        film(self.path, picture)


@pytest.fixture(scope="package")
def camera(tmp_path_factory: pytest.TempPathFactory) -> Camera:
    """What the browser's camera sees."""
    return Camera(tmp_path_factory.mktemp("camera") / "camera.y4m")


@pytest.fixture(scope="package")
def gateway() -> Iterator[Gateway]:
    """The way out of the browser."""
    with Gateway() as gateway:
        yield gateway


@pytest.fixture(scope="package")
def browser(camera: Camera, gateway: Gateway) -> Iterator[Browser]:
    """Chromium, which reaches this machine and no other."""
    args = [
        *FLAGS,
        f"--use-file-for-fake-video-capture={camera.path}",
        f"--proxy-server={gateway.address}",
    ]
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=args)
        yield chromium
        chromium.close()


@pytest.fixture
def engine() -> str:
    """The engine a test runs on, unless it says otherwise."""
    return "sqlite"


@pytest.fixture(scope="package")
def products(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Running]]:
    """Running products, one for each engine that is asked for."""
    started: dict[str, Running] = {}
    with ExitStack() as until_the_end:

        def product(engine: str) -> Running:
            if engine not in started:
                where: dict[str, Any] = {}
                if engine == "postgresql":
                    where = {"database_url": postgres_url(), "schema": f"browser_{os.getpid()}"}
                one = Running(tmp_path_factory.mktemp(engine), **where)
                started[engine] = until_the_end.enter_context(one)
            return started[engine]

        yield product
        bugs = [line for one in started.values() for line in one.bugs()]
    assert not bugs


@pytest.fixture
def house(products: Callable[[str], Running], engine: str) -> House:
    """A shop of the test's own in a running product."""
    return open_house(products(engine))


@pytest.fixture
def browse(browser: Browser, gateway: Gateway) -> Iterator[Browse]:
    """Open pages as one person after the other; at the end none may have complained."""
    gateway.strangers()
    watches: list[Watch] = []

    def new_page(*, allowed: tuple[str, ...] = (), **options: Any) -> Page:
        usual: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}, "locale": "en"}
        context = browser.new_context(**usual | options)
        context.set_default_timeout(PATIENCE)
        watches.append(Watch(context, allowed))
        return context.new_page()

    yield new_page
    complaints = [one for watch in watches for one in watch.complaints]
    for watch in watches:
        watch.context.close()
    assert not complaints
    assert not gateway.strangers()


@pytest.fixture
def till(browse: Browse, house: House) -> Till:
    """A till with a cashier signed on."""
    return Till(browse(), house).open()
