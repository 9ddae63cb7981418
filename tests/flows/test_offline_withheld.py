"""What was withheld from whoever guesses codes does not come out by reading the sale again."""

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core import ids
from core.db import Database
from tests.api import Api
from tests.flows.counter import open_till
from tests.flows.queues import Item, item, make_lease, upload
from tests.flows.refusing import check_refused, nothing_changes
from tests.flows.store import make_store
from tests.flows.test_people_at_the_till import Place

POS = (
    "coupons:redeem", "purchases:read", "purchases:void", "purchases:refund", "cards:read",
    "coupons:read",
)  # fmt: skip
PAID = {"discount": 0, "to_pay": 600, "spent_points": 400, "paid_with_points": 400}
OWN = ("id", "receipt", "voided_at")
KINDS = ("coupon", "card", "points")


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


@pytest.fixture
def pos(app: Flask, database: Database) -> Api:
    """A program that sends sales and reads them, and has no right to see conflicts."""
    return Api(app, database, POS)


def sales(kind: str, store: dict[str, Any], lease: str, *, receipt: bool = False) -> list[Item]:
    """Return two sales that differ in that one names what exists, and the other a guess."""
    code, card = store["codes"][0], store["card"]
    if kind == "coupon":
        pair = [item(lease, (one, 100)) for one in (code, "N0TH1NG")]
    else:
        pair = [item(lease, card=one) for one in (card, "2248287867899")]
    for number, one in enumerate(pair):
        one["occurred_at"] = pair[0]["occurred_at"]
        one["receipt"] = f"W-{number}" if receipt else None
        if kind == "points":
            one["accepted"] = PAID
    return pair


def guess(api: Api, till: str, lease: str) -> None:
    """Send as many unknown cards as one may."""
    for _ in range(3):
        upload(api, till, *(item(lease, card=f"22482878678{i:05}") for i in range(10)))


def withheld(
    kind: str, api: Api, database: Database, store: dict[str, Any], *, receipt: bool = False
) -> tuple[list[str], list[Item]]:
    """Let so many codes be guessed that two more sales are withheld; return their ids, and them."""
    lease = make_lease(database, store["till"])
    guess(api, store["till"], lease)
    sent = sales(kind, store, lease, receipt=receipt)
    told = upload(api, store["till"], *sent)
    assert [one["conflicts"][0]["code"] for one in told] == ["answer_withheld"] * 2
    return [one["purchase"]["id"] for one in told], sent


def alike(found: list[Any], purchases: list[str]) -> Any:
    """Return what two answers say, which is the same but for whose they are."""
    first, second = (
        {name: value for name, value in one.items() if name not in OWN} for one in found
    )
    assert [one["id"] for one in found] == purchases
    assert first == second
    return first


@pytest.mark.parametrize("kind", KINDS)
def test_a_sale_is_read_as_it_was_told_and_undone_so(
    kind: str, api: Api, pos: Api, database: Database, store: dict[str, Any]
) -> None:
    purchases, sent = withheld(kind, pos, database, store)

    read = alike([pos.get(f"/purchases/{one}") for one in purchases], purchases)
    void = {"reason": "came back"}
    gone = alike([pos.post(f"/purchases/{one}/void", void) for one in purchases], purchases)

    assert [one["code"] for one in read["conflicts"]] == ["answer_withheld"]
    told = sent[0]["accepted"]
    assert (read["discount"], read["to_pay"]) == (told["discount"], told["to_pay"])
    assert read["paid_with_points"] == told.get("paid_with_points", 0)
    assert not {"redemptions", "points", "refunds", "messages"} & (read.keys() | gone.keys())
    seen = [api.get(f"/purchases/{one}") for one in purchases]
    unknown = {"coupon": "code_not_found"}.get(kind, "card_not_found")
    assert unknown in [one["code"] for one in seen[1]["conflicts"]]
    assert unknown not in [one["code"] for one in seen[0]["conflicts"]]
    assert len(seen[0]["redemptions"]) == (1 if kind == "coupon" else 0)
    assert all(one["voided_at"] for one in seen)


