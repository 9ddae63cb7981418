"""A customer's own phone: 360 pixels wide, and without JavaScript."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.picture import decoded
from tests.chromium.regular import make_regular

PHONE: dict[str, Any] = {
    "viewport": {"width": 360, "height": 740},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
    "java_script_enabled": False,
}


@pytest.fixture
def phone(browse: Browse) -> Page:
    """A phone that runs no scripts."""
    return browse(**PHONE)


def test_a_printed_code_leads_to_a_card_that_a_scanner_can_read(phone: Page, house: House) -> None:
    campaign = house.new_campaign()
    code = house.new_coupon(campaign)
    address = decoded(house.picture(f"/coupons/{code}/qr.png"))

    phone.goto(address)
    expect(phone.get_by_role("heading", name="10% off")).to_be_visible()
    assert decoded(phone.locator(".qr").screenshot()) == house.printed(code)
    phone.get_by_role("link", name="Get a card").click()
    phone.get_by_role("textbox", name="Name").fill("Ada Lovelace")
    phone.get_by_label("Show my name at the till").check()
    phone.get_by_role("button", name="Get my card").click()

    expect(phone).to_have_url(f"{house.address}/me")
    expect(phone.locator(".card")).to_contain_text("Ada Lovelace")
    number = phone.locator(".card .code").inner_text().replace("-", "")
    said = decoded(phone.locator(".card .qr").screenshot())
    assert re.fullmatch(rf"{re.escape(house.printed(number))}\.[0-9A-Z]{{8}}", said)
    card = house.api.get(f"/cards/{number}")
    answers = house.api.get(f"/responses?campaign={campaign}")["items"]
    assert [one["kind"] for one in answers] == ["joined", "scanned"]
    assert answers[0]["pseudonym"] == card["customer"]["pseudonym"]


def test_a_card_needs_no_name(phone: Page, house: House) -> None:
    phone.goto(f"{house.address}/join")

    phone.get_by_role("button", name="Get my card").click()

    expect(phone).to_have_url(f"{house.address}/me")
    expect(phone.locator(".card .code")).to_have_text(re.compile(r"^\d{4}-\d{4}-\d{4}-\d{4}$"))


@pytest.mark.parametrize("path", ["/join", "/me", "/me/details", "/me/forget", "/c/0000"])
def test_no_page_is_wider_than_a_small_phone(browse: Browse, house: House, path: str) -> None:
    phone = browse(**PHONE | {"java_script_enabled": True}, allowed=("Failed to load",))
    phone.goto(f"{house.address}/join")
    phone.get_by_role("button", name="Get my card").click()

    phone.goto(house.address + path)

    wide = phone.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["viewport"]["width"]


def test_a_reward_is_claimed_by_thumb_and_its_code_can_be_scanned(
    phone: Page, house: House
) -> None:
    regular = make_regular(house)
    phone.goto(regular.link)

    phone.get_by_role("link", name="Get it").first.click()
    phone.get_by_role("button", name="Get it for my points").click()
    code = phone.locator(".card .code").inner_text()
    scanned = decoded(phone.locator(".card .qr").screenshot())
    phone.get_by_text("Give it back").first.click()
    phone.get_by_role("button", name="Give it back").click()

    assert scanned == house.printed(code)
    expect(phone).to_have_url(f"{house.address}/me/rewards")
    expect(phone.get_by_role("status")).to_contain_text("The points are back.")
    expect(phone.get_by_text("Given back")).to_be_visible()


def test_the_code_for_friends_leads_a_friend_to_a_card(
    phone: Page, browse: Browse, house: House
) -> None:
    phone.goto(make_regular(house).link)
    phone.get_by_role("link", name="My code for friends").click()
    address = decoded(phone.locator(".card .qr").screenshot())
    friend = browse(**PHONE)

    friend.goto(address)
    expect(friend.get_by_text("You get 200 points")).to_be_visible()
    friend.get_by_role("link", name="Get a card").click()
    friend.get_by_role("button", name="Get my card").click()
    expect(friend.get_by_role("status")).to_contain_text("invitation counts")
    phone.reload()

    expect(phone.get_by_text("2 friends joined")).to_be_visible()


def test_no_page_of_a_regular_is_wider_than_a_small_phone(browse: Browse, house: House) -> None:
    phone = browse(**PHONE | {"java_script_enabled": True})
    regular = make_regular(house)
    phone.goto(regular.link)
    wide = {}

    for path in ("/me", "/me/rewards", "/me/friends", "/me/give", f"/c/{regular.early}"):
        phone.goto(house.address + path)
        wide[path] = phone.evaluate("document.documentElement.scrollWidth")

    assert max(wide.values()) <= PHONE["viewport"]["width"], wide
