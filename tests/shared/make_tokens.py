"""Write tokens.json: codes with what hangs on them, good and bad, for readers in any language.

Ed25519 signs the same thing always the same way, so the file comes out the same every time:
``python -m tests.shared.make_tokens``.
"""

import hashlib
import json
from base64 import b32decode, b32encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from core import signing
from coupons.offline import tokens
from coupons.offline.tokens import Token

FILE = Path(__file__).with_name("tokens.json")

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)
KNOWN = "a secret that everybody knows"
FIRST, SECOND, STRANGER = (signing.derive(KNOWN, number) for number in (1, 2, 9))
VERSION = UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")
CODE, OTHER = "7KQF2M9PXTRA", "7KQF2M9PXTRB"
CARD, OTHER_CARD = "4206117000000009", "4206117000000017"
GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
BASE = "HTTPS://CARD.EXAMPLE/C/"

PLAIN = Token(tokens.version_of(VERSION), single_use=True)
BOUND = replace(PLAIN, holder=tokens.holder_of(CARD))


def signed(token: Token = PLAIN, *, key: signing.Signer = FIRST, code: str = CODE) -> str:
    return tokens.make(key, code, token)


def changed(token: str, position: int, by: int) -> str:
    """Return a token with one byte of it turned by some bits."""
    whole = bytearray(b32decode(token + "===="))
    whole[position] ^= by
    return written(bytes(whole))


def written(whole: bytes) -> str:
    return b32encode(whole).decode().rstrip("=")


def by_hand(*, number: int = 1, flags: int = 1, purpose: bytes = b"loyalty-coupon-1") -> str:
    """Return a token as the first key signs it, put together without the code that is tested."""
    head = bytes([number, flags]) + bytes(4)
    head += hashlib.sha256(VERSION.bytes).digest()[:8] + bytes(4)
    message = purpose + b"\0" + CODE.encode() + b"\0" + head
    return written(head + FIRST.key.sign(message))


def twin() -> str:
    """Return a token whose signature is written as the number that is larger by the group order."""
    whole = b32decode(signed() + "====")
    larger = int.from_bytes(whole[50:], "little") + GROUP_ORDER
    return written(whole[:50] + larger.to_bytes(32, "little"))


def case(name: str, scanned: str, expect: dict[str, Any] | str, **given: Any) -> dict[str, Any]:
    """Return a case; a text for what is expected is the code of a refusal."""
    said = {"refused": expect} if isinstance(expect, str) else expect
    usual = {"card": None, "now": NOW.isoformat()}
    return {"name": name, "scanned": scanned, **(usual | given), "expect": said}


def good(code: str = CODE, **given: Any) -> dict[str, Any]:
    usual = {"single_use": True, "bound": False, "expires": None}
    return {"code": code, "version": PLAIN.version, **(usual | given)}


def taken() -> list[dict[str, Any]]:
    ends = NOW + timedelta(seconds=1)
    passing = signed(replace(PLAIN, expires=ends))
    until = int(ends.timestamp())
    many = replace(PLAIN, single_use=False)
    return [
        case("as it stands in the QR", f"{BASE}{CODE}.{signed()}", good()),
        case("put together by hand", f"{CODE}.{by_hand()}", good()),
        case("in small letters", f"{BASE}{CODE}.{signed()}".lower(), good()),
        case("typed with hyphens", f" 7KQF-2M9P-XTRA.{signed()} ", good()),
        case("with look-alikes", f"CODE10LI.{signed(code='C0DE1011')}", good("C0DE1011")),
        case("used several times", f"{CODE}.{signed(many)}", good(single_use=False)),
        case("signed by the next key", f"{CODE}.{signed(key=SECOND)}", good()),
        case("a second before it expires", f"{CODE}.{passing}", good(expires=until)),
        case("with its card", f"{CODE}.{signed(BOUND)}", good(bound=True), card=CARD),
        case(
            "with its card on a phone",
            f"{CODE}.{signed(BOUND)}",
            good(bound=True),
            card=f"{BASE}{CARD}.0123456Z",
        ),
        case("bound to nobody, with a card", f"{CODE}.{signed()}", good(), card=CARD),
        case(
            "of the last second that can be written",
            f"{CODE}.{signed(replace(PLAIN, expires=datetime.fromtimestamp(2**32 - 1, UTC)))}",
            good(expires=2**32 - 1),
        ),
    ]


def refused() -> list[dict[str, Any]]:
    token = signed()
    passing = signed(replace(PLAIN, expires=NOW))
    wrong = "code_not_found"
    renumbered = changed(signed(key=STRANGER), 0, 8)
    last = token[:-1] + chr(ord(token[-1]) + 1)
    return [
        case("nothing hangs on it", f"{BASE}{CODE}", "line_needed"),
        case("the step of a card", f"{CARD}.0123456Z", "line_needed"),
        case("cut short", f"{CODE}.{token[:-1]}", "line_needed"),
        case("too long", f"{CODE}.{token}A", "line_needed"),
        case("padded", f"{CODE}.{token}====", "line_needed"),
        case("with a letter that we do not write", f"{CODE}.1{token[1:]}", "line_needed"),
        case("a key that nobody knows", f"{CODE}.{signed(key=STRANGER)}", "line_needed"),
        case("a flag that nobody knows", f"{CODE}.{by_hand(flags=5)}", "line_needed"),
        case("another code", f"{OTHER}.{token}", wrong),
        case("no code", f".{token}", wrong),
        case("another number of the key", f"{CODE}.{by_hand(number=2)}", wrong),
        case("another key under the number", f"{CODE}.{renumbered}", wrong),
        case("another flag", f"{CODE}.{changed(token, 1, 1)}", wrong),
        case("another end", f"{CODE}.{changed(passing, 2, 1)}", wrong),
        case("other terms", f"{CODE}.{changed(token, 6, 128)}", wrong),
        case("another holder", f"{CODE}.{changed(signed(BOUND), 17, 1)}", wrong, card=CARD),
        case("its first half is another", f"{CODE}.{changed(token, 18, 1)}", wrong),
        case("its second half is another", f"{CODE}.{changed(token, 81, 1)}", wrong),
        case("signed for something else", f"{CODE}.{by_hand(purpose=b'loyalty-coupon-2')}", wrong),
        case("not signed", f"{CODE}.{written(b32decode(token + '====')[:18] + bytes(64))}", wrong),
        case("the same signature as another number", f"{CODE}.{twin()}", wrong),
        case("spare bits that say something", f"{CODE}.{last}", wrong),
        case("the second it expires", f"{CODE}.{passing}", "offer_ended"),
        case("bound, without a card", f"{CODE}.{signed(BOUND)}", "card_needed"),
        case("bound, with another card", f"{CODE}.{signed(BOUND)}", "coupon_not_yours",
             card=OTHER_CARD),
    ]  # fmt: skip


def vectors() -> dict[str, Any]:
    keys = [{"number": key.number, "public": key.public} for key in (FIRST, SECOND)]
    return {"keys": keys, "cases": [*taken(), *refused()]}


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=2) + "\n")
