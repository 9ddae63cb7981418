"""The rules of the tills: there from the start, changed by whom and when."""

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import till_rules
from core.auth import SYSTEM
from core.models import AuditEntry
from core.till_rules import Rules
from tests.factories import NOON


def test_there_are_rules_before_anybody_has_set_any(session: Session) -> None:
    assert till_rules.find(session.connection()) == Rules()


def test_what_is_changed_holds_and_the_rest_stays(session: Session) -> None:
    till_rules.change(session, {"lock_minutes": 3}, actor=SYSTEM, at=NOON)
    told = till_rules.change(session, {"approve_above": 5000}, actor=SYSTEM, at=NOON)

    assert told == till_rules.find(session.connection())
    assert (told.lock_minutes, told.approve_above, told.void_minutes) == (3, 5000, 30)


def test_every_change_is_in_the_audit_log_and_no_change_is_not(session: Session) -> None:
    till_rules.change(session, {"void_minutes": 60, "lock_minutes": 10}, actor=SYSTEM, at=NOON)
    till_rules.change(session, {"void_minutes": 60}, actor=SYSTEM, at=NOON)

    session.flush()
    entry = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "till_rules.changed")
    ).one()
    assert (entry.old, entry.new) == ({"void_minutes": 30}, {"void_minutes": 60})


@pytest.mark.parametrize(
    "wrong", [{"lock_minutes": 0}, {"void_minutes": -1}, {"approve_above": -1}]
)
def test_the_table_cannot_hold_what_makes_no_sense(session: Session, wrong: dict[str, int]) -> None:
    with pytest.raises(IntegrityError), session.begin_nested():
        till_rules.change(session, wrong, actor=SYSTEM, at=NOON)
