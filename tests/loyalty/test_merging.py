"""Two customers who are one: both hold the sum, both histories stay, the old card works on."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import customers, people
from core.auth import SYSTEM
from core.db import Database
from core.errors import NotFound, Refusal, WrongState
from core.models import AuditEntry, Customer, Staff
from coupons import offers
from coupons.conditions.errors import NotFirstPurchase
from coupons.issuing import issue_personal
from coupons.models import Coupon, Purchase
from loyalty import (
    cards,
    checkout,
    claims,
    expiry,
    export,
    links,
    listing,
    merging,
    points,
    reconcile,
    tiers,
    voiding,
)
from loyalty.errors import CardBlocked, CustomerBlocked, MergeWithSelf, OwnCard
from loyalty.models import Account, StampBook, StampCard, Tier
from tests.factories import (
    MANAGER,
    NOON,
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_shop,
)
from tests.loyalty.hands import (
    EARLY,
    LATE,
    await_,
    balance,
    entries,
    lots,
    make_own,
    make_reward,
    make_rich,
    owe,
    set_programme,
)
from tests.loyalty.test_claims import refuse


def merge(session: Session, merged: Any, survivor: Any, **given: Any) -> Customer:
    usual: dict[str, Any] = {"actor": MANAGER, "at": NOON}
    return merging.merge(session, merged.id, survivor.id, **usual | given)


def make_two(session: Session, **given: Any) -> tuple[Customer, Customer]:
    """Return two customers, to be merged the one into the other."""
    return make_customer(session, **given)[0], make_customer(session)[0]


def settle(session: Session, number: str, *codes: str, **given: Any) -> Any:
    order = make_order(make_shop(session), *codes, card=number, **given)
    return checkout.settle(session, order, actor=MANAGER, at=NOON)


def test_what_both_hold_is_added_up_lot_by_lot(session: Session) -> None:
    merged = make_rich(session, (200, EARLY), (800, LATE))
    survivor = make_rich(session, (50, LATE), (5, NOON + timedelta(days=10)))

    merge(session, merged, survivor)

    assert lots(session, survivor) == {NOON + timedelta(days=10): 5, EARLY: 200, LATE: 850}
    assert lots(session, merged) == {}
    assert balance(session, merged).available == 0
    source = f"merge:{merged.id.hex}"
    for one in (merged, survivor):
        assert {line.source for line in entries(session, one, "transfer")} == {source}
        assert sum(line.points for line in entries(session, one, "transfer")) == 1000
    assert list(reconcile.findings(session)) == []


def test_points_that_are_pending_stay_so_until_their_day(session: Session) -> None:
    merged, survivor = make_two(session)
    due_at = NOON + timedelta(days=14)
    await_(session, merged, 300, due_at=due_at)
    await_(session, survivor, 20, due_at=due_at + timedelta(days=1))

    merge(session, merged, survivor)

    now, then = balance(session, survivor), balance(session, survivor, at=due_at)
    assert (now.available, now.pending) == (0, 320)
    assert (then.available, then.pending) == (300, 20)
    assert balance(session, merged, at=due_at).available == 0
    expiry.lock(session.connection(), survivor.id, at=due_at)
    assert lots(session, survivor) == {LATE: 300}
    assert list(reconcile.findings(session)) == []


@pytest.mark.parametrize(
    ("theirs", "ours", "available", "debt"),
    [
        (0, 100, 0, 400),
        (1000, 100, 900, 0),
        (0, -1000, 700, 0),
        (0, -200, 0, 100),
        (60, 100, 0, 40),
    ],
)
def test_a_debt_is_set_against_what_the_other_one_holds(
    session: Session, theirs: int, ours: int, available: int, debt: int
) -> None:
    """``theirs`` are points of the merged one, who owes 300 if none; ``ours`` are owed, or held."""
    merged, survivor = make_two(session)
    if theirs:
        points.adjust(session, merged.id, theirs, "x", actor=SYSTEM, at=NOON)
    else:
        owe(session, merged, 300)
    if ours > 0:
        owe(session, survivor, ours)
    else:
        points.adjust(session, survivor.id, -ours, "x", actor=SYSTEM, at=NOON)

    merge(session, merged, survivor)

    held = balance(session, survivor)
    assert (held.available, held.debt) == (available, debt)
    assert balance(session, merged).debt == 0
    assert list(reconcile.findings(session)) == []


def test_the_old_card_works_on_as_the_survivors(session: Session) -> None:
    (merged, old), (survivor, new) = make_customer(session), make_customer(session)
    merge(session, merged, survivor)

    shown = cards.accept(session.connection(), old.number, staff_id=None)
    done = settle(session, old.number, total=10_000)

    assert (shown.customer_id, shown.pseudonym) == (survivor.id, survivor.pseudonym)
    assert balance(session, survivor).available == 100
    bought = session.get_one(Purchase, done.id)
    assert bought.customer_id == survivor.id
    assert settle(session, new.number, total=100, spend_points=100).to_pay == 0
    assert listing.search(session, old.number, shop_id=None) == [survivor]
    assert {card.number for card in cards.history(session, survivor.id)} == {
        old.number, new.number,
    }  # fmt: skip


def test_an_old_card_that_is_lost_is_blocked_by_its_number(session: Session) -> None:
    merged, old = make_customer(session)
    survivor, new = make_customer(session)
    merge(session, merged, survivor)

    cards.set_blocked(session, old.number, blocked=True, actor=SYSTEM, at=NOON)
    session.flush()

    with pytest.raises(CardBlocked):
        cards.accept(session.connection(), old.number, staff_id=None)
    assert cards.accept(session.connection(), new.number, staff_id=None).number == new.number


def test_a_blocked_survivor_is_blocked_by_the_old_card_too(session: Session) -> None:
    merged, old = make_customer(session)
    survivor, _ = make_customer(session)
    merge(session, merged, survivor)
    customers.set_blocked(session, survivor.id, blocked=True, actor=SYSTEM, at=NOON)
    session.flush()

    with pytest.raises(CustomerBlocked):
        cards.accept(session.connection(), old.number, staff_id=None)


def test_the_link_of_the_merged_one_opens_the_survivors_page_until_a_card_is_replaced(
    session: Session,
) -> None:
    merged, survivor = make_two(session)
    token = links.make(["key"], merged)
    merge(session, merged, survivor)

    assert links.find(session, ["key"], token) == survivor
    cards.replace(session, survivor.id, "lost", actor=SYSTEM, at=NOON)
    assert links.find(session, ["key"], token) is None


def test_a_chain_of_merges_leads_to_the_last_one(session: Session) -> None:
    (first, card), (second, _), (third, _) = (make_customer(session) for _ in range(3))
    points.adjust(session, first.id, 100, "x", actor=SYSTEM, at=NOON)
    merge(session, first, second)
    merge(session, second, third)

    assert cards.find(session.connection(), card.number).customer_id == third.id
    account = expiry.lock(session.connection(), first.id, at=NOON)
    assert (account.customer_id, account.available) == (third.id, 100)
    assert list(reconcile.findings(session)) == []


def test_a_purchase_from_before_is_undone_on_what_the_survivor_holds(session: Session) -> None:
    set_programme(session, pending_days=0)
    (merged, old), (survivor, _) = make_customer(session), make_customer(session)
    points.adjust(session, merged.id, 500, "x", actor=SYSTEM, at=NOON)
    done = settle(session, old.number, total=20_000, spend_points=400)
    assert balance(session, merged).available == 100 + 196
    merge(session, merged, survivor)

    voiding.void(session, done.id, "returned", actor=MANAGER, at=NOON)

    assert balance(session, survivor).available == 500
    assert balance(session, merged).available == 0
    assert list(reconcile.findings(session)) == []


def test_points_that_were_pending_are_claimed_back_where_they_are_now(session: Session) -> None:
    set_programme(session, pending_days=14)
    (merged, old), (survivor, _) = make_customer(session), make_customer(session)
    done, later = (settle(session, old.number, total=20_000) for _ in range(2))
    merge(session, merged, survivor)
    assert balance(session, survivor).pending == 400

    voiding.void(session, done.id, "returned", actor=MANAGER, at=NOON)
    assert balance(session, survivor).pending == 200
    due = NOON + timedelta(days=15)
    assert balance(session, survivor, at=due).available == 200
    voiding.void(session, later.id, "returned", actor=MANAGER, at=due)

    held = balance(session, survivor, at=due)
    assert (held.available, held.pending, held.debt) == (0, 0, 0)
    assert list(reconcile.findings(session)) == []


def test_a_claim_from_before_is_cancelled_for_the_survivor(session: Session) -> None:
    merged, survivor = make_rich(session), make_customer(session)[0]
    made = claims.claim(session, make_reward(session).id, merged.id, actor=MANAGER, at=NOON)
    merge(session, merged, survivor)

    found, _ = claims.of_customer(session, survivor.id)
    claims.cancel(session, made.id, "not wanted", actor=MANAGER, at=NOON)

    assert found == [made]
    assert lots(session, survivor) == {LATE: 1000}
    assert list(reconcile.findings(session)) == []


def test_personal_coupons_are_the_survivors_from_now_on(session: Session) -> None:
    (merged, old), (survivor, new) = make_customer(session), make_customer(session)
    offer = make_offer(session)
    version = offers.current(session, offer)

    def give(customer: Customer) -> Coupon:
        wanted = [(customer.id, None)]
        return issue_personal(session, offer, version, wanted, actor=SYSTEM, at=NOON)[0]

    first, second = give(merged), give(merged)
    merge(session, merged, survivor)
    third = give(merged)

    assert {one.customer_id for one in (first, second, third)} == {survivor.id}
    assert settle(session, new.number, first.code).discount == 100
    assert settle(session, old.number, second.code).discount == 100
    assert settle(session, new.number, third.code).discount == 100
    rows = select(AuditEntry.new).where(AuditEntry.action == "customer.merged")
    assert [new["coupons"] for new in session.scalars(rows)] == [2, 2]


def test_offers_see_what_was_bought_and_who_was_meant_before(session: Session) -> None:
    (merged, old), (survivor, new) = make_customer(session), make_customer(session)
    first = make_offer(session, conditions={"all": [{"kind": "first_purchase"}]})
    meant = make_offer(
        session, conditions={"all": [{"kind": "audience", "customers": [merged.id]}]}
    )
    settle(session, old.number, occurred_at=NOON - timedelta(hours=1))
    merge(session, merged, survivor)

    with pytest.raises(NotFirstPurchase):
        settle(session, new.number, make_coupon(session, first).code)
    assert settle(session, new.number, make_coupon(session, meant).code).discount == 100


ADA = {"name": "Ada Byron", "email": "ada@example.org"}


def test_what_is_known_of_a_person_fills_the_gaps(session: Session) -> None:
    born = date(1985, 12, 10)
    merged, _ = make_customer(
        session, person=ADA | {"birthday": born}, locale="de", external_ref="crm-1"
    )
    survivor, _ = make_customer(session, person={"name": "Ada B.", "phone": "+4722864400"})
    customers.describe(merged, tags=["vip", "coffee"], attributes={"size": "L", "kids": 2})
    customers.describe(survivor, tags=["coffee", "tea"], attributes={"size": "M"})

    merge(session, merged, survivor)

    person = people.find(session, survivor)
    assert person
    assert (person.name, person.email, person.phone, person.birthday) == (
        "Ada B.", "ada@example.org", "+4722864400", born,
    )  # fmt: skip
    assert people.find(session, merged) is None
    assert survivor.locale == "de"
    assert survivor.tags == ["coffee", "tea", "vip"]
    assert survivor.attributes == {"size": "M", "kids": 2}
    assert (merged.tags, merged.attributes, merged.external_ref) == ([], {}, "crm-1")


def test_a_person_known_by_the_merged_one_alone_is_the_survivors(session: Session) -> None:
    merged, survivor = make_two(session, person=ADA, consents=["messages"])

    merge(session, merged, survivor)

    person = people.find(session, survivor)
    assert person
    assert person.email == "ada@example.org"
    assert people.consents(session, survivor)["messages"]


@pytest.mark.parametrize(
    ("theirs", "ours", "stand"),
    [
        (["messages", "tracking"], ["messages"], ["messages"]),
        (["messages"], [], []),
        ([], ["messages"], []),
        (None, ["messages"], ["messages"]),
        (["messages"], None, ["messages"]),
        (None, None, []),
    ],
)
def test_a_consent_stands_where_everybody_who_was_asked_agreed(
    session: Session, theirs: list[str] | None, ours: list[str] | None, stand: list[str]
) -> None:
    """None of one of whom nothing is known, so that they were never asked."""
    merged, survivor = (
        make_customer(session, person={"name": "Ada"} if said is not None else None, consents=said)[
            0
        ]
        for said in (theirs, ours)
    )

    merge(session, merged, survivor)

    assert [kind for kind, yes in people.consents(session, survivor).items() if yes] == stand
    assert not any(people.consents(session, merged).values())


def test_the_better_tier_is_kept(session: Session) -> None:
    for rank, key in enumerate(("silver", "gold"), 1):
        session.add(
            Tier(key=key, name={"en": key}, rank=rank, entry=rank, renewal=0, created_at=NOON)
        )
    session.flush()
    set_programme(session, tiers={"by": "points", "period": "calendar"})
    merged, survivor = make_two(session)
    for one, key in ((merged, "gold"), (survivor, "silver")):
        tiers.assign(session, one.id, key, reason="x", actor=SYSTEM, at=NOON)

    merge(session, merged, survivor)

    connection = session.connection()
    assert tiers.key_of(connection, survivor.id, at=NOON) == "gold"
    assert tiers.key_of(connection, merged.id, at=NOON) is None


def test_stamp_books_change_hands(session: Session) -> None:
    merged, survivor = make_two(session)
    card = StampCard(
        name={"en": "Coffee"}, per="visit", needed=10, reward_points=100, created_at=NOON
    )
    session.add(card)
    session.flush()
    for one, stamps in ((merged, 4), (survivor, 3)):
        session.add(
            StampBook(
                stamp_card_id=card.id, customer_id=one.id, number=1, needed=10, stamps=stamps,
                started_at=NOON,
            )
        )  # fmt: skip
    session.flush()

    merge(session, merged, survivor)

    session.expire_all()
    books = session.scalars(select(StampBook).order_by(StampBook.number)).all()
    assert [(one.customer_id, one.number, one.stamps) for one in books] == [
        (survivor.id, 1, 3), (survivor.id, 2, 4),
    ]  # fmt: skip


def test_staff_do_not_serve_their_own_card_under_its_new_name(session: Session) -> None:
    (merged, old), (survivor, new) = make_customer(session), make_customer(session)
    person, _ = make_own(session, merged)

    merge(session, merged, survivor)

    assert session.get_one(Staff, person.id).customer_id == survivor.id
    for number in (old.number, new.number):
        with pytest.raises(OwnCard):
            cards.accept(session.connection(), number, staff_id=person.id)
    with pytest.raises(OwnCard):
        cards.check_not_own(session.connection(), merged.id, person.id)


def test_everything_of_both_is_given_to_take_along_and_forgotten(session: Session) -> None:
    merged, survivor = make_two(session, external_ref="crm-1")
    settle(session, cards.live(session, merged.id).number, receipt="A-1")
    merge(session, merged, survivor)

    found = export.of(session, survivor, at=NOON)
    assert [one["receipt"] for one in found["purchase"]] == ["A-1"]
    assert {one["pseudonym"] for one in found["merged"]} == {merged.pseudonym}
    assert len(found["card"]) == 2
    cards.forget(session, survivor, actor=SYSTEM, at=NOON)
    assert (merged.state, merged.external_ref, survivor.state) == ("merged", None, "erased")
    assert list(reconcile.findings(session)) == []


def test_a_merge_is_for_good_and_with_another_one_who_is_served(database: Database) -> None:
    def make(session: Session) -> tuple[Any, ...]:
        merged, survivor = make_rich(session), make_rich(session)
        merge(session, merged, survivor)
        blocked, forgotten, fresh, own = (make_rich(session) for _ in range(4))
        customers.set_blocked(session, blocked.id, blocked=True, actor=SYSTEM, at=NOON)
        cards.forget(session, forgotten, actor=SYSTEM, at=NOON)
        _, actor = make_own(session, own)
        return merged, survivor, blocked, forgotten, fresh, own, actor

    merged, survivor, blocked, forgotten, fresh, own, actor = database.transact(make)

    tried: list[tuple[type[Refusal], Any, Any]] = [
        (MergeWithSelf, fresh, fresh),
        (WrongState, merged, survivor),
        (WrongState, survivor, merged),
        (WrongState, fresh, merged),
    ]
    for one in (blocked, forgotten):
        tried += [(WrongState, one, fresh), (WrongState, fresh, one)]
    nobody = type("Nobody", (), {"id": MANAGER.id})
    tried += [(NotFound, nobody, fresh), (NotFound, fresh, nobody)]
    for why, first, second in tried:
        refuse(database, why, lambda s, a=first, b=second: merge(s, a, b))
    for first, second in ((own, fresh), (fresh, own)):
        refuse(database, OwnCard, lambda s, a=first, b=second: merge(s, a, b, actor=actor))
    refuse(database, WrongState, lambda s: cards.replace(s, merged.id, "x", actor=SYSTEM, at=NOON))
    refuse(
        database, WrongState,
        lambda s: cards.forget(
            s, customers.find(s, merged.id, lock=True), actor=SYSTEM, at=NOON
        ),
    )  # fmt: skip


def test_the_books_say_when_a_merge_is_half_done(session: Session) -> None:
    merged, survivor = make_two(session)
    merge(session, merged, survivor)
    account = session.get_one(Account, merged.id)
    session.refresh(account)

    account.merged_into_id = None
    session.flush()

    [line] = reconcile.findings(session)
    assert line == f"customer cu_{merged.id.hex}: is merged otherwise than the account"
