"""A shop with one of everything, made through the API."""

from typing import Any

from tests.api import Api

TOTAL = 4990


def make_store(api: Api) -> dict[str, Any]:
    """Return the ids of a shop, a customer with points, a running campaign, and coupons of it."""
    shop = api.post("/shops", {"name": "Harbour", "zone": "Europe/Oslo"})["id"]
    till = api.post(f"/shops/{shop}/tills", {"label": "Till 1"})["id"]
    customer = api.post("/customers", {"external_ref": "first"})
    campaign = api.post(
        "/campaigns", {"name": "Spring", "channels": [{"kind": "mail", "name": "Letter"}]}
    )
    api.post(f"/campaigns/{campaign['id']}/start")
    offer = make_offer(api, campaign["id"], offline={"policy": "up_to", "value": 10**6})
    codes = api.post(f"/offers/{offer}/coupons", {"count": 5})["items"]
    public = api.post(f"/offers/{offer}/coupons", {"code": "SPRING10"})["items"][0]["code"]
    purchase = api.post(
        "/purchases", sale(shop, card=customer["card"]["number"], total=100_000, receipt="A-0")
    )
    tier = api.post("/tiers", {"key": "gold", "name": {"en": "Gold"}, "rank": 9, "entry": 10**9})
    stamp_card = api.post(
        "/stamp-cards",
        {
            "name": {"en": "Gifts"}, "per": "piece", "on": {"tags": ["gift"]}, "needed": 10,
            "reward": {"points": 100},
        },
    )  # fmt: skip
    reward = api.post("/rewards", {"name": {"en": "A mug"}, "points": 1, "offer": offer})
    rich = api.post("/customers", {})["id"]
    api.post(f"/customers/{rich}/points/adjustments", {"points": 9, "reason": "a gift"})
    claim = api.post(f"/rewards/{reward['id']}/claims", {"customer": rich})
    return {
        "shop": shop,
        "till": till,
        "customer": customer["id"],
        "card": customer["card"]["number"],
        "campaign": campaign["id"],
        "channel": campaign["channels"][0]["id"],
        "offer": offer,
        "codes": [one["code"] for one in codes],
        "public": public,
        "purchase": purchase["id"],
        "tier": tier["id"],
        "stamp_card": stamp_card["id"],
        "reward": reward["id"],
        "claim": claim["id"],
    }


def make_offer(api: Api, campaign: str, **given: Any) -> str:
    """Return a new offer of ten per cent."""
    usual = {"name": {"en": "Ten off"}, "benefit": {"kind": "percent", "percent": "10"}}
    made: str = api.post("/offers", {"campaign": campaign} | usual | given)["id"]
    return made


def make_code(api: Api, offer: str, **given: Any) -> str:
    """Return a unique code of an offer."""
    made: str = api.post(f"/offers/{offer}/coupons", {"count": 1} | given)["items"][0]["code"]
    return made


def sale(shop: str, *codes: str, total: int = TOTAL, **given: Any) -> dict[str, Any]:
    """Return the body of a purchase; a basket given replaces the usual one."""
    usual = {"shop": shop, "coupons": list(codes), "basket": {"currency": "EUR", "total": total}}
    return usual | given
