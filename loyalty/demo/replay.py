"""Settle the year through the rules, day by day.

A day is one transaction, and the marker of how far the replay is goes on in the same one: however
it ends, the database holds whole days and knows which.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, jobs, shops
from core.auth import SYSTEM
from core.db import Database, locked
from core.errors import AlreadyExists, DatabaseBusy, Refusal, Stale, WrongState
from core.models import Customer, Job, Merchant, Shop
from core.money import Money
from coupons import basket, campaigns, issuing, offers
from loyalty import cards, checkout, programme
from loyalty.demo import programme as house
from loyalty.demo import year
from loyalty.demo.year import SHOP_ZONE, YEAR_START, Day
from loyalty.models import Card
from loyalty.order import Order

if TYPE_CHECKING:
    from loyalty.demo.plan import ReplayPlan

CURRENCY = "USD"
KIND = "demo.load"
"""The job that is the marker. No worker knows the kind, so none takes it up."""


@dataclass(slots=True)
class Known:
    """Where the shops and households of the study are found in the database."""

    shops: dict[int, UUID] = field(default_factory=dict)
    customers: dict[int, UUID] = field(default_factory=dict)
    cards: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the replay is: the first day that is not settled, and purchases."""

    day: date
    done: int
    total: int


def marker(session: Session) -> Job | None:
    """Return the marker of the replay, if there ever was one."""
    return session.scalar(select(Job).where(Job.kind == KIND))


def next_day(job: Job) -> date:
    """Return the first day that is not settled."""
    return date.fromisoformat(job.payload["day"])


def begin(session: Session, *, is_full: bool = False, at: datetime) -> Job:
    """Return the marker; in an empty database set up the merchant and the points first.

    Points of the plain demo never expire: else nobody who looks at it today would hold any. The
    full one has tiers, stamps, points that expire and offers of the house.

    Raises:
        AlreadyExists: the database serves a merchant that is not the demo's, or the demo was begun
            as the other kind.
    """
    if found := marker(session):
        if found.payload.get("full", False) != is_full:
            refusal = AlreadyExists(field="demo")
            refusal.add_note("This demo was begun the other way: with --full or without")
            raise refusal
        return found
    if session.scalar(select(Merchant.id)):
        refusal = AlreadyExists(field="merchant")
        refusal.add_note("This database is in use, and the demo needs an empty one")
        raise refusal
    opens = clock.day_start(YEAR_START, SHOP_ZONE)
    shops.set_up(
        session, name="Complete Journey", currency=CURRENCY, zone=SHOP_ZONE, locale="en", at=opens
    )
    programme.set_up(session)
    programme.change(session, {"expiry": "never", "expiry_months": None}, actor=SYSTEM, at=opens)
    if is_full:
        house.set_up(session, at=opens)
    payload = {"day": YEAR_START.isoformat(), "full": is_full}
    return jobs.enqueue(session, KIND, payload, total=0, actor=SYSTEM, at=at)


def run(
    database: Database,
    plan: "ReplayPlan",
    *,
    until: date,
    is_full: bool = False,
    stop: Callable[[], bool] = lambda: False,
    tell: Callable[[Progress], None] = lambda _: None,
) -> date:
    """Settle the days up to one that is left out, or until told to stop; return the next day.

    Raises:
        Refusal: what the rules refused, noting which entry; its day is not settled.
        Stale, WrongState: somebody else replays into this database, or cancelled the job.
    """
    job = database.transact(lambda session: begin(session, is_full=is_full, at=clock.now()))
    id, day = job.id, next_day(job)
    if day >= until:
        return day
    total = job.done + plan.volume(first=day, until=until).purchases
    database.transact(lambda session: _resume(session, id, total))
    known = database.look(_known)
    try:
        for one in plan.days(first=day, until=until):
            if stop():
                break
            now = database.transact(partial(settle_day, id=id, day=one, known=known))
            tell(now)
            day = now.day
    except (Stale, WrongState, DatabaseBusy):
        raise  # the marker is somebody else's now
    except Refusal as refusal:
        problem = refusal
        database.transact(lambda session: jobs.fail(session, id, problem, at=clock.now()))
        raise
    state = "done" if day == until else "queued"
    database.transact(lambda session: _rest(session, id, state, at=clock.now()))
    return day


def _locked(session: Session, id: UUID) -> Job:
    return session.scalars(locked(select(Job).where(Job.id == id))).one()


def _resume(session: Session, id: UUID, total: int) -> None:
    job = _locked(session, id)
    job.state, job.total, job.problem, job.finished_at = "running", total, None, None


def _rest(session: Session, id: UUID, state: str, *, at: datetime) -> None:
    job = _locked(session, id)
    job.state, job.finished_at = state, at if state == "done" else None


