"""What the tests of points that people move have in common."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import SYSTEM, Actor, of_role
from core.models import Customer, Staff
from coupons.models import Offer
from loyalty import expiry, ledger, programme, rewards
from loyalty.expiry import Balance
from loyalty.ledger import Why
from loyalty.models import Entry, Lot, Reward
from tests.factories import NOON, make_customer, make_offer, make_staff

ANOTHER = Actor("key", UUID(int=8), name="another", permissions=of_role("manager"))
EARLY, LATE = NOON + timedelta(days=100), NOON + timedelta(days=400)


def make_rich(session: Session, *lots: tuple[int, datetime]) -> Customer:
    """Return a customer who holds points in lots; 1,000 that expire late unless told."""
    customer, _ = make_customer(session)
    give(session, customer, *(lots or ((1000, LATE),)))
    return customer


def give(session: Session, customer: Customer, *lots: tuple[int, datetime]) -> None:
    connection = session.connection()
    account = expiry.lock(connection, customer.id, at=NOON)
    for points, expires_at in lots:
        ledger.credit(
            connection, account, "adjust", points, origin="world", expires_at=expires_at,
            why=Why(NOON, str(SYSTEM), reason="given by a test"),
        )  # fmt: skip


def owe(session: Session, customer: Customer, points: int) -> None:
    """Let a customer owe points."""
    connection = session.connection()
    account = expiry.lock(connection, customer.id, at=NOON)
    why = Why(NOON, str(SYSTEM), reason="owed by a test")
    ledger.post(connection, account, "adjust", points, sides=("debt", "world"), why=why)


def await_(session: Session, customer: Customer, points: int, *, due_at: datetime) -> None:
    """Let a customer have points that are due later."""
    connection = session.connection()
    account = expiry.lock(connection, customer.id, at=NOON)
    why = Why(NOON, str(SYSTEM))
    ledger.earn(connection, account, points, due_at=due_at, expires_at=LATE, why=why)


def make_reward(session: Session, offer: Offer | None = None, **given: Any) -> Reward:
    """Return a reward of 300 points."""
    usual: dict[str, Any] = {"name": {"en": "A mug"}, "points": 300}
    promise = offer or make_offer(session)
    return rewards.add(session, **usual | given, offer_id=promise.id, actor=SYSTEM, at=NOON)


def make_own(session: Session, customer: Customer, role: str = "manager") -> tuple[Staff, Actor]:
    """Return a staff member whose own card is the customer's, and them at work."""
    person = make_staff(session, role)
    person.customer_id = customer.id
    session.flush()
    return person, Actor("staff", person.id, permissions=of_role(role))


def balance(session: Session, customer: Customer, at: datetime = NOON) -> Balance:
    """Return what a customer holds, by themselves and among others."""
    found = expiry.balance(session.connection(), customer.id, at=at)
    every = list(session.scalars(select(Customer.id)))
    assert expiry.balances(session.connection(), every, at=at)[customer.id] == found
    return found


def lots(session: Session, customer: Customer) -> dict[datetime, int]:
    """Return what is in the lots of a customer that hold anything."""
    session.expire_all()
    rows = select(Lot).where(Lot.customer_id == customer.id, Lot.remaining > 0)
    return {lot.expires_at: lot.remaining for lot in session.scalars(rows)}


def entries(session: Session, customer: Customer, kind: str) -> list[Entry]:
    """Return the lines of a kind on a customer's account, oldest first."""
    rows = select(Entry).where(Entry.customer_id == customer.id, Entry.kind == kind)
    return list(session.scalars(rows.order_by(Entry.id)))


def set_programme(session: Session, **given: Any) -> None:
    """Change the rules of the points."""
    programme.change(session, given, actor=SYSTEM, at=NOON)
    session.flush()
