"""The sales of a till: one is given back in part, one is undone, a slip is printed, by keyboard."""

import re

from playwright.sync_api import Page, expect

from tests.chromium.house import House
from tests.chromium.till import Till


def sell(till: Till, code: str, total: str, button: str) -> None:
    till.type_code(code)
    till.type_total(total)
    till.settle(button)
    expect(till.answer).to_be_visible()


def first_row(page: Page, *said: str) -> None:
    """Open the list of sales by its key, and look at the newest."""
    page.keyboard.press("Shift+F7")
    row = page.locator(".till-sale-row").first
    for one in said:
        expect(row).to_contain_text(one)
    row.focus()
    page.keyboard.press("Enter")


def test_some_of_a_sale_is_given_back_and_told_before(till: Till, house: House) -> None:
    page = till.page
    sell(till, house.new_card(), "50", "Settle €50.00")
    first_row(page, "€50.00")

    page.get_by_role("button", name="Give some back …").press("Enter")
    page.get_by_label("Worth of what comes back").fill("12.50")
    form = page.locator("#give-form")
    expect(form.locator("[data-slot=money]")).to_have_text("€12.50")
    expect(form.locator("[data-slot=points-claimed]")).to_have_text("12")
    page.get_by_role("button", name="Give €12.50 back").press("Enter")

    expect(page.locator("[data-part=done]")).to_have_text("Give the customer €12.50.")
    expect(page.locator("#history-dialog")).to_contain_text("€12.50 given back")


def test_a_sale_is_undone_from_the_list_and_the_till_knows(till: Till, house: House) -> None:
    page = till.page
    sell(till, house.new_coupon(), "20", "Settle €18.00")
    first_row(page, "€18.00", "€2.00 off")

    page.get_by_role("button", name="Undo all of it …").press("Enter")
    page.get_by_role("radio", name="The customer did not buy").check(force=True)
    page.get_by_role("button", name="Undo sale").press("Enter")

    expect(page.locator("#history-dialog [data-part=one]")).to_contain_text("Undone")
    page.keyboard.press("Escape")
    expect(page.locator("#last")).to_contain_text("Undone")


def test_the_slip_is_one_tap_after_the_sale(till: Till, house: House) -> None:
    sell(till, house.new_coupon(), "20", "Settle €18.00")

    slips = []
    for _ in range(2):
        with till.page.context.expect_page() as opened:
            till.page.get_by_role("button", name="Print the slip").click()
        expect(opened.value.locator(".slip")).to_contain_text("€18.00")
        slips.append(opened.value.locator(".slip").inner_text())

    assert [bool(re.search("copy", one, re.IGNORECASE)) for one in slips] == [False, True]
