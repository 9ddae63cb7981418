"""The rules of the points, as the owner has set them."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, String, cast, select
from sqlalchemy.orm import Session

from core import audit, clock
from core.auth import Actor
from core.db import locked, table
from core.errors import N_, InvalidRequest, NotFound
from core.models import Merchant, TillRules
from loyalty import rates
from loyalty.ends import FAR, IDLE, Idle
from loyalty.errors import PointsTooFew, PointsTooMany
from loyalty.models import Programme, Tier
from loyalty.rates import Earning

FIELDS = (
    "name", "earn_points", "earn_per", "earn_minimum", "point_value", "pending_days", "expiry",
    "expiry_months", "expiry_day", "rounding", "earning", "spend_minimum", "spend_share",
    "printed_points", "transfers", "remind_days", "tiers", "clawback", "lapsed_refund",
    "adjust_limit",
)  # fmt: skip

__all__ = ["FAR", "FIELDS", "Rules", "change", "find", "rules", "set_up"]

SHORTEST_MONTH = 28

_JSON = ("name", "earning", "tiers")

_OF, _MERCHANT, _TILLS = table(Programme), table(Merchant), table(TillRules)
_FIND = (
    select(
        *(cast(_OF.c[name], String) if name in _JSON else _OF.c[name] for name in FIELDS),
        _OF.c.idle_since,
        _MERCHANT.c.zone,
        _MERCHANT.c.currency,
        _TILLS.c.approve_above,
    )
    .join(_MERCHANT, _MERCHANT.c.singleton == _OF.c.singleton)
    .outerjoin(_TILLS, _TILLS.c.singleton == _OF.c.singleton)
)


@dataclass(frozen=True, slots=True)
class Rules:
    """The programme as the rules read it, with the merchant's zone and currency.

    Attributes:
        approve_above: of the rules of the tills, so that a purchase reads them all at once.
    """

    name: dict[str, str]
    earn_points: int
    earn_per: int
    earn_minimum: int
    point_value: int
    pending_days: int
    expiry: str
    expiry_months: int | None
    expiry_day: str | None
    rounding: str
    earning: Earning
    spend_minimum: int
    spend_share: int
    printed_points: int | None
    transfers: bool
    remind_days: int
    tiers: dict[str, Any]
    clawback: str
    lapsed_refund: str
    adjust_limit: int
    idle_since: datetime | None
    zone: str
    currency: str
    approve_above: int | None

    def due_at(self, at: datetime) -> datetime | None:
        """Return when points earned at a moment become spendable, or None if at once."""
        return at + timedelta(days=self.pending_days) if self.pending_days else None

    def expires_at(self, at: datetime) -> datetime:
        """Return when points earned at a moment expire, in the merchant's zone.

        By rolling months: at a month's end. On a day of the year: at the end of the first such
        day after the one on which they become spendable, so none are gone before they can be
        spent, and what comes in on the day itself is for the next year. By inactivity, nobody
        knows yet.
        """
        if self.expiry == "rolling" and self.expiry_months:
            day = clock.add_months(clock.local_day(at, self.zone), self.expiry_months)
            return clock.month_end(day, self.zone)
        if self.expiry == "yearly" and self.expiry_day:
            first = clock.local_day(self.due_at(at) or at, self.zone)
            return clock.day_end(clock.next_on(self.expiry_day, first), self.zone)
        return IDLE if self.expiry == "inactivity" else FAR

    @property
    def idle(self) -> Idle | None:
        """Return how points expire by inactivity, if they do."""
        if self.expiry == "inactivity" and self.expiry_months:
            return Idle(self.expiry_months, self.idle_since, self.zone)
        return None

    def worth(self, points: int) -> int:
        """Return what points pay for, in minor units."""
        return points * self.point_value

    def most_for(self, amount: int) -> int:
        """Return how many points can pay for an amount at most: its share, or none at all."""
        if not self.point_value:
            return 0
        most = amount * self.spend_share // 100 // self.point_value
        return most if most >= self.spend_minimum else 0

    def check_spend(self, points: int, amount: int) -> None:
        """Let points pay for an amount, if not too many and not too few.

        Raises:
            PointsTooMany: more than the programme lets pay for it.
            PointsTooFew: fewer than can be spent at a time.
        """
        if points > (most := self.most_for(amount)):
            raise PointsTooMany(most=most)
        if points < self.spend_minimum:
            raise PointsTooFew(least=self.spend_minimum)


def rules(connection: Connection) -> Rules:
    """Return the rules of the points.

    Raises:
        NotFound: the programme was never set up.
    """
    row = connection.execute(_FIND).one_or_none()
    if row is None:
        raise NotFound(what="programme")
    return _read(*row)


@lru_cache(maxsize=16)
def _read(*row: Any) -> Rules:
    """Read the rules out of a row, once for each content, whoever asks how often."""
    found = dict(
        zip((*FIELDS, "idle_since", "zone", "currency", "approve_above"), row, strict=True)
    )
    found |= {name: json.loads(found[name]) for name in _JSON}
    return Rules(**found | {"earning": rates.read(found["earning"])})


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
        expiry="rolling",
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
    """Change the rules for what is earned from now on; ``changing.change`` is for the edge.

    When points begin to expire by inactivity, or after another time, everybody counts as active.

    Raises:
        InvalidRequest: the rules would not fit together.
    """
    found = find(session, lock=True)
    old = {name: getattr(found, name) for name in FIELDS}
    new = old | _expiring(old, changes)
    _check(session, new, changes)
    changed = {name: value for name, value in new.items() if value != old[name]}
    if not changed:
        return found
    for name, value in changed.items():
        setattr(found, name, value)
    if new["expiry"] == "inactivity" and {"expiry", "expiry_months"} & changed.keys():
        found.idle_since = at
    before = {name: old[name] for name in changed}
    audit.record(session, actor, "programme.changed", "programme", old=before, new=changed, at=at)
    return found


def _expiring(old: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """Return the changes with the kind of expiry that they mean and nothing left of another.

    Months alone make points expire that never did, and no months keep them for ever.

    Raises:
        InvalidRequest: the kind of expiry lacks what it needs, or is given what is another's.
    """
    wanted = dict(changes)
    if "expiry" not in wanted and "expiry_months" in wanted:
        if wanted["expiry_months"] is None and old["expiry_months"] is not None:
            wanted["expiry"] = "never"
        elif wanted["expiry_months"] is not None and old["expiry"] == "never":
            wanted["expiry"] = "rolling"
    kind = wanted.get("expiry", old["expiry"])
    needed = {"rolling": "expiry_months", "inactivity": "expiry_months", "yearly": "expiry_day"}
    for name, missing in (
        ("expiry_months", N_("Say after how many months.")),
        ("expiry_day", N_("Say on which day of the year, such as 12-31.")),
    ):
        if needed.get(kind) == name:
            if wanted.get(name, old[name]) is None:
                raise InvalidRequest({name: [missing]})
        elif wanted.get(name) is not None:
            raise InvalidRequest({name: [N_("It does not go with this kind of expiry.")]})
        else:
            wanted[name] = None
    return wanted


def _check(session: Session, new: dict[str, Any], changes: dict[str, Any]) -> None:
    """Let rules through that fit together.

    Raises:
        InvalidRequest: they do not.
    """
    months, days = new["expiry_months"], new["pending_days"]
    touched = {"expiry", "expiry_months", "pending_days"} & set(changes)
    if touched and months is not None and days >= months * SHORTEST_MONTH:
        raise InvalidRequest(
            {"pending_days": [N_("Points would expire before they could be spent.")]}
        )
    if "earning" not in changes:
        return
    if new["earning"].get("by") == "visit" and new["earning"].get("rates"):
        raise InvalidRequest(
            {"earning.rates": [N_("Rates of products need points by money, not by visit.")]}
        )
    named = {
        key: number
        for number, one in enumerate(new["earning"].get("multipliers") or ())
        for key in one.get("tiers") or ()
    }
    known = set(session.scalars(select(Tier.key).where(Tier.key.in_(named)))) if named else set()
    for key, number in named.items():
        if key not in known:
            where = f"earning.multipliers.{number}.tiers"
            raise InvalidRequest({where: [N_("There is no such tier.")]})
