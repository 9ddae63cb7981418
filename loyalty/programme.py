"""The rules of the points, as the owner has set them."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.auth import Actor
from core.db import locked, table
from core.errors import NotFound
from core.models import Merchant
from loyalty.models import Programme

FAR = datetime(9999, 1, 1, tzinfo=UTC)
"""When points expire that never do."""

FIELDS = (
    "name", "earn_points", "earn_per", "earn_minimum", "point_value", "pending_days",
    "expiry_months", "clawback", "lapsed_refund", "adjust_limit",
)  # fmt: skip

_OF, _MERCHANT = table(Programme), table(Merchant)
_FIND = select(*(_OF.c[name] for name in FIELDS), _MERCHANT.c.zone, _MERCHANT.c.currency).join(
    _MERCHANT, _MERCHANT.c.singleton == _OF.c.singleton
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The programme as the rules read it, with the merchant's zone and currency."""

    name: dict[str, str]
    earn_points: int
    earn_per: int
    earn_minimum: int
    point_value: int
    pending_days: int
    expiry_months: int | None
    clawback: str
    lapsed_refund: str
    adjust_limit: int
    zone: str
    currency: str

    def earned(self, paid: int) -> int:
        """Return the points for an amount paid in money, rounded down once, at the end."""
        if paid < self.earn_minimum:
            return 0
        return paid * self.earn_points // self.earn_per

    def due_at(self, at: datetime) -> datetime | None:
        """Return when points earned at a moment become spendable, or None if at once."""
        return at + timedelta(days=self.pending_days) if self.pending_days else None

    def expires_at(self, at: datetime) -> datetime:
        """Return when points earned at a moment expire: at a month's end in the merchant's zone."""
        if self.expiry_months is None:
            return FAR
        day = clock.add_months(clock.local_day(at, self.zone), self.expiry_months)
        return clock.month_end(day, self.zone)

    def worth(self, points: int) -> int:
        """Return what points pay for, in minor units."""
        return points * self.point_value

    def most_for(self, amount: int) -> int:
        """Return how many points can pay for an amount at most."""
        return amount // self.point_value if self.point_value else 0


def rules(connection: Connection) -> Rules:
    """Return the rules of the points.

    Raises:
        NotFound: the programme was never set up.
    """
    row: Any = connection.execute(_FIND).one_or_none()
    if row is None:
        raise NotFound(what="programme")
    return Rules(*row)


def set_up(session: Session) -> Programme:
    """Create the programme, once: a point for each whole unit, worth a hundredth of it."""
    found: Programme | None = session.scalar(select(Programme))
    if found:
        return found
    made = Programme(
        name={"en": "Points", "de": "Punkte"},
        earn_points=1,
        earn_per=100,
        earn_minimum=0,
        point_value=1,
        pending_days=0,
        expiry_months=24,
        clawback="debt",
        lapsed_refund="grace",
        adjust_limit=10_000,
    )
    session.add(made)
    session.flush()
    return made


def find(session: Session, *, lock: bool = False) -> Programme:
    """Return the programme.

    Raises:
        NotFound: it was never set up.
    """
    rows = select(Programme)
    found: Programme | None = session.scalar(locked(rows) if lock else rows)
    if found is None:
        raise NotFound(what="programme")
    return found


def change(session: Session, changes: dict[str, Any], *, actor: Actor, at: datetime) -> Programme:
    """Change the rules for what is earned from now on; what was booked stays as it was."""
    found = find(session, lock=True)
    old = {name: getattr(found, name) for name in changes}
    for name, value in changes.items():
        setattr(found, name, value)
    audit.record(session, actor, "programme.changed", "programme", old=old, new=changes, at=at)
    return found
