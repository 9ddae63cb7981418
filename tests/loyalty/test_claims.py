"""Rewards: claimed for points as a coupon, given back while it is unused."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from core import customers
from core.auth import SYSTEM
from core.db import Database
from core.errors import InvalidRequest, NotFound, Refusal, WrongState
from coupons import campaigns
from coupons.errors import CampaignNotRunning, OfferEnded
from coupons.models import Campaign, Coupon
from loyalty import cards, checkout, claims, reconcile, rewards, tiers, voiding
from loyalty.errors import (
    CustomerBlocked,
    OwnCard,
    PointsShort,
    RewardEnded,
    RewardNotStarted,
    RewardSoldOut,
    RewardTierNeeded,
    RewardUsed,
)
from loyalty.models import Claim, Entry, Reward, Tier
from tests.digest import digest
from tests.factories import (
    MANAGER,
    NOON,
    make_campaign,
    make_customer,
    make_offer,
    make_order,
    make_shop,
)
from tests.loyalty.hands import (
    EARLY,
    LATE,
    balance,
    entries,
    lots,
    make_own,
    make_reward,
    make_rich,
    set_programme,
)


def claim(session: Session, reward: Reward, customer: Any, at: Any = NOON) -> Claim:
    return claims.claim(session, reward.id, customer.id, actor=MANAGER, at=at)


def cancel(session: Session, made: Claim, at: Any = NOON) -> Claim:
    return claims.cancel(session, made.id, "not wanted", actor=MANAGER, at=at)


def count(session: Session, model: type) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_reward_costs_its_points_and_is_a_coupon_of_the_customer(session: Session) -> None:
    customer, reward = make_rich(session), make_reward(session, stock=5)

    made = claim(session, reward, customer)

    assert balance(session, customer).available == 700
    coupon = session.get_one(Coupon, made.coupon_id)
    assert (coupon.customer_id, coupon.offer_id) == (customer.id, reward.offer_id)
    [line] = entries(session, customer, "spend")
    assert (line.source, line.points, line.purchase_id) == (f"claim:{made.id.hex}", 300, None)
    assert (reward.claimed, reward.cancelled) == (1, 0)
    assert list(reconcile.findings(session)) == []


def test_its_coupon_is_used_like_any_other(session: Session) -> None:
    customer, reward = make_rich(session), make_reward(session)
    made, card = claim(session, reward, customer), cards.live(session, customer.id)
    code = session.get_one(Coupon, made.coupon_id).code

    outcome = checkout.settle(
        session, make_order(make_shop(session), code, card=card.number), actor=MANAGER, at=NOON
    )

    assert outcome.discount == 100


def test_a_claim_that_is_cancelled_gives_its_points_back_to_their_lots(session: Session) -> None:
    customer = make_rich(session, (200, EARLY), (800, LATE))
    reward = make_reward(session, stock=1)
    made = claim(session, reward, customer)
    assert lots(session, customer) == {LATE: 700}

    cancel(session, made)

    assert lots(session, customer) == {EARLY: 200, LATE: 800}
    assert (made.state, made.cancelled_by) == ("cancelled", str(MANAGER))
    assert session.get_one(Coupon, made.coupon_id).state == "revoked"
    assert (reward.claimed, reward.cancelled) == (1, 1)
    assert list(reconcile.findings(session)) == []
    claim(session, reward, customer)


@pytest.mark.parametrize(("policy", "back"), [("grace", 1000), ("lapse", 800)])
def test_points_whose_lot_has_expired_come_back_for_some_days_or_lapse(
    session: Session, policy: str, back: int
) -> None:
    set_programme(session, lapsed_refund=policy)
    customer = make_rich(session, (200, EARLY), (800, LATE))
    made = claim(session, make_reward(session), customer)
    later = EARLY + timedelta(days=1)

    cancel(session, made, at=later)

    assert balance(session, customer, at=later).available == back
    assert balance(session, customer, at=later + timedelta(days=31)).available == 800
    assert list(reconcile.findings(session)) == []


def test_a_claim_is_cancelled_once(session: Session) -> None:
    customer = make_rich(session)
    made = claim(session, make_reward(session), customer)
    cancel(session, made)

    with pytest.raises(WrongState):
        cancel(session, made)

    assert balance(session, customer).available == 1000


def test_a_reward_whose_coupon_was_used_is_not_given_back(session: Session) -> None:
    customer, reward = make_rich(session), make_reward(session)
    made, card = claim(session, reward, customer), cards.live(session, customer.id)
    code = session.get_one(Coupon, made.coupon_id).code
    sale = make_order(make_shop(session), code, card=card.number)
    settled = checkout.settle(session, sale, actor=MANAGER, at=NOON)
    held = balance(session, customer)

    with pytest.raises(RewardUsed):
        cancel(session, made)

    assert balance(session, customer) == held
    assert settled.id
    voiding.void(session, settled.id, "returned", actor=MANAGER, at=NOON)
    session.expire_all()
    assert cancel(session, made).state == "cancelled"
    assert list(reconcile.findings(session)) == []


def refuse(database: Database, why: type[Refusal], act: Any) -> Refusal:
    """Assert that an act is refused, and that nothing has changed then."""
    before = digest(database)
    with pytest.raises(why) as refused:
        database.transact(act)
    assert digest(database) == before
    return refused.value


WINDOW = {
    RewardNotStarted: {"starts_at": NOON + timedelta(hours=1)},
    RewardEnded: {"ends_at": NOON},
}


@pytest.mark.parametrize("why", WINDOW)
def test_a_reward_is_given_out_in_its_window(database: Database, why: type[Refusal]) -> None:
    def make(session: Session) -> tuple[Reward, Any]:
        return make_reward(session, **WINDOW[why]), make_rich(session)

    reward, customer = database.transact(make)

    refuse(database, why, lambda s: claim(s, reward, customer))


def test_a_reward_that_was_ended_is_given_to_nobody(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Any]:
        reward = make_reward(session)
        rewards.change(session, reward, {"ended": True}, actor=SYSTEM, at=NOON)
        return reward, make_rich(session)

    reward, customer = database.transact(make)

    refuse(database, RewardEnded, lambda s: claim(s, reward, customer))
    refuse(database, NotFound, lambda s: claim(s, customer, customer))


def test_a_reward_is_given_out_as_often_as_there_are(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Any]:
        reward, customer = make_reward(session, stock=2), make_rich(session)
        for _ in range(2):
            claim(session, reward, customer)
        return reward, customer

    reward, customer = database.transact(make)

    refuse(database, RewardSoldOut, lambda s: claim(s, reward, customer))


def test_whoever_has_too_few_points_keeps_them(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Any]:
        return make_reward(session), make_rich(session, (299, LATE))

    reward, customer = database.transact(make)

    no = refuse(database, PointsShort, lambda s: claim(s, reward, customer))
    assert no.facts == {"available": 299, "wanted": 300}
    refuse(
        database, PointsShort,
        lambda s: claims.claim(s, reward.id, customer.id, actor=MANAGER, at=LATE),
    )  # fmt: skip


def test_a_reward_for_a_tier_is_for_that_and_those_above(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Any]:
        for rank, key in enumerate(("silver", "gold"), 1):
            same = {"name": {"en": key}, "entry": rank, "renewal": 0, "created_at": NOON}
            session.add(Tier(key=key, rank=rank, **same))
        session.flush()
        set_programme(session, tiers={"by": "points", "period": "calendar"})
        return make_reward(session, tier="silver"), make_rich(session)

    reward, customer = database.transact(make)

    no = refuse(database, RewardTierNeeded, lambda s: claim(s, reward, customer))
    assert no.facts == {"tier": "silver"}

    def rise(session: Session) -> None:
        tiers.assign(session, customer.id, "gold", reason="a guest", actor=SYSTEM, at=NOON)

    database.transact(rise)
    assert database.transact(lambda s: claim(s, reward, customer)).state == "claimed"


def test_nobody_claims_a_coupon_that_cannot_be_used(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Reward, Any]:
        ended = make_offer(session, ends_at=NOON - timedelta(days=1))
        paused = make_campaign(session)
        offer = make_offer(session, paused)
        campaigns.move(session, paused.id, "pause", actor=SYSTEM, at=NOON)
        return make_reward(session, ended), make_reward(session, offer), make_rich(session)

    ended, paused, customer = database.transact(make)

    refuse(database, OfferEnded, lambda s: claim(s, ended, customer))
    refuse(database, CampaignNotRunning, lambda s: claim(s, paused, customer))
    database.transact(lambda s: s.execute(update(Campaign).values(state="running")))
    assert database.transact(lambda s: claim(s, paused, customer)).state == "claimed"


def test_blocked_and_forgotten_customers_claim_nothing(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Any, Any]:
        blocked, forgotten = make_rich(session), make_rich(session)
        customers.set_blocked(session, blocked.id, blocked=True, actor=SYSTEM, at=NOON)
        cards.forget(session, forgotten, actor=SYSTEM, at=NOON)
        return make_reward(session), blocked, forgotten

    reward, blocked, forgotten = database.transact(make)

    for one in (blocked, forgotten):
        refuse(database, CustomerBlocked, lambda s, one=one: claim(s, reward, one))


def test_what_a_forgotten_customer_claimed_stays_as_it_is(database: Database) -> None:
    def make(session: Session) -> Claim:
        customer = make_rich(session)
        made = claim(session, make_reward(session), customer)
        cards.forget(session, customer, actor=SYSTEM, at=NOON)
        return made

    made = database.transact(make)

    refuse(database, WrongState, lambda s: cancel(s, made))


def test_staff_claim_and_cancel_for_others(database: Database) -> None:
    def make(session: Session) -> tuple[Reward, Any, Any, Claim]:
        reward, customer = make_reward(session), make_rich(session)
        _, actor = make_own(session, customer)
        return reward, customer, actor, claim(session, reward, customer)

    reward, customer, actor, made = database.transact(make)

    refuse(
        database, OwnCard,
        lambda s: claims.claim(s, reward.id, customer.id, actor=actor, at=NOON),
    )  # fmt: skip
    refuse(database, OwnCard, lambda s: claims.cancel(s, made.id, "x", actor=actor, at=NOON))


def test_a_catalogue_tells_a_customer_what_is_missing(session: Session) -> None:
    cheap, dear = make_reward(session), make_reward(session, points=1500)
    gone = make_reward(session, ends_at=NOON)
    customer = make_rich(session)

    judged = rewards.judge(session, [cheap, dear, gone], customer.id, at=NOON)

    assert [(one.missing, one.refusal and one.refusal.code) for one in judged] == [
        (0, None), (500, "points_short"), (0, "reward_ended"),
    ]  # fmt: skip


def test_a_change_of_a_reward_is_for_claims_to_come(session: Session) -> None:
    customer, reward = make_rich(session), make_reward(session, stock=5)
    made = claim(session, reward, customer)

    rewards.change(
        session, reward, {"points": 500, "stock": None, "tier": None}, actor=SYSTEM, at=NOON
    )

    assert made.points == 300
    cancel(session, made)
    assert balance(session, customer).available == 1000
    assert claim(session, reward, customer).points == 500


def test_a_stock_is_never_less_than_what_was_claimed(session: Session) -> None:
    customer, reward = make_rich(session), make_reward(session)
    for _ in range(2):
        claim(session, reward, customer)

    with pytest.raises(InvalidRequest):
        rewards.change(session, reward, {"stock": 1}, actor=SYSTEM, at=NOON)
    with pytest.raises(NotFound):
        rewards.change(session, reward, {"tier": "platinum"}, actor=SYSTEM, at=NOON)
    with pytest.raises(InvalidRequest):
        rewards.change(
            session, reward, {"starts_at": LATE, "ends_at": EARLY}, actor=SYSTEM, at=NOON
        )

    assert (reward.stock, reward.tier_id, reward.starts_at) == (None, None, None)
    assert rewards.change(session, reward, {"stock": 2}, actor=SYSTEM, at=NOON).stock == 2


def test_the_books_say_when_a_claim_is_not_what_it_says(session: Session) -> None:
    customer, reward = make_rich(session), make_reward(session)
    made, other = claim(session, reward, customer), claim(session, reward, customer)
    cancel(session, other)
    assert list(reconcile.findings(session)) == []

    session.execute(update(Reward).values(claimed=3))
    session.execute(update(Claim).where(Claim.id == made.id).values(points=301))
    session.execute(update(Coupon).values(state="active"))
    found = [
        line.partition(" ")[0] + line[line.index(":") :] for line in reconcile.findings(session)
    ]

    assert found == [
        "reward: claimed 3, cancelled 1, but there are 2 claims, 1 of them cancelled",
        "claim: costs 301 points, but 300 were spent",
        "claim: is cancelled, but its coupon can be used",
    ]


def test_claims_are_listed_also_those_from_before_a_merge(session: Session) -> None:
    customer, other = make_rich(session), make_customer(session)[0]
    made = claim(session, make_reward(session), customer)

    found, _ = claims.of_customer(session, customer.id)
    none, _ = claims.of_customer(session, other.id)

    assert (found, none) == ([made], [])
    assert count(session, Entry) == 2
