"""The picture of a card is taken once, and a blank card is handed out once, by whoever is first."""

from collections import Counter
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from core.models import Customer
from loyalty import reconcile, steps, stock
from loyalty.models import Card
from tests.factories import MANAGER, NOON, make_customer
from tests.races import showing
from tests.races.crowd import WON, Arena, Crowd

AT_ONCE = 16
KEY = steps.key("a secret of the tests, known to all")


def make_shown(session: Session) -> tuple[UUID, str]:
    """Return a card, and what its picture says at noon."""
    _, card = make_customer(session)
    return card.id, steps.make(KEY, card.id, at=NOON)


def check_taken_once(outcomes: Counter[str]) -> None:
    assert outcomes == {WON: 1, "picture_used": AT_ONCE - 1}


def test_the_same_picture_at_many_tills_proves_the_card_to_one(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    card_id, shown = database.transact(make_shown)

    outcomes = crowd.rush(arena, showing.take, KEY, card_id, shown, times=AT_ONCE)

    check_taken_once(outcomes)


def test_without_guards_it_proves_the_card_to_more_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    card_id, shown = database.transact(make_shown)

    outcomes = crowd.rush(arena, showing.take, KEY, card_id, shown, times=AT_ONCE, unguarded=True)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_taken_once(outcomes)


def test_the_same_picture_sent_many_times_by_one_till_is_the_same_yes(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    card_id, shown = database.transact(make_shown)

    outcomes = crowd.rush(arena, showing.take_again, KEY, card_id, shown, times=AT_ONCE)

    assert outcomes == {WON: AT_ONCE}


def make_blank(session: Session) -> str:
    return stock.make(session, 1, actor=MANAGER, at=NOON)[0]


def check_handed_out_once(database: Database, outcomes: Counter[str]) -> None:
    """One has it, and of those who came too late nothing is left."""
    assert outcomes == {WON: 1, "card_taken": AT_ONCE - 1}
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Customer)) == 1
        assert session.scalars(select(Card.state)).one() == "active"
        assert list(reconcile.findings(session)) == []


def test_a_blank_card_is_handed_out_by_one_of_many_tills(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    number = database.transact(make_blank)

    outcomes = crowd.rush(arena, showing.hand_out, number, times=AT_ONCE)

    check_handed_out_once(database, outcomes)


def test_without_guards_more_hand_it_out_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    number = database.transact(make_blank)

    outcomes = crowd.rush(arena, showing.hand_out, number, times=AT_ONCE, unguarded=True)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_handed_out_once(database, outcomes)
