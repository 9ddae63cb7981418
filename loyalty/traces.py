"""What a customer came by: keyed digests of a device and an address, so that equal ones are seen.

A digest says nothing to whoever has not the key, and names nobody to whoever has. They are kept
for 90 days, and go at once when somebody is forgotten.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete

from core import ids
from core.db import Database, table, upsert
from loyalty.models import Trace

KEPT = timedelta(days=90)

_OF = table(Trace)
_NEW = upsert(_OF)
_NOTE = _NEW.on_conflict_do_update(
    index_elements=["customer_id", "kind", "digest"], set_={"at": _NEW.excluded.at}
)
_FORGET = delete(_OF).where(_OF.c.customer_id == bindparam("customer"))
_TIDY = delete(_OF).where(_OF.c.at < bindparam("before"))


def digest(key: str, kind: str, value: str) -> str:
    """Return the form in which a device or an address is kept."""
    return hmac.new(key.encode(), f"{kind}\x1f{value}".encode(), hashlib.sha256).hexdigest()


def note(
    connection: Connection,
    customer_id: UUID,
    *,
    key: str,
    device: str | None = None,
    address: str | None = None,
    at: datetime,
) -> None:
    """Note by which device and from which address a customer came; only digests are kept."""
    for kind, value in (("device", device), ("address", address)):
        if value:
            trace = {"id": ids.new(), "customer_id": customer_id, "kind": kind, "at": at}
            connection.execute(_NOTE, trace | {"digest": digest(key, kind, value)})


def forget(connection: Connection, customer_id: UUID) -> None:
    """Forget by what a customer came."""
    connection.execute(_FORGET, {"customer": customer_id})


def tidy(database: Database, at: datetime) -> None:
    """Forget what is older than 90 days."""
    database.transact(lambda session: session.connection().execute(_TIDY, {"before": at - KEPT}))
