"""Friends and those who bring them, for the tests of refer-a-friend."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.auth import SYSTEM, Actor
from core.models import Customer, Shop
from loyalty import cards, checkout, expiry, reconcile
from loyalty.models import Card, Referral
from loyalty.referrals import attribution, codes
from loyalty.referrals import scheme as schemes
from loyalty.referrals.scheme import Scheme
from tests.factories import MANAGER, NOON, make_order, make_shop

DAY = timedelta(days=1)
LATER = NOON + timedelta(hours=1)
"""When friends join: after whoever brought them."""

BOUGHT = LATER + DAY


def make_scheme(session: Session, **given: Any) -> Scheme:
    """Return a scheme that is active: 500 points for the referrer, 200 for the friend."""
    usual = {"active": True, "referrer": {"points": 500}, "friend": {"points": 200}}
    return schemes.change(session, usual | given, actor=SYSTEM, at=NOON)


@dataclass(slots=True)
class Pair:
    """Who brought whom, and the shop they buy in."""

    shop: Shop
    referrer: Customer
    friend: Customer
    card: Card
    code: str
    referral_id: UUID


def make_referrer(session: Session, **given: Any) -> tuple[Customer, str]:
    """Return a customer with a code to hand out."""
    customer, _ = cards.enrol(session, **given, actor=SYSTEM, at=NOON)
    return customer, codes.of_customer(session, customer.id, at=NOON)


def make_friend(
    session: Session, code: str, *, actor: Actor = SYSTEM, at: datetime = LATER, **given: Any
) -> tuple[Customer, Card, UUID]:
    """Return a new customer who came by a code, with the referral."""
    customer, card = cards.enrol(session, **given, actor=actor, at=at)
    id = attribution.attribute(session, code, customer, actor=actor, at=at)
    return customer, card, id


def make_pair(session: Session, **given: Any) -> Pair:
    """Return a referrer and a friend who joined by their code."""
    referrer, code = make_referrer(session)
    friend, card, id = make_friend(session, code, **given)
    return Pair(make_shop(session), referrer, friend, card, code, id)


def buy(
    session: Session, pair: Pair, *, at: datetime = BOUGHT, actor: Actor = MANAGER, **given: Any
) -> UUID:
    """Let the friend buy something; return the purchase."""
    order = make_order(pair.shop, card=pair.card.number, **{"total": 1000} | given)
    outcome = checkout.settle(session, order, actor=actor, at=at)
    session.flush()
    assert outcome.id
    return outcome.id


def bring(session: Session, pair: Pair, *, at: datetime = BOUGHT, **given: Any) -> UUID:
    """Let one more friend join by the code of a pair, and buy; return the purchase."""
    friend, card, id = make_friend(session, pair.code)
    return buy(session, Pair(pair.shop, pair.referrer, friend, card, pair.code, id), at=at, **given)


def referral_of(session: Session, pair: Pair) -> Referral:
    """Return the referral as it is in the database."""
    rows = select(Referral).where(Referral.id == pair.referral_id)
    return session.scalars(rows.execution_options(populate_existing=True)).one()


def holds(session: Session, customer: Customer, at: datetime) -> tuple[int, int]:
    """Return what a customer has at an instant: available, pending."""
    found = expiry.balance(session.connection(), customer.id, at=at)
    return found.available, found.pending


def check_books(session: Session) -> None:
    """Nothing is off."""
    session.flush()
    assert list(reconcile.findings(session)) == []
