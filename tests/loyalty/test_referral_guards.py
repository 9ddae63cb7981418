"""Who is no new friend: each guard of refer-a-friend, with a control that it lets others pass."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core import people
from core.auth import SYSTEM, Actor, of_role
from core.db import Database
from core.errors import WrongState
from coupons.errors import CodeNotFound
from coupons.models import Quota
from coupons.quoting import Decision
from loyalty import cards, reconcile, referrals, traces, voiding
from loyalty.errors import (
    FriendNotNew,
    OwnCard,
    OwnReferral,
    ReferralsOff,
    ReferredAlready,
    ReviewByAnother,
)
from loyalty.models import Referral, ReferralReward, Trace
from loyalty.order import Settled
from loyalty.referrals import attribution, codes, listing, night, review
from loyalty.referrals import scheme as schemes
from tests.factories import MANAGER, NOON, make_customer, make_shop, make_staff
from tests.loyalty.scheme import (
    BOUGHT,
    DAY,
    LATER,
    Pair,
    bring,
    buy,
    check_books,
    holds,
    make_friend,
    make_pair,
    make_referrer,
    make_scheme,
    referral_of,
)

KEY = "a secret of the tests, known to all"
DUE = BOUGHT + 14 * DAY
REVIEWER = Actor("key", MANAGER.id, permissions=of_role("manager"))


def attribute(session: Session, code: str, customer: Any, actor: Actor = SYSTEM) -> Any:
    return attribution.attribute(session, code, customer, actor=actor, at=LATER)


def count(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Referral)) or 0


# refused


def test_nobody_refers_themselves(session: Session) -> None:
    make_scheme(session)
    customer, code = make_referrer(session)

    with pytest.raises(OwnReferral):
        attribute(session, code, customer)

    assert count(session) == 0


def test_nobody_is_referred_twice(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    _, other = make_referrer(session)

    with pytest.raises(ReferredAlready):
        attribute(session, other, pair.friend)

    assert count(session) == 1
    assert referral_of(session, pair).referrer_id == pair.referrer.id


def test_the_schema_holds_one_referral_for_each_friend(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    found = referral_of(session, pair)
    other, _ = make_customer(session)
    first, second = sorted((other.id, found.referee_id))

    session.add(
        Referral(
            referrer_id=other.id, referee_id=found.referee_id, first_id=first, second_id=second,
            attributed_at=LATER, expires_at=DUE,
        )
    )  # fmt: skip
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("younger_by", [timedelta(), timedelta(microseconds=1), DAY])
def test_a_friend_joins_after_whoever_brought_them(session: Session, younger_by: Any) -> None:
    make_scheme(session)
    _, code = make_referrer(session)
    friend, _ = cards.enrol(session, actor=SYSTEM, at=NOON - younger_by)

    with pytest.raises(FriendNotNew):
        attribute(session, code, friend)

    control, _ = cards.enrol(session, actor=SYSTEM, at=NOON + timedelta(microseconds=1))
    attribute(session, code, control)
    assert count(session) == 1


def test_who_has_bought_before_is_no_new_friend(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    friend, card = cards.enrol(session, actor=SYSTEM, at=LATER)
    buy(session, Pair(pair.shop, pair.referrer, friend, card, pair.code, pair.referral_id))

    with pytest.raises(FriendNotNew):
        attribute(session, pair.code, friend)

    control, _ = cards.enrol(session, actor=SYSTEM, at=LATER)
    attribute(session, pair.code, control)


@pytest.mark.parametrize("length", [1, 2, 5])
def test_friends_never_form_a_circle_however_long(session: Session, length: int) -> None:
    make_scheme(session)
    eldest, code = make_referrer(session)
    for i in range(length):
        youngest, _, _ = make_friend(session, code, at=LATER + i * DAY)
        code = codes.of_customer(session, youngest.id, at=LATER)

    with pytest.raises(OwnReferral):
        attribute(session, code, eldest)

    assert count(session) == length
    control, _ = cards.enrol(session, actor=SYSTEM, at=LATER + 9 * DAY)
    attribute(session, code, control)


def test_a_code_that_cannot_be_used_gets_one_answer_whatever_the_reason(session: Session) -> None:
    make_scheme(session)
    blocked, blocked_code = make_referrer(session)
    blocked.state = "blocked"
    erased, erased_code = make_referrer(session)
    cards.forget(session, erased, actor=SYSTEM, at=NOON)
    _, good = make_referrer(session)
    session.flush()

    for code in ("000000000000", blocked_code, erased_code, "", "../etc"):
        with pytest.raises(CodeNotFound):
            codes.find(session.connection(), code)

    codes.find(session.connection(), good)
    schemes.change(session, {"active": False}, actor=SYSTEM, at=NOON)
    with pytest.raises(CodeNotFound):
        codes.find(session.connection(), good)


def test_without_a_scheme_there_are_no_codes(session: Session) -> None:
    customer, _ = make_customer(session)

    with pytest.raises(ReferralsOff):
        codes.of_customer(session, customer.id, at=NOON)


def test_who_was_forgotten_gets_no_code(session: Session) -> None:
    make_scheme(session)
    customer, _ = make_customer(session)
    cards.forget(session, customer, actor=SYSTEM, at=NOON)

    with pytest.raises(WrongState):
        codes.of_customer(session, customer.id, at=NOON)


# looked at twice


def trace(session: Session, customer: Any, **given: str) -> None:
    traces.note(session.connection(), customer.id, key=KEY, **given, at=LATER)


def joined(session: Session, code: str, person: dict[str, str], **came: str) -> Referral:
    """Return the referral of a friend who told who they are and came by a device or address."""
    friend, _ = cards.enrol(session, person=person, actor=SYSTEM, at=LATER)
    trace(session, friend, **came)
    id = attribute(session, code, friend)
    return session.get_one(Referral, id)


SAME: list[tuple[str, dict[str, str], dict[str, str]]] = [
    ("same_phone", {"phone": "+47 22 86 44 00"}, {}),
    ("same_phone", {"phone": "+4722864400"}, {}),
    ("same_mail", {"email": "Ada@Example.org"}, {}),
    ("same_device", {}, {"device": "d1"}),
    ("same_address", {}, {"address": "a1"}),
]


@pytest.mark.parametrize(("reason", "person", "came"), SAME)
def test_who_shares_something_with_the_referrer_is_looked_at_twice(
    session: Session, reason: str, person: dict[str, str], came: dict[str, str]
) -> None:
    make_scheme(session)
    known = {"email": "ada@example.org", "phone": "+4722864400"}
    referrer, code = make_referrer(session, person=known)
    trace(session, referrer, device="d1", address="a1")

    odd = joined(session, code, person, **came)
    control = joined(
        session, code, {"email": "grace@example.org", "phone": "+4722864401"},
        device="d2", address="a2",
    )  # fmt: skip

    assert (odd.state, odd.reasons) == ("review", [reason])
    assert (control.state, control.reasons) == ("attributed", [])


@pytest.mark.parametrize(("reason", "person", "came"), SAME)
def test_who_shares_something_with_another_friend_is_looked_at_twice(
    session: Session, reason: str, person: dict[str, str], came: dict[str, str]
) -> None:
    make_scheme(session)
    _, code = make_referrer(session)
    known = {"email": "ada@example.org", "phone": "+4722864400"}
    first = joined(session, code, known, device="d1", address="a1")

    second = joined(session, code, person, **came)

    assert (first.state, second.state, second.reasons) == ("attributed", "review", [reason])


def test_a_person_the_shop_knows_already_is_looked_at_twice(session: Session) -> None:
    make_scheme(session)
    cards.enrol(session, person={"email": "ada@example.org"}, actor=SYSTEM, at=NOON)
    cards.enrol(session, person={"phone": "+4722864400"}, actor=SYSTEM, at=NOON)
    _, code = make_referrer(session)

    odd = joined(session, code, {"email": "ADA@example.org", "phone": "+47 22864400"})

    assert (odd.state, odd.reasons) == ("review", ["known_phone", "known_mail"])


def test_a_device_of_somebody_else_is_no_sign(session: Session) -> None:
    make_scheme(session)
    stranger, _ = make_customer(session)
    trace(session, stranger, device="d1", address="a1")
    _, code = make_referrer(session)

    assert joined(session, code, {}, device="d1", address="a1").state == "attributed"


def test_a_trace_says_nothing_without_the_key(session: Session) -> None:
    customer, _ = make_customer(session)
    trace(session, customer, device="d1", address="192.0.2.7")

    kept = session.scalars(select(Trace.digest)).all()

    assert not [one for one in kept if "192" in one or "d1" in one[:2]]
    assert traces.digest(KEY, "device", "d1") in kept
    assert traces.digest(KEY + "x", "device", "d1") not in kept
    assert traces.digest(KEY, "address", "d1") not in kept


def test_traces_go_with_the_person_and_after_90_days(database: Database) -> None:
    def live(session: Session) -> None:
        forgotten, old = make_customer(session)[0], make_customer(session)[0]
        trace(session, forgotten, device="d1")
        trace(session, old, device="d2")
        cards.forget(session, forgotten, actor=SYSTEM, at=LATER)

    database.transact(live)

    for days, left in ((90, 1), (91, 0)):
        traces.tidy(database, LATER + timedelta(days=days))
        with database.reading() as reading:
            assert len(reading.scalars(select(Trace)).all()) == left


def test_a_cashiers_own_friend_is_looked_at_twice_when_they_enrol_them(session: Session) -> None:
    make_scheme(session)
    cashier, code = make_cashier(session)
    _, other = make_referrer(session)

    _, _, odd = make_friend(session, code, actor=cashier)
    _, _, control = make_friend(session, other, actor=cashier)

    assert session.get_one(Referral, odd).reasons == ["cashier"]
    assert session.get_one(Referral, control).state == "attributed"


def make_cashier(session: Session) -> tuple[Actor, str]:
    """Return a cashier with a card of their own, and the code they hand out."""
    own, code = make_referrer(session)
    person = make_staff(session)
    person.customer_id = own.id
    session.flush()
    return Actor("till", person.id, permissions=of_role("cashier")), code


def test_a_cashiers_own_friend_is_looked_at_twice_when_they_serve_them(session: Session) -> None:
    make_scheme(session)
    cashier, code = make_cashier(session)
    pairs = []
    for actor in (cashier, MANAGER):
        friend, card, id = make_friend(session, code)
        pair = Pair(make_shop(session), friend, friend, card, code, id)
        buy(session, pair, actor=actor)
        pairs.append(pair)

    odd, control = (referral_of(session, pair) for pair in pairs)

    assert (odd.state, odd.reasons) == ("review", ["cashier"])
    assert odd.purchase_id is not None
    assert holds(session, pairs[0].friend, DUE)[1] == 0
    assert control.state == "qualified"


def test_what_becomes_known_before_the_purchase_counts_as_well(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    for one in (pair.referrer, pair.friend):
        people.remember(session, one, email="ada@example.org", at=LATER)

    buy(session, pair)

    assert referral_of(session, pair).reasons == ["same_mail"]
    assert holds(session, pair.referrer, DUE) == (0, 0)
    check_books(session)


# decided


def make_odd(session: Session, **given: Any) -> Pair:
    """Return a pair in review, as the friend has the referrer's mail address."""
    make_scheme(session, **given)
    known = {"email": "ada@example.org"}
    referrer, code = make_referrer(session, person=known)
    friend, card, id = make_friend(session, code, person=known)
    return Pair(make_shop(session), referrer, friend, card, code, id)


