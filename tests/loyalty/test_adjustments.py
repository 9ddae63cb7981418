"""Points by hand: up to a limit by one person, above it by two."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import keys
from core.auth import SYSTEM, Actor, of_role
from core.db import Database
from core.errors import InvalidRequest, NotFound, WrongState
from loyalty import adjustments, cards, merging, reconcile
from loyalty.errors import OwnCard, PointsShort, SecondPersonNeeded
from loyalty.expiry import Balance
from loyalty.models import Adjustment, Entry
from tests.factories import MANAGER, NOON, make_staff
from tests.loyalty.hands import ANOTHER, balance, entries, make_own, make_rich, set_programme
from tests.loyalty.test_claims import refuse


def ask(session: Session, customer: Any, points: int = 20_000, **given: Any) -> Any:
    usual: dict[str, Any] = {"actor": MANAGER, "at": NOON}
    return adjustments.adjust(session, customer.id, points, "a mistake", **usual | given)


def approve(session: Session, made: Adjustment, actor: Actor = ANOTHER) -> Adjustment:
    return adjustments.approve(session, made.id, actor=actor, at=NOON)


def decline(session: Session, made: Adjustment, actor: Actor = ANOTHER) -> Adjustment:
    return adjustments.decline(session, made.id, actor=actor, at=NOON)


def test_up_to_the_limit_one_person_is_enough(session: Session) -> None:
    customer = make_rich(session)

    more = ask(session, customer, 10_000)
    less = ask(session, customer, -10_000)

    assert isinstance(more, Balance)
    assert isinstance(less, Balance)
    assert (more.available, less.available) == (11_000, 1000)


@pytest.mark.parametrize("points", [10_001, -10_001])
def test_above_it_nothing_is_booked_until_another_one_agrees(session: Session, points: int) -> None:
    customer = make_rich(session)
    set_programme(session, adjust_limit=20_000)
    ask(session, customer, 19_000)
    set_programme(session, adjust_limit=10_000)

    made = ask(session, customer, points)

    assert (made.state, made.requested_by) == ("requested", str(MANAGER))
    assert balance(session, customer).available == 20_000
    done = approve(session, made)
    assert (done.state, done.decided_by) == ("approved", str(ANOTHER))
    assert balance(session, customer).available == 20_000 + points
    line = entries(session, customer, "adjust")[-1]
    assert (line.points, line.reason, line.actor, line.source) == (
        10_001, "a mistake", str(ANOTHER), f"adjustment:{made.id.hex}",
    )  # fmt: skip
    assert list(reconcile.findings(session)) == []


def test_whoever_asks_cannot_agree_but_may_think_better_of_it(database: Database) -> None:
    made = database.transact(lambda s: ask(s, make_rich(s)))

    refuse(database, SecondPersonNeeded, lambda s: approve(s, made, MANAGER))
    assert database.transact(lambda s: decline(s, made, MANAGER)).state == "declined"


def test_whoever_asks_at_a_desk_cannot_agree_at_a_till(database: Database) -> None:
    id = uuid4()
    desk, till = (Actor(kind, id, permissions=of_role("manager")) for kind in ("staff", "till"))

    def make(session: Session) -> Adjustment:
        customer = make_rich(session)
        return ask(session, customer, actor=desk)

    made = database.transact(make)

    refuse(database, SecondPersonNeeded, lambda s: approve(s, made, till))
    assert database.transact(lambda s: approve(s, made)).state == "approved"


def test_a_key_agrees_to_nothing_that_its_maker_or_another_key_of_theirs_asks_for(
    database: Database,
) -> None:
    def make(session: Session) -> tuple[Actor, dict[str, Actor]]:
        owner = Actor("staff", make_staff(session, role="owner").id, permissions=of_role("owner"))
        made = {"other": make_key(session, SYSTEM), "mother": make_key(session, owner)}
        made["child"] = make_key(session, made["mother"])
        made["sister"] = make_key(session, owner)
        return owner, made

    owner, made = database.transact(make)

    def asked(actor: Actor) -> Adjustment:
        found: Adjustment = database.transact(lambda s: ask(s, make_rich(s), actor=actor))
        return found

    def agree(one: Adjustment, actor: Actor) -> Callable[[Session], Adjustment]:
        return lambda session: approve(session, one, actor)

    of_owner, of_mother, of_child = asked(owner), asked(made["mother"]), asked(made["child"])
    for key in ("mother", "child", "sister"):
        for one in (of_owner, of_mother, of_child):
            refuse(database, SecondPersonNeeded, agree(one, made[key]))
    for one, actor in ((of_owner, made["other"]), (of_mother, owner), (of_child, MANAGER)):
        assert database.transact(agree(one, actor)).state == "approved"


def make_key(session: Session, actor: Actor) -> Actor:
    key, _ = keys.add(session, "x", scopes=["all"], actor=actor, at=NOON)
    return Actor("key", key.id, permissions=of_role("owner"))


def test_nobody_asks_or_agrees_for_their_own_card(database: Database) -> None:
    def make(session: Session) -> tuple[Any, Actor, Adjustment]:
        customer = make_rich(session)
        _, actor = make_own(session, customer)
        return customer, actor, ask(session, customer)

    customer, own, made = database.transact(make)

    refuse(database, OwnCard, lambda s: ask(s, customer, actor=own))
    refuse(database, OwnCard, lambda s: ask(s, customer, 1, actor=own))
    refuse(database, OwnCard, lambda s: approve(s, made, own))


@pytest.mark.parametrize("verb", [approve, decline])
def test_what_was_decided_is_decided(database: Database, verb: Any) -> None:
    made = database.transact(lambda s: verb(s, ask(s, make_rich(s))))

    for again in (approve, decline):
        refuse(database, WrongState, lambda s, again=again: again(s, made))
    nothing = type("Nothing", (), {"id": uuid4()})
    refuse(database, NotFound, lambda s: verb(s, nothing))


def test_points_that_are_gone_meanwhile_cannot_be_taken_off(database: Database) -> None:
    def make(session: Session) -> tuple[Any, Adjustment]:
        customer = make_rich(session)
        set_programme(session, adjust_limit=100)
        return customer, ask(session, customer, -1000)

    customer, made = database.transact(make)
    database.transact(lambda s: ask(s, customer, -1))

    refuse(database, PointsShort, lambda s: approve(s, made))
    with database.reading() as session:
        assert adjustments.find(session, made.id).state == "requested"


def test_nothing_is_no_adjustment(database: Database) -> None:
    customer = database.transact(make_rich)

    refuse(database, InvalidRequest, lambda s: ask(s, customer, 0))


def test_a_forgotten_customer_gets_nothing_and_a_merged_one_as_who_they_are(
    database: Database,
) -> None:
    def make(session: Session) -> tuple[Any, Any, Any, Adjustment, Adjustment]:
        gone, merged, survivor = (make_rich(session) for _ in range(3))
        first, second = ask(session, gone), ask(session, merged)
        cards.forget(session, gone, actor=SYSTEM, at=NOON)
        merging.merge(session, merged.id, survivor.id, actor=SYSTEM, at=NOON)
        return gone, merged, survivor, first, second

    gone, merged, survivor, first, second = database.transact(make)

    refuse(database, WrongState, lambda s: approve(s, first))
    for one in (gone, merged):
        refuse(database, WrongState, lambda s, one=one: ask(s, one))
    database.transact(lambda s: approve(s, second))
    with database.reading() as session:
        assert balance(session, survivor).available == 22_000
        assert list(reconcile.findings(session)) == []


def test_requests_are_listed_by_what_became_of_them(session: Session) -> None:
    customer = make_rich(session)
    made = [ask(session, customer) for _ in range(3)]
    approve(session, made[0])
    decline(session, made[1])

    found = {
        state: adjustments.listed(session, state=state)[0]
        for state in ("approved", "declined", "requested")
    }

    assert found == dict(zip(found, ([one] for one in made), strict=True))
    assert len(adjustments.listed(session)[0]) == 3


def test_the_books_say_when_an_adjustment_is_booked_otherwise(session: Session) -> None:
    made = approve(session, ask(session, make_rich(session)))

    session.execute(update(Entry).where(Entry.source.is_not(None)).values(source=None))

    [line] = reconcile.findings(session)
    assert line == f"adjustment ad_{made.id.hex}: is approved with 20000 points, but 0 were booked"
