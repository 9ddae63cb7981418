"""After the line is back: a till tells what it has sold, and a manager sees to the conflicts."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from core import clock, ids, staff
from core.auth import SYSTEM
from core.db import Database
from core.models import Lease
from coupons.models import Conflict, Purchase
from loyalty import reconcile
from loyalty.offline import recording
from loyalty.offline.recording import Recorded
from loyalty.order import Order
from tests.api import Api
from tests.browser import TOKEN, Browser
from tests.factories import NOON, make_staff, make_till
from tests.flows.queues import item, make_lease, upload
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


@pytest.fixture
def lease(database: Database, store: dict[str, Any]) -> str:
    return make_lease(database, store["till"])


def check_books(database: Database) -> None:
    assert database.look(lambda s: list(reconcile.findings(s))) == []


def count(database: Database, model: Any) -> int:
    return database.look(lambda s: s.scalar(select(func.count()).select_from(model)) or 0)


def test_each_sale_of_a_queue_is_answered_by_what_became_of_it(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    code = store["codes"][0]
    fine = item(lease, (code, 100), card=store["card"], receipt="0042")
    lost = item(lease, (code, 100), ("N0TH1NG", 50))

    first, second = upload(api, store["till"], fine, lost)

    assert (first["key"], first["outcome"], first["replayed"]) == (fine["key"], "redeemed", False)
    assert first["conflicts"] == []
    told = first["purchase"]
    figures = [told[name] for name in ("basket_total", "discount", "to_pay", "currency")]
    assert figures == [1000, 100, 900, "EUR"]
    assert told["points"] == {"earned": 9, "pending": 0, "spent": 0}
    assert second["outcome"] == "conflict"
    assert [{n: one[n] for n in ("code", "coupon", "cost")} for one in second["conflicts"]] == [
        {"code": "coupon_used_up", "coupon": "…" + code[-4:], "cost": 100},
        {"code": "code_not_found", "coupon": "…H1NG", "cost": 50},
    ]
    assert second["conflicts"][0]["detail"] == "This coupon has been used already."
    shown = api.get(f"/purchases/{second['purchase']['id']}")
    assert (shown["offline"], shown["discount"]) == (True, 150)
    assert [one["state"] for one in shown["redemptions"]] == ["conflict"]
    assert [one["cost"] for one in shown["conflicts"]] == [100, 50]
    check_books(database)


def test_a_sale_that_is_sent_again_is_the_same_sale(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    one = item(lease, (store["codes"][0], 100), card=store["card"])
    other = item(lease, (store["codes"][0], 100))
    first = upload(api, store["till"], one, other)
    before = count(database, Purchase)

    again = upload(api, store["till"], other, one, one)

    assert again == [told | {"replayed": True} for told in (first[1], first[0], first[0])]
    assert count(database, Purchase) == before
    check_books(database)


def test_the_same_sales_under_other_keys_are_others_and_the_check_sees_it(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    """Without its key, nothing but a receipt tells a sale that is sent again from another one."""
    sold = item(lease, total=500)
    told = item(lease, total=500, receipt="0042")
    upload(api, store["till"], sold, told)
    before = count(database, Purchase)

    upload(api, store["till"], sold | {"key": uuid4().hex}, told | {"key": uuid4().hex})

    assert count(database, Purchase) == before + 1


def test_a_key_that_was_used_for_another_sale_is_refused_and_the_others_go_on(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    one = item(lease)
    upload(api, store["till"], one)

    found = upload(api, store["till"], item(lease), one | {"receipt": "1"}, item(lease))

    assert [told["outcome"] for told in found] == ["redeemed", "refused", "redeemed"]
    assert found[1] == {"key": one["key"], "outcome": "refused", "code": "key_reused"}
    check_books(database)


def test_a_sale_that_fails_is_sent_again_and_the_others_stand(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    """Where the accounts are gone for a while, only sales with a card wait for them."""
    with_card = item(lease, (store["codes"][0], 100), card=store["card"])
    queue = [item(lease), with_card, item(lease)]
    database.transact(lambda s: s.execute(text("ALTER TABLE account RENAME TO away")))
    try:
        found = upload(api, store["till"], *queue)
    finally:
        database.transact(lambda s: s.execute(text("ALTER TABLE away RENAME TO account")))

    assert [told["outcome"] for told in found] == ["redeemed", "retry", "redeemed"]
    assert found[1] == {"key": with_card["key"], "outcome": "retry", "code": "not_ready"}
    again = upload(api, store["till"], *queue)
    assert [told["outcome"] for told in again] == ["redeemed"] * 3
    assert [told["replayed"] for told in again] == [True, False, True]
    check_books(database)


def test_a_bug_costs_no_other_sale_its_answer(
    api: Api, database: Database, store: dict[str, Any], lease: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule, queue = recording.record, [item(lease), item(lease, receipt="odd"), item(lease)]

    def fail(session: Session, order: Order, *given: Any, **more: Any) -> Recorded:
        done = rule(session, order, *given, **more)
        if order.receipt == "odd":
            raise ZeroDivisionError
        return done

    with monkeypatch.context() as patch:
        patch.setattr(recording, "record", fail)
        found = upload(api, store["till"], *queue)

    assert [told["outcome"] for told in found] == ["redeemed", "retry", "redeemed"]
    assert found[1] == {"key": queue[1]["key"], "outcome": "retry", "code": "internal_error"}
    [told] = upload(api, store["till"], queue[1])
    assert (told["outcome"], told["replayed"]) == ("redeemed", False)
    check_books(database)


@pytest.mark.parametrize(
    ("wrong", "path"),
    [
        ({"accepted": {"discount": 90, "to_pay": 910, "coupons": []}}, "accepted.discount"),
        ({"accepted": {"discount": 0, "to_pay": 999, "coupons": []}}, "accepted.to_pay"),
        (
            {"accepted": {
                "discount": 100, "to_pay": 900, "coupons": [{"code": "OTHER", "discount": 100}],
            }},
            "accepted.coupons",
        ),
        ({"basket": None}, "accepted.to_pay"),
        ({"basket": {"currency": "EUR", "total": -1}}, "basket.total"),
        ({"key": "short"}, "key"),
        ({"occurred_at": "yesterday"}, "occurred_at"),
        ({"spend_points": 5}, "spend_points"),
    ],
)  # fmt: skip
def test_what_no_till_has_written_is_refused_as_a_whole(
    api: Api, database: Database, store: dict[str, Any], lease: str, wrong: Any, path: str
) -> None:
    body = {"till": store["till"], "items": [item(lease), item(lease) | wrong]}

    with nothing_changes(database):
        told = check_refused(api.call("POST", "/purchases/offline", body), 422, "invalid_request")

    assert list(told["errors"]) == [f"items.1.{path}"]


def test_a_queue_is_sent_in_pieces_of_50_in_the_currency_of_the_merchant(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    dollars = item(lease) | {"basket": {"currency": "USD", "total": 1000}}

    with nothing_changes(database):
        for items, code in (
            ([], "invalid_request"),
            ([item(lease)] * 51, "invalid_request"),
            ([item(lease), dollars], "currency_mixed"),
        ):
            body = {"till": store["till"], "items": items}
            check_refused(api.call("POST", "/purchases/offline", body), 422, code)


@pytest.mark.parametrize("said", ["0001-01-01T00:00:00+14:00", "1970-01-01T00:00:07Z"])
def test_a_clock_of_another_century_holds_no_queue_up(
    api: Api, database: Database, store: dict[str, Any], lease: str, said: str
) -> None:
    body = {"till": store["till"], "items": [item(lease) | {"occurred_at": said}]}
    if said.startswith("0001"):
        with nothing_changes(database):
            check_refused(api.call("POST", "/purchases/offline", body), 422, "invalid_request")
        return

    [told] = api.call("POST", "/purchases/offline", body).get_json(force=True)["items"]

    assert [one["code"] for one in told["conflicts"]] == ["clock_wrong"]
    assert "1970" in told["conflicts"][0]["detail"] or "70" in told["conflicts"][0]["detail"]


def test_sales_are_told_for_a_till_and_by_a_key_of_its_shop(
    app: Flask, api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    with nothing_changes(database):
        answer = api.call("POST", "/purchases/offline", {"items": [item(lease)]})
        check_refused(answer, 409, "till_needed")
        nowhere = {"till": ids.public("ti", ids.new()), "items": [item(lease)]}
        check_refused(api.call("POST", "/purchases/offline", nowhere), 404, "not_found")
    elsewhere = api.post("/shops", {"name": "Elsewhere", "zone": "Europe/Oslo"})["id"]
    bound = api.post(
        "/keys", {"name": "POS", "scopes": ["coupons:redeem"], "shop": elsewhere}
    )["key"]  # fmt: skip
    other = Api(app, database)
    other.key = bound

    with nothing_changes(database):
        body = {"till": store["till"], "items": [item(lease)]}
        check_refused(other.call("POST", "/purchases/offline", body), 403, "wrong_shop")


def test_a_till_tells_its_sales_under_its_own_keys_whoever_is_signed_on(
    app: Flask, database: Database
) -> None:
    def make(session: Session) -> tuple[str, Any, list[str]]:
        till, token = make_till(session)
        people = [make_staff(session, shop_id=till.shop_id) for _ in range(2)]
        for one in people:
            staff.set_pin(session, one, "4711", actor=SYSTEM, at=NOON)
        at = clock.now()
        lease = Lease(till_id=till.id, issued_at=at - timedelta(hours=1), expires_at=at)
        session.add(lease)
        session.flush()
        return token, lease, [str(one.id) for one in people]

    token, lease, people = database.transact(make)
    sold = item(ids.public("le", lease.id))
    browser, answers = Browser(app), []
    browser.client.set_cookie("till_device", token)

    for person in people:
        assert browser.post("/till/sign-on", staff=person, pin="4711").status_code == 303
        found = TOKEN.search(browser.get("/till/enrol").text)
        assert found
        answers.append(
            browser.open(
                "POST", "/api/v1/purchases/offline", json={"items": [sold]},
                headers={"X-CSRFToken": found[1]},
            )
        )  # fmt: skip
        browser.post("/till/sign-off")

    first, second = (one.json["items"][0] for one in answers)
    assert (first["outcome"], first["replayed"], second["replayed"]) == ("redeemed", False, True)
    assert second["purchase"] == first["purchase"]
    with database.reading() as session:
        found_ = session.scalars(select(Purchase)).one()
        assert (found_.till_id, found_.staff_id) == (lease.till_id, UUID(people[0]))
    check_books(database)


def make_conflicts(api: Api, store: dict[str, Any], lease: str) -> list[dict[str, Any]]:
    """Return the sales of a queue: one won, one lost, and one gave too much."""
    code, other = store["codes"][:2]
    queue = [item(lease, (code, 100)), item(lease, (code, 100)), item(lease, (other, 130))]
    return upload(api, store["till"], *queue)


def test_the_conflicts_are_listed_with_what_they_cost(
    api: Api, store: dict[str, Any], lease: str
) -> None:
    sold = make_conflicts(api, store, lease)

    found = api.get("/conflicts")

    assert found["totals"] == {"count": 2, "cost": 130}
    differs, used_up = found["items"]
    assert (differs["code"], differs["cost"], differs["state"]) == ("amount_differs", 30, "open")
    assert differs["facts"]["given"] == 130
    assert differs["detail"] == "The till took €1.30 off, and €1.00 was due. Load its offers again."
    assert (used_up["code"], used_up["cost"]) == ("coupon_used_up", 100)
    assert used_up["purchase"] == sold[1]["purchase"]["id"]
    assert (used_up["shop"], used_up["till"]) == (store["shop"], store["till"])
    assert used_up["coupon"] == "…" + store["codes"][0][-4:]
    assert api.get(f"/conflicts/{used_up['id']}") == used_up
    first = api.get("/conflicts?limit=1")
    rest = api.get(f"/conflicts?limit=1&cursor={first['next_cursor']}")
    assert [first["items"], rest["items"]] == [[differs], [used_up]]
    assert first["totals"] == found["totals"]


def test_a_conflict_is_closed_once_with_a_note_by_somebody(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    make_conflicts(api, store, lease)
    one, other = api.get("/conflicts?state=open")["items"]

    closed = api.post(f"/conflicts/{one['id']}/close", {"note": "Talked to Kim"})

    assert (closed["state"], closed["note"]) == ("closed", "Talked to Kim")
    assert closed["closed_at"]
    assert closed["closed_by"].startswith("key:")
    assert api.get("/conflicts?state=open")["items"] == [other]
    assert api.get("/conflicts?state=open")["totals"] == {"count": 1, "cost": 100}
    assert api.get("/conflicts?state=closed")["items"] == [closed]
    with nothing_changes(database):
        again = api.call("POST", f"/conflicts/{one['id']}/close", {"note": "Again"})
        check_refused(again, 409, "wrong_state")
        check_refused(
            api.call("POST", f"/conflicts/{other['id']}/close", {}), 422, "invalid_request"
        )
    [entry] = [line for line in api.get("/audit")["items"] if line["subject"] == one["id"]]
    assert (entry["action"], entry["new"]["note"]) == ("conflict.closed", "Talked to Kim")


def test_what_is_undone_with_its_purchase_costs_nothing_any_more(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    sold = make_conflicts(api, store, lease)

    api.post(f"/purchases/{sold[1]['purchase']['id']}/void", {"reason": "came back"})

    found = api.get("/conflicts")
    assert found["totals"] == {"count": 2, "cost": 30}
    assert [one["undone"] for one in found["items"]] == [False, True]
    check_books(database)


def test_whoever_belongs_to_a_shop_sees_the_conflicts_of_that_shop(
    app: Flask, api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    make_conflicts(api, store, lease)
    one = api.get("/conflicts")["items"][0]["id"]
    elsewhere = api.post("/shops", {"name": "Elsewhere", "zone": "Europe/Oslo"})["id"]
    for shop, seen in ((store["shop"], 2), (elsewhere, 0)):
        body = {"name": "desk", "scopes": ["conflicts:read", "conflicts:close"], "shop": shop}
        bound = Api(app, database)
        bound.key = api.post("/keys", body)["key"]

        found = bound.get("/conflicts")

        assert (len(found["items"]), found["totals"]["count"]) == (seen, seen)
        assert bound.call("GET", f"/conflicts/{one}").status_code == (200 if seen else 404)
        answer = bound.call("POST", f"/conflicts/{one}/close", {"note": "x"})
        assert answer.status_code == (200 if seen else 404)
    assert count(database, Conflict) == 2


def test_points_that_paid_without_a_line_are_told_with_the_sale(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    accepted = {"discount": 0, "spent_points": 400, "paid_with_points": 400}
    fine = item(lease, card=store["card"]) | {"accepted": accepted | {"to_pay": 600}}
    wrong = item(lease, card=store["card"]) | {"accepted": accepted | {"to_pay": 1000}}

    [told] = upload(api, store["till"], fine)
    with nothing_changes(database):
        body = {"till": store["till"], "items": [wrong]}
        check_refused(api.call("POST", "/purchases/offline", body), 422, "invalid_request")

    assert (told["outcome"], told["conflicts"]) == ("redeemed", [])
    assert (told["purchase"]["paid_with_points"], told["purchase"]["to_pay"]) == (400, 600)
    assert told["purchase"]["points"] == {"earned": 6, "pending": 0, "spent": 400}
    check_books(database)


def test_whoever_sends_many_unknown_codes_is_told_no_more_which_exist_and_serves_on(
    api: Api, database: Database, store: dict[str, Any], lease: str
) -> None:
    for _ in range(3):
        queue = [item(lease, card=f"22482878678{i:05}") for i in range(10)]
        assert {one["outcome"] for one in upload(api, store["till"], *queue)} == {"conflict"}

    good, bad = item(lease, (store["codes"][0], 100)), item(lease, ("N0TH1NG", 100))
    told = upload(api, store["till"], good, bad, item(lease))

    assert [[no["code"] for no in one["conflicts"]] for one in told] == [
        ["answer_withheld"], ["answer_withheld"], [],
    ]  # fmt: skip
    same = [
        {name: value for name, value in one["purchase"].items() if name != "id"} for one in told[:2]
    ]
    assert same[0] == same[1]
    assert [told[i]["outcome"] for i in (0, 1)] == ["conflict", "conflict"]
    assert api.get("/conflicts?limit=1")["items"][0]["code"] == "code_not_found"
    assert api.post("/scans", {"code": store["codes"][1]}, expect=200)
    check_books(database)
