"""Which coupons take part, in which order, and why not."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from sqlalchemy.orm import Session

from core.db import Database
from coupons import campaigns, codes, quoting
from coupons.models import Coupon
from coupons.quoting import Decision
from coupons.scene import Scene
from tests.factories import (
    MANAGER,
    NOON,
    make_basket,
    make_campaign,
    make_coupon,
    make_customer,
    make_offer,
)

DAY = timedelta(days=1)


def decide(session: Session, *coupons: Coupon, **given: Any) -> Decision:
    session.flush()
    connection = session.connection()
    held = [codes.one(connection, coupon.code) for coupon in coupons]
    usual: dict[str, Any] = {"basket": make_basket(1000), "customer_id": None, "at": NOON}
    return quoting.decide(connection, held, Scene(**usual | given))


def reasons(decision: Decision) -> list[str]:
    return [one.refusal.code for one in decision.refused]


@pytest.mark.parametrize(
    ("case", "offer", "campaign", "expected"),
    [
        ("all is well", {}, {}, []),
        ("its first moment", {"starts_at": NOON}, {}, []),
        ("the moment before", {"starts_at": NOON + DAY}, {}, ["offer_not_started"]),
        ("its last moment is over", {"ends_at": NOON}, {}, ["offer_ended"]),
        ("the campaign's window counts", {}, {"ends_at": NOON}, ["offer_ended"]),
        ("its own window comes first", {"ends_at": NOON + DAY}, {"ends_at": NOON}, []),
        ("a draft is not running", {}, {"start": False}, ["campaign_not_running"]),
    ],
)
def test_when_an_offer_runs(
    session: Session,
    case: str,
    offer: dict[str, Any],
    campaign: dict[str, Any],
    expected: list[str],
) -> None:
    place = make_campaign(session, **campaign)
    coupon = make_coupon(session, make_offer(session, place, **offer))

    assert reasons(decide(session, coupon)) == expected, case


@pytest.mark.parametrize(
    ("verb", "expected"), [("freeze", "coupon_frozen"), ("revoke", "coupon_revoked")]
)
def test_a_stopped_coupon_is_refused(session: Session, verb: str, expected: str) -> None:
    coupon = make_coupon(session)
    codes.move(session, coupon.code, verb, actor=MANAGER, at=NOON)

    assert reasons(decide(session, coupon)) == [expected]


def test_a_paused_campaign_is_refused_and_started_again(session: Session) -> None:
    campaign = make_campaign(session)
    coupon = make_coupon(session, make_offer(session, campaign))

    campaigns.move(session, campaign.id, "pause", actor=MANAGER, at=NOON)
    paused = reasons(decide(session, coupon))
    campaigns.move(session, campaign.id, "start", actor=MANAGER, at=NOON)

    assert paused == ["campaign_not_running"]
    assert reasons(decide(session, coupon)) == []


def test_an_audience_is_for_its_members(session: Session) -> None:
    member, _ = make_customer(session)
    other, _ = make_customer(session)
    condition = {"kind": "audience", "customers": [member.id]}
    coupon = make_coupon(session, make_offer(session, conditions={"all": [condition]}))

    assert reasons(decide(session, coupon, customer_id=member.id)) == []
    assert reasons(decide(session, coupon, customer_id=other.id)) == ["not_in_audience"]
    assert reasons(decide(session, coupon)) == ["card_needed"]


def test_a_minimum_is_before_any_discount(session: Session) -> None:
    amount = make_offer(session, benefit={"kind": "amount", "amount": 900})
    minimum = {"all": [{"kind": "minimum_basket", "amount": 1000}]}
    first, second = (
        make_coupon(session, amount),
        make_coupon(session, make_offer(session, conditions=minimum)),
    )

    assert reasons(decide(session, first, second)) == []


def test_the_order_of_the_request_does_not_matter(session: Session) -> None:
    coupons = [
        make_coupon(session, make_offer(session, benefit=benefit))
        for benefit in (
            {"kind": "amount", "amount": 300},
            {"kind": "percent", "percent": "20"},
            {"kind": "free_item", "sku": "SKU-1"},
            {"kind": "percent", "percent": "50", "on": {"skus": ["SKU-0"]}},
        )
    ]
    basket = make_basket(1000, 250, 49)

    found = {
        tuple(decide(session, *order, basket=basket).line_discounts())
        for order in permutations(coupons)
    }

    assert len(found) == 1


def test_a_coupon_that_would_take_nothing_off_is_kept(session: Session) -> None:
    everything = make_coupon(
        session, make_offer(session, benefit={"kind": "percent", "percent": "100"})
    )
    more = make_coupon(session, make_offer(session, benefit={"kind": "amount", "amount": 100}))

    decision = decide(session, everything, more)

    assert decision.discount == 1000
    assert reasons(decision) == ["no_benefit"]


def test_a_quote_takes_no_locks_and_changes_nothing(database: Database) -> None:
    coupon = database.transact(make_coupon)

    with database.reading() as reading:
        held = codes.one(reading.connection(), coupon.code)
        decision = quoting.decide(
            reading.connection(), [held], Scene(make_basket(1000), None, NOON)
        )

    assert decision.discount == 100
    with database.reading() as reading:
        assert reading.get_one(Coupon, coupon.id).used == 0