def test_an_approved_referral_goes_on_as_if_nothing_had_been(session: Session) -> None:
    pair = make_odd(session)

    review.approve(session, pair.referral_id, "twins", actor=REVIEWER, at=LATER)
    assert referral_of(session, pair).state == "attributed"
    buy(session, pair)

    assert referral_of(session, pair).state == "qualified"
    assert holds(session, pair.referrer, DUE) == (500, 0)
    check_books(session)


@pytest.mark.parametrize("after", [DAY, 30 * DAY], ids=["in the hold", "after it"])
def test_a_purchase_in_review_is_rewarded_once_it_is_approved(session: Session, after: Any) -> None:
    pair = make_odd(session)
    buy(session, pair)
    assert referral_of(session, pair).state == "review"
    assert holds(session, pair.referrer, DUE + 60 * DAY) == (0, 0)

    review.approve(session, pair.referral_id, "twins", actor=REVIEWER, at=BOUGHT + after)

    assert holds(session, pair.referrer, DUE - timedelta(seconds=1)) == (0, 500)
    assert holds(session, pair.referrer, DUE) == (500, 0)
    assert holds(session, pair.friend, DUE)[0] == 210
    check_books(session)


def test_a_rejected_referral_rewards_nobody_ever(session: Session) -> None:
    pair = make_odd(session)
    buy(session, pair)

    review.reject(session, pair.referral_id, "one person", actor=REVIEWER, at=BOUGHT)
    buy(session, pair, at=BOUGHT + DAY)

    assert referral_of(session, pair).state == "rejected"
    assert holds(session, pair.referrer, DUE + DAY) == (0, 0)
    for verb in (review.approve, review.reject):
        with pytest.raises(WrongState):
            verb(session, pair.referral_id, "again", actor=REVIEWER, at=BOUGHT)
    check_books(session)


