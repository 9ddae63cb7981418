"""The terms of an offer's version, read once: they never change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from coupons import benefits, conditions
from coupons.benefits import Benefit
from coupons.conditions import Condition, InAudience
from coupons.models import OfferVersion

_OF = table(OfferVersion)
_FIND = select(_OF).where(_OF.c.id == bindparam("version"))


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of an offer says."""

    offer_id: UUID
    name: dict[str, str]
    benefit: Benefit
    benefit_terms: dict[str, Any]
    conditions: tuple[Condition, ...]
    overall: int | None
    per_customer: int | None
    starts_at: datetime | None
    ends_at: datetime | None

    @property
    def audiences(self) -> frozenset[UUID]:
        """Return the audiences the conditions ask about."""
        return frozenset(c.audience_id for c in self.conditions if isinstance(c, InAudience))


class _Kept:
    """The terms read so far, by version: immutable rows, so they never go stale."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[UUID, Terms] = {}

    def get(self, connection: Connection, version_id: UUID) -> Terms:
        found = self._kept.get(version_id)
        if found is None:
            row = connection.execute(_FIND, {"version": version_id}).one()
            found = _read(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
            if len(self._kept) >= self._most:
                self._kept.pop(next(iter(self._kept)))
            self._kept[version_id] = found
        return found


def _read(row: Any) -> Terms:
    return Terms(
        offer_id=row["offer_id"],
        name=row["name"],
        benefit=benefits.read(row["benefit"]),
        benefit_terms=row["benefit"],
        conditions=conditions.read(row["conditions"]),
        overall=row["overall"],
        per_customer=row["per_customer"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
    )


_KEPT = _Kept(most=4096)


def of(connection: Connection, version_id: UUID) -> Terms:
    """Return the terms of a version."""
    return _KEPT.get(connection, version_id)
