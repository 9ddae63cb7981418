"""Cards over the API: the changing picture, the stock, and whoever forgot theirs."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core import clock, ids, throttle
from core.db import Database
from core.models import AuditEntry, Customer, Person
from loyalty import cards, steps
from loyalty.api import finding
from tests.api import Api
from tests.browser import Browser
from tests.desk import Filled, at_desk, forms_of
from tests.factories import make_shop
from tests.flows.described import DescribedApi
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_offer, make_store, sale
from tests.flows.visiting import make_visitor, send

ADDRESS = "HTTP://LOCALHOST:8000/C/"
NEXT = timedelta(seconds=steps.LASTS)
EAN = "4006381333931"


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


@pytest.fixture
def other(app: Flask, database: Database) -> Api:
    """Another program, at another till."""
    return DescribedApi(app, database)


def shown(app: Flask, database: Database, number: str, later: timedelta = timedelta()) -> str:
    """Return what the picture of a card says so much later."""
    key = steps.key(app.extensions["config"].secret_key)
    card = database.look(lambda s: cards.find(s.connection(), number))
    return f"{ADDRESS}{number}.{steps.make(key, card.id, at=clock.now() + later)}"


def test_the_picture_on_the_phone_is_one_that_one_till_takes(
    app: Flask, database: Database, api: Api, other: Api
) -> None:
    browser, _, card = make_visitor(app, database)
    page, drawn = browser.get("/me"), browser.get("/me/qr.svg")
    now = shown(app, database, card.number)

    scanned = api.post("/scans", {"code": now})
    again = api.post("/scans", {"code": now})
    elsewhere = other.call("POST", "/scans", {"code": now})
    other_time = api.call("POST", "/scans", {"code": shown(app, database, card.number, -9 * NEXT)})
    following = api.post("/scans", {"code": shown(app, database, card.number, NEXT)})

    assert (scanned["kind"], scanned["card"]["number"]) == ("card", card.number)
    assert scanned["proof"]
    assert following["proof"]
    assert again["proof"]
    assert again | {"proof": ""} == scanned | {"proof": ""}
    check_refused(elsewhere, 409, "picture_used")
    check_refused(other_time, 409, "picture_old")
    assert "proof" not in api.post("/scans", {"code": card.number})
    assert drawn.mimetype == "image/svg+xml"
    assert 0 < float(drawn.headers["Turns-In"]) <= steps.LASTS
    assert drawn.headers["Cache-Control"] == "no-store"
    assert "data-turns" in page.text
    assert Browser(app).get("/me/qr.svg").status_code == 404


def test_a_phone_that_opens_the_picture_is_told_that_it_is_a_card(
    app: Flask, database: Database, api: Api
) -> None:
    number = api.post("/customers")["card"]["number"]
    [blank] = api.post("/cards/stock", {"count": 1})["numbers"]
    api.post("/cards/stock", {"numbers": [EAN]})
    path = shown(app, database, number).partition("8000")[2]

    pages = [Browser(app).get(one) for one in (path, f"/c/{number}", f"/c/{blank}", f"/c/{EAN}")]

    assert {page.status_code for page in pages} == {200}
    assert all("This is a customer card" in page.text for page in pages)
    assert api.post("/scans", {"code": shown(app, database, number)})["proof"]


def test_points_are_spent_with_the_card_or_as_many_as_a_printed_one_may(
    app: Flask, database: Database, api: Api, other: Api, store: dict[str, Any]
) -> None:
    number = store["card"]
    api.post("/purchases", sale(store["shop"], card=number, total=100_000))
    api.call("PATCH", "/programme", {"printed_points": 100})
    spend = sale(store["shop"], card=number, total=5000, spend_points=101)
    proof = api.post("/scans", {"code": shown(app, database, number)})["proof"]
    theirs = other.post("/scans", {"code": shown(app, database, number, NEXT)})["proof"]

    quoted = api.post("/quotes", spend)
    for wrong in ({}, {"card_proof": theirs}, {"card_proof": "x"}, {"card_proof": None}):
        with nothing_changes(database):
            answer = api.call("POST", "/purchases", spend | wrong, Idempotency_Key=ids.new().hex)
        check_refused(answer, 409, "card_proof_needed")
        assert answer.json["facts"]["most"] == 100
        assert answer.json["facts"]["action"] == "card_unproven"
    proven = api.post("/quotes", spend | {"card_proof": proof})
    done = api.post("/purchases", spend | {"card_proof": proof})
    few = api.post("/purchases", spend | {"spend_points": 100})

    [lacking] = [one for one in quoted["messages"] if one["kind"] == "card_proof_needed"]
    assert "at most 100 points" in lacking["text"]
    assert "card_proof_needed" not in [one["kind"] for one in proven["messages"]]
    assert (done["points"]["spent"], few["points"]["spent"]) == (101, 100)
    assert api.get("/programme")["printed_points"] == 100
    api.call("PATCH", "/programme", {"printed_points": None})
    assert api.post("/purchases", spend)["points"]["spent"] == 101


def test_a_reward_at_a_till_needs_the_card_as_well(
    app: Flask, database: Database, api: Api, store: dict[str, Any]
) -> None:
    number = store["card"]
    api.post("/purchases", sale(store["shop"], card=number, total=100_000))
    api.call("PATCH", "/programme", {"printed_points": 0})
    reward = {"name": {"en": "Cup"}, "points": 5, "offer": make_offer(api, store["campaign"])}
    path = f"/rewards/{api.post('/rewards', reward)['id']}/claims"

    answer = api.call("POST", path, {"card": number}, Idempotency_Key=ids.new().hex)
    proof = api.post("/scans", {"code": shown(app, database, number)})["proof"]

    check_refused(answer, 409, "card_proof_needed")
    assert api.post(path, {"card": number, "card_proof": proof})["state"] == "claimed"
    assert api.post(path, {"customer": store["customer"]})["state"] == "claimed"


def test_a_key_that_names_a_customer_spends_no_more_than_one_that_names_the_card(
    app: Flask, database: Database, api: Api, store: dict[str, Any]
) -> None:
    offer = make_offer(api, store["campaign"])
    reward = {"name": {"en": "Cup"}, "points": 5, "offer": offer}
    path = f"/rewards/{api.post('/rewards', reward)['id']}/claims"
    cheap = f"/rewards/{api.post('/rewards', reward | {'points': 4})['id']}/claims"
    api.call("PATCH", "/programme", {"printed_points": 4})
    vendor = Api(app, database, ("rewards:claim",))
    trusted = Api(app, database, ("rewards:claim", "points:adjust"))
    customer, card = {"customer": store["customer"]}, {"card": store["card"]}

    for asking, named in ((vendor, customer), (vendor, card), (trusted, card)):
        with nothing_changes(database):
            answer = asking.call("POST", path, named, Idempotency_Key=ids.new().hex)
        check_refused(answer, 409, "card_proof_needed")

    assert vendor.post(cheap, customer)["state"] == "claimed"
    assert trusted.post(path, customer)["state"] == "claimed"


def test_a_blank_card_is_handed_out_with_a_friends_code(api: Api, store: dict[str, Any]) -> None:
    [number, left] = api.post("/cards/stock", {"count": 2})["numbers"]
    api.call("PATCH", "/referral-scheme", {"active": True, "referrer": {"points": 5}})
    friend = api.post("/referrals", {"customer": store["customer"]})["code"]

    scanned = api.post("/scans", {"code": f"{ADDRESS}{number}"})
    looked = api.get(f"/cards/{number}")
    bought = api.call(
        "POST", "/purchases", sale(store["shop"], card=number), Idempotency_Key=ids.new().hex
    )
    made = api.post("/customers", {"card": number, "referral_code": friend})
    again = api.call("POST", "/customers", {"card": number})

    assert scanned == {"kind": "blank_card", "card": {"number": number, "state": "blank"}}
    assert looked == {"number": number, "state": "blank"}
    check_refused(bought, 409, "card_blank")
    assert (made["card"]["number"], made["referral"][:3]) == (number, "rf_")
    check_refused(again, 409, "card_taken")
    check_refused(
        api.call("POST", "/customers", {"card": "4111111111111111"}), 404, "card_not_found"
    )
    assert api.post("/scans", {"code": number})["customer"]["id"] == made["id"]
    assert api.get("/cards/stock")["blank"] == 1
    assert api.get(f"/cards/{left}/qr.svg", expect=200) is None


def test_the_cards_of_another_system_work_wherever_a_card_does(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    taken = api.post("/cards/stock", {"numbers": [EAN, "AB-12/cd"]})

    made = api.post("/customers", {"card": EAN})
    scanned = api.post("/scans", {"code": "AB12CD"})
    bought = api.post("/purchases", sale(store["shop"], card=EAN, total=1000))

    assert taken == {"numbers": [EAN, "AB12CD"], "blank": 2}
    assert scanned["kind"] == "blank_card"
    assert bought["points"]["earned"] == 10
    assert api.get(f"/cards/{EAN}")["customer"]["id"] == made["id"]
    for sent, code in (
        ({"numbers": [EAN]}, "card_number_taken"),
        ({"numbers": ["AB12CD"]}, "card_number_taken"),
        ({"numbers": []}, "invalid_request"),
        ({"numbers": ["1"]}, "invalid_request"),
        ({"numbers": ["12345"], "count": 1}, "invalid_request"),
        ({}, "invalid_request"),
        ({"count": 1001}, "invalid_request"),
    ):
        with nothing_changes(database):
            answer = api.call("POST", "/cards/stock", sent)
        assert answer.json["code"] == code


def test_the_blank_cards_of_a_batch_are_withdrawn(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    handed, stolen = api.post("/cards/stock", {"count": 2})["numbers"]
    [batch] = api.get("/cards/stock")["batches"]
    [other] = api.post("/cards/stock", {"numbers": [EAN]})["numbers"]
    customer = api.post("/customers", {"card": handed})["id"]

    done = api.post("/cards/stock/withdraw", {"made": batch["made"]})
    again = api.post("/cards/stock/withdraw", {"made": batch["made"]})

    assert batch["blank"] == 2
    assert (done, again) == ({"withdrawn": 1, "blank": 1}, {"withdrawn": 0, "blank": 1})
    assert api.post("/scans", {"code": handed})["customer"]["id"] == customer
    assert api.post("/scans", {"code": other})["kind"] == "blank_card"
    assert api.get(f"/cards/{stolen}") == {"number": stolen, "state": "withdrawn"}
    with nothing_changes(database):
        for path, body in (
            ("/scans", {"code": f"{ADDRESS}{stolen}"}),
            ("/customers", {"card": stolen}),
            ("/purchases", sale(store["shop"], card=stolen)),
        ):
            answer = api.call("POST", path, body, Idempotency_Key=ids.new().hex)
            told = check_refused(answer, 409, "card_withdrawn")
            assert told["detail"].endswith("Keep it, and take another one.")
    assert Browser(app).get(f"/C/{stolen}").status_code == 404
    assert Browser(app).get(f"/C/{other}").status_code == 200
    for wrong in ({}, {"made": "yesterday"}, {"made": None}):
        refused = api.call("POST", "/cards/stock/withdraw", wrong)
        check_refused(refused, 422, "invalid_request")


def test_blank_cards_are_withdrawn_at_the_desk(app: Flask, database: Database) -> None:
    desk = at_desk(app, "manager")
    for _ in range(2):
        Filled(desk, "/admin/cards").fill(count="3").post()
    listed = forms_of(desk.page("/admin/cards"))
    [(action, newest), (_, oldest)] = [one for one in listed if "made" in one[1]]

    wrong = desk.insist(action, made="nonsense")
    done = desk.client.post(action, data=oldest, environ_base=desk.base)

    assert action == "/admin/cards/withdraw"
    assert (done.status_code, done.location) == (303, "/admin/cards")
    assert wrong.status_code == 303
    page = desk.page("/admin/cards")
    assert "3 blank cards are withdrawn: no till hands them out any more." in page
    assert "3 blank cards in all." in page
    assert newest["made"][0] in page
    assert oldest["made"][0] not in page


def test_a_friend_who_joins_from_a_till_counts_for_its_shop(app: Flask, database: Database) -> None:
    shop = database.transact(make_shop)

    for asked in (ids.public("sh", shop.id), ids.public("sh", ids.new()), "nonsense", ""):
        send(Browser(app), f"/join?shop={asked}", to="/join", shop=asked)

    rows = select(Customer.shop_id).order_by(Customer.enrolled_at)
    assert database.look(lambda s: list(s.scalars(rows))) == [shop.id, None, None, None]


ADA = {"name": "Ada Byron King", "email": "Ada@Example.ORG", "phone": "+47 22 86 44 00"}


def find(api: Api, **by: str) -> Any:
    return api.call("POST", "/customers/find", by)


def test_a_forgotten_card_is_found_by_all_of_an_address(api: Api, database: Database) -> None:
    agreed = api.post("/customers", {"person": ADA, "consents": ["name_at_till"]})
    shy = api.post("/customers", {"person": {"name": "Bo", "email": "bo@example.org"}})

    found = [find(api, email=" ADA@example.org").json, find(api, phone="+4722864400").json]

    assert (
        found
        == [{"card": {"number": agreed["card"]["number"], "state": "active"}, "name": "A… B… K…"}]
        * 2
    )
    assert find(api, email="bo@example.org").json["card"]["number"] == shy["card"]["number"]
    assert find(api, email="bo@example.org").json["name"] is None
    for by in ({"email": "da@example.org"}, {"phone": "+4722864401"}):
        check_refused(find(api, **by), 404, "customer_not_found")
    for by in ({"email": "22864400"}, {"phone": "22 86 44"}, {"phone": "a@b.example"}, {}):
        check_refused(find(api, **by), 422, "invalid_request")
    entries = database.look(
        lambda s: s.execute(
            select(AuditEntry.subject, AuditEntry.new).where(AuditEntry.action == "customer.sought")
        ).all()
    )
    assert len(entries) == 6
    assert {subject for subject, new in entries if new["found"]} == {agreed["id"], shy["id"]}
    assert not [one for one in entries if "example" in str(one.new) or "4722" in str(one.new)]


def test_of_several_with_one_address_nobody_is_told(api: Api) -> None:
    for _ in range(2):
        api.post("/customers", {"person": ADA})

    check_refused(find(api, email="ada@example.org"), 404, "customer_not_found")


def test_a_found_card_is_refused_as_at_any_till(api: Api, database: Database) -> None:
    made = api.post("/customers", {"person": ADA})
    api.post(f"/cards/{made['card']['number']}/block")

    check_refused(find(api, email="ada@example.org"), 409, "card_blocked")
    api.call("DELETE", f"/customers/{made['id']}")
    check_refused(find(api, email="ada@example.org"), 404, "customer_not_found")
    assert database.look(lambda s: s.scalar(select(Person))) is None


def test_whoever_seeks_too_often_must_wait_whatever_was_found(
    api: Api, other: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "FIND", throttle.Limit(3, timedelta(minutes=15)))
    api.post("/customers", {"person": ADA})

    tried = [find(api, email="ada@example.org"), *(find(api, email="x@y.example") for _ in "12")]

    assert [one.status_code for one in tried] == [200, 404, 404]
    check_refused(find(api, email="ada@example.org"), 429, "too_many_attempts")
    assert find(other, email="ada@example.org").status_code == 200


def test_wrong_pictures_are_counted_as_guesses(
    app: Flask, database: Database, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(throttle, "CODE", throttle.Limit(3, timedelta(minutes=10)))
    number = api.post("/customers")["card"]["number"]

    tried = [api.call("POST", "/scans", {"code": f"{number}.0000000{i}"}) for i in range(3)]

    assert [one.json["code"] for one in tried] == ["picture_old"] * 3
    right = api.call("POST", "/scans", {"code": shown(app, database, number)})
    check_refused(right, 429, "too_many_attempts")


def test_old_cards_are_taken_in_at_the_desk_and_a_table_names_the_blank_ones(
    app: Flask, database: Database
) -> None:
    desk = at_desk(app, "manager")

    def take_in(numbers: str) -> TestResponse:
        return Filled(desk, "/admin/cards/old").fill(numbers=numbers).post()

    done = take_in(f"{EAN}\nAB-12")
    wrong = take_in(f"{EAN}\nEF-34")
    unclear = take_in("12\n34567")
    listed = desk.get("/admin/cards").text
    made = listed.partition("stock.csv?made=")[2].partition('"')[0]
    table = desk.get(f"/api/v1/cards/stock.csv?made={made}")

    assert (done.status_code, done.location) == (303, "/admin/cards")
    assert wrong.status_code == unclear.status_code == 422
    assert f"{EAN} is a card or a code already." in wrong.text
    assert "4 to 32 letters and digits" in unclear.text
    assert "2 blank cards in all." in listed
    assert table.text == f"number,address\r\n{EAN},{ADDRESS}{EAN}\r\nAB12,{ADDRESS}AB12\r\n"
    assert desk.get("/api/v1/cards/stock.csv").text == table.text
    assert desk.get("/api/v1/cards/stock.csv?made=2026-01-01T12:00:00Z").text.count("\n") == 1
    for path in ("/admin/cards/print?made=x", "/api/v1/cards/stock.csv?made=2026-01-01"):
        assert desk.get(path).status_code == 422