def _known(session: Session) -> Known:
    found = Known()
    for name, id in session.execute(select(Shop.name, Shop.id)):
        found.shops[int(name.removeprefix("Shop "))] = id
    rows = select(Customer.external_ref, Customer.id, Card.number).join(
        Card, Card.customer_id == Customer.id
    )
    for ref, id, number in session.execute(rows.where(Card.state != "replaced")):
        if ref is not None:
            found.customers[int(ref)], found.cards[int(ref)] = id, number
    return found


def settle_day(session: Session, id: UUID, day: Day, known: Known) -> Progress:
    """Settle one day whole, and let the marker go on.

    What is new is added to what is known before the commit: done again after a deadlock, the day
    writes over it.

    Raises:
        Stale: the marker is at another day: somebody else replays into this database.
        WrongState: the job was cancelled.
        Refusal: what the rules refused, noting which entry.
    """
    job = _locked(session, id)
    if job.state != "running":
        raise WrongState(state=job.state)
    if next_day(job) != day.day:
        raise Stale
    _open(session, day, known)
    for campaign in day.campaigns:
        announce(session, campaign, known, at=clock.day_start(day.day, SHOP_ZONE))
    more = house.codes(day.day) if job.payload.get("full") else ()
    for entry in day.entries:
        try:
            checkout.settle(session, order(entry, known, more), actor=SYSTEM, at=entry.at)
        except Refusal as refusal:
            refusal.add_note(f"{entry.key} on {day.day}")
            raise
    job.done += len(day.entries)
    following = day.day + timedelta(days=1)
    job.payload = job.payload | {"day": following.isoformat()}
    return Progress(following, job.done, job.total)


def _open(session: Session, day: Day, known: Known) -> None:
    """Open the shops that are new on a day, and enrol the households."""
    at = clock.day_start(day.day, SHOP_ZONE)
    for number in day.shops:
        shop = shops.add(session, f"Shop {number}", zone=SHOP_ZONE, actor=SYSTEM, at=at)
        known.shops[number] = shop.id
    for number in day.households:
        customer, card = cards.enrol(
            session, external_ref=str(number), source="demo", actor=SYSTEM, at=at
        )
        known.customers[number], known.cards[number] = customer.id, card.number


def announce(session: Session, campaign: year.Campaign, known: Known, *, at: datetime) -> None:
    """Start a campaign: its offers, each with a public code, and the households it was sent to."""
    made = campaigns.add(
        session,
        name=f"Mailing {campaign.campaign_id} ({campaign.kind})",
        channels=[{"kind": "mail", "name": "Letter"}],
        starts_at=clock.day_start(campaign.first_day, SHOP_ZONE),
        ends_at=clock.day_end(campaign.last_day, SHOP_ZONE),
        external_ref=str(campaign.campaign_id),
        actor=SYSTEM,
        at=at,
    )
    campaigns.move(session, made.id, "start", actor=SYSTEM, at=at)
    reached = [known.customers[household] for household in campaign.households]
    (channel,) = campaigns.channels(session, made)
    campaigns.contact_customers(session, made, channel, reached, at=at)
    for promise in campaign.offers:
        offer = offers.add(
            session,
            made,
            name={"en": named(promise)},
            benefit={"kind": "amount", "amount": promise.face, "on": {"skus": promise.skus}},
            conditions={"all": [{"kind": "audience", "customers": reached}]},
            actor=SYSTEM,
            at=at,
        )
        version = offers.current(session, offer)
        code = year.Coupon(campaign.campaign_id, promise.coupon_upc).code
        issuing.issue_public(session, offer, version, code, actor=SYSTEM, at=at)


def named(promise: year.Offer) -> str:
    """Return what an offer is called: how much off which products."""
    whole, cents = divmod(promise.face, 100)
    return f"${whole}.{cents:02} off {' '.join(promise.about.split()).lower()}"


def order(
    entry: year.Basket | year.LooseRedemption, known: Known, more: tuple[str, ...] = ()
) -> Order:
    """Return an entry as a till would send it, with the codes of the house beside its own."""
    bought, own = None, tuple(coupon.code for coupon in entry.coupons)
    if isinstance(entry, year.Basket):
        lines = tuple(
            basket.Line(Money(line.amount), line.quantity, line.sku, line.category)
            for line in entry.lines
        )
        bought = basket.Basket(CURRENCY, Money(entry.total), lines)
    return Order(
        shop_id=known.shops[entry.shop_id],
        basket=bought,
        card=known.cards[entry.household_id],
        codes=own + more if bought else own,
        receipt=entry.key,
        skip_refused=bool(more) and bought is not None,
    )
