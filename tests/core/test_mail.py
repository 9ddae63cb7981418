"""A letter is handed over whole, and nothing of it stays here."""

import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core import mail
from core.config import Config, ConfigError
from core.mail import Letter
from tests.conftest import make_settings
from tests.postbox import Postbox, open_postbox
from tests.server import free_port

LETTER = Letter("ada@example.org", "Your card – here", "Grüße\n", "<p>Grüße</p>")


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    with open_postbox() as box:
        yield box


@pytest.fixture
def settings(tmp_path: Path) -> Config:
    return replace(make_settings("sqlite://", tmp_path), mail_from="Corner <hello@corner.example>")


def test_a_letter_arrives_as_text_and_as_html(postbox: Postbox, settings: Config) -> None:
    reachable = replace(settings, smtp_url=f"smtp://127.0.0.1:{postbox.port}")

    mail.send(reachable, LETTER)

    [letter] = postbox.letters
    assert letter["To"] == "ada@example.org"
    assert letter["From"] == "Corner <hello@corner.example>"
    assert letter["Subject"] == "Your card – here"
    assert letter["Message-ID"].endswith("@corner.example>")
    text, html = letter.get_body(("plain",)), letter.get_body(("html",))
    assert text
    assert text.get_content().strip() == "Grüße"
    assert html
    assert html.get_content().strip() == "<p>Grüße</p>"


def test_a_server_that_is_not_there_is_said_so_and_not_waited_for(settings: Config) -> None:
    gone = replace(settings, smtp_url=f"smtp://127.0.0.1:{free_port()}")

    with pytest.raises(OSError, match="refused"):
        mail.send(gone, LETTER)


def test_tls_is_not_given_up_where_it_was_asked_for(postbox: Postbox, settings: Config) -> None:
    plain_only = replace(settings, smtp_url=f"smtps://127.0.0.1:{postbox.port}")

    with pytest.raises(ssl.SSLError):
        mail.send(plain_only, LETTER)

    assert postbox.letters == []


def test_a_password_is_not_sent_in_the_clear(
    postbox: Postbox, settings: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail, "_LOCAL", ())
    with_password = replace(settings, smtp_url=f"smtp://me:secret@127.0.0.1:{postbox.port}")

    with pytest.raises(ConfigError, match="TLS"):
        mail.send(with_password, LETTER)

    assert postbox.letters == []


def test_a_line_break_cannot_smuggle_a_header_in() -> None:
    sly = replace(LETTER, subject="Hello\r\nBcc: all@example.org")

    with pytest.raises(ValueError, match="Header"):
        mail.message(sly, sender="hello@corner.example")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", mail.Server("mail.example", 25, is_tls=False)),
        ("smtps://mail.example", mail.Server("mail.example", 465, is_tls=True)),
        ("smtp://mail.example:2525", mail.Server("mail.example", 2525, is_tls=False)),
        (
            "smtps://a%40b:p%2Fw@mail.example",
            mail.Server("mail.example", 465, is_tls=True, user="a@b", password="p/w"),
        ),
    ],
)
def test_a_url_names_the_server(url: str, expected: mail.Server) -> None:
    assert mail.server(url) == expected


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://a:b:c"])
def test_a_url_that_names_none_is_refused_with_a_sentence(url: str) -> None:
    with pytest.raises(ConfigError, match="LOYALTY_SMTP_URL must be like"):
        mail.server(url)


def test_without_a_server_or_a_sender_there_is_no_mail(settings: Config) -> None:
    url = "smtp://127.0.0.1"

    assert not mail.is_configured(settings)
    assert not mail.is_configured(replace(settings, smtp_url=url, mail_from=None))
    assert mail.is_configured(replace(settings, smtp_url=url))
    with pytest.raises(ConfigError, match="LOYALTY_MAIL_FROM"):
        mail.send(settings, LETTER)


def test_neither_address_nor_password_shows_where_it_is_printed() -> None:
    server = mail.server("smtps://me:secret@mail.example")

    assert "ada@example.org" not in repr(LETTER)
    assert "secret" not in repr(server)
