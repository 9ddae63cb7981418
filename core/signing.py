"""Keys that sign what is checked where nobody can be asked; only their public halves are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked, table, upsert
from core.errors import NotFound
from core.models import SigningKey

INFO = "loyalty offline key "
_OF = table(SigningKey)
_EVERY = select(_OF.c.number, _OF.c.public, _OF.c.retired_at).order_by(_OF.c.number)


@dataclass(frozen=True, slots=True)
class Signer:
    """A key with its number, from 1 to 255."""

    number: int
    key: Ed25519PrivateKey

    @property
    def public(self) -> str:
        """Return its public half as hexadecimal digits."""
        return self.key.public_key().public_bytes_raw().hex()


def derive(secret: str, number: int) -> Signer:
    """Return the key of a number; the same for the same secret, wherever it is derived."""
    info = f"{INFO}{number}".encode()
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(secret.encode())
    return Signer(number, Ed25519PrivateKey.from_private_bytes(seed))


def signer(connection: Connection, secret: str) -> Signer:
    """Return the key that signs now; nothing is written.

    It is the newest one of this secret that was not retired, or the next if there is none.
    """
    rows = connection.execute(_EVERY).all()
    for row in reversed(rows):
        found = derive(secret, row.number)
        if found.public == row.public and row.retired_at is None:
            return found
    return derive(secret, rows[-1].number + 1 if rows else 1)


def keep(session: Session, secret: str, *, at: datetime) -> None:
    """Keep the public half of the key that signs now: it outlives a change of the secret."""
    connection = session.connection()
    now = signer(connection, secret)
    made = {"id": ids.new(), "number": now.number, "public": now.public, "created_at": at}
    connection.execute(upsert(_OF).values(made).on_conflict_do_nothing())


def trusted(connection: Connection, secret: str) -> dict[int, str]:
    """Return the public halves of the keys that count, by number: also of those before."""
    kept = {row.number: row.public for row in connection.execute(_EVERY) if row.retired_at is None}
    now = signer(connection, secret)
    return kept | {now.number: now.public}


def retire(session: Session, number: int, *, actor: Actor, at: datetime) -> None:
    """Trust a key no more: what it has signed has to be asked for. Twice changes nothing.

    Raises:
        NotFound: no key of this number was kept.
    """
    key = session.scalar(locked(select(SigningKey).where(SigningKey.number == number)))
    if key is None:
        raise NotFound(what="key")
    if key.retired_at is None:
        key.retired_at = at
        audit.record(session, actor, "signing_key.retired", str(number), at=at)


def is_signed(keys: Mapping[int, str], number: int, signature: bytes, message: bytes) -> bool:
    """Tell whether one of some public keys has signed a message."""
    try:
        half = Ed25519PublicKey.from_public_bytes(bytes.fromhex(keys[number]))
        half.verify(signature, message)
    except (KeyError, InvalidSignature):
        return False
    return True
