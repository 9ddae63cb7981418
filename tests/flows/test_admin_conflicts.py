"""At the desk: what was sold without a line, what it cost, and who has seen to it."""

import re
from typing import Any

import pytest
from flask import Flask

from core.db import Database
from tests.api import Api
from tests.desk import Desk, at_desk
from tests.flows.queues import item, make_lease, upload
from tests.flows.store import make_code, make_offer, make_store


@pytest.fixture
def store(api: Api) -> dict[str, Any]:
    return make_store(api)


@pytest.fixture
def desk(app: Flask) -> Desk:
    return at_desk(app, "manager")


@pytest.fixture
def sold(api: Api, database: Database, store: dict[str, Any]) -> list[dict[str, Any]]:
    """What became of two sales with one coupon, and of one with a receipt that was there."""
    lease, code = make_lease(database, store["till"]), store["codes"][0]
    queue = [
        item(lease, (code, 100)),
        item(lease, (code, 100), total=800),
        item(lease, total=700, receipt="A-0"),
    ]
    return upload(api, store["till"], *queue)


def text(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page.partition("<main")[2]).split())


def test_a_conflict_is_found_on_the_overview_and_closed_with_a_note(
    desk: Desk, api: Api, store: dict[str, Any], sold: list[dict[str, Any]]
) -> None:
    assert 'href="/admin/conflicts"' in desk.page("/admin")
    assert "Open conflicts 2" in text(desk.page("/admin"))
    said = text(desk.page("/admin/conflicts"))
    assert "Open 2 Cost of those open €1.00 Cost of those closed €0.00" in said
    assert "This coupon has been used already. Harbour, Till 1 …" in said
    receipt, used = (f"/admin/conflicts/{one['id']}" for one in api.get("/conflicts")["items"])

    page = desk.page(used)
    assert f'href="/admin/purchases/{sold[1]["purchase"]["id"]}"' in page
    empty = desk.send(used, f"{used}/close", note="")
    assert empty.status_code == 422
    answer = desk.send(used, f"{used}/close", note="<b>Kim</b> was told")

    assert (answer.status_code, answer.location) == (303, "/admin/conflicts?state=open")
    assert "€0.00 Cost of those closed €1.00" in text(desk.page("/admin/conflicts?state=open"))
    assert "used already" not in text(desk.page("/admin/conflicts?state=open"))
    assert "used already" in text(desk.page("/admin/conflicts?state=closed"))
    closed = desk.page(used)
    assert "&lt;b&gt;Kim&lt;/b&gt; was told" in closed
    assert f"{used}/close" not in closed
    assert f'href="/admin/purchases/{store["purchase"]}"' in desk.page(receipt)


def test_a_manager_reads_what_was_wrong_and_no_advice_for_a_till(
    desk: Desk, api: Api, database: Database, store: dict[str, Any]
) -> None:
    offer = make_offer(api, store["campaign"], offline={"policy": "never"})
    lease = make_lease(database, store["till"])
    done = upload(
        api, store["till"],
        item(lease, ("NONE-OF-OURS", 10)),
        item(lease, (make_code(api, offer), 10)),
        item(lease, card="4111111111111111"),
    )  # fmt: skip

    said = text(desk.page("/admin/conflicts"))
    purchase = text(desk.page(f"/admin/purchases/{done[0]['purchase']['id']}"))

    for sentence in (
        "The code was not one of ours.",
        "The code could not be checked without a line.",
        "The card was not one of ours.",
    ):
        assert sentence in said
    assert "The code was not one of ours." in purchase
    for advice in ("scan again", "Try again"):
        assert advice not in said + purchase


def test_the_page_of_a_purchase_tells_its_conflicts_and_can_undo_it(
    desk: Desk, api: Api, sold: list[dict[str, Any]]
) -> None:
    path = f"/admin/purchases/{sold[1]['purchase']['id']}"

    said = text(desk.page(path))

    assert "It was sold without a line, and told on" in said
    assert "This coupon has been used already." in said
    assert "Conflict" in said
    assert desk.send(path, f"{path}/void", reason="came back").status_code == 303
    assert "Purchase undone" in text(desk.page("/admin/conflicts"))
    assert api.get("/conflicts")["totals"] == {"count": 2, "cost": 0}


def test_whoever_may_not_see_conflicts_is_told_nothing_of_them(
    app: Flask, sold: list[dict[str, Any]]
) -> None:
    marketer = at_desk(app, "marketer")

    assert "Open conflicts" not in marketer.page("/admin")
    assert marketer.get("/admin/conflicts").status_code == 403


def test_without_a_conflict_there_is_nothing_to_see_to(desk: Desk, api: Api) -> None:
    make_store(api)

    assert "Open conflicts" not in text(desk.page("/admin"))
    assert "No conflict so far" in text(desk.page("/admin/conflicts"))


def test_the_report_counts_what_was_given_and_shows_the_conflicts_beside_it(
    desk: Desk, api: Api, database: Database, store: dict[str, Any], sold: list[dict[str, Any]]
) -> None:
    lease = make_lease(database, store["till"])
    [odd] = upload(api, store["till"], item(lease, (store["codes"][1], 130)))
    path = f"/campaigns/{store['campaign']}/report"

    totals = api.get(path)["totals"]

    figures = ("redemptions", "responses", "refused", "discount", "conflicts", "conflict_cost")
    assert [totals[name] for name in figures] == [2, 2, 1, 330, 2, 130]
    [channel], offers = api.get(path)["channels"], api.get(path)["offers"]
    for part in (channel, offers[0]):
        assert [part[name] for name in figures] == [totals[name] for name in figures]
    assert totals["revenue"] == 900 + 870
    shown = text(desk.page(f"/admin{path}"))
    assert "Conflicts 2 cost €1.30" in shown
    assert "of 0 contacts" not in shown
    refund = {"amount": 350, "reason": "half of it"}
    api.post(f"/purchases/{sold[1]['purchase']['id']}/refunds", refund)
    after = api.get(path)["totals"]
    assert (after["discount"], after["conflict_cost"]) == (280, 80)
    listed = api.get("/conflicts")
    assert sorted(one["cost"] for one in listed["items"] if one["cost"]) == [30, 50]
    assert listed["totals"]["cost"] == 80
    assert [api.get(f"/conflicts/{one['id']}") for one in listed["items"]] == listed["items"]
    assert "€0.50" in text(desk.page("/admin/conflicts"))
    for one in (sold[1], odd):
        api.post(f"/purchases/{one['purchase']['id']}/void", {"reason": "came back"})
    gone = api.get(path)["totals"]
    assert [gone[name] for name in figures] == [1, 1, 1, 100, 0, 0]


def test_a_use_that_passed_two_rules_by_is_one_conflict_in_the_report_and_costs_once(
    api: Api, database: Database, store: dict[str, Any]
) -> None:
    lease = make_lease(database, store["till"])
    api.call("PATCH", f"/offers/{store['offer']}", {"offline": {"policy": "up_to", "value": 50}})

    [odd] = upload(api, store["till"], item(lease, (store["codes"][0], 130)))

    costs = {one["code"]: one["cost"] for one in odd["conflicts"]}
    assert costs == {"amount_differs": 30, "discount_above_offline": 50}
    totals = api.get(f"/campaigns/{store['campaign']}/report")["totals"]
    assert (totals["conflicts"], totals["conflict_cost"]) == (1, 80)
    listed = api.get("/conflicts")
    assert [one["cost"] for one in listed["items"]] == [50, 30]
    assert listed["totals"] == {"count": 2, "cost": 80}
