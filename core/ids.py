"""Identifiers that say nothing, and codes that people read, type and scan."""

import re
import secrets
import unicodedata
from uuid import UUID

from stdnum import luhn
from uuid6 import uuid7

from core.errors import NotFound

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, which are misread or make words."""

CODE_LENGTH = 12
"""Eleven random characters (55 bits) and one that checks them."""

HEX_LENGTH = 32
_LOOK_ALIKES = str.maketrans({"O": "0", "I": "1", "L": "1"})
_URL = re.compile(r"^\s*https?://[^/\s]+/c/([^/?#\s]+)", re.IGNORECASE)
_TAIL = re.compile(r"(.*)\.([0-9A-Z]{8}|[2-7A-Z]{132})\s*", re.DOTALL)
"""What hangs on a code behind a full stop: the step of a card, or a coupon's signature."""


def new() -> UUID:
    """Return a fresh identifier: UUIDv7, so that rows of one time lie together."""
    return uuid7()


def public(prefix: str, id: UUID) -> str:
    """Return the opaque string that names a row outside: ``cu_0190…``."""
    return f"{prefix}_{id.hex}"


def parse(prefix: str, text: str) -> UUID:
    """Return the identifier behind an opaque string.

    Raises:
        NotFound: the string is none of ours, which is the same answer as an unknown one.
    """
    head, _, tail = text.partition("_")
    if head != prefix or len(tail) != HEX_LENGTH:
        raise NotFound(what=text[:80])
    try:
        return UUID(hex=tail)
    except ValueError:
        raise NotFound(what=text[:80]) from None


def new_code() -> str:
    """Return a fresh bearer code with its check character."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH - 1))
    return body + luhn.calc_check_digit(body, ALPHABET)


def new_number(digits: int = 16) -> str:
    """Return a fresh number of decimal digits, the last one checking the others (Luhn)."""
    body = str(secrets.randbelow(9) + 1)
    body += "".join(secrets.choice("0123456789") for _ in range(digits - 2))
    return body + luhn.calc_check_digit(body)


def is_number(text: str, digits: int = 16) -> bool:
    """Tell whether a normalised text is a number with a right check digit."""
    return len(text) == digits and text.isascii() and text.isdecimal() and luhn.is_valid(text)


def normalise(text: str) -> str:
    """Return the one form under which a code is issued, looked up and counted.

    Takes a scanned web address or typed text. Case, spaces, hyphens, full-width forms and the
    look-alikes O/0, I/1, L/1 make no difference, nor does what hangs on it.
    """
    return split(text)[0]


def split(text: str) -> tuple[str, str | None]:
    """Return the normal form of a code, and what hangs on it in upper case, if anything does."""
    if found := _URL.match(text):
        text = found.group(1)
    text, tail = unicodedata.normalize("NFKC", text).upper(), None
    if found := _TAIL.fullmatch(text):
        text, tail = found.groups()
    kept = "".join(c for c in text if c.isalnum())
    return kept.translate(_LOOK_ALIKES)[:64], tail


def grouped(code: str) -> str:
    """Return a code as it is printed: groups of four with hyphens."""
    return "-".join(code[i : i + 4] for i in range(0, len(code), 4))


def masked(code: str) -> str:
    """Return a code as it is shown to those who may not use it: its last four characters."""
    return "…" + code[-4:]


def new_token() -> str:
    """Return a secret of 256 bits for keys, devices and sessions."""
    return secrets.token_urlsafe(32)
