"""What hangs on a code so that a till without a line can tell that it is ours. Pure.

The same as static/till/offline/tokens.js, checked by the same tests/shared/tokens.json.
"""

import hashlib
from base64 import b32decode, b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from core import ids, signing
from core.signing import Signer
from coupons.errors import CardNeeded, CodeNotFound, CouponNotYours, OfferEnded
from coupons.offline.errors import LineNeeded

PURPOSE = b"loyalty-coupon-1"
LENGTH = 132
"""Characters of a token."""

HEAD = 18
"""Bytes that are signed along with the code: key, flags, expires, version, holder."""

SINGLE_USE, BOUND = 1, 2
NOBODY = bytes(4)


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says of a coupon.

    Attributes:
        version: the beginning of the digest of the offer's version, as hexadecimal digits.
        holder: the beginning of the digest of the card it is bound to, if it is.
        expires: when it is good no more, to the second.
    """

    version: str
    single_use: bool = False
    holder: bytes | None = None
    expires: datetime | None = None


def version_of(id: UUID) -> str:
    """Return what tokens and bundles call a version of an offer."""
    return hashlib.sha256(id.bytes).digest()[:8].hex()


def card_name(number: str) -> bytes:
    """Return what the digest of a card is made of."""
    return f"card:{number}".encode()


def holder_of(number: str) -> bytes:
    """Return what tokens call the holder of a card."""
    return hashlib.sha256(card_name(number)).digest()[:4]


def make(signer: Signer, code: str, token: Token) -> str:
    """Return the token of a normalised code, signed."""
    flags = token.single_use * SINGLE_USE | (token.holder is not None) * BOUND
    expires = int(token.expires.timestamp()) if token.expires else 0
    head = bytes([signer.number, flags]) + expires.to_bytes(4)
    head += bytes.fromhex(token.version) + (token.holder or NOBODY)
    signature = signer.key.sign(_message(code, head))
    return b32encode(head + signature).decode().rstrip("=")


def read(scanned: str, keys: Mapping[int, str], *, card: str | None, at: datetime) -> Token:
    """Return what hangs on a code as it was scanned, if it can be taken without a line.

    Args:
        scanned: the code with its token, as it stands in the QR or was typed.
        keys: the public halves of the keys that are trusted, by number.
        card: the number of the card that is shown, if any.
        at: the moment.

    Raises:
        LineNeeded: nothing hangs on it, or what this reader does not know.
        CodeNotFound: it is not as we write it, or it was not we who signed it.
        OfferEnded: it has expired.
        CardNeeded, CouponNotYours: it is bound to a card, and none or another one is shown.
    """
    code, tail = ids.split(scanned)
    if tail is None or len(tail) != LENGTH:
        raise LineNeeded
    whole = b32decode(tail + "====")
    if b32encode(whole).decode().rstrip("=") != tail:
        raise CodeNotFound  # the spare bits of its end say something: no two write the same
    head, signature = whole[:HEAD], whole[HEAD:]
    if head[0] not in keys:
        raise LineNeeded
    if not signing.is_signed(keys, head[0], signature, _message(code, head)):
        raise CodeNotFound
    if head[1] > SINGLE_USE | BOUND:
        raise LineNeeded
    found = _said(head)
    if found.expires and at >= found.expires:
        raise OfferEnded(ends_at=found.expires)
    _check_holder(found, card)
    return found


def _message(code: str, head: bytes) -> bytes:
    return b"\0".join((PURPOSE, code.encode(), head))


def _said(head: bytes) -> Token:
    seconds = int.from_bytes(head[2:6])
    return Token(
        version=head[6:14].hex(),
        single_use=bool(head[1] & SINGLE_USE),
        holder=head[14:HEAD] if head[1] & BOUND else None,
        expires=datetime.fromtimestamp(seconds, UTC) if seconds else None,
    )


def _check_holder(token: Token, card: str | None) -> None:
    """Let through what is bound to nobody, or to the card that is shown."""
    if token.holder is None:
        return
    if card is None:
        raise CardNeeded
    if token.holder != holder_of(ids.normalise(card)):
        raise CouponNotYours
