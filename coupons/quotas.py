"""Limits that span several coupons, or one customer's share: locked, looked at, counted up."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select, tuple_, update

from core import clock
from core.db import table, upsert
from core.errors import Refusal
from coupons.benefits import EarlyBird
from coupons.codes import Held
from coupons.errors import BudgetUsedUp, CampaignUsedUp, CustomerLimitReached, OfferUsedUp
from coupons.models import Quota, QuotaUse
from coupons.terms import Terms

ALL = UUID(int=0)
"""Stands for every customer together."""

Name = tuple[UUID, UUID, str, str]
"""What names a quota: its subject, the customer, the period, and what is counted."""

_OF, _USE = table(Quota), table(QuotaUse)
KEY = ("subject_id", "customer_id", "period", "measure")
_NAME = tuple_(*(_OF.c[name] for name in KEY))
_OPEN = upsert(_OF).on_conflict_do_nothing(index_elements=list(KEY))
_LOOK = (
    select(*(_OF.c[name] for name in KEY), (_OF.c.used - _OF.c.voided).label("live"))
    .where(_NAME.in_(bindparam("names", expanding=True)))
    .order_by(*(_OF.c[name] for name in KEY))
)
_LOCK = _LOOK.with_for_update()
_ONE = (
    (_OF.c.subject_id == bindparam("subject"))
    & (_OF.c.customer_id == bindparam("customer"))
    & (_OF.c.period == bindparam("in_period"))
    & (_OF.c.measure == bindparam("counted"))
)
_USED = select(_OF.c.used).where(_ONE)
_TAKE = (
    update(_OF)
    .where(_ONE, _OF.c.used - _OF.c.voided + bindparam("amount") <= bindparam("most"))
    .values(used=_OF.c.used + bindparam("amount"), cap=bindparam("most"))
    .returning(_OF.c.used)
)
_GIVE_BACK = update(_OF).where(_ONE).values(voided=_OF.c.voided + bindparam("amount"))
_WRITE_USE = insert(_USE)


@dataclass(frozen=True, slots=True, order=True)
class Limit:
    """A limit that one redemption counts against.

    Attributes:
        of: whose limit it is: code, offer or campaign.
        period: the day, week or month it is about, empty for all time.
        measure: what is counted: uses, minor units of discount, or places of an early bird.
        gives_rest: where a budget would be overrun, what is left of it is given.
    """

    subject_id: UUID
    customer_id: UUID
    period: str
    measure: str
    cap: int
    of: str = "offer"
    gives_rest: bool = False

    @property
    def name(self) -> Name:
        """Return what names its row."""
        return self.subject_id, self.customer_id, self.period, self.measure

    def refusal(self, live: int) -> Refusal:
        """Return the refusal of whom it stops."""
        if self.measure == "discount":
            return BudgetUsedUp(left=max(0, self.cap - live))
        if self.customer_id != ALL:
            return CustomerLimitReached(limit=self.cap)
        return CampaignUsedUp() if self.of == "campaign" else OfferUsedUp()


@dataclass(frozen=True, slots=True)
class Use:
    """What a redemption takes of one quota."""

    limit: Limit
    amount: int


def limits(
    coupon: Held, terms: Terms, customer_id: UUID | None, *, calendar: str, at: datetime
) -> tuple[Limit, ...]:
    """Return the limits a redemption of a coupon by a customer counts against.

    Days, weeks and months are those of the merchant's zone. Of two limits that count the same,
    the smaller one holds.
    """
    found: dict[Name, Limit] = {}
    for limit in _every(coupon, terms, customer_id, calendar=calendar, at=at):
        before = found.get(limit.name)
        if before is None or limit.cap < before.cap:
            found[limit.name] = limit
    return tuple(found.values())


def _every(
    coupon: Held, terms: Terms, customer_id: UUID | None, *, calendar: str, at: datetime
) -> Iterator[Limit]:
    if terms.overall is not None:
        yield Limit(terms.offer_id, ALL, "", "uses", terms.overall)
    if customer_id is not None and terms.per_customer is not None:
        yield Limit(terms.offer_id, customer_id, "", "uses", terms.per_customer)
    if customer_id is not None and coupon.per_customer is not None:
        yield Limit(coupon.id, customer_id, "", "uses", coupon.per_customer, "code")
    subjects = {"code": coupon.id, "offer": terms.offer_id, "campaign": coupon.campaign_id}
    for said in (*terms.limits, *coupon.campaign_limits):
        each = said.get("each_customer", False)
        if each and customer_id is None:
            continue
        yield Limit(
            subjects[said["of"]],
            customer_id if each and customer_id else ALL,
            period(said.get("per", "all"), calendar, at),
            "uses" if "uses" in said else "discount",
            said["uses"] if "uses" in said else said["discount"],
            said["of"],
            gives_rest=said.get("overrun") == "rest",
        )


def needs_card(coupon: Held, terms: Terms) -> bool:
    """Tell whether some limit is one for each customer, so that a card must be shown."""
    said = (*terms.limits, *coupon.campaign_limits)
    own = terms.per_customer or coupon.per_customer
    return bool(own) or any(one.get("each_customer") for one in said)


def places(terms: Terms) -> tuple[Limit, ...]:
    """Return the counters of an early bird: one for each step with places, and one for all."""
    bird = terms.benefit
    if not isinstance(bird, EarlyBird) or not bird.places():
        return ()
    steps = [
        Limit(terms.offer_id, ALL, "", f"step:{i}", step.places)
        for i, step in enumerate(bird.steps)
        if step.places
    ]
    return (*steps, Limit(terms.offer_id, ALL, "", "place", bird.places()))


def sold_out(terms: Terms, live: Mapping[Name, int], *, at: datetime) -> Refusal | None:
    """Return that an early bird is over and nothing holds after it."""
    bird = terms.benefit
    if not isinstance(bird, EarlyBird):
        return None
    counters = {limit.measure: limit.name for limit in places(terms)}
    chosen = bird.choose(at, lambda step: live.get(counters[f"step:{step}"], 0))
    return chosen if isinstance(chosen, Refusal) else None


def period(per: str, calendar: str, at: datetime) -> str:
    """Return the name of the day, week or month of an instant in the merchant's zone."""
    day = clock.local_day(at, calendar)
    if per == "day":
        return day.isoformat()
    if per == "week":
        year, week, _ = day.isocalendar()
        return f"{year}-W{week:02}"
    if per == "month":
        return f"{day.year}-{day.month:02}"
    return f"{day.year}" if per == "year" else ""


