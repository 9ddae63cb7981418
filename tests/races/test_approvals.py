"""One approval, and many at the till who would use it at the same moment."""

from collections import Counter

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import approvals
from core.auth import Actor, at_a_till
from core.db import Database
from core.models import AuditEntry
from tests.factories import NOON, make_staff, make_till
from tests.races import acts
from tests.races.crowd import WON, Arena, Crowd

AT_ONCE = 50


def make_approval(session: Session) -> tuple[str, Actor]:
    """Return what a manager has given a cashier for one late void, and the cashier."""
    till, _ = make_till(session)
    cashier = Actor(
        "till", make_staff(session).id, permissions=at_a_till("cashier"), till_id=till.id
    )
    manager = make_staff(session, "manager")
    about = {"action": "void_late", "subject": "pu_1"}
    return approvals.give(session, manager, **about, actor=cashier, at=NOON).token, cashier


def check_used_once(database: Database, outcomes: Counter[str]) -> None:
    assert outcomes == {WON: 1, "approval_needed": AT_ONCE - 1}
    used = select(func.count()).where(AuditEntry.action == "approval.used")
    assert database.look(lambda s: s.scalar(used)) == 1


def test_an_approval_serves_one_of_50_at_once(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    token, cashier = database.transact(make_approval)

    outcomes = crowd.rush(arena, acts.use_approval, token, cashier, times=AT_ONCE)

    check_used_once(database, outcomes)


def test_without_the_guard_it_serves_many_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    token, cashier = database.transact(make_approval)

    outcomes = crowd.rush(arena, acts.use_approval, token, cashier, times=AT_ONCE, unguarded=True)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_used_once(database, outcomes)
