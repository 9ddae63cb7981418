"""How gunicorn serves the application: `gunicorn --config gunicorn.conf.py wsgi:app`."""

import os
import socket
import struct
from pathlib import Path
from typing import Any

_host = os.environ.get("HOST", "127.0.0.1")
_port = os.environ.get("PORT", "8000")
_embedded = os.environ.get("LOYALTY_DATABASE_URL", "sqlite").startswith("sqlite") and not (
    os.environ.get("LOYALTY_DATABASE_URL_FILE")
)

# a request that stalls for so many seconds is given up: eight of them would be all threads
_SILENCE = 10

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


def when_ready(server: Any) -> None:
    """Give no client a thread to sleep in; say where it listens, only once it does."""
    for listener in server.LISTENERS:  # what it accepts inherits these
        for silence in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            listener.sock.setsockopt(socket.SOL_SOCKET, silence, struct.pack("ll", _SILENCE, 0))
    shown = "localhost" if _host in {"127.0.0.1", "0.0.0.0", "::"} else _host
    url = f"http://{shown}:{_port}"
    print(f"Ready: {url}/admin, {url}/till and {url}/me (Ctrl-C ends it)", flush=True)
