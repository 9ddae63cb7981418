"""Points given to another customer: where the programme lets them, and lot by lot."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import customers
from core.auth import SYSTEM
from core.db import Database
from core.errors import NotFound, Refusal
from loyalty import cards, merging, reconcile, transfers
from loyalty.errors import CustomerBlocked, OwnCard, PointsShort, TransfersOff, TransferToSelf
from loyalty.transfers import Transfer
from tests.factories import MANAGER, NOON, make_customer
from tests.loyalty.hands import (
    EARLY,
    LATE,
    balance,
    entries,
    lots,
    make_own,
    make_rich,
    owe,
    set_programme,
)
from tests.loyalty.test_claims import refuse


def transfer(session: Session, giver: Any, taker: Any, points: int, **given: Any) -> Transfer:
    usual = {"actor": MANAGER, "at": NOON}
    return transfers.transfer(session, giver.id, taker.id, points, **usual | given)


def test_points_that_are_given_expire_when_they_would_have(session: Session) -> None:
    set_programme(session, transfers=True)
    giver = make_rich(session, (200, EARLY), (800, LATE))
    taker = make_rich(session, (50, LATE))

    done = transfer(session, giver, taker, 300)

    assert (done.left, balance(session, taker).available) == (700, 350)
    assert lots(session, giver) == {LATE: 700}
    assert lots(session, taker) == {EARLY: 200, LATE: 150}
    source = f"transfer:{done.id.hex}"
    for one, points in ((giver, [300]), (taker, [200, 100])):
        lines = entries(session, one, "transfer")
        assert ([line.points for line in lines], {line.source for line in lines}) == (
            points, {source},
        )  # fmt: skip
    assert list(reconcile.findings(session)) == []


def test_what_the_taker_owes_is_paid_first(session: Session) -> None:
    set_programme(session, transfers=True)
    giver, taker = make_rich(session), make_customer(session)[0]
    owe(session, taker, 120)

    transfer(session, giver, taker, 200)

    held = balance(session, taker)
    assert (held.available, held.debt) == (80, 0)
    assert list(reconcile.findings(session)) == []


def test_a_programme_may_have_no_transfers(database: Database) -> None:
    giver, taker = database.transact(lambda s: (make_rich(s), make_rich(s)))

    refuse(database, TransfersOff, lambda s: transfer(s, giver, taker, 1))


def test_only_what_is_there_can_be_given_and_only_to_others(database: Database) -> None:
    def make(session: Session) -> tuple[Any, Any]:
        set_programme(session, transfers=True)
        return make_rich(session), make_rich(session)

    giver, taker = database.transact(make)

    no = refuse(database, PointsShort, lambda s: transfer(s, giver, taker, 1001))
    assert no.facts == {"available": 1000, "wanted": 1001}
    refuse(database, PointsShort, lambda s: transfer(s, giver, taker, 1000, at=LATE))
    refuse(database, TransferToSelf, lambda s: transfer(s, giver, giver, 1))
    nobody = type("Nobody", (), {"id": NOBODY})
    refuse(database, NotFound, lambda s: transfer(s, giver, nobody, 1))


NOBODY = MANAGER.id


@pytest.mark.parametrize("side", ["giver", "taker"])
@pytest.mark.parametrize("why", ["blocked", "forgotten", "own"])
def test_neither_side_may_be_blocked_forgotten_or_ones_own(
    database: Database, side: str, why: str
) -> None:
    kind: type[Refusal] = CustomerBlocked

    def make(session: Session) -> tuple[dict[str, Any], Any]:
        set_programme(session, transfers=True)
        both = {"giver": make_rich(session), "taker": make_rich(session)}
        one, actor = both[side], MANAGER
        if why == "blocked":
            customers.set_blocked(session, one.id, blocked=True, actor=SYSTEM, at=NOON)
        elif why == "forgotten":
            cards.forget(session, one, actor=SYSTEM, at=NOON)
        else:
            _, actor = make_own(session, one)
        return both, actor

    both, actor = database.transact(make)
    if why == "own":
        kind = OwnCard

    refuse(database, kind, lambda s: transfer(s, both["giver"], both["taker"], 10, actor=actor))


def test_a_merged_customer_gives_and_takes_as_who_they_are_now(database: Database) -> None:
    def make(session: Session) -> tuple[Any, Any, Any]:
        set_programme(session, transfers=True)
        merged, survivor, other = (make_rich(session) for _ in range(3))
        merging.merge(session, merged.id, survivor.id, actor=SYSTEM, at=NOON)
        return merged, survivor, other

    merged, survivor, other = database.transact(make)

    refuse(database, TransferToSelf, lambda s: transfer(s, merged, survivor, 10))
    done = database.transact(lambda s: transfer(s, merged, other, 1500))
    assert (done.giver_id, done.left) == (survivor.id, 500)
    database.transact(lambda s: transfer(s, other, merged, 500))
    with database.reading() as session:
        assert balance(session, survivor).available == 1000
        assert list(reconcile.findings(session)) == []
