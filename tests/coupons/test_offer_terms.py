"""What is kept of the terms of an offer, and what they may name."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from core import ids
from core.auth import SYSTEM
from core.errors import InvalidRequest
from coupons import campaigns, conditions, offers
from coupons.models import Audience, Offer, OfferVersion
from loyalty import tiers
from tests.factories import (
    MANAGER,
    NOON,
    make_campaign,
    make_customer,
    make_offer,
    make_shop,
)

TEN = {"kind": "percent", "percent": "10"}
DAILY = {"of": "offer", "each_customer": False, "per": "day", "uses": 5, "overrun": "refuse"}


def stored(session: Session, offer: Offer) -> Any:
    return offers.current(session, offer)


def test_customers_are_kept_as_an_audience_however_deep_they_are_named(session: Session) -> None:
    anna, ben = make_customer(session)[0], make_customer(session)[0]
    chosen = {"kind": "audience", "customers": [anna.id, ben.id]}
    terms = {"any": [{"none": [{"all": [chosen]}]}, {"kind": "first_purchase"}]}

    version = stored(session, make_offer(session, conditions=terms))

    kept = version.conditions["any"][0]["none"][0]["all"][0]
    audience = session.get(Audience, ids.parse("au", f"au_{kept['audience']}"))
    assert audience is not None
    assert audience.size == 2
    assert version.conditions["all"] == []
    assert conditions.read(version.conditions).audiences == {audience.id}


def test_shops_channels_and_offers_that_are_ours_are_taken(session: Session) -> None:
    campaign, shop, other = make_campaign(session), make_shop(session), make_offer(session)
    (channel,) = campaigns.channels(session, campaign)
    terms = {
        "all": [{"kind": "shops", "shops": [shop.id.hex]}],
        "none": [{"kind": "channels", "channels": [channel.id.hex]}],
    }
    benefit = {
        "kind": "early_bird",
        "steps": [{"first": 1, "benefit": TEN}],
        "after": {"kind": "next_coupon", "offer": other.id.hex},
    }

    version = stored(session, make_offer(session, benefit=benefit, conditions=terms))

    assert version.conditions == terms
    assert version.benefit == benefit


UNKNOWN = ids.new()
NEXT = {"kind": "next_coupon", "offer": UNKNOWN.hex}
STAMPS = {"kind": "stamps", "stamps": 1, "stamp_card": UNKNOWN.hex}


@pytest.mark.parametrize(
    ("path", "terms"),
    [
        ("conditions.none.0.shops.0", {"none": [{"kind": "shops", "shops": [UNKNOWN.hex]}]}),
        ("conditions.any.1.channels.0",
         {"any": [{"kind": "first_purchase"}, {"kind": "channels", "channels": [UNKNOWN.hex]}]}),
        ("conditions.any.0.all.0.customers",
         {"any": [{"all": [{"kind": "audience", "customers": [UNKNOWN]}]}]}),
        ("conditions.all.0.audience", {"all": [{"kind": "audience", "audience": UNKNOWN}]}),
        ("conditions.all.0.tiers.1", {"all": [{"kind": "tier", "tiers": ["gold", "goald"]}]}),
        ("benefit.offer", NEXT),
        ("benefit.stamp_card", STAMPS),
        ("benefit.steps.1.benefit.offer",
         {"kind": "ladder", "by": "amount",
          "steps": [{"from": 1, "benefit": TEN}, {"from": 2, "benefit": NEXT}]}),
        ("benefit.after.stamp_card",
         {"kind": "early_bird", "steps": [{"first": 9, "benefit": TEN}], "after": STAMPS}),
    ],
)  # fmt: skip
def test_what_is_none_of_ours_is_refused_where_it_is_named(
    session: Session, path: str, terms: dict[str, Any]
) -> None:
    make_tier(session)
    field = path.partition(".")[0]
    plain = make_offer(session)

    with pytest.raises(InvalidRequest) as refused:
        make_offer(session, **{field: terms})
    with pytest.raises(InvalidRequest) as refused_too:
        offers.change(session, plain, {field: terms}, actor=SYSTEM, at=NOON)

    assert list(refused.value.errors) == list(refused_too.value.errors) == [path]


def test_an_offer_goes_on_with_a_tier_that_has_ended_or_has_another_name(session: Session) -> None:
    tier = make_tier(session)
    terms = {"all": [{"kind": "tier", "tiers": ["gold"]}]}
    offer = make_offer(session, conditions=terms)
    tiers.change(session, tier, {"name": {"en": "Sun"}}, actor=SYSTEM, at=NOON)
    tiers.end(session, tier, actor=SYSTEM, at=NOON)

    offers.change(session, offer, {"conditions": terms}, actor=SYSTEM, at=NOON)
    make_offer(session, conditions=terms)

    assert stored(session, offer).conditions == terms


def test_what_an_offer_named_before_is_not_asked_for_again(session: Session) -> None:
    """Of the time when nobody looked: it can be changed, but the name must not be said again."""
    offer = make_offer(session)
    wrong = {"all": [{"kind": "tier", "tiers": ["goald"]}]}
    session.execute(update(OfferVersion).values(conditions=wrong))
    session.expire_all()

    offers.change(session, offer, {"name": {"en": "Now"}}, actor=SYSTEM, at=NOON)

    assert stored(session, offer).conditions == wrong
    with pytest.raises(InvalidRequest):
        offers.change(session, offer, {"conditions": wrong}, actor=SYSTEM, at=NOON)


def make_tier(session: Session) -> UUID:
    """Return the tier gold."""
    given = {"key": "gold", "name": {"en": "Gold"}, "rank": 1, "entry": 100}
    more = {"renewal": 100, "perks": {}}
    return tiers.add(session, **given, **more, actor=SYSTEM, at=NOON).id


def test_how_an_offer_goes_together_is_kept_in_full(session: Session) -> None:
    plain = stored(session, make_offer(session))
    first = stored(session, make_offer(session, together={"priority": 1}, on_refund="burn"))

    assert plain.together == {
        "priority": 500,
        "group": None,
        "mode": "stackable",
        "base": "running",
    }
    assert (plain.limits, plain.on_refund) == ([], "restore")
    assert first.together == plain.together | {"priority": 1}
    assert first.on_refund == "burn"


def test_a_change_keeps_what_it_does_not_say(session: Session) -> None:
    together = {"priority": 7, "group": "autumn", "mode": "best", "base": "first"}
    offer = make_offer(session, limits=[DAILY], together=together, on_refund="burn")

    version = offers.change(session, offer, {"benefit": TEN}, actor=MANAGER, at=NOON)

    assert (version.number, version.limits, version.on_refund) == (2, [DAILY], "burn")
    assert version.together == together


def test_a_campaign_keeps_its_limits(session: Session) -> None:
    limit = {"of": "campaign", "each_customer": False, "per": "all", "uses": 5, "overrun": "refuse"}
    campaign = make_campaign(session, limits=[limit])

    assert campaign.limits == [limit]
    campaigns.change(session, campaign, {"limits": []}, actor=MANAGER, at=NOON)
    session.flush()
    session.expire(campaign)
    assert campaign.limits == []