def live(connection: Connection, wanted: Iterable[Limit], *, lock: bool = False) -> dict[Name, int]:
    """Return how much of each limit is taken; to be counted up they are locked first, in order."""
    found = {one.name: one for one in sorted(set(wanted))}
    if not found:
        return {}
    if lock:
        rows = [
            {"subject_id": one.subject_id, "customer_id": one.customer_id, "period": one.period,
             "measure": one.measure, "cap": one.cap, "used": 0, "voided": 0}
            for one in found.values()
        ]  # fmt: skip
        connection.execute(_OPEN, rows)
    taken = connection.execute(_LOCK if lock else _LOOK, {"names": list(found)})
    return {(row[0], row[1], row[2], row[3]): int(row.live) for row in taken}


def used(connection: Connection, limit: Limit) -> int:
    """Return how much was ever taken of a limit, given back or not."""
    found = connection.execute(_USED, _named(limit.name)).scalar()
    return int(found or 0)


def take(connection: Connection, wanted: Sequence[Use]) -> dict[Name, int]:
    """Count up each limit, in order; return how much was ever taken of each, with this.

    Raises:
        OfferUsedUp, CampaignUsedUp, CustomerLimitReached, BudgetUsedUp: a limit has been reached;
            the caller's transaction must not be committed.
    """
    used: dict[Name, int] = {}
    for use in sorted(wanted, key=lambda one: one.limit):
        limit = use.limit
        values = _named(limit.name) | {"amount": use.amount, "most": limit.cap}
        taken = connection.execute(_TAKE, values).scalar()
        if taken is None:
            raise limit.refusal(limit.cap)
        used[limit.name] = int(taken)
    return used


def note(connection: Connection, uses: Sequence[tuple[UUID, Use]]) -> None:
    """Write down what each redemption took of which quota, so that just this can be given back."""
    rows = [
        {"redemption_id": redemption_id, "subject_id": use.limit.subject_id,
         "customer_id": use.limit.customer_id, "period": use.limit.period,
         "measure": use.limit.measure, "amount": use.amount, "given_back": 0}
        for redemption_id, use in uses
    ]  # fmt: skip
    if rows:
        connection.execute(_WRITE_USE, rows)


def give_back(connection: Connection, given: Iterable[tuple[Name, int]]) -> None:
    """Count back what was taken of each quota, in order: it is free again, its number is not."""
    for name, amount in sorted(given):
        connection.execute(_GIVE_BACK, _named(name) | {"amount": amount})


def _named(name: Name) -> dict[str, Any]:
    return dict(zip(("subject", "customer", "in_period", "counted"), name, strict=True))
