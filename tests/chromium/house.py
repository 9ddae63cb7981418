"""A shop that is open: what a test needs around the page it looks at."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from playwright.sync_api import Page, expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import clock, ids, shops, staff
from core.auth import SYSTEM
from core.models import Shop, Staff
from coupons.models import Issue
from tests.api import Api
from tests.flows.queues import item, upload
from tests.running import Running

PIN = "2580"
PASSWORD = "a password of the tests"  # noqa: S105


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
        return self._add_till()[1]

    def _add_till(self) -> tuple[str, str]:
        def work(session: Session) -> tuple[str, str]:
            label = f"Till {uuid4().int % 10_000}"
            shop = session.merge(self.shop)
            till, code = shops.add_till(session, shop, label, actor=SYSTEM, at=clock.now())
            return ids.public("ti", till.id), code

        return self.running.database.transact(work)

    def end_sessions(self) -> None:
        """Let the server end the sessions of the cashier, wherever they are."""

        def work(session: Session) -> None:
            staff.sign_out_everywhere(session, session.merge(self.cashier), at=clock.now())

        self.running.database.transact(work)

    def new_conflict(self, code: str) -> str:
        """Let a till sell without a line with a coupon that is used up, and return the conflict."""
        till, _ = self._add_till()
        upload(self.api, till, item(None, (code, 100)))
        found: list[dict[str, Any]] = self.api.get("/conflicts")["items"]
        return str(found[0]["id"])

    def new_customer(self, **person: str) -> dict[str, Any]:
        """Enrol a customer, who lets the till show a name if there is one."""
        sent = {"person": person or None, "consents": ["name_at_till"] if person else []}
        found: dict[str, Any] = self.api.post("/customers", sent)
        return found

    def new_card(self, **person: str) -> str:
        """Enrol a customer and return the number of the card."""
        return str(self.new_customer(**person)["card"]["number"])

    def new_campaign(self) -> str:
        """Start a campaign that goes out by mail to 40 households, and return its id."""
        channel = {"kind": "mail", "name": "Letter", "fixed_cost": 5000, "unit_cost": 85}
        made = self.api.post("/campaigns", {"name": "Autumn", "channels": [channel]})
        self.api.post(f"/campaigns/{made['id']}/start")
        sent = {"channel": made["channels"][0]["id"], "quantity": 40}
        self.api.post(f"/campaigns/{made['id']}/contacts", sent)
        return str(made["id"])

    def new_offer(self, campaign: str | None = None, **given: Any) -> str:
        """Make an offer, of ten per cent unless said otherwise, and return its id."""
        usual = {
            "campaign": campaign or self.new_campaign(),
            "name": {"en": "Autumn 10 %", "de": "Herbst 10 %"},
            "benefit": {"kind": "percent", "percent": "10"},
        }
        return str(self.api.post("/offers", usual | given)["id"])

    def new_rich_offer(self) -> str:
        """Make an offer with every kind of condition and many a benefit, and return its id."""
        campaign, customer = self.new_campaign(), self.new_customer()["id"]
        [channel] = self.api.get(f"/campaigns/{campaign}")["channels"]
        conditions = [
            {"kind": "minimum_basket", "amount": 2000},
            {"kind": "minimum_quantity", "quantity": 3, "on": {"tags": ["new"]}},
            {"kind": "products", "skus": ["4006381333931"]},
            {"kind": "categories", "categories": ["Coffee, ground"]},
            {"kind": "tags", "tags": ["organic"]},
            {"kind": "dates", "from": "2026-12-01"},
            {"kind": "hours", "weekly": [{"days": [5], "from": "22:00", "until": "02:00"}]},
            {"kind": "shops", "shops": [ids.public("sh", self.shop.id)]},
            {"kind": "channels", "channels": [channel["id"]]},
            {"kind": "tier", "tiers": ["gold"]},
            {"kind": "first_purchase"},
            {"kind": "not_bought", "days": 90},
            {"kind": "birthday", "before": 3, "after": 3},
            {"kind": "audience", "customers": [customer]},
            {"kind": "customer_tags", "tags": ["vip"]},
            {"kind": "attribute", "name": "profession", "one_of": ["teacher", "nurse"]},
            {"kind": "attribute", "name": "children", "at_least": 2},
            {"kind": "attribute", "name": "student", "equals": True},
        ]
        on = {"on": {"skus": ["1"], "categories": ["Tea"], "tags": ["new"]}}
        steps = [
            {"kind": "percent", "percent": "10", "cap": 500, **on},
            {"kind": "fixed_price", "price": 900},
            {"kind": "free_pieces", "which": "cheapest", "count": 1},
            {"kind": "buy_get", "buy": {"quantity": 2, **on}, "get": {"quantity": 1}},
            {"kind": "bundle", "parts": [{"quantity": 1}, {"quantity": 2}], "price": 500},
            {"kind": "sample", "text": {"en": "Coffee", "de": "Kaffee"}},
            {"kind": "guarantee", "days": 9, "reasons": [{"key": "x", "text": {"en": "X"}}]},
            {"kind": "next_coupon", "offer": self.new_offer(campaign)},
        ]  # fmt: skip
        return self.new_offer(
            campaign,
            benefit={
                "kind": "ladder",
                "by": "amount",
                "steps": [{"from": i * 1000, "benefit": one} for i, one in enumerate(steps)],
            },
            conditions={"all": conditions, "any": [{"any": conditions[:2]}, conditions[5]]},
            limits={"overall": 9, "more": [{"of": "code", "discount": 5000, "per": "day"}]},
            together={"mode": "best", "group": "season"},
        )

    def new_coupon(self, campaign: str | None = None, **given: Any) -> str:
        """Issue one unique coupon of such an offer, and return its code."""
        offer = self.new_offer(campaign, **given)
        return str(self.api.post(f"/offers/{offer}/coupons", {"count": 1})["items"][0]["code"])

    def new_personal_coupon(self, customer: str, **given: Any) -> None:
        """Give a customer a coupon of their own."""
        self.api.post(f"/offers/{self.new_offer(**given)}/coupons", {"customers": [customer]})

    def new_purchase(self, **given: Any) -> str:
        """Settle a basket of 49.90, with a card or coupons if they are given; return its id."""
        basket = {"currency": "EUR", "total": 4990}
        usual = {"shop": ids.public("sh", self.shop.id), "basket": basket}
        return str(self.api.post("/purchases", usual | given)["id"])

    def one_of_each(self) -> dict[str, str]:
        """Return a thing of each kind that has a page of its own, by the prefix of its id."""
        campaign = self.new_campaign()
        offer = self.new_offer(campaign)
        [coupon] = self.api.post(f"/offers/{offer}/coupons", {"count": 1})["items"]
        customer = self.new_customer(name="Ada Lovelace")
        purchase = self.new_purchase(card=customer["card"]["number"], coupons=[coupon["code"]])
        run = self.api.post(f"/offers/{offer}/dry-runs")
        loyal = self.one_of_each_of_loyalty(offer, customer)
        rows = select(Issue.id).order_by(Issue.created_at.desc())
        issue = self.running.database.look(lambda session: session.scalars(rows).first())
        assert issue
        return {
            "ca": campaign, "of": offer, "co": coupon["id"], "cu": customer["id"], "pu": purchase,
            "is": ids.public("is", issue), "sh": ids.public("sh", self.shop.id),
            "st": ids.public("st", self.cashier.id), "dr": run["id"],
            "cf": self.new_conflict(coupon["code"]),
            **loyal,
        }  # fmt: skip

    def one_of_each_of_loyalty(self, offer: str, customer: dict[str, Any]) -> dict[str, str]:
        """Return a thing of each kind of the loyalty programme, by the prefix of its id."""
        key = f"t{uuid4().hex[:8]}"
        counting = {"by": "points", "period": "calendar", "downgrade": "one"}
        self.api.call("PATCH", "/programme", {"tiers": counting})
        rank = 1 + max((one["rank"] for one in self.api.get("/tiers")["items"]), default=0)
        tier = {"key": key, "name": {"en": "Silver"}, "rank": rank, "entry": rank * 100}
        card = {"name": {"en": "Coffee"}, "per": "visit", "needed": 10, "reward": {"points": 50}}
        reward = self.api.post("/rewards", {"name": {"en": "Cup"}, "points": 10, "offer": offer})
        self.api.call("PATCH", "/referral-scheme", {"active": True, "referrer": {"points": 5}})
        code = self.api.post("/referrals", {"customer": customer["id"]})["code"]
        friend = self.api.post("/customers", {"referral_code": code})
        claim = self.api.post(f"/rewards/{reward['id']}/claims", {"customer": customer["id"]})
        return {
            "tr": self.api.post("/tiers", tier)["id"], "rw": reward["id"], "cl": claim["id"],
            "sc": self.api.post("/stamp-cards", card)["id"], "rf": friend["referral"],
        }  # fmt: skip

    def picture(self, path: str) -> bytes:
        """Return a picture as the API draws it."""
        answer = self.api.call("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.data

    def printed(self, code: str) -> str:
        """Return what the QR of a code says."""
        return f"{self.address}/C/{ids.normalise(code)}".upper()


def open_house(running: Running, *, shop: str | None = None, cashier: str = "Kim") -> House:
    """Open a shop with one cashier."""

    def work(session: Session) -> tuple[Shop, Staff]:
        at = clock.now()
        name = shop or f"Shop {uuid4().hex[:6]}"
        place = shops.add(session, name, zone="Europe/Oslo", actor=SYSTEM, at=at)
        person = staff.add(
            session, name=cashier, email=None, role="cashier", shop_id=place.id, actor=SYSTEM, at=at
        )
        staff.set_pin(session, person, PIN, actor=SYSTEM, at=at)
        return place, person

    place, person = running.database.transact(work)
    return House(running, place, person, Api(running.app, running.database))


def sign_in(page: Page, house: House) -> None:
    """Sign an owner in at the desk, through its page."""

    def work(session: Session) -> str:
        mail, at = f"{uuid4().hex[:8]}@example.com", clock.now()
        person = staff.add(
            session, name="Ola Nordmann", email=mail, role="owner", actor=SYSTEM, at=at
        )
        staff.set_password(session, person, PASSWORD, actor=SYSTEM, at=at)
        return mail

    mail = house.running.database.transact(work)
    page.goto(f"{house.address}/admin/sign-in")
    page.get_by_role("textbox", name="Mail").fill(mail)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{house.address}/admin")
