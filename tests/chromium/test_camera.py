"""The whole way of a coupon: printed, held before the camera, settled, counted, undone."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from coupons.models import Purchase
from tests.chromium.conftest import Browse, Camera
from tests.chromium.house import House
from tests.chromium.till import Till
from tests.conftest import ENGINES

WITHOUT_WASM = (
    "wasm streaming",
    "falling back",
    "failed to asynchronously prepare wasm",
    "Aborted",
    "Failed to load resource",
)
"""What the decoder says aloud when it cannot have its WebAssembly."""


@pytest.mark.parametrize("engine", ENGINES)
def test_a_coupon_held_before_the_camera_is_settled_counted_and_undone(
    house: House, camera: Camera, browse: Browse
) -> None:
    campaign = house.new_campaign()
    code = house.new_coupon(campaign)
    number = house.new_card(name="Ada Lovelace")
    camera.show(house.picture(f"/coupons/{code}/qr.png?size=400"))
    till = Till(browse(), house).open()

    till.page.get_by_role("button", name="Camera").click()
    expect(till.said).to_have_text("Coupon read: Autumn 10 %.")
    till.type_code(number)
    expect(till.card).to_contain_text("Ada Lovelace")
    till.type_total("49,90")
    expect(till.to_pay).to_have_text("€44.91")
    till.settle("Settle €44.91")

    expect(till.answer).to_contain_text("Settled")
    expect(till.answer.locator("[data-slot=to-pay]")).to_have_text("€44.91")
    assert purchases(house) == [(4990, 499, 4491, None)]
    assert totals(house, campaign) == {
        "contacts": 40, "responders": 1, "responses": 1, "redemptions": 1, "refused": 0,
        "discount": 499, "revenue": 4491, "cost": 8400, "response_rate": 0.025,
        "cost_per_responder": 8400, "guarantees": 0, "claims": 0, "claim_rate": None,
        "conflicts": 0, "conflict_cost": 0,
    }  # fmt: skip
    [answer] = house.api.get(f"/responses?campaign={campaign}")["items"]
    assert (answer["kind"], answer["outcome"]) == ("redeemed", "accepted")
    assert answer["pseudonym"] == house.api.get(f"/cards/{number}")["customer"]["pseudonym"]
    assert house.api.get(f"/cards/{number}")["points"]["available"] == 44

    till.undo()

    expect(till.page.locator("#last [data-slot=state]")).to_have_text("Undone")
    assert purchases(house) == [(4990, 499, 4491, "mistyped")]
    assert totals(house, campaign)["redemptions"] == 0
    assert house.api.get(f"/coupons/{code}")["usable"] is True
    assert house.api.get(f"/cards/{number}")["points"]["available"] == 0


def test_without_webassembly_the_camera_reads_all_the_same(
    house: House, camera: Camera, browse: Browse
) -> None:
    code = house.new_coupon(house.new_campaign())
    camera.show(house.picture(f"/coupons/{code}/qr.png?size=400"))
    page = browse(allowed=WITHOUT_WASM)
    page.context.route("**/*.wasm", lambda route: route.abort())
    refused: list[str] = []
    page.context.on("requestfailed", lambda request: refused.append(request.url))
    till = Till(page, house).open()

    till.page.get_by_role("button", name="Camera").click()

    expect(till.said).to_have_text("Coupon read: Autumn 10 %.")
    assert any(url.endswith(".wasm") for url in refused)


def purchases(house: House) -> list[tuple[int, int, int, str | None]]:
    """Return what the shop has settled: total, discount, to pay, why it was undone."""
    rows = select(
        Purchase.basket_total, Purchase.discount, Purchase.to_pay, Purchase.void_reason
    ).where(Purchase.shop_id == house.shop.id)
    return house.running.database.look(
        lambda session: [tuple(row) for row in session.execute(rows)]
    )


def totals(house: House, campaign: str) -> dict[str, object]:
    """Return the totals of a campaign's report."""
    found: dict[str, object] = house.api.get(f"/campaigns/{campaign}/report")["totals"]
    return found
