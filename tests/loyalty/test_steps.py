"""The changing picture of a card: taken for a minute, by one, and proven to one till."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core import approvals, ids
from core.auth import Actor
from core.errors import Refusal
from loyalty import cards, checkout, claims, programme, proofs, rewards, steps
from loyalty.claims import ByCard
from loyalty.errors import CardProofNeeded, PictureOld, PictureUsed
from loyalty.models import Card
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_shop,
    make_staff,
    make_till,
)

KEY = steps.key("a secret of the tests, known to all")
LASTS = timedelta(seconds=steps.LASTS)
TILL, OTHER = "till:1", "till:2"
SECRETS = ["an older secret of the tests, also known", "a secret of the tests, known to all"]


@pytest.fixture
def card(session: Session) -> Card:
    return make_customer(session)[1]


def outcome(act: Callable[[], object]) -> str:
    try:
        act()
    except Refusal as no:
        return no.code
    return "done"


def test_a_picture_has_eight_characters_that_change_with_time_card_and_secret() -> None:
    one, two = UUID(int=1), UUID(int=2)

    found = steps.make(KEY, one, at=NOON)

    assert len(found) == steps.LENGTH
    assert set(found) <= set(ids.ALPHABET)
    assert steps.make(KEY, one, at=NOON + LASTS - timedelta(microseconds=1)) == found
    others = (
        steps.make(KEY, one, at=NOON + LASTS),
        steps.make(KEY, two, at=NOON),
        steps.make(steps.key("another"), one, at=NOON),
    )
    assert len({found, *others}) == 4
    assert steps.left(NOON) == 30
    assert steps.left(NOON + timedelta(seconds=29.5)) == 0.5


def test_the_shape_of_a_picture_never_changes() -> None:
    key = steps.key("a secret")

    assert steps.make(key, UUID(int=1), at=NOON) == "X3NTPPG9"


@pytest.mark.parametrize("by", [-1, 0, 1])
def test_a_clock_may_be_off_by_one_picture(connection: Connection, card: Card, by: int) -> None:
    shown = steps.make(KEY, card.id, at=NOON)

    steps.take(connection, KEY, card.id, shown, by=TILL, at=NOON + by * LASTS)


@pytest.mark.parametrize(
    "by", [-2 * LASTS, 2 * LASTS, timedelta(days=1), timedelta(days=-1), timedelta(days=365)]
)
def test_a_picture_of_another_time_is_refused(
    connection: Connection, session: Session, card: Card, by: timedelta
) -> None:
    shown = steps.make(KEY, card.id, at=NOON - by)

    with pytest.raises(PictureOld):
        steps.take(connection, KEY, card.id, shown, by=TILL, at=NOON)

    session.refresh(card)
    assert card.last_step is None


def test_the_picture_of_another_card_is_refused(session: Session, card: Card) -> None:
    other = make_customer(session)[1]
    shown = steps.make(KEY, other.id, at=NOON)

    with pytest.raises(PictureOld):
        steps.take(session.connection(), KEY, card.id, shown, by=TILL, at=NOON)


def test_each_picture_is_taken_by_one_and_none_before_it_any_more(
    connection: Connection, card: Card
) -> None:
    def take(made: datetime, at: datetime, by: str = TILL) -> str:
        shown = steps.make(KEY, card.id, at=made)
        return outcome(lambda: steps.take(connection, KEY, card.id, shown, by=by, at=at))

    assert take(NOON, NOON) == "done"
    assert take(NOON, NOON + timedelta(seconds=1), OTHER) == PictureUsed.code
    assert take(NOON - LASTS, NOON) == PictureUsed.code
    assert take(NOON + LASTS, NOON, OTHER) == "done"
    assert take(NOON + LASTS, NOON) == PictureUsed.code
    assert take(NOON, NOON + LASTS) == PictureUsed.code
    assert take(NOON + 2 * LASTS, NOON + 2 * LASTS) == "done"


def test_whoever_took_a_picture_takes_it_again_while_it_is_of_this_time(
    connection: Connection, card: Card
) -> None:
    shown = steps.make(KEY, card.id, at=NOON)

    def take(by: str, later: timedelta) -> str:
        at = NOON + later
        return outcome(lambda: steps.take(connection, KEY, card.id, shown, by=by, at=at))

    assert take(TILL, timedelta()) == take(TILL, timedelta()) == take(TILL, LASTS) == "done"
    assert take(OTHER, LASTS) == PictureUsed.code
    assert take(TILL, 2 * LASTS) == PictureOld.code


def test_a_proof_serves_whoever_got_it_for_ten_minutes() -> None:
    card_id = UUID(int=5)
    proof = proofs.give(SECRETS, card_id, to=TILL, at=NOON)
    last = NOON + proofs.VALID - timedelta(seconds=1)

    def read(text: str | None, to: str = TILL, at: datetime = NOON) -> UUID | None:
        return proofs.read(SECRETS, text, to=to, at=at)

    assert read(proof) == read(proof, at=last) == card_id
    assert read(proof, at=last + timedelta(seconds=1)) is None
    assert read(proof, to=OTHER) is None
    assert read(proofs.give(SECRETS[:1], card_id, to=TILL, at=NOON)) == card_id
    forged = proofs.give(["a secret of somebody else, who is curious"], card_id, to=TILL, at=NOON)
    for wrong in (forged, proof[:-1], proof[1:], proof.replace(".", ""), "", None, "🎫", "W10.x"):
        assert read(wrong) is None


def earn(session: Session, card: Card) -> None:
    order = make_order(make_shop(session), card=card.number, total=100_000)
    checkout.settle(session, order, actor=MANAGER, at=NOON)


@pytest.mark.parametrize(
    ("most", "points", "how", "expected"),
    [
        (None, 500, "number", "done"),
        (100, 100, "number", "done"),
        (100, 101, "number", "card_proof_needed"),
        (100, 101, "phone", "done"),
        (0, 1, "number", "card_proof_needed"),
        (0, 1, "phone", "done"),
        (0, 0, "number", "done"),
    ],
)
def test_so_many_points_are_spent_with_the_number_of_a_card(
    session: Session, card: Card, most: int | None, points: int, how: str, expected: str
) -> None:
    earn(session, card)
    programme.change(session, {"printed_points": most}, actor=MANAGER, at=NOON)
    proven = card.id if how == "phone" else None
    order = make_order(make_shop(session), card=card.number, spend_points=points, proven=proven)

    told = checkout.quote(session.connection(), order, actor=MANAGER, at=NOON)
    done = outcome(lambda: checkout.settle(session, order, actor=MANAGER, at=NOON))

    assert done == expected
    assert (told.lacking.code if told.lacking else "done") == expected


def test_the_proof_of_another_card_is_none(session: Session, card: Card) -> None:
    earn(session, card)
    other = make_customer(session)[1]
    programme.change(session, {"printed_points": 0}, actor=MANAGER, at=NOON)
    order = make_order(make_shop(session), card=card.number, spend_points=1, proven=other.id)

    with pytest.raises(CardProofNeeded):
        checkout.settle(session, order, actor=MANAGER, at=NOON)


def test_a_second_person_approves_just_so_many_points_of_one_customer(
    session: Session, card: Card
) -> None:
    earn(session, card)
    programme.change(session, {"printed_points": 0}, actor=MANAGER, at=NOON)
    till, _ = make_till(session)
    cashier, boss = make_staff(session), make_staff(session, role="manager")
    at_till = Actor("till", cashier.id, till_id=till.id, shop_id=till.shop_id)
    shop = make_shop(session)

    def settle(points: int, approval: str | None) -> None:
        order = make_order(shop, card=card.number, spend_points=points, approval=approval)
        checkout.settle(session, order, actor=at_till, at=NOON)

    with pytest.raises(CardProofNeeded) as refused:
        settle(5, None)
    facts = refused.value.facts
    assert (facts["action"], facts["amount"], facts["most"]) == ("card_unproven", 5, 0)
    given = approvals.give(
        session, boss, action=facts["action"], subject=facts["subject"], actor=at_till, at=NOON
    )

    assert outcome(lambda: settle(6, given.token)) == "card_proof_needed"
    assert outcome(lambda: settle(5, given.token)) == "done"
    assert outcome(lambda: settle(5, given.token)) == "card_proof_needed"


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("", "done"),
        ("number", "card_proof_needed"),
        ("phone", "done"),
        ("no card", "card_proof_needed"),
    ],
)
def test_a_reward_that_costs_more_needs_the_card_itself_at_a_till(
    session: Session, card: Card, how: str, expected: str
) -> None:
    earn(session, card)
    programme.change(session, {"printed_points": 100}, actor=MANAGER, at=NOON)
    offer = make_offer(session)
    reward = rewards.add(
        session, name={"en": "Cup"}, points=200, offer_id=offer.id, actor=MANAGER, at=NOON
    )
    shown = {
        "": None,
        "number": ByCard(card.id, None, None),
        "phone": ByCard(card.id, card.id, None),
        "no card": ByCard(None, card.id, None),
    }[how]
    customer_id = cards.find(session.connection(), card.number).customer_id

    def claim() -> None:
        claims.claim(session, reward.id, customer_id, shown=shown, actor=MANAGER, at=NOON)

    assert outcome(claim) == expected