def test_an_approval_after_the_time_to_qualify_ends_the_referral(session: Session) -> None:
    pair = make_odd(session, within_days=5)

    review.approve(session, pair.referral_id, "late", actor=REVIEWER, at=LATER + 5 * DAY)

    assert referral_of(session, pair).state == "expired"


def test_the_cap_counts_when_a_review_is_approved(session: Session) -> None:
    pair = make_odd(session, cap=1)
    buy(session, pair)
    bring(session, pair)

    review.approve(session, pair.referral_id, "twins", actor=REVIEWER, at=BOUGHT)

    assert referral_of(session, pair).reasons == ["same_mail", "cap_reached"]
    assert holds(session, pair.referrer, DUE) == (500, 0)
    check_books(session)


def test_a_void_of_a_purchase_in_review_leaves_the_review(session: Session) -> None:
    pair = make_odd(session)
    purchase = buy(session, pair)

    voiding.void(session, purchase, "wrong", actor=MANAGER, at=BOUGHT)
    session.flush()

    found = referral_of(session, pair)
    assert (found.state, found.purchase_id) == ("review", None)
    check_books(session)


def staffed(session: Session, role: str = "manager", customer: Any = None) -> Actor:
    person = make_staff(session, role)
    person.customer_id = customer.id if customer else None
    session.flush()
    return Actor("staff", person.id, permissions=of_role(role))


