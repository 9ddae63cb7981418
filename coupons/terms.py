"""The terms of an offer's version, read once: they never change."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from coupons import benefits, conditions
from coupons.benefits import Benefit
from coupons.conditions import Group
from coupons.models import OfferVersion

_OF = table(OfferVersion)
_FIND = select(_OF).where(_OF.c.id == bindparam("version"))


@dataclass(frozen=True, slots=True)
class Together:
    """How an offer goes together with others.

    Attributes:
        priority: smaller ones are applied first.
        group: the offers it is exclusive in, or competes with; none: with every other.
        mode: stackable; exclusive: alone in its group; best: only the best of its group.
        base: what a percentage or amount is taken from: the running price or the first.
    """

    priority: int = 500
    group: str | None = None
    mode: str = "stackable"
    base: str = "running"


@dataclass(frozen=True, slots=True)
class Terms:
    """What one version of an offer says.

    Attributes:
        gives_stamps, next_offers: whether a step of it gives stamps, and on which offers coupons.
    """

    offer_id: UUID
    number: int
    name: dict[str, str]
    benefit: Benefit
    benefit_terms: dict[str, Any]
    conditions: Group
    overall: int | None
    per_customer: int | None
    limits: list[dict[str, Any]]
    together: Together
    on_refund: str
    starts_at: datetime | None
    ends_at: datetime | None
    gives_stamps: bool = False
    next_offers: tuple[UUID, ...] = ()


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
    parts = [one for _, one in benefits.parts(row["benefit"])]
    return Terms(
        offer_id=row["offer_id"],
        number=row["number"],
        name=row["name"],
        benefit=benefits.read(row["benefit"]),
        benefit_terms=row["benefit"],
        conditions=conditions.read(row["conditions"]),
        overall=row["overall"],
        per_customer=row["per_customer"],
        limits=row["limits"],
        together=Together(**row["together"]),
        on_refund=row["on_refund"],
        starts_at=row["starts_at"],
        ends_at=row["ends_at"],
        gives_stamps=any(one["kind"] == "stamps" for one in parts),
        next_offers=tuple(
            dict.fromkeys(UUID(hex=one["offer"]) for one in parts if one["kind"] == "next_coupon")
        ),
    )


_KEPT = _Kept(most=4096)


def of(connection: Connection, version_id: UUID) -> Terms:
    """Return the terms of a version."""
    return _KEPT.get(connection, version_id)
