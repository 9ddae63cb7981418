"""Nobody is given a coupon that could not be used, and what it was to be given for is not lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.auth import SYSTEM
from core.errors import Refusal
from coupons import campaigns, codes, offers
from coupons.models import Campaign, Coupon, Offer
from loyalty import checkout, claims, points, voiding
from loyalty.models import StampBook
from loyalty.order import Outcome
from loyalty.referrals import rewards
from tests.factories import (
    MANAGER,
    NOON,
    make_coupon,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)
from tests.loyalty.hands import make_reward
from tests.loyalty.scheme import BOUGHT, buy, check_books, make_pair, make_scheme
from tests.loyalty.test_stamps import make_card, make_visitor

Act = Callable[[Session, Offer], None]


def move(verb: str) -> Act:
    def act(session: Session, offer: Offer) -> None:
        campaigns.move(session, offer.campaign_id, verb, actor=SYSTEM, at=NOON)
        session.flush()

    return act


def say(**terms: Any) -> Act:
    def act(session: Session, offer: Offer) -> None:
        offers.change(session, offer, terms, actor=SYSTEM, at=NOON)

    return act


def end_campaign(session: Session, offer: Offer) -> None:
    campaign = session.get_one(Campaign, offer.campaign_id)
    campaigns.change(session, campaign, {"ends_at": NOON}, actor=SYSTEM, at=NOON)
    session.flush()


def use_one(session: Session, offer: Offer) -> None:
    sell(session, make_coupon(session, offer).code)


def limit(**terms: Any) -> Act:
    """Use an offer once that may be used no more then."""

    def act(session: Session, offer: Offer) -> None:
        say(**terms)(session, offer)
        use_one(session, offer)

    return act


def limit_campaign(session: Session, offer: Offer) -> None:
    campaign = session.get_one(Campaign, offer.campaign_id)
    limits = [{"of": "campaign", "uses": 1}]
    campaigns.change(session, campaign, {"limits": limits}, actor=SYSTEM, at=NOON)
    session.flush()
    use_one(session, offer)


def fill_places(session: Session, offer: Offer) -> None:
    bird = {"kind": "early_bird", "steps": [{"first": 1, "benefit": offer_terms()}]}
    say(benefit=bird)(session, offer)
    use_one(session, offer)


def offer_terms() -> dict[str, Any]:
    return {"kind": "percent", "percent": "10"}


BUDGET = [{"of": "offer", "discount": 100}]
DAILY = [{"of": "offer", "per": "day", "uses": 1}]

OVER = [
    (say(ends_at=NOON), "offer_ended"),
    (end_campaign, "offer_ended"),
    (move("pause"), "campaign_not_running"),
    (move("end"), "campaign_not_running"),
    (limit_campaign, "campaign_used_up"),
    (fill_places, "early_bird_sold_out"),
]  # fmt: skip
"""What is done to an offer, and why a coupon of it could not be used then."""

LIMITED = [({"overall": 1}, "offer_used_up"), ({"limits": BUDGET}, "budget_used_up")]
"""Limits of an offer that one use fills."""

STILL = [say(starts_at=NOON + timedelta(days=9)), limit(limits=DAILY), say(overall=1)]
"""What is done to an offer of which a coupon can be used later."""


def sell(session: Session, *given: str, card: str | None = None, **more: Any) -> Outcome:
    order = make_order(make_shop(session), *given, card=card, **more)
    return checkout.settle(session, order, actor=MANAGER, at=NOON)


def count(session: Session, offer: Offer) -> int:
    """Return how many coupons of an offer were given for something."""
    rows = select(func.count()).where(
        Coupon.offer_id == offer.id, Coupon.external_ref.startswith("grant:")
    )
    return session.scalar(rows) or 0


def give_next(session: Session, following: Offer) -> str:
    giving = {"kind": "next_coupon", "offer": following.id.hex}
    return make_coupon(session, make_offer(session, benefit=giving)).code


def live(session: Session, code: str) -> int:
    return codes.one(session.connection(), code).live


@pytest.mark.parametrize(("act", "because"), OVER)
def test_no_coupon_is_given_for_the_next_time_that_could_not_be_used(
    session: Session, act: Act, because: str
) -> None:
    following = make_offer(session)
    code = give_next(session, following)
    act(session, following)
    before = count(session, following)
    order = make_order(make_shop(session), code)

    quoted = checkout.quote(session.connection(), order, actor=MANAGER, at=NOON)
    settled = checkout.settle(session, order, actor=MANAGER, at=NOON)

    for one in (quoted, settled):
        assert [(no.refusal.code, no.refusal.facts["because"]) for no in one.refused] == [
            ("next_coupon_over", because)
        ]
        assert (one.redemptions, one.to_pay) == ([], 1000)
        [why] = one.why["coupons"]
        assert (why["taken"], why["refusal"]["code"]) == (False, "next_coupon_over")
        assert why["refusal"]["facts"]["because"] == because
    assert count(session, following) == before
    assert live(session, code) == 0
    assert settled.id
    voiding.void(session, settled.id, "undone", actor=MANAGER, at=NOON)
    assert live(session, code) == 0
    check_books(session)


@pytest.mark.parametrize(("terms", "because"), LIMITED)
def test_nor_one_of_an_offer_that_is_used_up_until_a_use_is_given_back(
    session: Session, terms: dict[str, Any], because: str
) -> None:
    following = make_offer(session, **terms)
    used = sell(session, make_coupon(session, following).code)
    code = give_next(session, following)

    none = sell(session, code)
    assert used.id
    voiding.void(session, used.id, "undone", actor=MANAGER, at=NOON)
    given = sell(session, code)

    assert [one.refusal.facts["because"] for one in none.refused] == [because]
    assert given.redemptions[0]["next"]
    assert count(session, following) == 1
    check_books(session)


def test_nor_one_that_this_customer_has_had_already(session: Session) -> None:
    following = make_offer(session, per_customer=1)
    _, mine = make_customer(session)
    _, theirs = make_customer(session)
    sell(session, make_coupon(session, following).code, card=mine.number)

    refused = sell(session, give_next(session, following), card=mine.number)
    given = sell(session, give_next(session, following), card=theirs.number)

    assert [one.refusal.facts["because"] for one in refused.refused] == ["customer_limit_reached"]
    assert given.redemptions[0]["next"]


@pytest.mark.parametrize("act", STILL)
def test_one_is_given_that_can_be_used_later(session: Session, act: Act) -> None:
    following = make_offer(session)
    code = give_next(session, following)
    act(session, following)

    settled = sell(session, code)

    assert settled.redemptions[0]["next"]
    assert count(session, following) == 1


def test_one_is_given_again_when_the_campaign_goes_on(session: Session) -> None:
    following = make_offer(session)
    code = give_next(session, following)
    move("pause")(session, following)
    sell(session, code)
    move("start")(session, following)

    assert sell(session, code).redemptions[0]["next"]
    assert live(session, code) == 1


@pytest.mark.parametrize(("act", "because"), OVER)
def test_no_points_are_spent_on_a_reward_that_could_not_be_used(
    session: Session, act: Act, because: str
) -> None:
    offer = make_offer(session)
    reward = make_reward(session, offer)
    customer, _ = make_customer(session)
    points.adjust(session, customer.id, 500, "a gift", actor=SYSTEM, at=NOON)
    act(session, offer)

    with pytest.raises(Refusal) as refused:
        claims.claim(session, reward.id, customer.id, actor=SYSTEM, at=NOON)

    assert refused.value.code == because


def test_nobody_collects_for_a_prize_that_could_not_be_used(session: Session) -> None:
    visitor, offer = make_visitor(session), make_offer(session)
    card = make_card(session, reward_points=None, reward_offer_id=offer.id, needed=2)
    stamps = {"kind": "stamps", "stamps": 1, "stamp_card": card.id.hex}
    more = make_public(session, make_offer(session, benefit=stamps)).code
    visitor.buy()
    move("pause")(session, offer)

    visitor.buy()
    refused = sell(session, more, card=visitor.card, skip_refused=True)
    held = session.scalars(select(StampBook.stamps)).all()
    move("start")(session, offer)
    visitor.buy()

    assert [one.refusal.code for one in refused.refused] == ["no_benefit"]
    assert held == [1]
    assert count(session, offer) == 1
    check_books(session)


def test_a_reward_for_a_friend_is_owed_until_it_could_be_used(session: Session) -> None:
    offer = make_offer(session)
    make_scheme(session, referrer={"offer": offer.id}, friend={"points": 7}, hold_days=0)
    pair = make_pair(session)
    move("pause")(session, offer)
    buy(session, pair)

    while rewards.give_due(session.connection(), at=BOUGHT):
        pass
    before = count(session, offer)
    check_books(session)
    move("start")(session, offer)
    given = rewards.give_due(session.connection(), at=BOUGHT)

    assert (before, given, count(session, offer)) == (0, 1, 1)
    assert rewards.give_due(session.connection(), at=BOUGHT) == 0
    check_books(session)
