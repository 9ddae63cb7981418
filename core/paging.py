"""Lists in pages: newest first, with an opaque cursor that stays right while rows are added."""

import base64
import json
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from core.errors import N_, InvalidRequest

T = TypeVar("T")


def page(
    session: Session,
    rows: Select[T],
    *,
    by: InstrumentedAttribute[datetime],
    id: InstrumentedAttribute[UUID],
    limit: int = 50,
    cursor: str | None = None,
) -> tuple[list[T], str | None]:
    """Return one page of rows, newest first, and the cursor of the next page if there is one.

    Raises:
        InvalidRequest: the cursor is none of this list.
    """
    if cursor:
        rows = rows.where(tuple_(by, id) < _read(cursor, id.class_.__tablename__))
    found = list(session.scalars(rows.order_by(by.desc(), id.desc()).limit(limit + 1)))
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    place = [id.class_.__tablename__, getattr(last, by.key).isoformat(), getattr(last, id.key).hex]
    return found[:limit], base64.urlsafe_b64encode(json.dumps(place).encode()).decode()


def _read(cursor: str, table: str) -> Any:
    with suppress(ValueError, TypeError, AttributeError, OverflowError):
        of, at, id = json.loads(base64.urlsafe_b64decode(cursor))
        if of == table:
            return datetime.fromisoformat(at).astimezone(UTC), UUID(hex=id)
    raise InvalidRequest({"cursor": [N_("Not a cursor of this list.")]})
