"""Lists in pages: newest first, with an opaque cursor that stays right while rows are added."""

import base64
import json
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
        InvalidRequest: the cursor is none of ours.
    """
    if cursor:
        rows = rows.where(tuple_(by, id) < _read(cursor))
    found = list(session.scalars(rows.order_by(by.desc(), id.desc()).limit(limit + 1)))
    if len(found) <= limit:
        return found, None
    last = found[limit - 1]
    return found[:limit], _write(getattr(last, by.key), getattr(last, id.key))


def _write(at: datetime, id: UUID) -> str:
    return base64.urlsafe_b64encode(json.dumps([at.isoformat(), id.hex]).encode()).decode()


def _read(cursor: str) -> Any:
    try:
        at, id = json.loads(base64.urlsafe_b64decode(cursor))
        return datetime.fromisoformat(at).astimezone(UTC), UUID(hex=id)
    except (ValueError, TypeError, AttributeError, OverflowError):
        raise InvalidRequest({"cursor": [N_("Not a cursor of this list.")]}) from None
