"""What a till goes by while its line is down: keys, offers, codes, what is gone, and a lease."""

import hashlib
from base64 import b64decode
from datetime import datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, func, insert, select
from sqlalchemy.orm import Session

from core import clock, ids, signing, staff
from core.db import Database, table
from core.models import Lease, SigningKey
from coupons.models import Coupon
from tests.api import Api
from tests.browser import Browser
from tests.factories import make_staff, make_till
from tests.flows.refusing import check_refused
from tests.flows.store import make_offer, make_store, sale

UP_TO = {"policy": "up_to", "value": 500}


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    """A shop whose offer is taken without a line."""
    found = make_store(api)
    api.call("PATCH", f"/offers/{found['offer']}", {"offline": UP_TO})
    return found


@pytest.fixture
def till(app: Flask, database: Database) -> Browser:
    """A till at which somebody is signed on."""

    def set_up(session: Session) -> tuple[str, str]:
        till, device = make_till(session)
        cashier = make_staff(session)
        return device, staff.sign_on(session, cashier, till=till, at=clock.now())

    device, token = database.transact(set_up)
    browser = Browser(app)
    browser.client.set_cookie("till_device", device)
    with browser.client.session_transaction() as held:
        held["till_token"] = token
    return browser


def fetch(till: Browser, **headers: str) -> Any:
    return till.get("/api/v1/offline/bundle", **headers)


def offered(api: Api, store: dict[str, Any], **terms: Any) -> dict[str, Any]:
    """Return an offer that is taken without a line, as the API shows it."""
    found = make_offer(api, store["campaign"], offline={"policy": "up_to", "value": 900}, **terms)
    shown: dict[str, Any] = api.get(f"/offers/{found}")
    return shown


def gone(bundle: dict[str, Any]) -> set[bytes]:
    packed = b64decode(bundle["gone"])
    digests = [packed[i : i + 8] for i in range(0, len(packed), 8)]
    assert digests == sorted(digests)
    return set(digests)


