"""Mail to one person, by the server the operator named; nothing of it is logged or kept."""

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid, parseaddr
from urllib.parse import unquote, urlsplit

from core import clock
from core.config import Config, ConfigError

PATIENCE = 15.0
"""Seconds the mail server has for each answer."""

_PORTS = {"smtp": 25, "smtps": 465}
_LOCAL = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over.

    Attributes:
        is_tls: whether TLS is spoken from the first byte; else it is used where it is offered.
    """

    host: str
    port: int
    is_tls: bool
    user: str | None = None
    password: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person, said twice: as text and as HTML."""

    to: str = field(repr=False)
    subject: str
    text: str
    html: str


def server(url: str) -> Server:
    """Return the mail server that a URL names: ``smtps://user:password@mail.example``.

    Raises:
        ConfigError: it does not begin with smtp:// or smtps://, or names no host.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host = port = None
        parts = urlsplit("")
    if parts.scheme not in _PORTS or not host:
        raise ConfigError("LOYALTY_SMTP_URL must be like smtps://user:password@mail.example:465.")
    return Server(
        host,
        port or _PORTS[parts.scheme],
        is_tls=parts.scheme == "smtps",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
    )


def is_configured(config: Config) -> bool:
    """Tell whether there is a server to hand mail to, and a sender to name."""
    return bool(config.smtp_url and config.mail_from)


def send(config: Config, letter: Letter) -> None:
    """Hand a letter over to the mail server.

    Raises:
        ConfigError: no mail server or no sender is set, or the server's URL is wrong.
        smtplib.SMTPException, OSError: it could not be handed over; to be tried again.
    """
    if not config.smtp_url or not config.mail_from:
        raise ConfigError("Set LOYALTY_SMTP_URL and LOYALTY_MAIL_FROM to send mail.")
    with _connected(server(config.smtp_url)) as connection:
        connection.send_message(message(letter, sender=config.mail_from))


def message(letter: Letter, *, sender: str) -> EmailMessage:
    """Return a letter as it is sent; a line break in a header is refused by the library."""
    domain = parseaddr(sender)[1].rpartition("@")[2] or "localhost"
    made = EmailMessage(policy=SMTP)
    made["From"] = sender
    made["To"] = letter.to
    made["Subject"] = letter.subject
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = make_msgid(domain=domain)
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(letter.text)
    made.add_alternative(letter.html, subtype="html")
    return made


def _connected(to: Server) -> smtplib.SMTP:
    secure = ssl.create_default_context()
    if to.is_tls:
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            to.host, to.port, timeout=PATIENCE, context=secure
        )
    else:
        connection = smtplib.SMTP(to.host, to.port, timeout=PATIENCE)
    try:
        connection.ehlo()
        is_tls = to.is_tls
        if not is_tls and connection.has_extn("starttls"):
            connection.starttls(context=secure)
            connection.ehlo()
            is_tls = True
        if to.user and to.password:
            _sign_in(connection, to, is_safe=is_tls or to.host in _LOCAL)
    except BaseException:
        connection.close()
        raise
    return connection


def _sign_in(connection: smtplib.SMTP, to: Server, *, is_safe: bool) -> None:
    if not is_safe:
        raise ConfigError("The mail server has no TLS, so the password was not sent to it.")
    connection.login(str(to.user), str(to.password))
