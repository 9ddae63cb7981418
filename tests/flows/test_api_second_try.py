"""A transaction that lost a race is tried again, and answers as if it had been the first try."""

from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.api import Api


class Serialization(Exception):
    """What a driver raises when two transactions cannot both have been alone."""

    sqlstate = "40001"


@pytest.fixture
def lose_once(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what makes the next commit fail, once."""
    commit, losing = Session.commit, []

    def attempt(session: Session) -> None:
        if losing:
            raise DBAPIError("COMMIT", None, losing.pop())
        commit(session)

    monkeypatch.setattr(Session, "commit", attempt)
    return lambda: losing.append(Serialization())


def test_every_call_that_makes_something_can_be_tried_again(api: Api, lose_once: Any) -> None:
    lose_once()
    campaign = api.post("/campaigns", {"name": "x", "channels": [{"kind": "mail", "name": "L"}]})
    channel = campaign["channels"][0]["id"]
    benefit = {"kind": "amount", "amount": 100}
    shop = api.post("/shops", {"name": "x", "zone": "UTC"})["id"]

    lose_once()
    customer = api.post("/customers", {"shop": shop, "channel": channel})
    lose_once()
    person = api.post("/staff", {"name": "x", "role": "cashier", "shop": shop, "pin": "8305"})
    lose_once()
    offer = api.post(
        "/offers",
        {"campaign": campaign["id"], "name": {"en": "x"}, "benefit": benefit,
         "limits": {"overall": 7}},
    )  # fmt: skip
    lose_once()
    path = f"/offers/{offer['id']}"
    changed = api.call("PATCH", path, {"limits": {"overall": 8, "per_customer": 2}}).json

    assert customer["card"]
    assert person["shop"] == shop
    assert offer["limits"] == {"overall": 7, "per_customer": None, "more": []}
    assert changed["limits"] == {"overall": 8, "per_customer": 2, "more": []}
    assert [one["kind"] for one in api.get("/responses")["items"]] == ["joined"]


@pytest.mark.parametrize(
    "verb", ["adjust", "settle", "void", "refund", "issue", "contact", "record"]
)
def test_every_call_that_moves_something_can_be_tried_again(
    api: Api, lose_once: Any, verb: str
) -> None:
    campaign = api.post("/campaigns", {"name": "x", "channels": [{"kind": "mail", "name": "L"}]})
    place = f"/campaigns/{campaign['id']}"
    channel = {"channel": campaign["channels"][0]["id"]}
    api.post(f"{place}/start")
    offer = api.post(
        "/offers",
        {"campaign": campaign["id"], "name": {"en": "x"},
         "benefit": {"kind": "amount", "amount": 100}},
    )["id"]  # fmt: skip
    customer = api.post("/customers")["id"]
    shop = api.post("/shops", {"name": "x", "zone": "UTC"})["id"]
    sale = {"shop": shop, "basket": {"currency": "EUR", "total": 500}}
    sold = api.post("/purchases", sale)["id"]
    calls = {
        "adjust": (f"/customers/{customer}/points/adjustments", {"points": 5, "reason": "x"}),
        "settle": ("/purchases", sale),
        "void": (f"/purchases/{sold}/void", {"reason": "x"}),
        "refund": (f"/purchases/{sold}/refunds", {"amount": 100, "reason": "x"}),
        "issue": (f"/offers/{offer}/coupons", {"customers": [customer]}),
        "contact": (f"{place}/contacts", channel | {"customers": [customer]}),
        "record": ("/responses", channel | {"campaign": campaign["id"], "kind": "called"}),
    }

    lose_once()
    api.post(*calls[verb])