@pytest.mark.parametrize("kind", KINDS)
def test_why_and_giving_some_of_it_back_are_for_the_manager(
    kind: str, api: Api, pos: Api, database: Database, store: dict[str, Any]
) -> None:
    purchases, _ = withheld(kind, pos, database, store)
    some = {"amount": 100, "reason": "came back"}
    line = {"line": 0, "quantity": 1, "reason": "taste"}

    with nothing_changes(database):
        for one in purchases:
            check_refused(pos.call("GET", f"/purchases/{one}/why"), 409, "answer_withheld")
            for path, body in (
                ("refunds/preview", {"amount": 100}), ("refunds", some), ("claims", line)
            ):  # fmt: skip
                key = uuid4().hex
                answer = pos.call("POST", f"/purchases/{one}/{path}", body, Idempotency_Key=key)
                check_refused(answer, 409, "answer_withheld")

    for one in purchases:
        assert api.get(f"/purchases/{one}/why")
        assert api.post(f"/purchases/{one}/refunds", some)["worth"] == 100


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_sale_under_another_key_is_answered_alike_whatever_it_names(
    kind: str, pos: Api, database: Database, store: dict[str, Any]
) -> None:
    """As soon as more is told again it is still the same sale, also without what was guessed."""
    purchases, sent = withheld(kind, pos, database, store, receipt=True)
    fresh = Api(pos.client.application, database, POS)  # it has guessed nothing
    bare = [
        one | {"key": uuid4().hex, "card": None, "coupons": ["0THER"] if one["coupons"] else []}
        for one in sent
    ]
    if kind == "coupon":
        for one in bare:
            coupons = [{"code": "0THER", "discount": 100}]
            one["accepted"] = one["accepted"] | {"coupons": coupons}

    told = upload(fresh, store["till"], *bare)

    assert [one["purchase"]["id"] for one in told] == purchases
    assert [one["replayed"] for one in told] == [True, True]
    assert [one["conflicts"][0]["code"] for one in told] == ["answer_withheld"] * 2


@pytest.mark.parametrize("kind", KINDS)
def test_a_till_lists_it_as_it_was_told_and_prints_no_slip(
    kind: str, app: Flask, api: Api, database: Database, store: dict[str, Any]
) -> None:
    place = open_till(app, database, store["shop"])
    lease = make_lease(database, ids.public("ti", place.till.id))
    for _ in range(3):
        queue = [item(lease, card=f"22482878678{i:05}") for i in range(10)]
        assert place.call("/purchases/offline", {"items": queue}).status_code == 200
    queue = sales(kind, store, lease)
    told = place.call("/purchases/offline", {"items": queue}).json["items"]
    purchases = [one["purchase"]["id"] for one in told]

    listed = place.call("/till/purchases", method="GET").json["items"][:2]
    shown = [place.call(f"/till/purchases/{one}", method="GET").json for one in purchases]

    assert alike(listed[::-1], purchases)["has_card"] is (kind != "coupon")
    assert alike(shown, purchases)["to_pay"] == queue[0]["accepted"]["to_pay"]
    with nothing_changes(database):
        slips = [place.browser.post(f"/till/purchases/{one}/slip") for one in purchases]
    assert [one.status_code for one in slips] == [409, 409]
    assert "only the manager sees" in slips[0].text
    undone = [undo(place, one) for one in purchases]
    alike(undone, purchases)
    assert "redemptions" not in undone[0]
    assert "redemptions" in api.get(f"/purchases/{purchases[0]}")


def undo(place: Place, purchase: str) -> dict[str, Any]:
    found: dict[str, Any] = place.call(f"/purchases/{purchase}/void", {"reason": "wrong"}).json
    return found


def test_what_was_answered_in_full_is_read_in_full(
    pos: Api, database: Database, store: dict[str, Any]
) -> None:
    """Also after its sender has begun to guess; and so are sales that name neither."""
    lease = make_lease(database, store["till"])
    [before] = upload(pos, store["till"], item(lease, (store["codes"][0], 100)))
    guess(pos, store["till"], lease)
    [plain] = upload(pos, store["till"], item(lease))

    for told in (before, plain):
        found = pos.get(f"/purchases/{told['purchase']['id']}")
        assert found["conflicts"] == []
        assert "redemptions" in found
