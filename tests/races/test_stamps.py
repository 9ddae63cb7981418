"""One customer buys at many tills at once: every stamp is there, every full book rewarded once."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from loyalty import checkout, reconcile, tiers
from loyalty.models import Entry, Stamp, StampBook, StandingChange
from loyalty.order import Order
from tests.factories import MANAGER, NOON, make_customer, make_order, make_shop
from tests.loyalty.standing import make_ladder
from tests.loyalty.test_stamps import make_card
from tests.races import visitors
from tests.races.crowd import WON, Arena, Crowd

AT_ONCE, NEEDED, REWARD = 100, 7, 100
ALL = AT_ONCE + 1
FULL = ALL // NEEDED


def make_visitor(session: Session) -> tuple[UUID, Order]:
    """Return a customer with one stamp, and an order that gives another."""
    make_ladder(session, ("gold", 500, 400))
    make_card(session, needed=NEEDED, reward_points=REWARD)
    customer, card = make_customer(session)
    order = make_order(make_shop(session), total=1000, card=card.number)
    checkout.settle(session, order, actor=MANAGER, at=NOON)
    return customer.id, order


def check_collected(database: Database, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: AT_ONCE}
    with database.reading() as session:
        assert session.scalar(select(func.sum(Stamp.stamps))) == ALL
        books = session.scalars(select(StampBook.stamps).order_by(StampBook.number)).all()
        assert books == [NEEDED] * FULL + [ALL % NEEDED]
        rewards = select(func.sum(Entry.points)).where(Entry.source.startswith("stamps:"))
        assert session.scalar(rewards) == FULL * REWARD
        assert list(reconcile.findings(session)) == []


def test_the_stamps_of_eight_tills_fill_one_book_after_the_other(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    customer_id, order = database.transact(make_visitor)

    outcomes = crowd.rush(arena, visitors.buy, order, times=AT_ONCE)

    check_collected(database, outcomes)
    with database.reading() as session:
        assert tiers.key_of(session.connection(), customer_id, at=NOON) == "gold"
        assert session.scalars(select(StandingChange.reason)).all() == ["reached"]


def test_without_guards_a_book_is_overfilled_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    customer_id, order = database.transact(make_visitor)

    outcomes = crowd.rush(arena, visitors.buy_carelessly, order, customer_id, times=AT_ONCE)

    with database.reading() as session:
        assert session.scalar(select(func.max(StampBook.stamps))) > NEEDED
    with pytest.raises(AssertionError):
        check_collected(database, outcomes)
