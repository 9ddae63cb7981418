"""The product as an operator runs it: its own gunicorn on a free port, on a database of its own."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from flask import Flask
from sqlalchemy import text

import coupons
import loyalty
from core import clock, config, shops
from core.app import create_app
from core.db import Database
from loyalty import programme

ROOT = Path(__file__).parent.parent
PATIENCE = 30  # seconds for a start or an end


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


class Running:
    """A running product. Within ``with`` it answers at ``base_url``.

    Attributes:
        app: the same product in this process, on the same database, to set things up.
        database: that database, to look at what was kept.
        log: the file that the server writes its log to.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        schema: str | None = None,
        name: str = "Corner Shop",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Make the database; SQLite in the folder unless an address is given."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = free_port()
        self.base_url = f"http://localhost:{self.port}"
        self.log = folder / "server.log"
        self.schema = schema
        self.name = name
        self.environment = {
            "LOYALTY_DATABASE_URL": database_url or f"sqlite:///{folder / 'loyalty.sqlite3'}",
            "LOYALTY_DATABASE_SCHEMA": schema or "",
            "LOYALTY_DATA_DIR": str(folder),
            "LOYALTY_SECRET_KEY": "a secret of the tests, known to all",
            "LOYALTY_BASE_URL": self.base_url,
        } | dict(settings or {})
        quiet = self.environment | {"LOYALTY_LOG_LEVEL": "error"}
        self.app: Flask = create_app(coupons, loyalty, settings=config.load(quiet))
        self.database: Database = self.app.extensions["database"]
        self._server: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        """Bring the schema to head, set the merchant up, and serve."""
        done = self.app.test_cli_runner().invoke(args=["db", "upgrade"])
        assert done.exit_code == 0, done.output

        def set_up(session: object) -> None:
            shops.set_up(
                session, name=self.name, currency="EUR", zone="Europe/Oslo", locale="en",
                at=clock.now(),
            )  # fmt: skip
            programme.set_up(session)

        self.database.transact(set_up)
        self.serve()
        return self

    def serve(self) -> None:
        """Start the server, and return once it takes requests."""
        inherited = {n: v for n, v in os.environ.items() if not n.startswith("LOYALTY_")}
        where = {"HOST": "127.0.0.1", "PORT": str(self.port), "PYTHONUNBUFFERED": "1"}
        with self.log.open("a") as log:
            self._server = subprocess.Popen(  # our own server, with our own settings
                [sys.executable, "-m", "gunicorn", "--config", "gunicorn.conf.py", "wsgi:app"],
                cwd=ROOT,
                env=inherited | self.environment | where,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._server.stdout
        said = self._server.stdout.readline()
        assert said.startswith("Ready"), self.log.read_text()[-2000:]

    @property
    def pid(self) -> int:
        """Return the process that started the workers."""
        assert self._server
        return self._server.pid

    def end(self) -> None:
        """End the server as an operator does."""
        if self._server is None:
            return
        self._server.terminate()
        try:
            self._server.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            os.killpg(self._server.pid, signal.SIGKILL)
            self._server.wait(PATIENCE)
        assert self._server.stdout
        self._server.stdout.close()
        self._server = None

    def __exit__(self, *problem: object) -> None:
        """End the server and leave nothing behind on a shared database server."""
        self.end()
        if self.schema:
            with self.database.writing() as session:
                session.execute(text(f'DROP SCHEMA "{self.schema}" CASCADE'))
                session.commit()
        self.database.engine.dispose()

    def bugs(self) -> list[str]:
        """Return the lines of the log that tell of a bug."""
        lines = self.log.read_text().splitlines()
        return [one for one in lines if '"level": "error"' in one or "Traceback" in one]
