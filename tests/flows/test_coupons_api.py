"""Coupons over the API: issued, shown, stopped; a hundred thousand of them as a job."""

import csv
import io
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from core import clock, ids, jobs
from core.db import Database
from core.errors import DatabaseBusy, DatabaseGone
from core.models import AuditEntry
from coupons import issuing
from coupons.models import Coupon
from tests.api import Api
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store, sale

MANY = 100_000


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


def test_unique_codes_are_shown_in_full_this_once(api: Api, store: dict[str, Any]) -> None:
    items = api.post(f"/offers/{store['offer']}/coupons", {"count": 1000})["items"]

    codes = {one["code"] for one in items}
    assert len(codes) == 1000
    for one in items:
        assert [len(part) for part in one["code"].split("-")] == [4, 4, 4]
        assert set(one["code"].replace("-", "")) <= set(ids.ALPHABET)
    assert {one["use_limit"] for one in items} == {1}
    shown = api.get(f"/coupons/{items[0]['code']}")
    assert shown["code"] == "…" + items[0]["code"][-4:]


def test_codes_are_masked_for_whoever_may_not_see_them(
    app: Flask, database: Database, api: Api, store: dict[str, Any]
) -> None:
    issuer = Api(app, database, scopes=("coupons:issue", "coupons:read"))

    items = issuer.post(f"/offers/{store['offer']}/coupons", {"count": 3})["items"]

    for one in items:
        assert len(one["code"]) == 5
        assert one["qr"] is None
    picture = issuer.call("GET", f"/coupons/{store['codes'][0]}/qr.svg")
    check_refused(picture, 403, "not_allowed")


