"""A mail server of the tests."""

import email
import email.policy
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage

from aiosmtpd import smtp
from aiosmtpd.controller import Controller

from tests.server import free_port


@dataclass
class Postbox:
    """A mail server that keeps what it is handed."""

    port: int
    letters: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802  # the name that aiosmtpd calls
        self, server: smtp.SMTP, talk: smtp.Session, envelope: smtp.Envelope
    ) -> str:
        """Take a letter in."""
        assert isinstance(envelope.content, bytes)
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        return "250 OK"


@contextmanager
def open_postbox() -> Iterator[Postbox]:
    """Listen on a free port for a while."""
    box = Postbox(free_port())
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()
