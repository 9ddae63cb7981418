"""The same year with all that a programme can do: tiers, stamps, expiry, three offers at once.

It is there to be measured and to be reconciled: nothing of it was in the study.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from core import clock
from core.auth import SYSTEM
from coupons import campaigns, issuing, offers
from loyalty import programme
from loyalty.demo.year import SHOP_ZONE
from loyalty.stamps import definitions
from loyalty.tiers import rungs

HOUSE = "house"
"""The external reference of the campaign of the three offers."""

OFFERS: tuple[dict[str, Any], ...] = (
    {
        "code": "SPRING5",
        "first": date(2017, 1, 5),
        "last": date(2017, 3, 31),
        "benefit": {"kind": "percent", "percent": "5", "cap": 1000},
        "conditions": {"all": [{"kind": "minimum_basket", "amount": 4000}]},
    },
    {
        "code": "EVENING",
        "first": date(2017, 1, 8),
        "last": date(2017, 4, 30),
        "benefit": {"kind": "points_factor", "factor": "2"},
        "conditions": {
            "all": [
                {
                    "kind": "hours",
                    "weekly": [{"days": [2, 3, 4], "from": "17:00", "until": "02:00"}],
                }
            ],
            "none": [{"kind": "first_purchase"}],
        },
    },
    {
        "code": "THIRDHALF",
        "first": date(2017, 1, 10),
        "last": date(2017, 5, 31),
        "benefit": {
            "kind": "buy_get",
            "buy": {"quantity": 2, "on": {"categories": ["SOFT DRINKS", "CHEESE"]}},
            "get": {"quantity": 1, "on": {"categories": ["SOFT DRINKS", "CHEESE"]}},
            "percent": "50",
            "times": 2,
        },
        "conditions": {},
        "limits": [{"of": "offer", "per": "month", "discount": 30000, "overrun": "rest"}],
    },
)
"""What holds when; all three do from 10 January to 31 March."""


def set_up(session: Session, *, at: datetime) -> None:
    """Set up points that expire, tiers, a stamp card and the three offers."""
    for rank, (key, entry) in enumerate((("silver", 30_000), ("gold", 90_000)), 1):
        rungs.add(
            session, key=key, name={"en": key.title()}, rank=rank, entry=entry,
            renewal=entry // 2, perks={}, actor=SYSTEM, at=at,
        )  # fmt: skip
    programme.change(
        session,
        {
            "expiry": "rolling",
            "expiry_months": 1,
            "earning": {
                "multipliers": [
                    {"factor": "1.5", "tiers": ["gold"]},
                    {"factor": "1.25", "tiers": ["silver"]},
                ],
                "exclusions": {"categories": ["CIGARETTES", "COUPON/MISC ITEMS"]},
                "caps": [{"per": "month", "points": 2000}],
            },
            "tiers": {
                "by": "money", "period": "rolling", "months": 3, "grace_days": 10,
                "downgrade": "one",
            },
        },
        actor=SYSTEM,
        at=at,
    )  # fmt: skip
    definitions.add(
        session, name={"en": "Ten visits"}, per="visit", products={}, minimum=2000, needed=10,
        daily_cap=1, expiry_months=3, reward_points=200, reward_offer_id=None,
        actor=SYSTEM, at=at,
    )  # fmt: skip
    _offers(session, at=at)


def _offers(session: Session, *, at: datetime) -> None:
    made = campaigns.add(
        session, name="House offers", channels=[{"kind": "shop", "name": "Till"}],
        external_ref=HOUSE, actor=SYSTEM, at=at,
    )  # fmt: skip
    campaigns.move(session, made.id, "start", actor=SYSTEM, at=at)
    for one in OFFERS:
        offer = offers.add(
            session,
            made,
            name={"en": one["code"].title()},
            benefit=one["benefit"],
            conditions=one["conditions"],
            limits=one.get("limits", ()),
            together={"priority": 900},
            starts_at=clock.day_start(one["first"], SHOP_ZONE),
            ends_at=clock.day_end(one["last"], SHOP_ZONE),
            actor=SYSTEM,
            at=at,
        )
        version = offers.current(session, offer)
        issuing.issue_public(session, offer, version, one["code"], actor=SYSTEM, at=at)


def codes(day: date) -> tuple[str, ...]:
    """Return the codes of the house offers that hold on a day."""
    return tuple(one["code"] for one in OFFERS if one["first"] <= day <= one["last"])
