"""What hangs on a coupon's code, wherever it is drawn; and that nobody else is disturbed by it."""

import base64
import csv
import io
import re
from datetime import UTC, datetime
from typing import Any

import pytest
import zxingcpp
from flask import Flask
from PIL import Image
from sqlalchemy import select

from core import clock, ids, signing
from core.db import Database
from coupons import qr
from coupons.models import Coupon
from coupons.offline import tokens
from coupons.offline.tokens import Token
from tests.api import Api
from tests.browser import Browser
from tests.desk import at_desk
from tests.flows.store import make_offer, make_store, sale

UP_TO = {"policy": "up_to", "value": 500}
ENDS = datetime(2090, 1, 1, tzinfo=UTC)


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    """A shop whose offer is taken without a line, until the end of 2089."""
    found = make_store(api)
    where = f"/offers/{found['offer']}"
    api.call("PATCH", where, {"offline": UP_TO, "ends_at": ENDS.isoformat()})
    new = api.post(f"{where}/coupons", {"count": 2})["items"]
    return found | {"code": new[0]["code"], "other": new[1]["code"]}


def drawn(api: Api, code: str, ec: str = "Q") -> str:
    """Return what a picture of a coupon says."""
    answer = api.call("GET", f"/coupons/{code}/qr.png?ec={ec}")
    assert answer.status_code == 200
    [found] = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(answer.data)).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )
    return found.text


def read(app: Flask, database: Database, scanned: str, card: str | None = None) -> Token:
    """Return what hangs on a code, as a till without a line reads it."""
    secret = app.extensions["config"].secret_key
    keys = database.look(lambda s: signing.trusted(s.connection(), secret))
    return tokens.read(scanned, keys, card=card, at=clock.now())


@pytest.mark.parametrize("ec", ["L", "M", "Q", "H"])
def test_a_picture_says_what_a_till_without_a_line_needs(
    app: Flask, api: Api, database: Database, store: dict[str, Any], ec: str
) -> None:
    text = drawn(api, store["code"], ec)

    address, _, token = text.rpartition(".")
    assert address == f"HTTP://LOCALHOST:8000/C/{ids.normalise(store['code'])}"
    assert re.fullmatch("[2-7A-Z]{132}", token)
    code = ids.normalise(store["code"])
    version = database.look(
        lambda s: s.scalar(select(Coupon.version_id).where(Coupon.code == code))
    )
    found = read(app, database, text)
    assert found == Token(tokens.version_of(version), single_use=True, expires=ENDS)


