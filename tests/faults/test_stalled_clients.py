"""Clients that begin a request and fall silent: none of them keeps a thread."""

import socket
from contextlib import ExitStack
from pathlib import Path
from time import monotonic

import pytest

from tests.conftest import make_settings, make_url, migrate
from tests.faults.conftest import make_application
from tests.server import Server

HEADERS = b"POST /admin/sign-in HTTP/1.1\r\nHost: x\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 100\r\n\r\na"
THREADS = 8
GIVEN_UP_AFTER = 10


@pytest.mark.parametrize("sent", [HEADERS, HEADERS + FORM], ids=["headers", "body"])
def test_the_server_answers_others_again(tmp_path: Path, sent: bytes) -> None:
    url = make_url("sqlite", tmp_path)
    migrate(make_application(url, tmp_path))

    with Server(make_settings(url, tmp_path), workers=1) as server, ExitStack() as stalled:
        for _ in range(THREADS):
            address = ("127.0.0.1", server.port)
            client = stalled.enter_context(socket.create_connection(address))
            client.sendall(sent)
        began = monotonic()
        answer = server.call("GET", "/healthz")

    assert answer.status == 200
    assert monotonic() - began < GIVEN_UP_AFTER + 5