def digest(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()[:8]


def test_a_till_is_told_all_that_it_needs(
    api: Api, database: Database, store: dict[str, Any], till: Browser
) -> None:
    before = clock.now()
    hours = {"kind": "hours", "weekly": [{"days": [1], "from": "09:00", "until": "12:00"}]}
    one = offered(
        api, store, benefit={"kind": "amount", "amount": 300}, conditions={"all": [hours]}
    )

    told = fetch(till).json

    version = database.look(lambda s: s.scalars(select(Coupon.version_id)).first())
    [first, second] = sorted(told["offers"], key=lambda offer: offer["id"] == one["id"])
    assert first == {
        "version": hashlib.sha256(version.bytes).hexdigest()[:16],
        "id": store["offer"],
        "name": "Ten off",
        "says": "10% off",
        "benefit": {"kind": "percent", "percent": "10"},
        "conditions": {"all": []},
        "starts_at": None,
        "ends_at": None,
        "policy": UP_TO,
    }
    assert (second["benefit"], second["conditions"]) == (one["benefit"], one["conditions"])
    assert told["public"] == [{"code": "SPR1NG10", "offer": told["offers"].index(first)}]
    assert (told["zone"], told["currency"], told["exponent"]) == ("Europe/Oslo", "EUR", 2)
    assert (told["most"], told["gone"]) == (None, "")
    key = database.look(lambda s: s.scalars(select(SigningKey)).one())
    assert told["keys"] == [{"number": 1, "public": key.public}]
    until = datetime.fromisoformat(told["lease"]["until"])
    assert timedelta(hours=24) <= until - before < timedelta(hours=24, minutes=5)
    lease = database.look(lambda s: s.scalars(select(Lease)).one())
    assert told["lease"]["id"] == ids.public("le", lease.id)
    assert told["till"] == ids.public("ti", lease.till_id)


def test_what_is_the_same_is_not_sent_again_but_the_lease_runs_on(
    api: Api, database: Database, store: dict[str, Any], till: Browser
) -> None:
    first = fetch(till)

    again = fetch(till, If_None_Match=first.headers["ETag"])
    api.post(f"/coupons/{store['codes'][0]}/freeze")
    changed = fetch(till, If_None_Match=first.headers["ETag"])

    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["Lease-Id"] == first.json["lease"]["id"]
    assert again.headers["Lease-Until"] > first.json["lease"]["until"]
    assert again.headers["ETag"].strip('"') == first.json["version"]
    assert changed.status_code == 200
    assert changed.json["version"] != first.json["version"]
    assert database.look(lambda s: s.scalar(select(func.count()).select_from(Lease))) == 1


def test_codes_that_count_no_more_are_gone(api: Api, store: dict[str, Any], till: Browser) -> None:
    used, frozen, revoked, voided, _left = store["codes"]
    api.post("/purchases", sale(store["shop"], coupons=[used]))
    api.post(f"/coupons/{frozen}/freeze")
    api.post(f"/coupons/{revoked}/revoke")
    undone = api.post("/purchases", sale(store["shop"], coupons=[voided]))
    api.post(f"/purchases/{undone['id']}/void", {"reason": "test"})
    api.post(f"/coupons/{store['public']}/freeze")

    told = fetch(till).json

    expected = {digest(ids.normalise(code)) for code in (used, frozen, revoked)}
    assert gone(told) == expected
    assert told["public"] == []


def test_the_coupons_of_a_card_that_is_dead_are_gone(
    api: Api, store: dict[str, Any], till: Browser
) -> None:
    people = [api.post("/customers", {}) for _ in range(4)]
    replaced, blocked, forgotten, _well = [(one["id"], one["card"]["number"]) for one in people]
    coupons = api.post(
        f"/offers/{store['offer']}/coupons", {"customers": [one["id"] for one in people]}
    )["items"]
    api.post(f"/customers/{replaced[0]}/cards", {"reason": "lost"})
    api.post(f"/cards/{blocked[1]}/block")
    api.call("DELETE", f"/customers/{forgotten[0]}")

    told = gone(fetch(till).json)

    assert {digest(f"card:{number}") for _, number in (replaced, blocked)} <= told
    assert digest(ids.normalise(coupons[2]["code"])) in told
    assert digest(ids.normalise(coupons[3]["code"])) not in told
    assert digest(f"card:{_well[1]}") not in told


def test_what_a_till_cannot_work_out_any_more_is_left_out(
    api: Api, store: dict[str, Any], till: Browser
) -> None:
    def told() -> list[str]:
        return [one["id"] for one in fetch(till).json["offers"]]

    other = make_offer(api, store["campaign"])
    ended = offered(api, store, ends_at="2026-01-01T00:00:00Z")["id"]
    first = told()
    api.post(f"/campaigns/{store['campaign']}/pause")
    paused = told()
    api.post(f"/campaigns/{store['campaign']}/start")
    api.call("PATCH", f"/campaigns/{store['campaign']}", {"limits": [{"uses": 9}]})
    limited = told()

    assert first == [store["offer"]]
    assert not {other, ended} & set(first)
    assert (paused, limited) == ([], [])


def test_versions_before_are_told_as_long_as_they_can_be_worked_out(
    api: Api, store: dict[str, Any], till: Browser
) -> None:
    where = f"/offers/{store['offer']}"
    api.call("PATCH", where, {"benefit": {"kind": "amount", "amount": 100}})

    told = fetch(till).json["offers"]

    assert [one["benefit"]["kind"] for one in told] == ["percent", "amount"]
    assert len({one["version"] for one in told}) == 2


def test_the_rules_of_the_tills_hold(api: Api, store: dict[str, Any], till: Browser) -> None:
    first = fetch(till).json
    api.call("PATCH", "/till-rules", {"offline_hours": 2, "offline_most": 5000})
    shorter = fetch(till).json
    api.call("PATCH", "/till-rules", {"offline_hours": 0})
    never = fetch(till)
    again = fetch(till, If_None_Match=never.headers["ETag"])

    assert (first["most"], shorter["most"]) == (None, 5000)
    assert shorter["lease"]["until"] < first["lease"]["until"]
    assert shorter["lease"]["id"] != first["lease"]["id"]
    assert never.json["lease"] is None
    assert again.status_code == 304
    assert "Lease-Id" not in again.headers


def test_a_till_that_is_suspended_is_told_nothing(
    api: Api, database: Database, store: dict[str, Any], till: Browser
) -> None:
    id = fetch(till).json["till"]
    api.post(f"/tills/{id}/suspend")

    by_itself = fetch(till)
    by_a_program = api.call("GET", f"/offline/bundle?till={id}")

    check_refused(by_itself, 401, "not_signed_in")
    check_refused(by_a_program, 409, "wrong_state")
    assert database.look(lambda s: s.scalar(select(func.count()).select_from(Lease))) == 1


def test_a_program_says_for_which_till_it_asks(api: Api, store: dict[str, Any]) -> None:
    nowhere = api.call("GET", "/offline/bundle")
    not_yet = api.call("GET", f"/offline/bundle?till={store['till']}")

    check_refused(nowhere, 409, "till_needed")
    check_refused(not_yet, 409, "wrong_state")


def test_another_secret_signs_with_the_next_key_and_the_one_before_is_trusted_until_retired(
    app: Flask, database: Database
) -> None:
    def go_on(secret: str) -> dict[int, str]:
        database.transact(lambda s: signing.keep(s, secret, at=clock.now()))
        return database.look(lambda s: signing.trusted(s.connection(), secret))

    secret = app.extensions["config"].secret_key
    first = go_on("the secret before")
    before_it_is_kept = database.look(lambda s: signing.trusted(s.connection(), secret))
    second = go_on(secret)
    back = database.look(lambda s: signing.signer(s.connection(), "the secret before").number)
    same = go_on(secret)
    runner = app.test_cli_runner()
    listed = runner.invoke(args=["signing", "list"])
    assert runner.invoke(args=["signing", "retire", "1"]).exit_code == 0
    third = go_on(secret)
    assert runner.invoke(args=["signing", "retire", "2"]).exit_code == 0
    fourth = go_on(secret)

    assert list(first) == [1]
    assert before_it_is_kept == second == same
    assert first.items() < second.items()
    assert back == 1
    assert listed.output.splitlines() == [f"1 {first[1]}", f"2 {second[2]}"]
    assert list(third) == [2]
    assert list(fourth) == [3]
    assert signing.derive(secret, 3).public == fourth[3]
    unknown = runner.invoke(args=["signing", "retire", "9"])
    assert "not_found" in unknown.output


def test_a_hundred_thousand_used_codes_are_told_in_a_few_questions(
    api: Api, database: Database, store: dict[str, Any], till: Browser
) -> None:
    def use_up(session: Session) -> None:
        one = session.scalars(select(Coupon).where(Coupon.label.is_(None))).first()
        assert one
        rows = [
            {"id": ids.new(), "offer_id": one.offer_id, "version_id": one.version_id,
             "issue_id": one.issue_id, "channel_id": one.channel_id, "position": i + 10,
             "code": f"C{i:07}", "state": "active", "use_limit": 1, "used": 1, "voided": 0}
            for i in range(100_000)
        ]  # fmt: skip
        session.connection().execute(insert(table(Coupon)), rows)

    few = asked(database, till)
    database.transact(use_up)
    many = asked(database, till)

    assert len(many) == len(few) < 30
    assert len(gone(fetch(till).json)) == 100_000


def asked(database: Database, till: Browser) -> list[str]:
    """Return the statements that a bundle takes."""
    seen: list[str] = []

    def hear(*given: Any) -> None:
        seen.append(given[2])

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        assert fetch(till).status_code == 200
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)
    return seen
