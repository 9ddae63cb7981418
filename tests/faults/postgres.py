"""A PostgreSQL server of our own, so that it can be stopped, filled and spoilt."""

import os
import shutil
import subprocess
from pathlib import Path
from secrets import token_hex
from tempfile import mkdtemp

from tests.server import ROOT, free_port

OPTIONS = "-k {home} -c listen_addresses=127.0.0.1 -c checkpoint_timeout=1h -c max_connections=60"


class Postgres:
    """One server with one folder of data; no other test speaks to it."""

    def __init__(self) -> None:
        found = subprocess.run(  # noqa: S603  # our own script
            [ROOT / "bin" / "with-postgres", "--find"], capture_output=True, text=True, check=True
        )
        self._programs = Path(found.stdout.strip())
        # not in pytest's folder, which is shut to the user that the server runs as
        self._home = home = Path(mkdtemp(prefix="loyalty-postgres."))
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.port = free_port()
        self.data = home / "data"
        password = token_hex(16)
        self.url = f"postgresql+psycopg://loyalty:{password}@127.0.0.1:{self.port}/postgres"
        secret = home / "password"
        secret.write_text(password)
        if self._as:
            subprocess.run(["chown", "-R", "postgres", home], check=True)  # noqa: S603, S607
        self._run(
            "initdb", "-D", "data", "-U", "loyalty", f"--pwfile={secret}",
            "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
        )  # fmt: skip

    def start(self) -> None:
        """Start, and wait until it answers."""
        options = f"-p {self.port} {OPTIONS.format(home=self._home)}"
        self._run("pg_ctl", "-D", "data", "-l", "server.log", "-w", "-o", options, "start")

    def stop(self) -> None:
        """Take its power away."""
        self._run("pg_ctl", "-D", "data", "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        """Stop, and take the data away."""
        self.stop()
        shutil.rmtree(self._home)

    def _run(self, program: str, *given: str) -> None:
        command = [*self._as, str(self._programs / program), *given]
        done = subprocess.run(  # noqa: S603  # PostgreSQL's own programs
            command,
            cwd=self._home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
