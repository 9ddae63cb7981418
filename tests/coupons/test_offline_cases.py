"""What a till works out without a line is what the server would have: the same cases for both."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import ids
from core.models import Shop
from core.schemas import Moment, read
from coupons import offers, pretending, quoting
from coupons.models import OfferVersion
from coupons.offline import policy
from coupons.scene import Scene
from coupons.schemas import OfferChange, public_conditions, public_terms
from tests.factories import MANAGER, NOON, make_basket, make_campaign, make_customer, make_offer

SHARED = json.loads((Path(__file__).parents[1] / "shared" / "offline_cases.json").read_text())
CASES = [SHARED["usual"] | case for case in SHARED["cases"]]


def decided(session: Session, case: dict[str, Any], version: OfferVersion, customer: UUID) -> Any:
    """Return what the server decides, as a case says it."""
    total = case["total"]
    scene = Scene(
        basket=None if total is None else make_basket(total=total),
        customer_id=customer if case["card"] else None,
        at=Moment().deserialize(case["at"]),
        zone=case["zone"],
        shop_id=ids.parse("sh", case["shop"]),
    )
    offer = offers.find(session, version.offer_id)
    coupon = pretending.coupon(session, offer, version)
    found = quoting.decide(session.connection(), [coupon], scene)
    if found.refused:
        return {"refused": found.refused[0].refusal.code}
    return {"discount": found.discount, "points": found.points}


def test_the_server_says_what_every_case_says(session: Session) -> None:
    shops = {case["shop"] for case in CASES}
    session.add_all(
        Shop(id=ids.parse("sh", one), name=one, zone="Europe/Oslo", created_at=NOON)
        for one in shops
    )
    session.flush()
    campaign, customer = make_campaign(session), make_customer(session)[0].id
    found, expected = {}, {}
    for case in CASES:
        terms = read(OfferChange(), case["offer"])
        version = offers.current(session, make_offer(session, campaign, **terms))
        found[case["name"]] = decided(session, case, version, customer)
        expected[case["name"]] = case.get("online", case["expect"])

        assert policy.obstacle(version, []) is None, case["name"]
        assert public_terms(version.benefit) == case["offer"]["benefit"]
        asked = case["offer"].get("conditions", {"all": []})
        assert public_conditions(version.conditions) == asked

    assert found == expected
    assert len(found) == len(CASES) >= 40


def test_each_policy_of_a_case_can_be_set(session: Session) -> None:
    home = next(case for case in CASES if case["offline"]["policy"] == "home_shop")
    id = ids.parse("sh", home["offline"]["shop"])
    session.add(Shop(id=id, name="Home", zone="Europe/Oslo", created_at=NOON))
    offer = make_offer(session)
    wanted = {"offline": home["offline"]}

    read_ = read(OfferChange(), wanted)["offline"]
    offers.take_offline(session, offer, read_, actor=MANAGER, at=NOON)

    assert offer.offline == {"policy": "home_shop", "shop": id.hex}
