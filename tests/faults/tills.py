"""Tills that sell until they are told to stop, whatever happens to the server."""

import http.client
from dataclasses import dataclass, field
from threading import Condition, Event, Thread
from typing import Any
from uuid import uuid4

from tests.server import Answer, Server, receive, send

AGAIN = 0.02
"""Seconds a till waits before it sends a request again."""

HANGS_UP = 9
"""Every so many requests the answer is lost on its way."""


@dataclass(slots=True)
class Sale:
    """One sale, and what the server acknowledged of it."""

    body: dict[str, Any]
    key: str = field(default_factory=lambda: uuid4().hex)
    answer: Answer | None = None


class Counter:
    """How many sales were acknowledged, for whoever waits for more."""

    def __init__(self) -> None:
        self.count = 0
        self._more = Condition()

    def add(self) -> None:
        """Count one."""
        with self._more:
            self.count += 1
            self._more.notify_all()

    def wait_for(self, more: int) -> None:
        """Wait until so many more were counted."""
        with self._more:
            wanted = self.count + more
            assert self._more.wait_for(lambda: self.count >= wanted, 60), "nothing is sold any more"


class Till(Thread):
    """Sells, and sends every sale again until it is acknowledged, under the same key.

    A careless till takes a new key each time.
    """

    def __init__(
        self, server: Server, api_key: str, bodies: list[dict[str, Any]], counter: Counter,
        *, careless: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.sales: list[Sale] = []
        self._server, self._api_key, self._bodies = server, api_key, bodies
        self._counter, self._careless = counter, careless
        self._over = Event()
        self._requests = 0
        self._line: http.client.HTTPConnection | None = None

    def stop(self) -> None:
        """Finish the sale at hand, and end."""
        self._over.set()

    def run(self) -> None:
        """Sell until told to stop."""
        for body in self._bodies:
            if self._over.is_set():
                break
            sale = Sale(body)
            self.sales.append(sale)
            self._settle(sale)
            self._counter.add()
        self._hang_up()

    def _settle(self, sale: Sale) -> None:
        while sale.answer is None:
            answer = self._try(sale)
            if answer is not None and answer.status < 500:
                sale.answer = answer
                return
            self._hang_up()
            if self._careless:
                sale.key = uuid4().hex
            Event().wait(AGAIN)

    def _try(self, sale: Sale) -> Answer | None:
        self._requests += 1
        try:
            line = self._line = self._line or self._server.connect()
            headers = {"Authorization": f"Bearer {self._api_key}", "Idempotency_Key": sale.key}
            send(line, "POST", "/api/v1/purchases", sale.body, **headers)
            answer = receive(line)
        except (OSError, http.client.HTTPException):
            return None
        return None if self._requests % HANGS_UP == 0 else answer

    def _hang_up(self) -> None:
        if self._line:
            self._line.close()
            self._line = None
