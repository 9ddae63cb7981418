"""What the customer sees: a second window at once, a phone soon, and nothing of another sale."""

import re

from playwright.sync_api import Page, expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.till import Till
from tests.chromium.watch import refused

PAIRED = "**/api/v1/till/display"


def pair(till: Till) -> str:
    """Pair a phone by the dialog, and return the address that is in its code."""
    till.page.keyboard.press("Shift+F8")
    with till.page.expect_response(PAIRED) as made:
        till.page.get_by_role("button", name="Show on a phone").press("Enter")
    expect(till.page.locator("#display-picture")).to_be_visible()
    till.page.keyboard.press("Escape")
    return str(made.value.json()["address"])


def pays(page: Page, amount: str) -> None:
    expect(page.locator("#facing-sale [data-slot=to-pay]")).to_have_text(amount)


def test_a_window_and_a_phone_show_the_sale_and_then_nothing_of_it(
    browse: Browse, house: House
) -> None:
    till = Till(browse(), house).open()
    window = till.page.context.new_page()
    window.goto(f"{house.address}/till/display")
    phone = browse(allowed=(refused(404),), viewport={"width": 360, "height": 740})
    phone.goto(pair(till))
    expect(window.get_by_role("heading", name="Collect points")).to_be_visible()
    expect(phone.get_by_role("heading", name="Collect points")).to_be_visible()

    till.type_code(house.new_card(name="Ada Lovelace"))
    till.type_code(house.new_coupon())
    till.type_total("20")
    pays(window, "€18.00")
    pays(phone, "€18.00")
    expect(window.locator("#facing-sale")).to_contain_text("Ada Lovelace")
    assert "Ada" not in phone.content()

    till.settle("Settle €18.00")
    for page in (window, phone):
        expect(page.get_by_text("Thank you!")).to_be_visible()
    till.page.wait_for_timeout(600)  # a second Enter is meant for the sale before
    till.page.locator("#next").click()
    for page in (window, phone):
        expect(page.get_by_role("heading", name="Collect points")).to_be_visible()
        assert not re.search("18.00|Ada", page.content())

    till.page.keyboard.press("Shift+F8")
    till.page.get_by_role("button", name="Switch the phone off").click()
    expect(phone.locator("#facing-say")).to_have_text("This display was switched off at the till.")


def test_a_till_that_is_locked_shows_nothing_of_its_sale(browse: Browse, house: House) -> None:
    till = Till(browse(), house).open()
    window = till.page.context.new_page()
    window.goto(f"{house.address}/till/display")
    phone = browse()
    phone.goto(pair(till))
    till.type_total("20")
    for page in (window, phone):
        pays(page, "€20.00")

    till.page.locator("[data-sign-off] button").click()

    for page in (window, phone):
        expect(page.get_by_role("heading", name="Collect points")).to_be_visible()
        assert "20.00" not in page.content()
    till.sign_on()
    for page in (window, phone):
        pays(page, "€20.00")


def test_a_till_that_the_server_has_locked_shows_nothing_of_its_sale(
    browse: Browse, house: House
) -> None:
    """Its page knows of nothing, as it would on a device that sleeps."""
    till = Till(browse(), house).open()
    window = till.page.context.new_page()
    window.goto(f"{house.address}/till/display")
    phone = browse()
    phone.goto(pair(till))
    till.type_total("20")
    for page in (window, phone):
        pays(page, "€20.00")

    house.end_sessions()

    for page in (window, phone):
        expect(page.get_by_role("heading", name="Collect points")).to_be_visible(timeout=10_000)
        assert "20.00" not in page.content()
