"""Refer a friend: what qualifies, when the rewards come, and what takes them back."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from core.errors import InvalidRequest
from coupons import campaigns
from coupons.models import Coupon, Quota, Response
from loyalty import expiry, ledger, points, programme, refunding, voiding
from loyalty.ledger import Why
from loyalty.models import Entry, ReferralReward
from loyalty.referrals import attribution, codes, listing, rewards
from loyalty.referrals import scheme as schemes
from loyalty.refunding import Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_campaign,
    make_coupon,
    make_customer,
    make_offer,
)
from tests.loyalty.scheme import (
    BOUGHT,
    DAY,
    LATER,
    bring,
    buy,
    check_books,
    holds,
    make_pair,
    make_referrer,
    make_scheme,
    referral_of,
)

HOLD = timedelta(days=14)
DUE = BOUGHT + HOLD
INSTANT = timedelta(microseconds=1)
EARNED = 10
"""The points of a purchase of 10.00 itself."""


def test_both_sides_are_rewarded_when_the_hold_is_over_and_not_an_instant_before(
    session: Session,
) -> None:
    make_scheme(session)
    pair = make_pair(session)

    buy(session, pair)

    assert referral_of(session, pair).state == "qualified"
    for at, waits in ((BOUGHT, True), (DUE - INSTANT, True), (DUE, False), (DUE + DAY, False)):
        assert holds(session, pair.referrer, at) == ((0, 500) if waits else (500, 0))
        assert holds(session, pair.friend, at) == ((EARNED, 200) if waits else (EARNED + 200, 0))
        shown = listing.find(session, pair.referral_id, at=at)
        assert shown.state == ("qualified" if waits else "rewarded")
    check_books(session)


@pytest.mark.parametrize("days", [0, 1, 30])
def test_the_hold_is_as_long_as_the_scheme_says(session: Session, days: int) -> None:
    make_scheme(session, hold_days=days)
    pair = make_pair(session)

    buy(session, pair)

    due = BOUGHT + timedelta(days=days)
    assert holds(session, pair.referrer, due - INSTANT)[0] == 0
    assert holds(session, pair.referrer, due) == (500, 0)
    assert holds(session, pair.friend, due) == (EARNED + 200, 0)


def test_the_hold_counts_from_the_purchase_and_not_from_when_the_till_sent_it(
    session: Session,
) -> None:
    make_scheme(session)
    pair = make_pair(session)

    buy(session, pair, at=BOUGHT + DAY, occurred_at=BOUGHT)

    assert holds(session, pair.referrer, DUE - INSTANT) == (0, 500)
    assert holds(session, pair.referrer, DUE) == (500, 0)


def test_a_coupon_is_given_when_the_hold_is_over_once(session: Session) -> None:
    offer = make_offer(session)
    make_scheme(session, referrer={"offer": offer.id}, friend={"offer": offer.id})
    pair = make_pair(session)
    buy(session, pair)
    connection = session.connection()

    assert rewards.give_due(connection, at=DUE - INSTANT) == 0
    assert session.scalars(select(Coupon)).all() == []
    rewards.give_due(connection, at=DUE)
    rewards.give_due(connection, at=DUE + DAY)

    owners = set(session.scalars(select(Coupon.customer_id)))
    assert owners == {pair.referrer.id, pair.friend.id}
    assert len(session.scalars(select(Coupon)).all()) == 2
    assert referral_of(session, pair).state == "rewarded"
    assert referral_of(session, pair).rewarded_at == DUE
    check_books(session)


def test_only_who_is_asked_for_is_given_what_is_due(session: Session) -> None:
    offer = make_offer(session)
    make_scheme(session, referrer={"offer": offer.id}, friend=None)
    first, second = make_pair(session), make_pair(session)
    buy(session, first)
    buy(session, second)

    rewards.give_due(session.connection(), at=DUE, customer_id=first.referrer.id)

    assert set(session.scalars(select(Coupon.customer_id))) == {first.referrer.id}
    assert [referral_of(session, one).state for one in (first, second)] == ["rewarded", "qualified"]


@pytest.mark.parametrize(
    ("total", "minimum", "state"),
    [
        (2000, 2000, "qualified"),
        (1999, 2000, "attributed"),
        (1, 0, "qualified"),
        (0, 0, "attributed"),
    ],
)
def test_a_purchase_qualifies_from_the_minimum_on(
    session: Session, total: int, minimum: int, state: str
) -> None:
    make_scheme(session, minimum=minimum)
    pair = make_pair(session)

    buy(session, pair, total=total)

    assert referral_of(session, pair).state == state


def test_what_is_paid_with_points_does_not_qualify(session: Session) -> None:
    make_scheme(session, minimum=500, hold_days=0)
    pair = make_pair(session)
    buy(session, pair, total=499)
    points.adjust(session, pair.friend.id, 1000, "a gift", actor=MANAGER, at=BOUGHT)

    buy(session, pair, total=1000, spend_points=501)
    assert referral_of(session, pair).state == "attributed"
    buy(session, pair, total=300, spend_points=300)
    assert referral_of(session, pair).state == "attributed"
    buy(session, pair, total=700, spend_points=199)
    assert referral_of(session, pair).state == "qualified"


def test_a_later_purchase_qualifies_when_the_first_was_too_small(session: Session) -> None:
    make_scheme(session, minimum=2000)
    pair = make_pair(session)

    buy(session, pair, total=1999)
    second = buy(session, pair, total=2000, at=BOUGHT + DAY)

    assert referral_of(session, pair).purchase_id == second


def test_a_friend_is_rewarded_once_however_often_they_buy(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)

    first = buy(session, pair)
    buy(session, pair, at=BOUGHT + DAY)
    buy(session, pair, at=DUE + DAY)

    assert referral_of(session, pair).purchase_id == first
    assert holds(session, pair.referrer, DUE + DAY) == (500, 0)
    check_books(session)


def test_the_time_to_qualify_ends_at_the_instant(session: Session) -> None:
    make_scheme(session, within_days=10)
    in_time, late = make_pair(session), make_pair(session)
    end = LATER + timedelta(days=10)

    buy(session, in_time, at=end - INSTANT)
    buy(session, late, at=end)

    assert referral_of(session, in_time).state == "qualified"
    assert listing.find(session, late.referral_id, at=end - INSTANT).state == "attributed"
    assert listing.find(session, late.referral_id, at=end).state == "expired"
    assert holds(session, late.referrer, end + 90 * DAY) == (0, 0)


def test_a_scheme_that_ended_takes_nobody_new_and_keeps_its_word(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    schemes.change(session, {"active": False}, actor=MANAGER, at=BOUGHT)

    buy(session, pair)

    assert holds(session, pair.referrer, DUE) == (500, 0)
    customer, _ = make_customer(session)
    assert not attribution.come_by(session, pair.code, customer, actor=MANAGER, at=BOUGHT)


# undoing


def void(session: Session, purchase_id: UUID, at: datetime) -> None:
    voiding.void(session, purchase_id, "wrong", actor=MANAGER, at=at)
    session.flush()


def test_a_void_within_the_hold_cancels_both_rewards_and_the_friend_may_try_again(
    session: Session,
) -> None:
    make_scheme(session, cap=5)
    pair = make_pair(session)
    purchase = buy(session, pair)

    void(session, purchase, DUE - INSTANT)

    assert referral_of(session, pair).state == "attributed"
    for customer in (pair.referrer, pair.friend):
        assert holds(session, customer, DUE + DAY) == (0, 0)
    check_books(session)
    buy(session, pair, at=DUE)
    assert holds(session, pair.referrer, DUE + HOLD) == (500, 0)
    quota = session.scalars(select(Quota).where(Quota.measure == "referrals")).one()
    assert (quota.used, quota.voided) == (2, 1)
    check_books(session)


def test_a_void_when_the_time_to_qualify_is_over_ends_the_referral(session: Session) -> None:
    make_scheme(session, within_days=5)
    pair = make_pair(session)
    purchase = buy(session, pair)

    void(session, purchase, LATER + 6 * DAY)

    assert referral_of(session, pair).state == "expired"
    check_books(session)


@pytest.mark.parametrize("by", ["time alone", "the night"])
def test_a_void_after_the_hold_claims_back_what_was_given(session: Session, by: str) -> None:
    make_scheme(session)
    pair = make_pair(session)
    purchase = buy(session, pair)
    if by == "the night":
        rewards.give_due(session.connection(), at=DUE)

    void(session, purchase, DUE)

    referral = referral_of(session, pair)
    assert (referral.state, referral.rewarded_at, referral.ended_at) == ("reversed", DUE, DUE)
    for customer in (pair.referrer, pair.friend):
        assert holds(session, customer, DUE) == (0, 0)
    check_books(session)
    buy(session, pair, at=DUE + DAY)
    assert referral_of(session, pair).state == "reversed"


@pytest.mark.parametrize(
    ("policy", "available", "debt"),
    [("debt", 0, 480), ("within_balance", 0, 0), ("only_pending", 20, 0)],
)
def test_spent_rewards_are_claimed_back_by_the_programmes_policy(
    session: Session, policy: str, available: int, debt: int
) -> None:
    programme.change(session, {"clawback": policy}, actor=MANAGER, at=NOON)
    session.flush()
    make_scheme(session)
    pair = make_pair(session)
    purchase = buy(session, pair)
    connection = session.connection()
    account = expiry.lock(connection, pair.referrer.id, at=DUE)
    ledger.spend(connection, account, 480, why=Why(DUE, "test"))

    void(session, purchase, DUE + DAY)

    found = expiry.balance(connection, pair.referrer.id, at=DUE + DAY)
    assert (found.available, found.debt) == (available, debt)
    check_books(session)


def test_an_unused_coupon_is_withdrawn_with_the_purchase(session: Session) -> None:
    offer = make_offer(session)
    make_scheme(session, referrer={"offer": offer.id})
    pair = make_pair(session)
    purchase = buy(session, pair)
    rewards.give_due(session.connection(), at=DUE)

    void(session, purchase, DUE + DAY)

    coupon = session.scalars(select(Coupon).execution_options(populate_existing=True)).one()
    assert coupon.state == "revoked"
    check_books(session)


def test_a_coupon_that_was_not_due_is_never_given_after_a_void(session: Session) -> None:
    offer = make_offer(session)
    make_scheme(session, referrer={"offer": offer.id})
    pair = make_pair(session)
    purchase = buy(session, pair)

    void(session, purchase, DUE - INSTANT)
    rewards.give_due(session.connection(), at=DUE + DAY)

    assert session.scalars(select(Coupon)).all() == []
    check_books(session)


def give_back(session: Session, purchase_id: UUID, amount: int, at: datetime) -> None:
    refunding.refund(session, purchase_id, Wanted(amount=amount), "returned", actor=MANAGER, at=at)
    session.flush()


def test_a_refund_cancels_once_too_little_is_paid(session: Session) -> None:
    make_scheme(session, minimum=600)
    pair = make_pair(session)
    purchase = buy(session, pair, total=1000)

    give_back(session, purchase, 400, BOUGHT + DAY)
    assert referral_of(session, pair).state == "qualified"
    assert holds(session, pair.referrer, DUE) == (500, 0)
    give_back(session, purchase, 1, BOUGHT + 2 * DAY)

    assert referral_of(session, pair).state == "attributed"
    assert holds(session, pair.referrer, DUE) == (0, 0)
    check_books(session)


def test_a_refund_is_measured_by_what_had_to_be_paid_when_it_qualified(session: Session) -> None:
    make_scheme(session, minimum=600)
    pair = make_pair(session)
    purchase = buy(session, pair, total=1000)
    schemes.change(session, {"minimum": 5000}, actor=MANAGER, at=BOUGHT)

    give_back(session, purchase, 400, BOUGHT + DAY)

    assert referral_of(session, pair).state == "qualified"


def test_the_last_part_of_a_refund_cancels_whatever_the_minimum(session: Session) -> None:
    make_scheme(session)
    pair = make_pair(session)
    purchase = buy(session, pair, total=1000)

    give_back(session, purchase, 999, BOUGHT + DAY)
    assert referral_of(session, pair).state == "qualified"
    give_back(session, purchase, 1, BOUGHT + DAY)

    assert referral_of(session, pair).state == "attributed"
    check_books(session)


# caps


def test_beyond_the_cap_only_the_friend_is_rewarded(session: Session) -> None:
    make_scheme(session, cap=2)
    pair = make_pair(session)
    buy(session, pair)

    bring(session, pair)
    bring(session, pair)

    assert holds(session, pair.referrer, DUE) == (1000, 0)
    found, _ = listing.page(session, at=DUE)
    assert [one.referral.reasons for one in found] == [["cap_reached"], [], []]
    assert [len(one.rewards) for one in found] == [1, 2, 2]
    check_books(session)


def test_a_void_frees_the_place_in_the_cap(session: Session) -> None:
    make_scheme(session, cap=1)
    pair = make_pair(session)
    void(session, buy(session, pair), BOUGHT)

    bring(session, pair)

    assert holds(session, pair.referrer, DUE) == (500, 0)
    check_books(session)


def test_a_cap_per_month_begins_anew_with_the_month_of_the_merchant(session: Session) -> None:
    make_scheme(session, cap=1, cap_per="month")
    pair = make_pair(session)
    march = datetime(2026, 3, 31, 21, 59, tzinfo=UTC)  # a minute before midnight in Oslo

    buy(session, pair, at=march)
    bring(session, pair, at=march + timedelta(seconds=59))
    bring(session, pair, at=march + timedelta(seconds=60))

    assert holds(session, pair.referrer, march + 15 * DAY) == (1000, 0)
    periods = session.scalars(select(Quota.period).order_by(Quota.period)).all()
    assert periods == ["2026-03", "2026-04"]
    check_books(session)


# milestones


def milestones(session: Session) -> list[tuple[str | None, int | None]]:
    rows = select(ReferralReward.milestone, ReferralReward.friends).where(
        ReferralReward.side == "milestone", ReferralReward.state != "taken_back"
    )
    return sorted(tuple(row) for row in session.execute(rows))


def test_milestones_come_for_each_so_many_friends_and_once_for_so_many(session: Session) -> None:
    make_scheme(
        session,
        referrer=None,
        milestones=[{"every": 2, "points": 100}, {"at": 4, "points": 1000}, {"at": 1, "points": 1}],
    )
    pair = make_pair(session)
    buy(session, pair)

    for _ in range(4):
        bring(session, pair)

    assert milestones(session) == [("at:1", 1), ("at:4", 4), ("every:2", 2), ("every:2", 4)]
    assert holds(session, pair.referrer, DUE) == (1201, 0)
    sources = set(session.scalars(select(Entry.source).where(Entry.source.like("milestone:%"))))
    assert sources == {f"milestone:{pair.referrer.id.hex}:{n}" for n in (1, 2, 4)}
    check_books(session)


def test_a_milestone_is_due_when_the_last_hold_of_its_friends_is_over(session: Session) -> None:
    make_scheme(session, referrer=None, milestones=[{"at": 2, "points": 100}])
    pair = make_pair(session)
    buy(session, pair, at=BOUGHT + 2 * DAY)

    bring(session, pair, at=BOUGHT + 3 * DAY, occurred_at=BOUGHT)

    due = BOUGHT + 2 * DAY + HOLD
    assert holds(session, pair.referrer, due - INSTANT) == (0, 100)
    assert holds(session, pair.referrer, due) == (100, 0)


def test_a_milestone_goes_when_an_earlier_friend_is_undone_and_comes_back(
    session: Session,
) -> None:
    offer = make_offer(session)
    make_scheme(
        session,
        referrer=None,
        milestones=[{"at": 2, "points": 100}, {"every": 2, "offer": offer.id.hex}],
    )
    pair = make_pair(session)
    first = buy(session, pair)
    bring(session, pair)
    assert milestones(session) == [("at:2", 2), ("every:2", 2)]

    void(session, first, BOUGHT + DAY)
    assert milestones(session) == []
    assert holds(session, pair.referrer, DUE) == (0, 0)
    check_books(session)
    bring(session, pair)

    assert milestones(session) == [("at:2", 2), ("every:2", 2)]
    rewards.give_due(session.connection(), at=DUE)
    assert holds(session, pair.referrer, DUE) == (100, 0)
    assert len(session.scalars(select(Coupon)).all()) == 1
    check_books(session)


# the scheme, the codes and the answers


def test_a_customer_has_one_code_and_it_leads_to_them(session: Session) -> None:
    make_scheme(session)
    customer, code = make_referrer(session)

    again = codes.of_customer(session, customer.id, at=LATER)
    found, _ = codes.find(session.connection(), f"https://cards.example/c/{code.lower()}")

    assert again == code
    assert found.id == customer.id


def test_a_code_is_never_one_of_a_coupon(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    make_scheme(session)
    taken = make_coupon(session).code
    offered = iter([taken, "FRESHFRESH12"])
    monkeypatch.setattr("core.ids.new_code", lambda: next(offered))

    _, code = make_referrer(session)

    assert code == "FRESHFRESH12"


def test_a_friend_who_joins_is_two_answers_in_the_channel_of_the_scheme(session: Session) -> None:
    campaign = make_campaign(session)
    channel = campaigns.channels(session, campaign)[0]
    make_scheme(session, channel_id=channel.id)

    pair = make_pair(session)

    events = session.execute(
        select(Response.kind, Response.pseudonym, Response.channel_id, Response.campaign_id)
    ).all()
    assert sorted(events) == [
        ("joined", pair.friend.pseudonym, channel.id, campaign.id),
        ("referred", pair.referrer.pseudonym, channel.id, campaign.id),
    ]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"active": True}, "active"),
        ({"referrer": {"points": 1, "offer": uuid4()}}, "referrer"),
        ({"friend": {}}, "friend"),
        ({"milestones": [{"every": 2, "at": 2, "points": 1}]}, "milestones.0"),
        ({"milestones": [{"points": 1}]}, "milestones.0"),
        ({"milestones": [{"every": 2}]}, "milestones.0"),
        ({"milestones": [{"at": 2, "points": 1}, {"at": 2, "points": 2}]}, "milestones.1"),
    ],
)
def test_a_scheme_that_makes_no_sense_is_refused(
    session: Session, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        schemes.change(session, changes, actor=MANAGER, at=NOON)

    assert list(caught.value.errors) == [field]
