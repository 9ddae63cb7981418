"""What a key, a till and a PIN open: never more than was given to them, and no other shop."""

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient

from core import ids, keys, staff
from core.auth import SYSTEM, of_role
from core.clock import now
from core.db import Database
from core.web import DEVICE_COOKIE
from tests.api import Api
from tests.factories import make_shop, make_staff, make_till


def bound(app: Flask, database: Database, *scopes: str, shop: Any = None) -> Api:
    """Return a program with a key of some scopes, of one shop if it is named."""
    program = Api(app, database)
    _, program.key = database.transact(
        lambda s: keys.add(
            s, "bound", scopes=list(scopes), shop_id=shop and shop.id, actor=SYSTEM, at=now()
        )
    )
    return program


@pytest.mark.parametrize("role", ["owner", "manager", "cashier"])
def test_a_pin_opens_what_a_cashier_may_and_no_more(
    app: Flask, database: Database, client: FlaskClient, role: str
) -> None:
    till, device = database.transact(make_till)
    person = database.transact(lambda s: make_staff(s, role))
    token = database.transact(lambda s: staff.sign_on(s, person, till=till, at=now()))
    client.set_cookie(DEVICE_COOKIE, device)
    with client.session_transaction() as session:
        session["till_token"] = token
    sign = re.search(r'name="csrf[^>]*?(?:content|value)="([^"]+)"', client.get("/till").text)
    assert sign is not None
    send = {"X-CSRFToken": sign[1]}

    key = client.post("/api/v1/keys", json={"name": "x", "scopes": ["all"]}, headers=send)
    customers = client.get("/api/v1/customers")
    basket = {"currency": "EUR", "total": 100}
    quote = client.post("/api/v1/quotes", json={"basket": basket}, headers=send)

    assert (key.status_code, customers.status_code, quote.status_code) == (403, 403, 200)


def test_a_key_makes_no_key_that_may_more(app: Flask, database: Database) -> None:
    program = bound(app, database, "keys:write", "shops:read")

    program.post("/keys", {"name": "more", "scopes": ["all"]}, expect=403)
    program.post("/keys", {"name": "other", "scopes": ["shops:write"]}, expect=403)
    program.post("/keys", {"name": "same", "scopes": ["shops:read"]}, expect=201)


def test_a_key_of_a_shop_makes_keys_and_staff_of_that_shop(app: Flask, database: Database) -> None:
    here, there = (database.transact(make_shop) for _ in range(2))
    program = bound(app, database, "all", shop=here)
    elsewhere = ids.public("sh", there.id)

    program.post("/keys", {"name": "x", "scopes": ["all"], "shop": elsewhere}, expect=403)
    program.post("/staff", {"name": "x", "role": "cashier", "shop": elsewhere}, expect=403)
    key = program.post("/keys", {"name": "x", "scopes": ["all"]})
    person = program.post("/staff", {"name": "x", "role": "cashier"})

    assert key["shop"] == person["shop"] == ids.public("sh", here.id)


def test_a_key_takes_on_nobody_who_may_more(app: Flask, database: Database) -> None:
    owner = database.transact(lambda s: make_staff(s, "owner"))
    program = bound(app, database, "staff:write", "staff:read", *of_role("cashier"))

    program.post("/staff", {"name": "x", "role": "owner", "pin": "8305"}, expect=403)
    program.post("/staff", {"name": "x", "role": "cashier", "pin": "8305"}, expect=201)
    page = f"/admin/staff/{ids.public('st', owner.id)}/password"
    program.client.post(page, headers={"Authorization": f"Bearer {program.key}"})

    assert database.look(lambda s: staff.find(s, owner.id)).password_hash is None


def test_a_key_of_a_shop_leaves_the_tills_of_others_alone(app: Flask, database: Database) -> None:
    here, there = (database.transact(make_shop) for _ in range(2))
    till, _ = database.transact(lambda s: make_till(s, there))
    program = bound(app, database, "all", shop=here)
    shop, device = ids.public("sh", there.id), ids.public("ti", till.id)

    for path in (f"/tills/{device}/enrol", f"/tills/{device}/suspend", f"/shops/{shop}/tills"):
        assert program.post(path, {"label": "x"}, expect=403)["code"] == "wrong_shop"
    assert program.call("PUT", f"/shops/{shop}", {"name": "x", "zone": "UTC"}).status_code == 403


def test_a_key_of_a_shop_sees_no_purchase_of_another(
    app: Flask, database: Database, api: Api
) -> None:
    here, there = (database.transact(make_shop) for _ in range(2))
    sold = {"shop": ids.public("sh", there.id), "basket": {"currency": "EUR", "total": 100}}
    made = api.post("/purchases", sold)["id"]
    program = bound(app, database, "all", shop=here)

    program.get(f"/purchases/{made}", expect=404)
    program.post(f"/purchases/{made}/void", expect=404)
    api.post(f"/purchases/{made}/void", key=uuid4().hex)
    program.post(f"/purchases/{made}/void", expect=404)


def test_a_key_undoes_what_its_shop_sold_for_half_an_hour(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = database.transact(make_shop)
    pos = bound(app, database, "coupons:redeem", "purchases:void", shop=here)
    sold = {"basket": {"currency": "EUR", "total": 100}}
    soon, late = (pos.post("/purchases", sold)["id"] for _ in range(2))

    pos.post(f"/purchases/{soon}/void")
    monkeypatch.setattr("core.clock.now", lambda: now() + timedelta(minutes=31))

    assert pos.post(f"/purchases/{late}/void", expect=409)["code"] == "void_too_late"
