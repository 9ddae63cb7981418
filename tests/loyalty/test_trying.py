"""What an offer would give, and what it would have cost."""

from datetime import timedelta

from sqlalchemy.orm import Session

from core import jobs
from core.auth import SYSTEM
from core.db import Database
from core.models import Job
from coupons.models import Coupon, DryRun, Quota, Redemption
from loyalty import checkout, trying
from tests.factories import (
    MANAGER,
    NOON,
    make_basket,
    make_campaign,
    make_customer,
    make_offer,
    make_order,
    make_shop,
)

DAY = timedelta(days=1)


def test_a_preview_counts_as_running_and_changes_nothing(session: Session) -> None:
    offer = make_offer(session, make_campaign(session, start=False))
    session.flush()

    seen = trying.preview(
        session, offer, basket=make_basket(1000), customer_id=None, shop_id=None, at=NOON
    )

    assert seen.discount == 100
    assert session.query(Coupon).count() == session.query(Redemption).count() == 0


def test_a_preview_at_another_moment(session: Session) -> None:
    offer = make_offer(session, starts_at=NOON + DAY, ends_at=NOON + 2 * DAY)
    session.flush()

    def seen(days: int) -> list[str]:
        decision = trying.preview(
            session, offer, basket=make_basket(1000), customer_id=None, shop_id=None,
            at=NOON + days * DAY,
        )  # fmt: skip
        return [one.refusal.code for one in decision.refused]

    assert [seen(0), seen(1), seen(2)] == [["offer_not_started"], [], ["offer_ended"]]


def buy(session: Session, *totals: int) -> None:
    """Settle purchases of one customer, a day after one another, the last one yesterday."""
    shop = make_shop(session)
    _, card = make_customer(session)
    session.flush()
    for number, total in enumerate(totals):
        at = NOON - DAY * (len(totals) - number)
        order = make_order(shop, total=total, card=card.number)
        checkout.settle(session, order, actor=MANAGER, at=at)


def run(database: Database, job_id: object) -> None:
    def step(session: Session) -> bool:
        job = session.get_one(Job, job_id)
        job.state = "running"
        return jobs.step(session, job.id, at=NOON)

    while database.transact(step):
        pass


def begin(database: Database, **offer: object) -> DryRun:
    def work(session: Session) -> DryRun:
        buy(session, 1000, 3000, 2000)
        made = make_offer(session, **offer)
        return trying.begin(session, made, actor=SYSTEM, at=NOON)

    return database.transact(work)


def test_a_dry_run_tells_what_it_would_have_cost(database: Database) -> None:
    minimum = {"all": [{"kind": "minimum_basket", "amount": 2000}]}

    begun = begin(database, conditions=minimum)
    run(database, begun.job_id)

    done = database.look(lambda session: trying.find(session, begun.id))
    assert (done.purchases, done.hits, done.discount, done.revenue) == (3, 2, 500, 5000)
    assert done.refused == {"basket_too_small": 1}


def test_a_dry_run_counts_limits_over_its_steps(database: Database, monkeypatch) -> None:
    monkeypatch.setattr(trying, "STEP", 1)

    begun = begin(database, per_customer=2)
    run(database, begun.job_id)

    done = database.look(lambda session: trying.find(session, begun.id))
    assert (done.purchases, done.hits, done.discount) == (3, 2, 400)
    assert done.refused == {"customer_limit_reached": 1}
    assert database.look(lambda session: session.query(Quota).count()) == 0


def test_a_dry_run_over_a_window(database: Database) -> None:
    begun = database.transact(
        lambda session: (
            buy(session, 1000, 3000, 2000),
            trying.begin(
                session,
                make_offer(session),
                since=NOON - 2 * DAY,
                until=NOON - DAY,
                actor=SYSTEM,
                at=NOON,
            ),
        )[1]
    )
    run(database, begun.job_id)

    done = database.look(lambda session: trying.find(session, begun.id))
    assert (done.purchases, done.discount) == (1, 300)
