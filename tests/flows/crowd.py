"""A house that fills up: of everything that is ever listed, as many as a test asks for."""

import re

from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock, ids, timings
from core.db import Database
from coupons.models import Issue
from tests.flows.counter import open_till
from tests.flows.described import DescribedApi
from tests.flows.queues import item, upload
from tests.flows.store import make_code, make_offer, make_store, sale


class Crowd:
    """A store whose lists grow by one with everything that comes.

    Attributes:
        api: a program that may do everything.
        store: an id of each kind of thing, as an address needs it.
    """

    def __init__(self, app: Flask, database: Database) -> None:
        self.api, self._database, self._count = DescribedApi(app, database), database, 0
        self.store = make_store(self.api)
        self._till = open_till(app, database, self.store["shop"])
        promised = {"active": True, "referrer": {"points": 1}, "friend": {"points": 1}}
        assert self.api.call("PATCH", "/referral-scheme", promised).status_code == 200
        self._friend = self.api.post("/referrals", {"customer": self.store["customer"]})["code"]
        self.come(1)
        self._note()

    def _note(self) -> None:
        """Remember one of each kind that the store does not name."""
        api, store = self.api, self.store
        lists = ("keys", "staff", "conflicts", "referrals", "adjustments", "responses")
        store |= {name: api.get(f"/{name}")["items"][-1]["id"] for name in lists}
        run = api.post(f"/offers/{store['offer']}/dry-runs")
        store |= {"dry run": run["id"], "job": run["job"]}
        store["coupon"] = api.get(f"/coupons/{store['public']}")["id"]
        orders = select(Issue.id).where(Issue.offer_id == ids.parse("of", store["offer"]))
        store["issue"] = ids.public("is", self._database.look(lambda s: s.scalars(orders).all())[0])

    def address(self, path: str) -> str:
        """Return the address of a route, of one of the things that there are."""
        store = self.store
        named = {it[:2]: it for it in store.values() if it[2:3] == "_"}
        named |= {"number": store["card"], "code": store["public"]}
        if path.startswith("/api/v1/till/"):
            named["pu"] = self._sold
        for start, code in (("referrals", self._friend), ("problems", "not_found")):
            if path.startswith(f"/api/v1/{start}/"):
                named["code"] = code
        return re.sub(r"\{(\w+)[^}]*\}", lambda part: named.get(part[1], part[1]), path)

    def at_till(self, method: str, path: str) -> TestResponse:
        """Ask as the page of the till does."""
        answer: TestResponse = self._till.call(path, method=method)
        return answer

    def come(self, count: int) -> None:
        """Let so many more of everything come."""
        for _ in range(count):
            self._count += 1
            name = f"No. {self._count}"
            self._build(name)
            self._promise(name)
            self._sell(name)

    def _build(self, name: str) -> None:
        """Open a shop, and take somebody on in the first one."""
        api, shop = self.api, self.store["shop"]
        api.post("/shops", {"name": name, "zone": "Europe/Oslo"})
        till = ids.parse("ti", api.post(f"/shops/{shop}/tills", {"label": name})["id"])
        day, took = clock.now().date(), [("start", 20)]
        self._database.transact(lambda s: timings.note(s, till, took, day=day))
        pin = f"{8300 + 7 * self._count}"
        api.post("/staff", {"name": name, "role": "manager", "shop": shop, "pin": pin})
        api.post("/keys", {"name": name, "scopes": ["shops:read"]})
        api.post("/cards/stock", {"count": 1})

    def _promise(self, name: str) -> None:
        """Plan a campaign, make offers of every kind of condition, and whatever gives coupons."""
        api, store = self.api, self.store
        api.post(
            "/campaigns",
            {"name": name, "channels": [{"kind": "mail", "name": one} for one in ("A", "B")]},
        )
        needed = [
            {"kind": "shops", "shops": [store["shop"]]},
            {"kind": "channels", "channels": [store["channel"]]},
            {"kind": "tier", "tiers": ["gold"]},
            {"kind": "audience", "customers": [api.post("/customers", {})["id"]]},
        ]
        next_one = {"kind": "next_coupon", "offer": store["offer"]}
        given = {"benefit": next_one, "conditions": {"all": needed}, "name": {"en": name}}
        offer = make_offer(api, store["campaign"], **given)
        renamed = api.call("PATCH", f"/offers/{store['offer']}", {"name": {"en": name}})
        assert renamed.status_code == 200, renamed.text
        api.post(
            "/tiers",
            {"key": f"t{self._count}", "name": {"en": name}, "rank": 10 + self._count,
             "entry": 10**9 + self._count},
        )  # fmt: skip
        api.post(
            "/stamp-cards",
            {"name": {"en": name}, "per": "visit", "needed": 100, "reward": {"offer": offer}},
        )
        made = api.post("/rewards", {"name": {"en": name}, "points": 1, "offer": offer})
        claim = api.post(f"/rewards/{made['id']}/claims", {"customer": store["customer"]})
        store["claim"] = claim["id"]

    def _sell(self, name: str) -> None:
        """Let a friend join, buy and bring something back; sell without a line; hear of it."""
        api, store = self.api, self.store
        person = {"name": name, "email": f"no.{self._count}@example.org"}
        api.post("/customers", {"person": person, "referral_code": self._friend})
        sold = sale(store["shop"], store["public"], card=store["card"], receipt=name)
        settled = self._till.call("/purchases", sold)
        assert settled.status_code == 201, settled.text
        self._sold = settled.json["id"]
        upload(api, store["till"], item(None))
        back = {"amount": 1, "reason": name}
        api.post(f"/purchases/{store['purchase']}/refunds", back)
        asked = {"points": 10**6, "reason": name}
        api.post(f"/customers/{store['customer']}/points/adjustments", asked, expect=202)
        heard = {"campaign": store["campaign"], "channel": store["channel"], "kind": "called"}
        api.post("/responses", heard | {"customer": store["customer"]})
        make_code(api, store["offer"])
