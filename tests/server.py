"""The real server: gunicorn with the product's own configuration, in a process of its own."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import nullcontext, suppress
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from secrets import SystemRandom
from typing import Any

from core.config import Config

PORTS = range(20_000, 32_000)
ROOT = Path(__file__).parent.parent
SECONDS = 30
"""How long a server may take to start or to stop."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back over the wire."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Read the body."""
        return json.loads(self.body)


class Server:
    """One gunicorn; started, killed and started again on the same port.

    ``workers`` is how many serve; without it, as many as the product starts by itself. What the
    server logs goes to the file ``log``, else to where the tests print.
    """

    def __init__(
        self,
        config: Config,
        *,
        workers: int | None = 2,
        app: str = "wsgi:app",
        port: int | None = None,
        log: Path | None = None,
    ) -> None:
        self.port = port or free_port()
        self._app = app
        self._log = log
        self._environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("LOYALTY_", "WEB_"))
        } | {
            "LOYALTY_DATABASE_URL": config.database_url,
            "LOYALTY_DATA_DIR": str(config.data_dir),
            "LOYALTY_SECRET_KEY": config.secret_key,
            "LOYALTY_LOG_LEVEL": config.log_level,
            "PORT": str(self.port),
        }
        if workers:
            self._environment["WEB_CONCURRENCY"] = str(workers)
        if config.database_schema:
            self._environment["LOYALTY_DATABASE_SCHEMA"] = config.database_schema
        self._process: subprocess.Popen[str] | None = None

    def with_app(self, app: str) -> "Server":
        """Return a server that serves another app in this one's place, once this one is gone."""
        other = copy(self)
        other._app, other._process = app, None  # noqa: SLF001  # of the same class
        return other

    def __enter__(self) -> "Server":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start, and wait until it says that it is ready."""
        command = [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", self._app]
        with self._log.open("a") if self._log else nullcontext() as log:
            self._process = subprocess.Popen(  # noqa: S603  # our own server
                command,
                cwd=ROOT,
                env=self._environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._process.stdout
        said = self._process.stdout.readline()
        assert said.startswith("Ready"), f"the server did not start: {said!r}"

    def stop(self) -> None:
        """Stop as an operator does, and wait for the end."""
        if self._process:
            self._process.terminate()
            self._gone()

    def kill(self) -> None:
        """Take the power away from the whole server at once."""
        assert self._process
        os.killpg(self._process.pid, signal.SIGKILL)
        self._gone()

    def kill_a_worker(self) -> bool:
        """Kill one worker, which the server then replaces; tell whether there was one."""
        workers = self.workers()
        if not workers:
            return False
        try:
            os.kill(workers[0], signal.SIGKILL)
        except ProcessLookupError:
            return False
        return True

    def workers(self) -> list[int]:
        """Return the processes that serve, oldest first."""
        assert self._process
        pid = self._process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        return [int(child) for child in children.split()]

    def _gone(self) -> None:
        assert self._process
        assert self._process.stdout
        self._process.wait(SECONDS)
        self._process.stdout.close()
        self._process = None

    def connect(self, timeout: float = SECONDS) -> http.client.HTTPConnection:
        """Open a connection."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        connection.connect()
        return connection

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Send one request on a connection of its own."""
        connection = self.connect()
        try:
            send(connection, method, path, body, **headers)
            return receive(connection)
        finally:
            connection.close()


def send(
    connection: http.client.HTTPConnection,
    method: str,
    path: str,
    body: Any = None,
    **headers: str,
) -> None:
    """Send a request, and do not wait for its answer."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    payload = None
    if body is not None:
        payload = json.dumps(body).encode()
        sent["Content-Type"] = "application/json"
    connection.request(method, path, payload, sent)


def receive(connection: http.client.HTTPConnection) -> Answer:
    """Read the answer to the request that was sent last."""
    response = connection.getresponse()
    body = response.read()
    return Answer(response.status, dict(response.getheaders()), body)


def free_port() -> int:
    """Return a port that nobody listens on.

    It is below those that a system gives to whoever connects somewhere, so that a server which is
    stopped and started again finds its own still free.
    """
    for port in SystemRandom().sample(PORTS, 100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", port))
                return port
    raise RuntimeError("no port is free")
