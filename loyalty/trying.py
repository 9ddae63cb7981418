"""Try an offer out before it costs anything: on a basket, or on what was really bought."""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from core import audit, ids, jobs
from core.auth import Actor
from core.errors import N_, InvalidRequest, NotFound
from core.models import Job
from core.money import Money, Points
from coupons import offers, pretending, quoting, terms
from coupons.basket import Basket, Line
from coupons.models import DryRun, Offer, OfferVersion, Purchase, PurchaseLine
from coupons.quotas import Name
from coupons.quoting import Decision
from coupons.scene import Scene
from coupons.shares import Share
from loyalty import programme, scenes

STEP = 200
USUAL = timedelta(days=30)
LONGEST = timedelta(days=400)


def preview(
    session: Session,
    offer: Offer,
    *,
    basket: Basket | None,
    customer_id: UUID | None,
    shop_id: UUID | None,
    at: datetime,
) -> Decision:
    """Return what a basket would get from the present version of an offer at any moment.

    It counts as running, whatever its campaign's state; its window, conditions and limits hold.

    Raises:
        NotFound: there is no such shop.
        CurrencyMixed, LinesDoNotSum: the basket is not right in itself.
    """
    connection = session.connection()
    rules = programme.rules(connection)
    scene = scenes.scene(
        connection, customer_id, basket=basket, shop_id=shop_id, rules=rules, at=at
    )
    if basket:
        quoting.check_basket(basket, rules.currency)
    coupon = pretending.coupon(session, offer, offers.current(session, offer))
    return quoting.decide(connection, [coupon], scene)


def begin(
    session: Session,
    offer: Offer,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    actor: Actor,
    at: datetime,
) -> DryRun:
    """Begin a dry run over the purchases of the last thirty days, or of a window; a job does it.

    Raises:
        InvalidRequest: the window ends before it starts, or is longer than 400 days.
    """
    end = min(until or at, at)
    start = since or end - USUAL
    if not start < end or end - start > LONGEST:
        raise InvalidRequest({"since": [N_("Before the end, by at most 400 days.")]})
    total = session.scalar(select(func.count()).select_from(_purchases(start, end).subquery()))
    version = offers.current(session, offer)
    job = jobs.enqueue(session, "offers.dry_run", {}, total=total or 0, actor=actor, at=at)
    made = DryRun(
        offer_id=offer.id, version_id=version.id, job_id=job.id, since=start, until=end, at=at
    )
    session.add(made)
    session.flush()
    new = {"since": start.isoformat(), "until": end.isoformat()}
    audit.record(session, actor, "offer.tried", ids.public("of", offer.id), new=new, at=at)
    return made


def find(session: Session, id: UUID) -> DryRun:
    """Return a dry run.

    Raises:
        NotFound: there is none.
    """
    found = session.get(DryRun, id)
    if found is None:
        raise NotFound(what="dry run")
    return found


def step(session: Session, job: Job) -> int:
    """Try the next purchases; limits are counted as if the offer had run all the while."""
    run = session.scalars(select(DryRun).where(DryRun.job_id == job.id)).one()
    rows = _purchases(run.since, run.until)
    if run.last_id:
        rows = rows.where(
            tuple_(Purchase.occurred_at, Purchase.id) > tuple_(run.last_at, run.last_id)
        )
    found = session.scalars(rows.order_by(Purchase.occurred_at, Purchase.id).limit(STEP)).all()
    if found:
        _try(session, run, found)
    return len(found)


def _purchases(since: datetime, until: datetime) -> Any:
    return select(Purchase).where(
        Purchase.voided_at.is_(None), Purchase.occurred_at >= since, Purchase.occurred_at < until
    )


def _try(session: Session, run: DryRun, found: Sequence[Purchase]) -> None:
    connection = session.connection()
    version = session.get_one(OfferVersion, run.version_id)
    coupon = pretending.coupon(session, session.get_one(Offer, run.offer_id), version)
    offer = terms.of(connection, run.version_id)
    live: dict[Name, int] = {
        (UUID(hex=subject), UUID(hex=customer), period, measure): amount
        for subject, customer, period, measure, amount in run.counted
    }
    lines = _lines(session, found)
    refused = Counter(run.refused)
    for purchase in found:
        scene = _scene(session, purchase, lines.get(purchase.id, ()))
        candidate = quoting.candidate(coupon, offer, scene)
        decision = quoting.decide_on(connection, [candidate], scene, live)
        refused.update(one.refusal.code for one in decision.refused)
        run.hits += len(decision.taken)
        run.discount = Money(run.discount + decision.discount)
        run.points = Points(run.points + decision.points)
        run.revenue = Money(run.revenue + (_kept(purchase) if decision.taken else 0))
        for taken in decision.taken:
            for use in taken.uses:
                live[use.limit.name] = live.get(use.limit.name, 0) + use.amount
    run.purchases += len(found)
    run.refused = dict(refused)
    run.counted = [
        [s.hex, c.hex, period, measure, n] for (s, c, period, measure), n in live.items()
    ]
    run.last_at, run.last_id = found[-1].occurred_at, found[-1].id


def _kept(purchase: Purchase) -> int:
    """Return what was paid in money for a purchase, less what was paid back."""
    worth = purchase.basket_total - purchase.discount
    return purchase.to_pay - Share(0, purchase.refunded, worth or 1).upto(purchase.to_pay)


def _lines(session: Session, found: Sequence[Purchase]) -> dict[UUID, list[Line]]:
    rows = session.scalars(
        select(PurchaseLine)
        .where(PurchaseLine.purchase_id.in_([one.id for one in found]))
        .order_by(PurchaseLine.purchase_id, PurchaseLine.position)
    )
    lines: dict[UUID, list[Line]] = {}
    for row in rows:
        line = Line(
            row.amount, row.quantity, row.sku, row.category, row.tax_rate, tuple(row.tags or ())
        )
        lines.setdefault(row.purchase_id, []).append(line)
    return lines


def _scene(session: Session, purchase: Purchase, lines: Sequence[Line]) -> Scene:
    return scenes.scene(
        session.connection(),
        purchase.customer_id,
        basket=Basket(purchase.currency, purchase.basket_total, tuple(lines)),
        shop_id=purchase.shop_id,
        at=purchase.occurred_at,
    )
