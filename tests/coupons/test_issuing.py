"""Handing out coupons: how many at a time, which codes, and what a job still has to make."""

import pytest
from sqlalchemy.orm import Session

from core import jobs
from core.db import Database
from coupons import issuing, offers
from coupons.errors import CodeNotUsable, CodeTaken, TooManyWaiting
from coupons.models import Coupon
from tests.factories import MANAGER, NOON, make_offer, make_public


@pytest.mark.parametrize(
    "label", ["=CMD|X", "<b>SALE</b>", "ABC", "-ABCD", "SOMMER_10", "ÄPFEL10", "A" * 33, "4\n5678"]
)
def test_a_public_code_is_letters_and_digits(session: Session, label: str) -> None:
    with pytest.raises(CodeNotUsable):
        make_public(session, label=label)


def test_a_public_code_that_reads_the_same_is_taken(session: Session) -> None:
    make_public(session, label="SOLO 10")

    with pytest.raises(CodeTaken):
        make_public(session, label="s0lo-1o")


def test_only_so_many_coupons_wait_to_be_made(session: Session) -> None:
    offer = make_offer(session)
    version = offers.current(session, offer)
    order = {"actor": MANAGER, "at": NOON}
    issuing.issue_unique(session, offer, version, issuing.MOST, **order)

    with pytest.raises(TooManyWaiting):
        issuing.issue_unique(session, offer, version, issuing.AT_ONCE + 1, **order)
    issuing.issue_unique(session, offer, version, issuing.AT_ONCE, **order)


def test_a_job_goes_on_where_it_was_stopped(database: Database) -> None:
    def order(session: Session) -> object:
        offer = make_offer(session)
        version = offers.current(session, offer)
        quantity = 2 * issuing.STEP + 1
        _, job = issuing.issue_unique(session, offer, version, quantity, actor=MANAGER, at=NOON)
        assert job
        return job.id

    job_id = database.transact(order)
    stops = iter([True])

    jobs.work(database, lambda: NOON, stop=lambda: next(stops, False))
    halfway = database.look(lambda session: jobs.find(session, job_id).done)
    while jobs.work(database, lambda: NOON):
        pass

    assert halfway == issuing.STEP
    done = database.look(lambda session: jobs.find(session, job_id))
    assert (done.state, done.done) == ("done", 2 * issuing.STEP + 1)
    codes = database.look(lambda session: [c.code for c in session.query(Coupon)])
    assert len(set(codes)) == 2 * issuing.STEP + 1
