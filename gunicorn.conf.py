"""How gunicorn serves the application: `gunicorn --config gunicorn.conf.py wsgi:app`."""

import os
from pathlib import Path

_host = os.environ.get("HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")
_embedded = os.environ.get("LOYALTY_DATABASE_URL", "sqlite").startswith("sqlite") and not (
    os.environ.get("LOYALTY_DATABASE_URL_FILE")
)

bind = f"{_host}:{_port}"
# SQLite's writers queue inside one process; on PostgreSQL each core gets one
workers = int(os.environ.get("WEB_CONCURRENCY") or (1 if _embedded else os.cpu_count() or 1))
worker_class = "gthread"
threads = 8
preload_app = True
timeout = 30
graceful_timeout = 10
keepalive = 5
accesslog = None  # the application logs requests itself
loglevel = "warning"
control_socket_disable = True
# a heartbeat file on a slow disk would get a busy worker killed
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None


def when_ready(server: object) -> None:
    """Say where it listens, only once it does."""
    del server
    shown = "localhost" if _host in {"127.0.0.1", "0.0.0.0", "::"} else _host
    url = f"http://{shown}:{_port}"
    print(f"Ready: {url}/admin, {url}/till and {url}/me (Ctrl-C ends it)", flush=True)
