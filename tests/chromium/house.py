"""A shop that is open: what a test needs around the page it looks at."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy.orm import Session

from core import clock, ids, shops, staff
from core.auth import SYSTEM
from core.models import Shop, Staff
from tests.api import Api
from tests.running import Running

PIN = "2580"


@dataclass
class House:
    """A running product with a shop of the test's own in it."""

    running: Running
    shop: Shop
    cashier: Staff
    api: Api
    address: str = field(init=False)

    def __post_init__(self) -> None:
        self.address = self.running.base_url

    def new_till(self) -> str:
        """Set a till up and return the code that enrols it."""

        def work(session: Session) -> str:
            label = f"Till {uuid4().hex[:6]}"
            shop = session.merge(self.shop)
            return shops.add_till(session, shop, label, actor=SYSTEM, at=clock.now())[1]

        return self.running.database.transact(work)

    def new_card(self, **person: str) -> str:
        """Enrol a customer and return the number of the card."""
        sent: dict[str, Any] = {"person": person or None}
        if person:
            sent["consents"] = ["name_at_till"]
        return str(self.api.post("/customers", sent)["card"]["number"])

    def new_campaign(self) -> str:
        """Start a campaign that goes out by mail to 40 households, and return its id."""
        channel = {"kind": "mail", "name": "Letter", "fixed_cost": 5000, "unit_cost": 85}
        made = self.api.post("/campaigns", {"name": "Autumn", "channels": [channel]})
        self.api.post(f"/campaigns/{made['id']}/start")
        sent = {"channel": made["channels"][0]["id"], "quantity": 40}
        self.api.post(f"/campaigns/{made['id']}/contacts", sent)
        return str(made["id"])

    def new_coupon(self, campaign: str | None = None, **given: Any) -> str:
        """Issue one unique coupon, of ten per cent unless said otherwise; return its code."""
        usual = {
            "campaign": campaign or self.new_campaign(),
            "name": {"en": "Autumn 10 %", "de": "Herbst 10 %"},
            "benefit": {"kind": "percent", "percent": "10"},
        }
        offer = self.api.post("/offers", usual | given)["id"]
        issued = self.api.post(f"/offers/{offer}/coupons", {"count": 1})
        return str(issued["items"][0]["code"])

    def picture(self, path: str) -> bytes:
        """Return a picture as the API draws it."""
        answer = self.api.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.data

    def printed(self, code: str) -> str:
        """Return what the QR of a code says."""
        return f"{self.address}/C/{ids.normalise(code)}".upper()


def open_house(running: Running) -> House:
    """Open a shop with one cashier."""

    def work(session: Session) -> tuple[Shop, Staff]:
        at = clock.now()
        shop = shops.add(
            session, f"Shop {uuid4().hex[:6]}", zone="Europe/Oslo", actor=SYSTEM, at=at
        )
        person = staff.add(
            session, name="Kim", email=None, role="cashier", shop_id=shop.id, actor=SYSTEM, at=at
        )
        staff.set_pin(session, person, PIN, actor=SYSTEM, at=at)
        return shop, person

    shop, cashier = running.database.transact(work)
    return House(running, shop, cashier, Api(running.app, running.database))
