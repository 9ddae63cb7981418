"""A load generator that costs little: one process a connection, raw sockets, requests built before.

It imports nothing of the product, so that its processes start fast and stay small.
"""

import itertools
import json
import multiprocessing
import socket
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

HEAD_START = 0.05
"""Seconds until all begin together."""

ROOM = 65_536


@dataclass(slots=True)
class Result:
    """What one run came to: seconds, the latency of each request, and the answers by status."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def rate(self) -> float:
        """Return how many were done a second."""
        return len(self.latencies) / self.seconds

    def quantile(self, share: float) -> float:
        """Return the latency, in milliseconds, that this share of the requests stayed below."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def request(method: str, path: str, body: Any = None, **headers: str) -> bytes:
    """Return a request as it goes over the wire."""
    payload = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost", f"Content-Length: {len(payload)}"]
    if body is not None:
        lines.append("Content-Type: application/json")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode() + payload


class Crew:
    """Processes that wait for work, and do it at the same time."""

    def __init__(self, size: int) -> None:
        """Start them."""
        context = multiprocessing.get_context("spawn")
        self._lines: list[Connection] = []
        for _ in range(size):
            ours, theirs = context.Pipe()
            context.Process(target=_wait_for_work, args=(theirs,), daemon=True).start()
            self._lines.append(ours)

    def run(self, work: Callable[..., Result], jobs: Sequence[tuple[Any, ...]]) -> Result:
        """Do one job in each of so many processes, and add up what they came to."""
        lines = self._lines[: len(jobs)]
        for line, job in zip(lines, jobs, strict=True):
            line.send((work, job))
        for line in lines:
            line.recv()  # connected
        begin = time.perf_counter() + HEAD_START
        for line in lines:
            line.send(begin)
        found = [line.recv() for line in lines]
        total = Result(max(one.seconds for one in found))
        for one in found:
            total.latencies += one.latencies
            total.statuses += one.statuses
        return total

    def http(self, port: int, requests: Sequence[Sequence[bytes]], seconds: float) -> Result:
        """Send requests on as many connections as there are lists; a list of one is repeated."""
        return self.run(send_all, [(port, one, seconds) for one in requests])

    def dismiss(self) -> None:
        """End them."""
        for line in self._lines:
            line.close()


def _wait_for_work(line: Connection) -> None:
    while True:
        try:
            work, job = line.recv()
        except EOFError:
            return

        def ready() -> None:
            line.send(None)
            time.sleep(max(0.0, line.recv() - time.perf_counter()))

        line.send(work(*job, ready=ready))


def send_all(
    port: int, requests: Sequence[bytes], seconds: float, *, ready: Callable[[], None]
) -> Result:
    """Send one request after the other on one connection, until the time is over."""
    queue = itertools.repeat(requests[0]) if len(requests) == 1 else iter(requests)
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        ready()
        result = Result(0)
        now = began = time.perf_counter()
        for one in queue:
            if now - began >= seconds:
                break
            line.sendall(one)
            result.statuses[_receive(line)] += 1
            sent, now = now, time.perf_counter()
            result.latencies.append(now - sent)
        result.seconds = now - began
    return result


def _receive(line: socket.socket) -> str:
    """Read one answer and return its status."""
    answer = line.recv(ROOM)
    while (end := answer.find(b"\r\n\r\n")) < 0:
        answer += _more(line)
    head = answer[:end].lower()
    at = head.find(b"content-length:")
    length = int(head[at + 15 :].partition(b"\r\n")[0]) if at >= 0 else 0
    while len(answer) < end + 4 + length:
        answer += _more(line)
    return head[9:12].decode()


def _more(line: socket.socket) -> bytes:
    if not (part := line.recv(ROOM)):
        raise ConnectionError("the server closed a connection that it kept alive")
    return part


class Floor:
    """A server that does nothing: what the load generator itself can do at most."""

    ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"

    def __init__(self) -> None:
        """Start it in a process of its own."""
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_answer_all, args=(theirs,), daemon=True)
        self._process.start()
        self.port: int = ours.recv()

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        self._process.join()


def _answer_all(line: Connection) -> None:
    import selectors  # noqa: PLC0415  # of this process alone

    door = socket.create_server(("127.0.0.1", 0), backlog=64)
    line.send(door.getsockname()[1])
    with selectors.DefaultSelector() as waiting:
        waiting.register(door, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if key.fileobj is door:
                    waiting.register(door.accept()[0], selectors.EVENT_READ)
                    continue
                caller = key.fileobj
                assert isinstance(caller, socket.socket)
                if caller.recv(ROOM):
                    caller.sendall(Floor.ANSWER)
                else:
                    waiting.unregister(caller)
                    caller.close()
