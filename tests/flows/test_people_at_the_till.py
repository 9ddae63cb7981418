"""People at the till over HTTP: the lock, the quick switch, the second person, their badges."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from core import badges, clock, ids, own_cards, staff
from core.auth import SYSTEM
from core.db import Database
from core.models import SignOn, Staff, Till
from tests.api import Api
from tests.browser import TOKEN, Browser
from tests.desk import at_desk
from tests.factories import NOON, make_shop, make_staff, make_till

PIN, SUPERVISORS = "4711", "8026"
VOID = {"action": "void_late", "subject": "pu_1"}


@dataclass
class Place:
    """A till with a cashier signed on, and a manager who may approve there."""

    browser: Browser
    till: Till
    cashier: Staff
    manager: Staff

    def call(self, path: str, body: Any = None, method: str = "POST", **headers: str) -> Any:
        """Send what the page sends."""
        found = TOKEN.search(self.browser.get("/till/enrol").text)
        assert found
        sent = {"X-CSRFToken": found[1], "Idempotency-Key": uuid4().hex} | headers
        given = {} if method == "GET" else {"json": {} if body is None else body}
        return self.browser.open(method, f"/api/v1{path}", headers=sent, **given)

    def approve(self, **sent: str) -> TestResponse:
        """Ask for an approval of what is sent, by the manager's PIN unless it says otherwise."""
        by = {"staff": ids.public("st", self.manager.id), "pin": SUPERVISORS}
        answer: TestResponse = self.call("/till/approvals", by | VOID | sent)
        return answer

    def sign_on(self, person: Staff | None = None, pin: str = PIN) -> TestResponse:
        staff_id = str((person or self.cashier).id)
        return self.browser.post("/till/sign-on", staff=staff_id, pin=pin)

    def in_minutes(self, patch: pytest.MonkeyPatch, minutes: float) -> None:
        """Let the time pass."""
        later = clock.now() + timedelta(minutes=minutes)
        patch.setattr("core.clock.now", lambda: later)


def make_person(session: Session, till: Till, role: str, pin: str, **given: Any) -> Staff:
    person = make_staff(session, role, **{"shop_id": till.shop_id} | given)
    staff.set_pin(session, person, pin, actor=SYSTEM, at=NOON)
    return person


@pytest.fixture
def place(app: Flask, database: Database) -> Place:
    browser = Browser(app)

    def make(session: Session) -> tuple[Till, str, Staff, Staff]:
        till, token = make_till(session)
        cashier = make_person(session, till, "cashier", PIN, name="Ines")
        manager = make_person(session, till, "manager", SUPERVISORS, name="Mona")
        return till, token, cashier, manager

    till, token, cashier, manager = database.transact(make)
    browser.client.set_cookie("till_device", token)
    found = Place(browser, till, cashier, manager)
    assert found.sign_on().location == "/till"
    return found


def is_in(place: Place) -> bool:
    return place.browser.get("/till").status_code == 200


# the lock