def test_a_personal_coupon_is_bound_to_the_card_of_its_customer(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/offers/{store['offer']}/coupons"
    code = api.post(where, {"customers": [store["customer"]]})["items"][0]["code"]

    first = drawn(api, code)
    card = api.post(f"/customers/{store['customer']}/cards", {"reason": "lost"})["number"]
    second = drawn(api, code)
    api.post(f"/cards/{card}/block")
    blocked = drawn(api, code)

    assert read(app, database, first, store["card"]).holder == tokens.holder_of(store["card"])
    assert read(app, database, second, card).holder == tokens.holder_of(card)
    assert "." not in blocked.rpartition("/")[2]


def test_what_is_not_taken_without_a_line_carries_nothing(api: Api, store: dict[str, Any]) -> None:
    plain = make_offer(api, store["campaign"])
    code = api.post(f"/offers/{plain}/coupons", {"count": 1})["items"][0]["code"]
    api.post(f"/coupons/{store['other']}/freeze")

    for one in (code, store["public"], store["other"]):
        assert drawn(api, one) == f"HTTP://LOCALHOST:8000/C/{ids.normalise(one)}"
    card = api.call("GET", f"/cards/{store['card']}/qr.png").data
    [found] = zxingcpp.read_barcodes(
        Image.open(io.BytesIO(card)).convert("L"), formats=zxingcpp.BarcodeFormat.QRCode
    )
    assert found.text == f"HTTP://LOCALHOST:8000/C/{store['card']}"


def test_what_was_issued_on_terms_that_no_till_can_work_out_carries_nothing(
    api: Api, store: dict[str, Any]
) -> None:
    offer = make_offer(api, store["campaign"], limits={"overall": 5})
    where = f"/offers/{offer}"
    code = api.post(f"{where}/coupons", {"count": 1})["items"][0]["code"]
    api.call("PATCH", where, {"limits": {}, "offline": UP_TO})
    later = api.post(f"{where}/coupons", {"count": 1})["items"][0]["code"]

    assert "." not in drawn(api, code).rpartition("/")[2]
    assert "." in drawn(api, later).rpartition("/")[2]


def picture(text: str, ec: str) -> str:
    drawn = base64.b64encode(qr.svg(text, ec=ec).encode()).decode()
    return f"data:image/svg+xml;base64,{drawn}"


def test_tables_sheets_and_pages_carry_the_same(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    code = ids.normalise(store["code"])
    text = drawn(api, store["code"])
    found = select(Coupon.id, Coupon.issue_id).where(Coupon.code == code)
    coupon, issue = database.look(lambda s: s.execute(found).one())
    desk = at_desk(app, "marketer")

    table = api.call("GET", f"/issues/{ids.public('is', issue)}/codes.csv").text
    sheet = desk.page(f"/admin/issues/{ids.public('is', issue)}/print")
    page = desk.page(f"/admin/coupons/{ids.public('co', coupon)}")
    phone = Browser(app).get(f"/C/{code}").text

    rows = {row[1]: row[2] for row in csv.reader(io.StringIO(table))}
    assert rows[store["code"]] == text
    assert picture(text, "M") in sheet
    assert picture(text, "M") in page
    assert qr.svg(text, ec="M") in phone


def test_the_customers_own_page_carries_it(app: Flask, api: Api, store: dict[str, Any]) -> None:
    customer = api.post("/customers", {})
    where = f"/offers/{store['offer']}/coupons"
    codes = api.post(where, {"customers": [customer["id"]] * 2})["items"]
    phone = Browser(app)
    phone.get(re.sub("^https?://[^/]+", "", customer["link"]))

    page = phone.get("/me").text

    for one in codes:
        assert qr.svg(drawn(api, one["code"]), ec="M") in page


def clicked(api: Api, store: dict[str, Any], text: str) -> Any:
    """Return the id of an answer to a coupon."""
    where = {"campaign": store["campaign"], "channel": store["channel"]}
    return api.post("/responses", where | {"kind": "clicked", "code": text})["id"]


WITH_LINE = {
    "a look": lambda api, store, text: api.get(f"/coupons/{text}")["code"],
    "a scan": lambda api, store, text: api.post("/scans", {"code": text})["coupon"]["code"],
    "a quote": lambda api, store, text: api.post("/quotes", sale(store["shop"], coupons=[text]))[
        "redemptions"
    ][0]["code"],
    "a sale": lambda api, store, text: api.post("/purchases", sale(store["shop"], coupons=[text]))[
        "redemptions"
    ][0]["code"],
    "a response": clicked,
    "a stop": lambda api, store, text: api.post(f"/coupons/{text}/freeze")["code"],
}


@pytest.mark.parametrize("what", WITH_LINE)
@pytest.mark.parametrize("case", [str.upper, str.lower])
def test_with_a_line_it_changes_nothing(
    api: Api, store: dict[str, Any], what: str, case: Any
) -> None:
    text = case(drawn(api, store["code"]).rpartition("/")[2])

    assert WITH_LINE[what](api, store, text)


def test_a_whole_address_of_a_long_name_can_be_scanned(api: Api, store: dict[str, Any]) -> None:
    tail = drawn(api, store["code"]).rpartition("/")[2]
    text = f"HTTPS://{'-'.join(['LONG'] * 45)}.EXAMPLE/C/{tail}"

    scanned = api.post("/scans", {"code": text})
    quoted = api.post("/quotes", sale(store["shop"], coupons=[text]))
    held = clicked(api, store, text)

    assert 380 < len(text) < 400
    assert scanned["coupon"]["usable"]
    assert len(quoted["redemptions"]) == 1
    assert held


def test_a_phone_opens_what_the_picture_says(app: Flask, api: Api, store: dict[str, Any]) -> None:
    path = drawn(api, store["code"]).removeprefix("HTTP://LOCALHOST:8000")

    page = Browser(app).get(path)

    assert page.status_code == 200
    assert store["code"] in page.text


def test_wrong_codes_with_something_behind_them_are_counted_like_others(
    api: Api, store: dict[str, Any]
) -> None:
    tail = drawn(api, store["code"]).rpartition(".")[2]
    tries = [
        api.call("POST", "/scans", {"code": f"{ids.new_code()}.{tail}"}).status_code
        for _ in range(31)
    ]

    assert tries == [404] * 30 + [429]
