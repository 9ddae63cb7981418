"""Cards: replaced once however often it is asked for, and what stays of whoever is forgotten."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.models import Person
from coupons import campaigns, responses
from coupons.models import Response
from loyalty import cards, checkout, expiry, points, reconcile, voiding
from tests.factories import MANAGER, NOON, make_campaign, make_customer, make_order, make_shop
from tests.loyalty.hands import entries, owe


def test_a_second_tap_is_not_a_second_loss(session: Session) -> None:
    customer, first = make_customer(session)

    once = cards.replace(session, customer.id, "lost", actor=MANAGER, at=NOON)
    again = cards.replace(session, customer.id, "lost", actor=MANAGER, at=NOON)
    later = cards.replace(
        session, customer.id, "lost", actor=MANAGER, at=NOON + timedelta(minutes=2)
    )

    assert once.number == again.number != first.number
    assert later.number != once.number
    assert [card.state for card in cards.history(session, customer.id)] == [
        "active", "replaced", "replaced",
    ]  # fmt: skip


def test_whoever_is_forgotten_leaves_figures_and_no_words(session: Session) -> None:
    campaign = make_campaign(session)
    [channel] = campaigns.channels(session, campaign)
    customer, _ = make_customer(session, person={"name": "Ada"})
    responses.by_hand(
        session.connection(), campaign, channel, kind="called", coupon=None,
        pseudonym=customer.pseudonym, note="Ada rang from home", occurred_at=NOON, at=NOON,
    )  # fmt: skip

    points.adjust(session, customer.id, 124, "welcome", actor=MANAGER, at=NOON)
    cards.forget(session, customer, actor=MANAGER, at=NOON)
    session.flush()

    assert session.scalar(select(Person)) is None
    balance = expiry.balance(session.connection(), customer.id, at=NOON)
    assert (balance.available, balance.pending) == (0, 0)
    assert list(reconcile.findings(session)) == []
    event = session.scalars(select(Response)).one()
    assert (event.kind, event.pseudonym, event.note) == ("called", customer.pseudonym, None)


def test_nothing_is_owed_by_nobody(session: Session) -> None:
    """Neither what was owed before somebody is forgotten nor what a void would ask back."""
    shop = make_shop(session)
    customer, card = make_customer(session)
    order = make_order(shop, card=card.number, total=5000)
    bought = checkout.settle(session, order, actor=MANAGER, at=NOON)
    other, _ = make_customer(session)
    owe(session, other, 30)
    for one in (customer, other):
        cards.forget(session, one, actor=MANAGER, at=NOON)
    assert bought.id

    voiding.void(session, bought.id, "x", actor=MANAGER, at=NOON)

    for one in (customer, other):
        left = expiry.balance(session.connection(), one.id, at=NOON)
        assert (left.available, left.pending, left.debt) == (0, 0, 0)
    assert [line.points for line in entries(session, other, "adjust")] == [30, 30]
    assert list(reconcile.findings(session)) == []


def test_the_books_tell_where_somebody_who_is_forgotten_owes(session: Session) -> None:
    customer, _ = make_customer(session)
    cards.forget(session, customer, actor=MANAGER, at=NOON)

    owe(session, customer, 30)

    assert "owes 30, but its customer was erased" in "".join(reconcile.findings(session))