def test_a_till_that_nobody_touches_is_locked(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.in_minutes(monkeypatch, 9.9)
    before = is_in(place)
    place.in_minutes(monkeypatch, 0.1)
    after = is_in(place)

    assert (before, after) == (True, False)
    assert place.call("/quotes").status_code == 401
    assert place.call("/till/alive").status_code == 401
    assert place.browser.get("/till").location == "/till/sign-on"


def test_a_touch_keeps_it_open_and_asking_for_pages_does_not(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(3):
        place.in_minutes(monkeypatch, 9)
        assert place.call("/till/alive").json == {"lock_minutes": 10}
    for _ in range(3):
        place.in_minutes(monkeypatch, 3)
        assert is_in(place)
    place.in_minutes(monkeypatch, 1)

    assert not is_in(place)


def test_touches_one_after_another_are_written_once(
    place: Place, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def seen() -> Any:
        return database.look(lambda s: s.scalar(select(SignOn.seen_at)))

    place.in_minutes(monkeypatch, 1)
    place.call("/till/alive")
    first = seen()
    place.in_minutes(monkeypatch, 0.1)
    place.call("/till/alive")

    assert first is not None
    assert seen() == first


def test_the_owner_says_after_how_many_minutes(
    api: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = api.call("PATCH", "/till-rules", {"lock_minutes": 2})
    shown = 'data-lock-minutes="2"' in place.browser.get("/till").text
    place.in_minutes(monkeypatch, 2)

    assert answer.json["lock_minutes"] == 2
    assert shown
    assert not is_in(place)


def test_the_same_wait_leaves_a_till_open_that_locks_later(
    api: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.call("PATCH", "/till-rules", {"lock_minutes": 720})
    place.in_minutes(monkeypatch, 10)

    assert is_in(place)


def test_whoever_works_at_a_desk_is_not_locked_out(
    app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = at_desk(app, "manager")
    later = clock.now() + timedelta(hours=11)
    monkeypatch.setattr("core.clock.now", lambda: later)

    assert desk.get("/admin").status_code == 200


def test_who_takes_over_ends_the_session_before(place: Place, database: Database) -> None:
    with place.browser.client.session_transaction() as session:
        before = dict(session)

    place.sign_on(place.manager, SUPERVISORS)

    assert is_in(place)
    with place.browser.client.session_transaction() as session:
        session.clear()
        session.update(before)
    assert not is_in(place)


# the second person


def test_a_supervisor_approves_with_a_pin(place: Place) -> None:
    answer = place.approve()

    assert answer.status_code == 201
    assert answer.json
    assert set(answer.json) == {"approval", "until"}


def test_those_who_may_approve_here_are_listed_and_nobody_else(
    place: Place, database: Database
) -> None:
    def make(session: Session) -> None:
        make_person(session, place.till, "owner", "2580", name="Olga", shop_id=None)
        elsewhere = make_shop(session).id
        make_person(session, place.till, "manager", "2580", name="Far", shop_id=elsewhere)
        make_staff(session, "manager", name="No PIN", shop_id=place.till.shop_id)

    database.transact(make)
    cashiers = place.call("/till/approvers", method="GET").json["items"]
    place.sign_on(place.manager, SUPERVISORS)
    managers = place.call("/till/approvers", method="GET").json["items"]

    assert [one["name"] for one in cashiers] == ["Mona", "Olga"]
    assert [one["name"] for one in managers] == ["Olga"]


Wrong = Callable[[Place, Database], dict[str, str]]


def a_wrong_pin(place: Place, database: Database) -> dict[str, str]:
    return {"pin": "0000"}


def somebody_of_another_shop(place: Place, database: Database) -> dict[str, str]:
    def make(session: Session) -> Staff:
        return make_person(session, make_till(session)[0], "manager", SUPERVISORS)

    return {"staff": ids.public("st", database.transact(make).id)}


def somebody_who_was_disabled(place: Place, database: Database) -> dict[str, str]:
    given = {"role": "manager", "state": "disabled", "shop_id": None}
    database.transact(
        lambda s: staff.change(s, place.manager.id, **given, actor=SYSTEM, at=clock.now())
    )
    return {}


@pytest.mark.parametrize(
    "wrong", [a_wrong_pin, somebody_of_another_shop, somebody_who_was_disabled]
)
def test_one_sentence_for_whoever_does_not_match(
    place: Place, database: Database, wrong: Wrong
) -> None:
    answer = place.approve(**wrong(place, database))

    assert answer.status_code == 401
    assert answer.get_json(force=True)["code"] == "sign_in_failed"
    assert is_in(place)


def test_a_cashier_approves_nothing_and_nobody_approves_for_themselves(
    place: Place, database: Database
) -> None:
    colleague = database.transact(lambda s: make_person(s, place.till, "cashier", PIN))

    by_cashier = place.approve(staff=ids.public("st", colleague.id), pin=PIN)
    place.sign_on(place.manager, SUPERVISORS)
    by_self = place.approve()

    assert by_cashier.status_code == 403
    assert by_cashier.get_json(force=True)["code"] == "not_allowed"
    assert by_self.get_json(force=True)["code"] == "own_approval"


def test_the_pin_of_a_supervisor_cannot_be_guessed_and_signing_on_counts_as_well(
    place: Place,
) -> None:
    for _ in range(3):
        place.approve(pin="0000")
    for _ in range(2):
        place.sign_on(place.manager, "0000")

    shut = place.approve()

    assert shut.status_code == 429
    assert int(shut.headers["Retry-After"]) > 0


def test_only_a_till_asks_for_approvals(api: Api) -> None:
    body = {"badge": "BADGE"} | VOID

    for path in ("/till/approvals", "/till/alive"):
        assert api.post(path, body, expect=409)["code"] == "till_needed"
    assert api.get("/till/approvers", expect=409)["code"] == "till_needed"


@pytest.mark.parametrize(
    "sent",
    [
        {"pin": "8026"},
        {"staff": f"st_{'0' * 32}"},
        {"staff": f"st_{'0' * 32}", "pin": "8026", "badge": "B"},
        {},
    ],
)
def test_it_takes_a_name_and_a_pin_or_a_badge(api: Api, sent: dict[str, str]) -> None:
    errors = api.post("/till/approvals", sent | VOID, expect=422)["errors"]

    assert set(errors) == {"staff"}


# badges


def make_badge(database: Database, person: Staff) -> str:
    return database.transact(lambda s: badges.renew(s, person.id, actor=SYSTEM, at=clock.now()))


def by_badge(place: Place, code: str) -> TestResponse:
    answer: TestResponse = place.call("/till/approvals", {"badge": code} | VOID)
    return answer


def test_a_supervisor_approves_with_a_badge_however_it_was_read(
    place: Place, database: Database
) -> None:
    code = make_badge(database, place.manager)

    for read in (code, code.lower(), f" {code[:5]}-{code[5:]} "):
        assert by_badge(place, read).status_code == 201


def test_a_new_badge_kills_the_one_before_and_so_does_taking_it_away(
    api: Api, place: Place
) -> None:
    path = f"/staff/{ids.public('st', place.manager.id)}/badge"
    first = api.post(path, expect=201)["badge"]
    second = api.post(path, expect=201)["badge"]

    before = by_badge(place, first).status_code, by_badge(place, second).status_code
    gone = api.call("DELETE", path)

    assert before == (401, 201)
    assert gone.status_code == 204
    assert by_badge(place, second).status_code == 401


def test_the_badge_of_who_asks_or_of_a_cashier_or_of_another_shop_approves_nothing(
    place: Place, database: Database
) -> None:
    def make(session: Session) -> Staff:
        return make_person(session, make_till(session)[0], "manager", SUPERVISORS)

    far, own = make_badge(database, database.transact(make)), make_badge(database, place.manager)
    cashiers = make_badge(database, place.cashier)
    answers = [by_badge(place, cashiers), by_badge(place, far)]
    place.sign_on(place.manager, SUPERVISORS)
    answers.append(by_badge(place, own))

    assert [one.get_json(force=True)["code"] for one in answers] == [
        "not_allowed",
        "sign_in_failed",
        "own_approval",
    ]


def test_badges_cannot_be_tried_for_long(place: Place, database: Database) -> None:
    code = make_badge(database, place.manager)
    for _ in range(5):
        by_badge(place, "BADGE0")

    assert by_badge(place, code).status_code == 429


def test_the_desk_prints_a_badge_that_is_shown_once(app: Flask, place: Place) -> None:
    desk = at_desk(app, "owner")
    page = f"/admin/staff/{ids.public('st', place.manager.id)}"
    cashiers = f"/admin/staff/{ids.public('st', place.cashier.id)}"

    made = desk.send(page, f"{page}/badge")
    again = desk.page(page)

    assert made.status_code == 200
    assert "data:image/svg+xml" in made.text
    assert place.manager.name in made.text
    assert "data:image/svg+xml" not in again
    assert desk.done(page, f"{page}/badge/drop") == page
    assert f"{cashiers}/badge" not in desk.page(cashiers)


# the rules of the tills


def test_the_rules_are_read_and_changed_in_part(api: Api) -> None:
    start = api.get("/till-rules")
    changed = api.call("PATCH", "/till-rules", {"approve_above": 5000, "void_minutes": 0}).json

    assert start == {
        "lock_minutes": 10,
        "void_minutes": 30,
        "approve_above": None,
        "offline_hours": 24,
        "offline_most": None,
    }
    assert api.get("/till-rules") == changed == start | {"approve_above": 5000, "void_minutes": 0}


@pytest.mark.parametrize(
    "wrong",
    [
        {"lock_minutes": 0},
        {"lock_minutes": 721},
        {"void_minutes": -1},
        {"approve_above": -1},
        {"offline_hours": 169},
        {"lock_minutes": None},
        {"others": 1},
    ],
)
def test_rules_that_cannot_be_are_refused(api: Api, wrong: dict[str, int | None]) -> None:
    answer = api.call("PATCH", "/till-rules", wrong)

    assert answer.status_code == 422
    assert set(answer.get_json(force=True)["errors"]) == set(wrong)


def test_the_owner_changes_the_rules_at_the_desk_and_a_manager_reads_them(
    app: Flask, api: Api
) -> None:
    owner, manager = at_desk(app, "owner"), at_desk(app, "manager", address="10.0.0.8")

    where = owner.done("/admin/tills/rules", approve_above="50.00", lock_minutes="5")
    wrong = owner.send("/admin/tills/rules", lock_minutes="0")

    assert where == "/admin/tills/rules"
    assert wrong.status_code == 422
    assert api.get("/till-rules")["approve_above"] == 5000
    page = manager.page("/admin/tills/rules")
    assert "€50.00" in page
    assert 'name="lock_minutes"' not in page


# all of it


def make_half(api: Api) -> str:
    """Return an offer of half the price."""
    campaign = api.post("/campaigns", {"name": "Spring", "channels": []})["id"]
    api.post(f"/campaigns/{campaign}/start")
    half = {"kind": "percent", "percent": "50"}
    offer = {"campaign": campaign, "name": {"en": "Half"}, "benefit": half}
    return str(api.post("/offers", offer)["id"])


def test_a_late_void_goes_through_with_the_header_of_an_approval(
    api: Api, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sold = place.call("/purchases", {"basket": {"currency": "EUR", "total": 1000}}).json["id"]
    api.call("PATCH", "/till-rules", {"void_minutes": 5})
    place.in_minutes(monkeypatch, 6)
    path, key = f"/purchases/{sold}/void", uuid4().hex
    same = {"Idempotency-Key": key}

    no = place.call(path, {"reason": "mistyped"}, **same).get_json(force=True)
    asked = {name: no["facts"][name] for name in ("action", "subject")}
    token = place.approve(**asked).json["approval"]
    done = place.call(path, {"reason": "mistyped"}, Approval=token, **same)
    again = place.call(path, {"reason": "mistyped"}, Approval=token, **same)

    assert (no["code"], no["facts"]["amount"]) == ("approval_needed", 1000)
    assert asked == {"action": "void_late", "subject": sold}
    assert done.status_code == 200
    assert again.headers["Idempotency-Replayed"] == "true"


def test_a_high_value_goes_through_with_the_header_of_an_approval(api: Api, place: Place) -> None:
    api.call("PATCH", "/till-rules", {"approve_above": 100})
    made = make_half(api)
    api.post(f"/offers/{made}/coupons", {"code": "HALF"})
    sale = {"basket": {"currency": "EUR", "total": 1000}, "coupons": ["HALF"]}

    no = place.call("/purchases", sale).get_json(force=True)
    asked = {name: no["facts"][name] for name in ("action", "subject")}
    token = place.approve(**asked).json["approval"]
    higher = sale | {"basket": {"currency": "EUR", "total": 9000}}

    assert no["code"] == "approval_needed"
    assert place.call("/purchases", higher, Approval=token).status_code == 409
    assert place.call("/purchases", sale, Approval=token).json["discount"] == 500
    assert api.post("/purchases", sale | {"shop": ids.public("sh", place.till.shop_id)})


# the cashier's own card


def cards_of_cashier(api: Api, database: Database, place: Place) -> list[str]:
    """Return the numbers that lead to the cashier: an old card, and that of one who was merged."""
    own, other = (api.post("/customers", {}) for _ in range(2))
    api.post(f"/customers/{other['id']}/merge", {"into": own["id"]})
    customer = ids.parse("cu", own["id"])
    link = {"customer_id": customer, "actor": SYSTEM, "at": clock.now()}
    database.transact(lambda s: own_cards.link(s, place.cashier.id, **link))
    return [own["card"]["number"], other["card"]["number"]]


def test_a_cashier_serves_their_own_card_nowhere_by_whatever_number(
    api: Api, database: Database, place: Place
) -> None:
    mug = {"name": {"en": "Mug"}, "points": 1, "offer": make_half(api)}
    reward = api.post("/rewards", mug)
    total = {"basket": {"currency": "EUR", "total": 1000}}
    shop = {"shop": ids.public("sh", place.till.shop_id)}

    for card in cards_of_cashier(api, database, place):
        bought = api.post("/purchases", total | shop | {"card": card})["id"]
        refused = [
            place.call("/scans", {"code": card}),
            place.call("/quotes", total | {"card": card}),
            place.call("/purchases", total | {"card": card}),
            place.call(f"/purchases/{bought}/void", {"reason": "mine"}),
            place.call(f"/purchases/{bought}/refunds", {"amount": 1, "reason": "mine"}),
            place.call(f"/rewards/{reward['id']}/claims", {"card": card}),
        ]
        told = {one.get_json(force=True)["code"] for one in refused}
        assert told == {"own_card"}, [one.text for one in refused]


def test_what_a_cashier_sold_to_themselves_without_a_line_is_a_conflict(
    api: Api, database: Database, place: Place
) -> None:
    for card in cards_of_cashier(api, database, place):
        item = {
            "key": uuid4().hex,
            "occurred_at": clock.now().isoformat(),
            "lease": None,
            "cashier": ids.public("st", place.cashier.id),
            "card": card,
            "coupons": [],
            "basket": {"currency": "EUR", "total": 1000},
            "accepted": {"discount": 0, "to_pay": 1000, "coupons": []},
        }
        [told] = place.call("/purchases/offline", {"items": [item]}).json["items"]

        assert told["outcome"] == "conflict"
        assert "own_card" in {one["code"] for one in told["conflicts"]}
