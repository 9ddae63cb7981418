"""Same request, same answer: the first answer is kept with the effect it tells of."""

import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.orm import Session

from core import ids
from core.db import Database, table, upsert
from core.errors import KeyMissing, KeyReused
from core.models import IdempotencyKey

_PRINTABLE = re.compile(r"[\x21-\x7e]{16,64}")
KEPT_FOR = timedelta(days=30)
_OF = table(IdempotencyKey)
_TAKE = (
    upsert(_OF)
    .values(
        {name: bindparam(name) for name in ("id", "actor", "key", "fingerprint", "at")}
        | {"status": 0, "body": ""}
    )
    .on_conflict_do_nothing(index_elements=["actor", "key"])
    .returning(_OF.c.id)
)
_FIND = select(_OF.c.fingerprint, _OF.c.status, _OF.c.body).where(
    _OF.c.actor == bindparam("actor"), _OF.c.key == bindparam("key")
)
_KEEP = (
    update(_OF)
    .where(_OF.c.id == bindparam("taken"))
    .values(status=bindparam("given"), body=bindparam("text"))
)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered, to the byte."""

    status: int
    body: str
    replayed: bool = False


def forget(database: Database, at: datetime) -> None:
    """Forget answers that nobody will ask for again."""
    old = delete(IdempotencyKey).where(IdempotencyKey.at < at - KEPT_FOR)
    database.transact(lambda session: session.execute(old))


def require(key: str | None) -> str:
    """Return a usable key.

    Raises:
        KeyMissing: there is none, or it is not 16 to 64 printable characters.
    """
    if key is None or not _PRINTABLE.fullmatch(key):
        raise KeyMissing
    return key


def fingerprint(method: str, path: str, payload: Any) -> str:
    """Return what tells one request from another: the same JSON in another order is the same."""
    canonical = json.dumps(payload, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(f"{method} {path}\n{canonical}".encode()).hexdigest()


def written(payload: Any) -> str:
    """Return JSON in the one form in which answers are sent and kept."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":"))


def once(
    session: Session,
    actor: str,
    key: str,
    print_: str,
    *,
    work: Callable[[], tuple[int, Any]],
    at: datetime,
) -> Answer:
    """Do the work, unless the key was answered before: then give that answer again.

    The key is taken first, in the transaction of the effect. A twin in flight waits for the
    first one to commit and reads its answer; if the first one rolls back, the twin does the work.

    Raises:
        KeyReused: the key came with another request.
    """
    connection = session.connection()
    who = {"actor": actor, "key": key}
    taken = connection.execute(
        _TAKE, who | {"id": ids.new(), "fingerprint": print_, "at": at}
    ).scalar()
    if taken is None:
        found = connection.execute(_FIND, who).one()
        if found.fingerprint != print_:
            raise KeyReused
        return Answer(found.status, found.body, replayed=True)
    status, payload = work()
    body = written(payload)
    session.flush()
    connection.execute(_KEEP, {"taken": taken, "given": status, "text": body})
    return Answer(status, body)
