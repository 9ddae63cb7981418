"""A second person's approval: for one thing, at one till, once, for a few minutes."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import approvals
from core.auth import Actor, at_a_till
from core.errors import ApprovalNeeded, NotAllowed, OwnApproval, TillNeeded
from core.models import Approval, AuditEntry, Staff, Till
from tests.factories import MANAGER, NOON, make_staff, make_till

VOID = {"action": "void_late", "subject": "pu_1"}


def actor_at(till: Till, person: Staff) -> Actor:
    permissions = at_a_till(person.role)
    return Actor("till", person.id, permissions=permissions, shop_id=till.shop_id, till_id=till.id)


@pytest.fixture
def till(session: Session) -> Till:
    return make_till(session)[0]


@pytest.fixture
def cashier(session: Session, till: Till) -> Actor:
    return actor_at(till, make_staff(session))


@pytest.fixture
def token(session: Session, cashier: Actor) -> str:
    """What a manager has given the cashier for one late void."""
    manager = make_staff(session, "manager")
    return approvals.give(session, manager, **VOID, actor=cashier, at=NOON).token


def test_an_approval_counts_once(session: Session, cashier: Actor, token: str) -> None:
    used = approvals.use(session, token, **VOID, actor=cashier, at=NOON)

    assert session.get_one(Approval, used.id).used_at == NOON
    with pytest.raises(ApprovalNeeded) as no:
        approvals.use(session, token, **VOID, actor=cashier, at=NOON)
    assert no.value.facts == VOID


def test_who_approved_what_is_in_the_audit_log(
    session: Session, cashier: Actor, token: str
) -> None:
    used = approvals.use(session, token, **VOID, actor=cashier, at=NOON)

    session.flush()
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "approval.used")).one()
    assert entry.actor == str(cashier)
    assert entry.new == {"action": "void_late", "about": "pu_1", "by": f"st_{used.staff_id.hex}"}


@pytest.mark.parametrize(
    "other", [{"action": "high_value"}, {"subject": "pu_2"}, {"at": NOON + timedelta(minutes=5)}]
)
def test_it_serves_for_nothing_else_and_not_for_long(
    session: Session, cashier: Actor, token: str, other: dict[str, object]
) -> None:
    with pytest.raises(ApprovalNeeded):
        approvals.use(session, token, **({**VOID, "actor": cashier, "at": NOON} | other))

    approvals.use(session, token, **VOID, actor=cashier, at=NOON + timedelta(seconds=299))


def test_it_serves_nobody_else_and_at_no_other_till(
    session: Session, till: Till, cashier: Actor, token: str
) -> None:
    colleague = actor_at(till, make_staff(session))
    elsewhere = Actor("till", cashier.id, till_id=make_till(session)[0].id)

    for other in (colleague, elsewhere, MANAGER):
        with pytest.raises(ApprovalNeeded):
            approvals.use(session, token, **VOID, actor=other, at=NOON)
    approvals.use(session, token, **VOID, actor=cashier, at=NOON)


def test_without_a_token_the_refusal_says_what_is_asked(session: Session, cashier: Actor) -> None:
    with pytest.raises(ApprovalNeeded) as no:
        approvals.use(session, None, **VOID, actor=cashier, at=NOON, amount=1250)

    assert no.value.facts == {**VOID, "amount": 1250}


def test_what_is_rolled_back_leaves_the_approval_unused(
    session: Session, cashier: Actor, token: str
) -> None:
    with session.begin_nested() as attempt:
        approvals.use(session, token, **VOID, actor=cashier, at=NOON)
        attempt.rollback()

    approvals.use(session, token, **VOID, actor=cashier, at=NOON)


def test_a_cashier_is_no_second_person(session: Session, cashier: Actor) -> None:
    with pytest.raises(NotAllowed):
        approvals.give(session, make_staff(session), **VOID, actor=cashier, at=NOON)


def test_a_manager_at_the_till_does_not_approve_their_own_act(session: Session, till: Till) -> None:
    manager = make_staff(session, "manager")

    with pytest.raises(OwnApproval):
        approvals.give(session, manager, **VOID, actor=actor_at(till, manager), at=NOON)


def test_approvals_are_given_at_tills_only(session: Session) -> None:
    with pytest.raises(TillNeeded):
        approvals.give(session, make_staff(session, "manager"), **VOID, actor=MANAGER, at=NOON)
