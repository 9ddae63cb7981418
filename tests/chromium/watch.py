"""What a browser complains of: a page gives it no reason, and asks nobody but its server."""

import re
import socket
import threading
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError

THE_BROWSERS_OWN = re.compile(r"^[A-Z]+ (http://)?[\w.-]+\.(google|googleapis|gvt1)\.com\b")
"""What Chromium asks its maker on its own account; a page that did so is seen in its own list."""

TELL = """addEventListener("securitypolicyviolation", (event) =>
  console.error("refused by the policy:", event.violatedDirective, event.blockedURI))"""


@dataclass
class Watch:
    """Listens to everything in one context.

    Attributes:
        allowed: the start of complaints that a test provokes, such as a refused code.
    """

    context: BrowserContext
    allowed: tuple[str, ...] = ()
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.add_init_script(TELL)
        self.context.on("request", self._request)
        self.context.on("console", self._console)
        self.context.on("weberror", self._error)

    def _request(self, request: Request) -> None:
        asked = urlsplit(request.url)
        if asked.scheme not in ("data", "blob") and asked.hostname != "localhost":
            self.complaints.append(f"asked a stranger: {request.url}")

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(f"{message.text} ({message.location.get('url', '')})")

    def _error(self, error: WebError) -> None:
        self._note(str(error.error))

    def _note(self, text: str) -> None:
        if not text.startswith(self.allowed or ("\0",)):
            self.complaints.append(text)


def refused(status: int) -> str:
    """Return the start of what a browser says to an answer with this status."""
    return f"Failed to load resource: the server responded with a status of {status}"


class Gateway:
    """The only way out of the browser: whoever asks for another host comes by here, and no further.

    A page's own list of requests leaves out those of its workers; nothing gets past a proxy.
    """

    def __init__(self) -> None:
        self._asked: list[str] = []
        self._door = socket.create_server(("127.0.0.1", 0))
        self._porter = threading.Thread(target=self._take_down, daemon=True)

    @property
    def address(self) -> str:
        """Return where the browser finds it."""
        return f"http://127.0.0.1:{self._door.getsockname()[1]}"

    def strangers(self) -> list[str]:
        """Return the requests so far that pages made, and forget them."""
        asked, self._asked = self._asked, []
        return [one for one in asked if not THE_BROWSERS_OWN.search(one)]

    def __enter__(self) -> Self:
        self._porter.start()
        return self

    def _take_down(self) -> None:
        while True:
            try:
                caller, _ = self._door.accept()
            except OSError:
                return
            with caller:
                self._asked.append(caller.recv(2000).partition(b"\r\n")[0].decode("latin-1"))

    def __exit__(self, *problem: object) -> None:
        self._door.shutdown(socket.SHUT_RDWR)
        self._door.close()
        self._porter.join()
