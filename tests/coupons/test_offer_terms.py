"""What is kept of the terms of an offer, and what they may name."""

from typing import Any

import pytest
from sqlalchemy.orm import Session

from core import ids
from core.errors import NotFound
from coupons import campaigns, conditions, offers
from coupons.models import Audience, Offer
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


@pytest.mark.parametrize(
    ("what", "terms"),
    [
        ("shop", {"conditions": {"none": [{"kind": "shops", "shops": [UNKNOWN.hex]}]}}),
        ("channel", {"conditions": {"any": [{"kind": "channels", "channels": [UNKNOWN.hex]}]}}),
        (
            "customer",
            {"conditions": {"any": [{"all": [{"kind": "audience", "customers": [UNKNOWN]}]}]}},
        ),
        ("audience", {"conditions": {"all": [{"kind": "audience", "audience": UNKNOWN}]}}),
        ("offer", {"benefit": {"kind": "next_coupon", "offer": UNKNOWN.hex}}),
        (
            "offer",
            {
                "benefit": {
                    "kind": "ladder",
                    "by": "amount",
                    "steps": [
                        {"from": 1, "benefit": TEN},
                        {"from": 2, "benefit": {"kind": "next_coupon", "offer": UNKNOWN.hex}},
                    ],
                }
            },
        ),
    ],
)
def test_what_is_none_of_ours_is_refused(
    session: Session, what: str, terms: dict[str, Any]
) -> None:
    with pytest.raises(NotFound) as refused:
        make_offer(session, **terms)

    assert refused.value.facts == {"what": what}


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
