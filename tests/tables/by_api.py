"""Acts over HTTP, as the program of a POS vendor and the managers at their desks do."""

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from werkzeug.test import TestResponse

from core import clock, ids
from core.db import Database
from tests.api import Api
from tests.browser import TOKEN
from tests.desk import Desk
from tests.tables.acting import Answer, Back, Json, No, Taken
from tests.tables.stage import People

TOLD = ("stamps", "tier_reached", "tier_near", "referral")
"""The messages that a quote can tell as well as a purchase."""


class ByApi:
    """Calls /api/v1. The clock of the application stands where the last act has put it."""

    def __init__(self, app: Flask, database: Database, people: People) -> None:
        self.app, self.people = app, people
        self.at = clock.now()
        self.program = Api(app, database)
        self._desks: dict[str, tuple[Desk, str]] = {}

    def call(
        self, method: str, path: str, body: Json | None, at: datetime, by: str | None = None
    ) -> Any:
        """Send a request at a moment; a manager by name sends it from a desk."""
        self.at = at
        if by is None:
            answer = self.program.call(method, path, body, Idempotency_Key=uuid4().hex)
        else:
            answer = self._from_desk(method, path, body, self.people.emails[by])
        found = answer.get_json(force=True)
        if answer.status_code >= 400:
            assert answer.status_code < 500, answer.text
            raise No(found["code"], found.get("facts") or found.get("errors"))
        return found

    def _from_desk(self, method: str, path: str, body: Json | None, email: str) -> TestResponse:
        if email not in self._desks:
            desk = Desk(self.app, f"10.1.0.{len(self._desks) % 200 + 1}")
            assert desk.sign_in(email).status_code == 303
            token = TOKEN.search(desk.get("/admin/account").text)
            assert token
            self._desks[email] = desk, token[1]
        desk, token_ = self._desks[email]
        return desk.client.open(
            f"/api/v1{path}",
            method=method,
            json=body,
            environ_base=desk.base,
            headers={"X-CSRFToken": token_, "Idempotency-Key": uuid4().hex},
        )

    def campaign(self, body: Json, at: datetime) -> Json:
        made: Json = self.call("POST", "/campaigns", body, at)
        self.call("POST", f"/campaigns/{made['id']}/start", {}, at)
        return made

    def offer(self, body: Json, at: datetime) -> str:
        return str(self.call("POST", "/offers", body, at)["id"])

    def change_offer(self, offer: str, body: Json, at: datetime) -> None:
        self.call("PATCH", f"/offers/{offer}", body, at)

    def issue(self, offer: str, body: Json, at: datetime) -> str:
        made = self.call("POST", f"/offers/{offer}/coupons", body, at)
        return str(made["items"][0]["code"])

    def quote(self, order: Json, at: datetime, by: str | None) -> Answer:
        return _answer(self.call("POST", "/quotes", order, at, by))

    def buy(self, order: Json, at: datetime, by: str | None) -> Answer:
        return _answer(self.call("POST", "/purchases", order, at, by))

    def void(self, purchase: str, at: datetime, by: str | None) -> None:
        self.call("POST", f"/purchases/{purchase}/void", {"reason": "undone"}, at, by)

    def refund(self, purchase: str, body: Json, at: datetime, by: str | None) -> Back:
        return _back(self.call("POST", f"/purchases/{purchase}/refunds", body, at, by))

    def claim(self, purchase: str, body: Json, at: datetime) -> Back:
        return _back(self.call("POST", f"/purchases/{purchase}/claims", body, at))

    def hold(self, codes: list[str], till: str, at: datetime) -> None:
        self.call("POST", "/holds", {"coupons": codes, "till": till}, at)

    def release(self, codes: list[str], till: str, at: datetime, by: str | None) -> None:
        sent = {"coupons": codes, "till": till, "everywhere": by is not None}
        self.call("POST", "/holds/release", sent, at, by)

    def stop_coupon(self, code: str, verb: str, at: datetime) -> None:
        self.call("POST", f"/coupons/{code}/{verb}", {}, at)

    def move_campaign(self, campaign: str, verb: str, at: datetime) -> None:
        self.call("POST", f"/campaigns/{campaign}/{verb}", {}, at)

    def adjust(
        self, customer: UUID, points: int, reason: str, at: datetime, by: str | None
    ) -> str | None:
        path = f"/customers/{ids.public('cu', customer)}/points/adjustments"
        made = self.call("POST", path, {"points": points, "reason": reason}, at, by)
        id: str | None = made.get("id")
        return id

    def approve(self, adjustment: str, at: datetime, by: str | None) -> None:
        self.call("POST", f"/adjustments/{adjustment}/approve", {}, at, by)

    def replace_card(self, customer: UUID, at: datetime) -> str:
        path = f"/customers/{ids.public('cu', customer)}/cards"
        return str(self.call("POST", path, {"reason": "lost"}, at)["number"])

    def merge(self, customer: UUID, into: UUID, at: datetime) -> None:
        path = f"/customers/{ids.public('cu', customer)}/merge"
        self.call("POST", path, {"into": ids.public("cu", into)}, at)

    def join(self, body: Json, at: datetime, by: str | None) -> tuple[UUID, str]:
        made = self.call("POST", "/customers", body, at, by)
        return ids.parse("cu", made["id"]), str(made["card"]["number"])

    def balance(self, customer: UUID, at: datetime) -> dict[str, int]:
        path = f"/customers/{ids.public('cu', customer)}/points"
        found = self.call("GET", path, None, at)
        return {name: found[name] for name in ("available", "pending", "debt")}

    def shelf(self, customer: UUID, at: datetime) -> list[Json]:
        path = f"/customers/{ids.public('cu', customer)}/stamps"
        found: list[Json] = self.call("GET", path, None, at)["items"]
        return found

    def tier(self, customer: UUID, at: datetime) -> str | None:
        path = f"/customers/{ids.public('cu', customer)}/standing"
        key: str | None = self.call("GET", path, None, at)["tier"]
        return key


def _answer(found: Json) -> Answer:
    return Answer(
        discount=found["discount"],
        to_pay=found["to_pay"],
        paid_with_points=found["paid_with_points"],
        points=found["points"],
        taken=tuple(
            Taken(
                one["index"],
                one["discount"],
                {part["line"]: part["discount"] for part in one["lines"]},
                one.get("place"),
                one.get("next_coupon", {}).get("code"),
            )
            for one in found["redemptions"]
        ),
        refused={one["index"]: (one["code"], one["facts"]) for one in found["refused"]},
        news=tuple(one for one in found["messages"] if one["kind"] in TOLD),
        id=found.get("id"),
    )


def _back(found: Json) -> Back:
    return Back(found["money"], found["points_back"], found["points_claimed"])