def test_a_personal_coupon_is_issued_once_per_reference(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/offers/{store['offer']}/coupons"
    others = [api.post("/customers", {})["id"] for _ in range(2)]
    people = [store["customer"], *others]
    body = {"customers": [{"customer": c, "external_ref": f"b-{i}"} for i, c in enumerate(people)]}

    first = api.post(where, body)["items"]
    with nothing_changes(database):
        again = api.call("POST", where, body).json["items"]
    more = api.post(
        where, {"customers": [*body["customers"], {"customer": others[0], "external_ref": "b-9"}]}
    )["items"]

    assert [one["customer"] for one in first] == people
    assert again == first
    assert more[:3] == first
    assert more[3]["code"] not in {one["code"] for one in first}


def test_a_public_code_is_everybodys_and_nobody_elses(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/offers/{store['offer']}/coupons"
    body = {"code": "Summer 10", "use_limit": 2, "per_customer": 1}

    made = api.post(where, body)["items"][0]
    with nothing_changes(database):
        again = api.call("POST", where, {"code": "SUMMER-1O"})
        short = api.call("POST", where, {"code": "A-B"})
        card = api.call("POST", where, {"code": store["card"]})

    assert (made["code"], made["use_limit"]) == ("SUMMER 10", 2)
    check_refused(again, 409, "code_taken")
    check_refused(short, 422, "code_not_usable")
    check_refused(card, 422, "code_not_usable")
    assert api.get("/coupons/summer10")["code"] == "SUMMER 10"
    api.post("/purchases", sale(store["shop"], "summer 10", card=store["card"]))
    assert api.get("/coupons/SUMMER10")["used"] == 1


@pytest.mark.parametrize(
    "body",
    [
        {}, {"count": 1, "code": "BOTH"}, {"count": 1, "per_customer": 1}, {"customers": []},
        {"customers": ["cu_x"]}, {"customers": [{"customer": 1}]}, {"customers": [None]},
        {"count": 1_000_001},
    ],
)  # fmt: skip
def test_an_order_of_coupons_that_makes_no_sense_is_refused(
    api: Api, database: Database, store: dict[str, Any], body: dict[str, Any]
) -> None:
    with nothing_changes(database):
        answer = api.call("POST", f"/offers/{store['offer']}/coupons", body)

    check_refused(answer, 422, "invalid_request")


def test_a_campaign_with_several_channels_asks_by_which_one(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    channels = [{"kind": "mail", "name": "A"}, {"kind": "email", "name": "B"}]
    campaign = api.post("/campaigns", {"name": "Two", "channels": channels})
    offer = api.post(
        "/offers",
        {
            "campaign": campaign["id"],
            "name": {"en": "x"},
            "benefit": {"kind": "percent", "percent": "5"},
        },
    )["id"]

    with nothing_changes(database):
        unsaid = api.call("POST", f"/offers/{offer}/coupons", {"count": 1})
        strange = api.call(
            "POST", f"/offers/{offer}/coupons", {"count": 1, "channel": store["channel"]}
        )
    said = api.post(
        f"/offers/{offer}/coupons", {"count": 1, "channel": campaign["channels"][1]["id"]}
    )

    check_refused(unsaid, 422, "channel_needed")
    check_refused(strange, 404, "not_found")
    assert len(said["items"]) == 1


def test_a_coupon_is_frozen_opened_and_revoked_for_ever(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    where = f"/coupons/{store['codes'][0]}"

    told = [api.post(f"{where}/{verb}") for verb in ("freeze", "unfreeze", "freeze", "revoke")]
    with nothing_changes(database):
        refused = [api.call("POST", f"{where}/{verb}") for verb in ("freeze", "unfreeze", "revoke")]

    assert [one["state"] for one in told] == ["frozen", "active", "frozen", "revoked"]
    assert [one["usable"] for one in told] == [False, True, False, False]
    assert told[3]["reason"]["code"] == "coupon_revoked"
    for answer in refused:
        check_refused(answer, 409, "wrong_state")


@pytest.mark.parametrize(
    ("form", "kind", "begins"), [("svg", "image/svg+xml", b"<"), ("png", "image/png", b"\x89PNG")]
)
def test_a_code_is_a_picture(
    api: Api, store: dict[str, Any], form: str, kind: str, begins: bytes
) -> None:
    answer = api.call("GET", f"/coupons/{store['codes'][0]}/qr.{form}")

    assert (answer.status_code, answer.content_type.partition(";")[0]) == (200, kind)
    assert answer.data.startswith(begins)


def order(api: Api, store: dict[str, Any], count: int) -> tuple[str, str]:
    """Order coupons as a job; return the addresses of the job and of the table."""
    answer = api.call("POST", f"/offers/{store['offer']}/coupons", {"count": count})
    assert answer.status_code == 202, answer.text
    return f"/jobs/{answer.json['job']}", answer.json["csv"].removeprefix("/api/v1")


def codes_of(api: Api, table: str) -> list[list[str]]:
    answer = api.call("GET", table)
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    return list(csv.reader(io.StringIO(answer.text)))


def test_a_hundred_thousand_codes_are_made_by_a_job_that_stops_and_goes_on(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    job, table = order(api, store, MANY)
    waiting = api.get(job)
    steps = iter(range(10))

    jobs.work(database, clock.now, stop=lambda: next(steps) == 7)
    stopped = api.get(job)
    jobs.work(database, clock.now)
    finished = api.get(job)

    assert (waiting["state"], waiting["done"], waiting["total"]) == ("queued", 0, MANY)
    assert (stopped["state"], stopped["done"]) == ("queued", 8 * issuing.STEP)
    assert (finished["state"], finished["done"]) == ("done", MANY)
    header, *rows = codes_of(api, table)
    assert header[:3] == ["number", "code", "address"]
    assert [int(row[0]) for row in rows] == list(range(1, MANY + 1))
    assert len({row[1] for row in rows}) == MANY
    plain = rows[0][1].replace("-", "")
    assert rows[0][2].startswith(f"HTTP://LOCALHOST:8000/C/{plain}.")  # its token follows
    used = api.post("/purchases", sale(store["shop"], rows[-1][1]))
    assert used["discount"] == 499
    exported = select(func.count()).where(AuditEntry.action == "coupons.exported")
    assert database.look(lambda s: s.scalar(exported)) == 1


@pytest.mark.parametrize("death", [KeyboardInterrupt, DatabaseBusy, DatabaseGone])
def test_a_step_that_is_cut_off_is_done_again_by_the_next_worker(
    api: Api,
    database: Database,
    store: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    death: type[BaseException],
) -> None:
    """A worker that dies in the middle of a step leaves nothing of it."""
    job, table = order(api, store, 3 * issuing.STEP)
    real, calls = issuing.step, iter(range(10))

    def die_once(*given: Any) -> int:
        made = real(*given)
        if next(calls) == 1:
            raise death
        return made

    monkeypatch.setitem(jobs.HANDLERS, "coupons.issue", die_once)
    with pytest.raises(death):
        jobs.work(database, clock.now)
    cut_off = api.get(job)
    later = clock.now() + 2 * jobs.LEASE
    jobs.work(database, lambda: later)

    assert (cut_off["state"], cut_off["done"]) == ("running", issuing.STEP)
    assert api.get(job)["state"] == "done"
    assert len(codes_of(api, table)) == 1 + 3 * issuing.STEP


def test_a_job_that_cannot_be_done_ends_and_says_why(
    api: Api, database: Database, store: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    job, _ = order(api, store, 3 * issuing.STEP)

    def break_down(*_: Any) -> int:
        raise ZeroDivisionError

    monkeypatch.setitem(jobs.HANDLERS, "coupons.issue", break_down)
    jobs.work(database, clock.now)

    found = api.get(job)
    assert (found["state"], found["problem"], found["done"]) == ("failed", "ZeroDivisionError", 0)


def test_a_job_is_stopped_and_what_it_made_stays(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    job, table = order(api, store, 5 * issuing.STEP)
    jobs.work(database, clock.now, stop=lambda: True)

    cancelled = api.post(f"{job}/cancel")
    jobs.work(database, clock.now)
    again = api.call("POST", f"{job}/cancel")

    assert (cancelled["state"], cancelled["done"]) == ("cancelled", issuing.STEP)
    assert len(codes_of(api, table)) == 1 + issuing.STEP
    check_refused(again, 409, "wrong_state")


def test_a_table_of_codes_is_only_for_whoever_may_see_codes(
    app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    _, table = order(api, store, 1001)
    reader = Api(app, database, scopes=("coupons:read", "coupons:issue"))

    check_refused(reader.call("GET", table), 403, "not_allowed")


def test_issuing_is_in_the_audit_log(api: Api, database: Database, store: dict[str, Any]) -> None:
    api.post(f"/offers/{store['offer']}/coupons", {"count": 12})

    [entry, *_] = [
        one for one in api.get("/audit?limit=200")["items"] if one["action"] == "coupons.issued"
    ]

    assert entry["new"] == {"kind": "unique", "quantity": 12}
    assert entry["actor"].startswith("key:")
    found = database.look(lambda s: s.scalar(select(func.count()).select_from(Coupon)))
    assert found == 5 + 1 + 1 + 12  # the codes, the public one, that of the claim, and these
