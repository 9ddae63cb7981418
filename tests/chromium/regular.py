"""A customer who has something of everything, and a house that gives it."""

from dataclasses import dataclass

from core.ids import normalise
from tests.chromium.house import House

LONG = "Twelve hand-picked specialities of the house, wrapped as a present"


@dataclass
class Regular:
    """Somebody who comes often: with a tier, stamps, points that go and come, and friends.

    Attributes:
        code: that this customer hands to friends.
        early: a public code of an early bird.
    """

    id: str
    link: str
    number: str
    code: str
    early: str


def make_regular(house: House) -> Regular:
    """Let a customer have something of everything."""
    api = house.api
    gift = house.new_offer(name={"en": LONG}, benefit={"kind": "free_item", "text": LONG})
    customer = house.new_customer(name="Ada Lovelace")
    for points in (120, 3000):
        api.post("/rewards", {"name": {"en": LONG}, "points": points, "offer": gift})
    _set_programme(house)
    stamps = _stamp_card(house, gift)
    scheme = {"active": True, "referrer": {"points": 500}, "friend": {"points": 200}}
    assert api.call("PATCH", "/referral-scheme", scheme).status_code == 200
    code = api.post("/referrals", {"customer": customer["id"]})["code"]
    friend = api.post("/customers", {"referral_code": code})["card"]["number"]
    house.new_purchase(card=friend)
    house.new_purchase(card=customer["card"]["number"], coupons=[stamps])
    api.post(f"/customers/{customer['id']}/points/adjustments", {"points": 500, "reason": "gift"})
    api.post(f"/customers/{customer['id']}/standing", {"tier": "silver", "reason": "a regular"})
    bird = _early_bird()
    house.new_personal_coupon(customer["id"], name={"en": LONG}, benefit=bird)
    early = f"EARLY{customer['id'][-6:]}".upper()
    api.post(f"/offers/{house.new_offer(benefit=bird)}/coupons", {"code": early})
    return Regular(
        customer["id"], customer["link"], customer["card"]["number"], normalise(code), early
    )


def _set_programme(house: House) -> None:
    """Set a ladder that nobody else climbs, and let customers give points away."""
    rules = {"tiers": {"by": "points"}, "transfers": True}
    assert house.api.call("PATCH", "/programme", rules).status_code == 200
    known = {one["key"]: one["rank"] for one in house.api.get("/tiers")["items"]}
    first = 1 + max([20, *known.values()])
    for rank, key in enumerate(("silver", "gold"), first):
        if key not in known:
            perks = {"en": f"What {key} brings: {LONG}"}
            tier = {"key": key, "name": {"en": key.title()}, "rank": rank, "perks": perks}
            house.api.post("/tiers", tier | {"entry": rank * 100})


def _stamp_card(house: House, gift: str) -> str:
    """Begin two stamp cards, of few and of many stamps; return the code of a coupon for both."""
    made = [
        house.api.post(
            "/stamp-cards",
            {"name": {"en": LONG}, "per": "coupon", "needed": needed, "reward": {"offer": gift}},
        )["id"]
        for needed in (10, 50)
    ]
    stamps = {"kind": "stamps", "stamps": 4, "stamp_card": made[0]}
    return house.new_coupon(benefit=stamps)


def _early_bird() -> dict[str, object]:
    steps = [{"first": 100, "benefit": {"kind": "percent", "percent": "20"}}]
    return {"kind": "early_bird", "steps": steps, "after": {"kind": "percent", "percent": "10"}}
