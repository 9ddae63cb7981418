"""The product as an operator runs it, on a database of its own."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from flask import Flask
from sqlalchemy import text
from sqlalchemy.orm import Session

import coupons
import loyalty
from core import clock, config, shops
from core.app import create_app
from core.db import Database
from loyalty import programme
from tests.server import Server, free_port


class Running:
    """A running product. Within ``with`` it answers at ``base_url``.

    Attributes:
        app: the same product in this process, on the same database, to set things up.
        database: that database, to look at what was kept.
        server: what serves it.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        schema: str | None = None,
        name: str = "Corner Shop",
        workers: int | None = None,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Choose the database; SQLite in the folder unless an address is given."""
        folder.mkdir(exist_ok=True)
        port = free_port()
        self.base_url = f"http://localhost:{port}"
        self.schema = schema
        self.name = name
        self._log = folder / "server.log"
        environment = {
            "LOYALTY_DATABASE_URL": database_url or f"sqlite:///{folder / 'loyalty.sqlite3'}",
            "LOYALTY_DATABASE_SCHEMA": schema or "",
            "LOYALTY_DATA_DIR": str(folder),
            "LOYALTY_SECRET_KEY": "a secret of the tests, known to all",
            "LOYALTY_BASE_URL": self.base_url,
            "LOYALTY_LOG_LEVEL": "error",
        }
        here = config.load(environment)
        there = config.load(environment | dict(settings or {}))
        self.app: Flask = create_app(coupons, loyalty, settings=here)
        self.database: Database = self.app.extensions["database"]
        self.server = Server(there, workers=workers, port=port, log=self._log)

    def __enter__(self) -> Self:
        """Bring the schema to head, set the merchant up, and serve."""
        done = self.app.test_cli_runner().invoke(args=["db", "upgrade"])
        assert done.exit_code == 0, done.output
        self.database.transact(self._set_up)
        self.server.start()
        return self

    def _set_up(self, session: Session) -> None:
        usual = {"currency": "EUR", "zone": "Europe/Oslo", "locale": "en"}
        shops.set_up(session, name=self.name, **usual, at=clock.now())
        programme.set_up(session)

    def __exit__(self, *problem: object) -> None:
        """End the server and leave nothing behind on a shared database server."""
        self.server.stop()
        if self.schema:
            with self.database.writing() as session:
                session.execute(text(f'DROP SCHEMA "{self.schema}" CASCADE'))
                session.commit()
        self.database.engine.dispose()

    def bugs(self) -> list[str]:
        """Return the lines of the log that tell of a bug."""
        lines = self._log.read_text().splitlines()
        return [one for one in lines if '"level": "error"' in one or "Traceback" in one]