def test_whoever_served_the_friend_does_not_decide(session: Session) -> None:
    pair = make_odd(session)
    server, other = staffed(session), staffed(session)
    buy(session, pair, actor=server)

    for verb in (review.approve, review.reject):
        with pytest.raises(ReviewByAnother):
            verb(session, pair.referral_id, "mine", actor=server, at=BOUGHT)

    assert referral_of(session, pair).state == "review"
    review.approve(session, pair.referral_id, "fine", actor=other, at=BOUGHT)


@pytest.mark.parametrize("side", ["referrer", "friend"])
def test_whoever_is_in_it_does_not_decide(session: Session, side: str) -> None:
    pair = make_odd(session)
    own = staffed(session, customer=getattr(pair, side))

    with pytest.raises(OwnCard):
        review.approve(session, pair.referral_id, "mine", actor=own, at=BOUGHT)

    assert referral_of(session, pair).state == "review"


# forgotten, and the night


def test_a_referrer_who_was_forgotten_gets_nothing_and_the_friend_does(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    cards.forget(session, pair.referrer, actor=SYSTEM, at=LATER)

    buy(session, pair)

    assert holds(session, pair.referrer, DUE) == (0, 0)
    assert holds(session, pair.friend, DUE) == (210, 0)
    check_books(session)


def test_who_is_forgotten_within_the_hold_gets_nothing_more(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    purchase = buy(session, pair)
    cards.forget(session, pair.referrer, actor=SYSTEM, at=BOUGHT + DAY)

    assert holds(session, pair.referrer, DUE) == (0, 0)
    check_books(session)
    voiding.void(session, purchase, "wrong", actor=MANAGER, at=DUE)
    assert holds(session, pair.referrer, DUE) == (0, 0)
    check_books(session)


def test_the_night_writes_down_what_time_has_done(database: Database) -> None:
    def live(session: Session) -> tuple[Pair, Pair]:
        make_scheme(session, within_days=5)
        bought, late = make_pair(session), make_pair(session)
        buy(session, bought)
        return bought, late

    bought, late = database.transact(live)

    night.sweep(database, DUE)
    night.sweep(database, DUE)

    with database.reading() as reading:
        assert referral_of(reading, bought).state == "rewarded"
        gone = referral_of(reading, late)
        assert (gone.state, gone.ended_at) == ("expired", LATER + 5 * DAY)
        check_books(reading)


@pytest.mark.parametrize(
    "state", ["attributed", "expired", "qualified", "rewarded", "review", "rejected", "reversed"]
)
def test_a_list_of_a_state_is_of_those_that_are_in_it_now(session: Session, state: str) -> None:
    pairs: dict[str, Pair] = {"review": make_odd(session, within_days=20)}
    for name in ("attributed", "expired", "qualified", "rewarded", "reversed"):
        pairs[name] = make_pair(session)
    odd = {"email": "ada@example.org"}
    friend, card, id = make_friend(session, pairs["review"].code, person=odd)
    pairs["rejected"] = Pair(make_shop(session), friend, friend, card, "", id)
    review.reject(session, id, "no", actor=REVIEWER, at=LATER)
    referral_of(session, pairs["expired"]).expires_at = DUE
    buy(session, pairs["rewarded"])
    buy(session, pairs["qualified"], at=BOUGHT + DAY)
    purchase = buy(session, pairs["reversed"])
    voiding.void(session, purchase, "wrong", actor=MANAGER, at=DUE)
    session.flush()

    found, _ = listing.page(session, state=state, at=DUE)

    assert [(one.referral.id, one.state) for one in found] == [(pairs[state].referral_id, state)]


def test_a_customer_sees_what_came_of_their_code(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    make_friend(session, pair.code)
    buy(session, pair)
    bring(session, pair, at=BOUGHT + DAY)

    found = listing.tally(session, pair.referrer.id, at=DUE)

    assert (found.joined, found.waiting, found.rewarded, found.points) == (3, 1, 1, 1000)


# the books, and what it costs


def spoil(session: Session, pair: Pair, what: str) -> None:
    """Make one thing wrong that no rule would ever do."""
    reward = select(ReferralReward).where(ReferralReward.side == "referrer")
    statements: dict[str, Any] = {
        "a counter": update(Quota).values(used=Quota.used + 1),
        "a line": update(ReferralReward).values(points=ReferralReward.points + 1),
        "a state": update(Referral).values(state="expired", period=None),
        "what is pending": update(ReferralReward)
        .where(ReferralReward.id == session.scalars(reward).one().id)
        .values(state="taken_back", ended_at=DUE),
    }
    session.execute(statements[what])


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("a counter", "the counter says 2, but 1 stand"),
        ("a line", "points, but its ledger line has"),
        ("a state", "expired, but the"),
        ("what is pending", "taken back, but its points are still pending"),
    ],
)
def test_the_reconciliation_tells_what_is_off(session: Session, what: str, said: str) -> None:
    make_scheme(session)
    pair = make_pair(session)
    buy(session, pair)
    check_books(session)

    spoil(session, pair, what)

    assert any(said in line for line in reconcile.findings(session))


def test_whoever_is_no_open_friend_costs_one_statement(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    connection, seen = session.connection(), []
    buy(session, pair)
    settled = Settled(
        uuid4(), pair.shop.id, "UTC", pair.friend.id, pair.friend.pseudonym, None,
        Decision(None, (), ()), 1000, 1000, 0, BOUGHT + DAY, BOUGHT + DAY, MANAGER,
    )  # fmt: skip
    event.listen(connection, "before_cursor_execute", lambda *given: seen.append(given[2]))

    referrals.after_purchase(connection, settled)
    referrals.after_undo(connection, uuid4(), full=True, actor="test", at=BOUGHT + DAY)

    assert len(seen) == 2
