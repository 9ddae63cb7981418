"""Where customers stand, as it is kept: found with the ladder in one go, and written down."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, bindparam, exists, insert, select, true

from core import ids
from core.db import table, upsert
from core.models import Customer, Merchant
from loyalty.ends import FAR
from loyalty.models import Programme, Standing, StandingChange, Tier
from loyalty.tiers import amounts
from loyalty.tiers.ladder import Ladder, Place, Rung, Settings, Span, settings

_PROGRAMME, _MERCHANT, _CUSTOMER = table(Programme), table(Merchant), table(Customer)
_TIER, _STANDING, _CHANGE = table(Tier), table(Standing), table(StandingChange)

_RUNG = (
    _TIER.c.id, _TIER.c.key, _TIER.c.name, _TIER.c.rank, _TIER.c.entry, _TIER.c.renewal,
    _TIER.c.state,
)  # fmt: skip
_BOARD = (
    select(
        *_RUNG,
        _PROGRAMME.c.tiers,
        _MERCHANT.c.zone,
        _STANDING.c.tier_id,
        _STANDING.c.since,
        _STANDING.c.until,
        exists().where(_CUSTOMER.c.merged_into_id == bindparam("customer")).label("merged"),
    )
    .select_from(_PROGRAMME)
    .join(_MERCHANT, _MERCHANT.c.singleton == _PROGRAMME.c.singleton)
    .outerjoin(_TIER, true())
    .outerjoin(_STANDING, _STANDING.c.customer_id == bindparam("customer"))
    .order_by(_TIER.c.rank, _TIER.c.created_at)
)
_MERGED = select(_CUSTOMER.c.id).where(_CUSTOMER.c.merged_into_id == bindparam("into"))
_NEW = upsert(_STANDING).values(
    {name: bindparam(name) for name in ("customer_id", "tier_id", "since", "until")}
)
_KEEP = _NEW.on_conflict_do_update(
    index_elements=["customer_id"],
    set_={name: _NEW.excluded[name] for name in ("tier_id", "since", "until")},
)
_NOTE = insert(_CHANGE)
_CHANGES = (
    select(_CHANGE)
    .where(_CHANGE.c.customer_id == bindparam("customer"))
    .order_by(_CHANGE.c.at.desc(), _CHANGE.c.id.desc())
)
_LAST = _CHANGES.limit(1)


@dataclass(frozen=True, slots=True)
class Basis:
    """What a tier rests on: the amount of what counted in a period, and what it had to be."""

    by: str
    amount: int
    needed: int
    span: Span


@dataclass(frozen=True, slots=True)
class Board:
    """The ladder, and where one customer stands on it as it was last written down."""

    ladder: Ladder
    customer_id: UUID
    place: Place
    merged: bool

    @property
    def by(self) -> str:
        """Return what counts: points or money."""
        return (self.ladder.settings or Settings()).by

    def counted(
        self, connection: Connection, span: Span, *, by: str | None = None, known: datetime = FAR
    ) -> int:
        """Return what counts for the customer in a period, as it was known at some moment."""
        who = _everybody(connection, self.customer_id) if self.merged else [self.customer_id]
        return amounts.counted(connection, who, by or self.by, span=span, known=known)

    def basis(self, connection: Connection, change: Any) -> Basis | None:
        """Return what a change rests on by what is known now; None if it rests on itself."""
        if change.needed is None or change.reason == "not_renewed":
            return None
        span = Span(change.counted_from, change.counted_until)
        amount = self.counted(connection, span, by=change.counted)
        return Basis(change.counted, amount, change.needed, span)


def board(connection: Connection, customer_id: UUID) -> Board:
    """Return the ladder and a customer's place on it, as they are written down."""
    rows = connection.execute(_BOARD, {"customer": customer_id}).all()
    if not rows:
        return Board(Ladder(None, (), "UTC"), customer_id, Place(), merged=False)
    first = rows[0]
    rungs = tuple(_rung(row) for row in rows if row.id)
    ladder = Ladder(settings(first.tiers), rungs, first.zone)
    place = Place(ladder.rung(first.tier_id), first.since, first.until)
    return Board(ladder, customer_id, place, merged=bool(first.merged))


def _rung(row: Any) -> Rung:
    return Rung(
        row.id, row.key, row.name, row.rank, row.entry, row.renewal, active=row.state == "active"
    )


def _everybody(connection: Connection, customer_id: UUID) -> list[UUID]:
    """Return a customer and all who were merged into them."""
    return [customer_id, *connection.execute(_MERGED, {"into": customer_id}).scalars()]


def move(
    connection: Connection, customer_id: UUID, before: Place, after: Place, *,
    reason: str, basis: Basis | None = None, actor: str, at: datetime,
) -> None:  # fmt: skip
    """Write down where a customer stands now, and why; the account must be locked."""
    connection.execute(
        _KEEP,
        {
            "customer_id": customer_id,
            "tier_id": after.rung.id if after.rung else None,
            "since": after.since or at,
            "until": after.until,
        },
    )
    connection.execute(
        _NOTE,
        {
            "id": ids.new(),
            "customer_id": customer_id,
            "from_tier_id": before.rung.id if before.rung else None,
            "to_tier_id": after.rung.id if after.rung else None,
            "reason": reason,
            "reached": basis.amount if basis else None,
            "counted": basis.by if basis else None,
            "needed": basis.needed if basis else None,
            "counted_from": basis.span.start if basis else None,
            "counted_until": basis.span.end if basis else None,
            "until": after.until,
            "actor": actor,
            "at": at,
        },
    )


def changes(connection: Connection, customer_id: UUID) -> list[Row[Any]]:
    """Return how a customer came to stand where they do, newest first."""
    return list(connection.execute(_CHANGES, {"customer": customer_id}))


def last_change(connection: Connection, customer_id: UUID) -> Row[Any] | None:
    """Return how a customer came to stand where they do."""
    return connection.execute(_LAST, {"customer": customer_id}).one_or_none()
