"""Codes that come by a scanner that types, or by hand."""

import pytest
from playwright.sync_api import Page, Route, expect

from core import ids
from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.scanner import FRENCH, GERMAN, Keyboard
from tests.chromium.test_accessibility import AXE, violations
from tests.chromium.till import Till
from tests.chromium.watch import refused


def without_focus(page: Page) -> None:
    """Take the focus off every field, as after a touch beside them."""
    page.evaluate("document.activeElement.blur()")


def hold_back(page: Page) -> list[Route]:
    """Keep the next scan on its way until it is let go."""
    slow: list[Route] = []

    def keep(route: Route) -> None:
        slow.append(route)

    page.route("**/api/v1/scans", keep, times=1)
    return slow


@pytest.mark.parametrize("layout", [{}, GERMAN, FRENCH], ids=["us", "german", "french"])
def test_a_scanner_that_types_is_heard_without_a_focus_on_any_layout(
    till: Till, house: House, layout: dict[str, str]
) -> None:
    code = house.new_coupon()
    without_focus(till.page)

    Keyboard(till.page, layout).scan(house.printed(code))

    expect(till.said).to_have_text("Coupon read: Autumn 10 %.")
    expect(till.coupons).to_have_count(1)


def test_a_field_gets_back_what_a_scanner_typed_into_it(till: Till, house: House) -> None:
    code = house.new_coupon()
    till.type_total("12,50")

    Keyboard(till.page, GERMAN).scan(house.printed(code))

    expect(till.coupons).to_have_count(1)
    expect(till.total).to_have_value("12,50")
    expect(till.to_pay).to_have_text("€11.25")


def test_digits_typed_right_before_a_scan_stay_in_their_field(till: Till, house: House) -> None:
    number = house.new_card(name="Ada Lovelace")
    keyboard = Keyboard(till.page)
    till.total.focus()

    began = keyboard.type("12", gap=0.07)
    keyboard.scan(number, at=began)

    expect(till.card).to_contain_text("Ada Lovelace")
    expect(till.total).to_have_value("12")


def test_digits_typed_in_the_very_moment_of_a_scan_stay_in_their_field(
    till: Till, house: House
) -> None:
    code = house.new_coupon()
    keyboard = Keyboard(till.page)
    till.total.focus()

    began = keyboard.type("12", gap=0.02)
    keyboard.scan(house.printed(code), at=began)

    expect(till.coupons).to_have_count(1)
    expect(till.total).to_have_value("12")


def test_a_typed_code_may_be_written_carelessly(till: Till, house: House) -> None:
    code = house.new_coupon()
    careless = f" {code.lower().replace('0', 'o').replace('1', 'l').replace('-', ' ')} "

    till.type_code(careless)

    expect(till.said).to_have_text("Coupon read: Autumn 10 %.")


def test_a_card_is_read_from_its_printed_groups(till: Till, house: House) -> None:
    number = house.new_card(name="Ada Lovelace")

    till.type_code(ids.grouped(number))

    expect(till.said).to_have_text("Card read: Ada Lovelace.")


def test_an_unknown_code_is_refused_in_a_sentence(browse: Browse, house: House) -> None:
    till = Till(browse(allowed=(refused(404),)), house).open()

    till.type_code("7KQF-2M9P-XTRA")

    expect(till.said).to_have_text("This code is not one of ours. Check it and scan again.")
    expect(till.said).to_have_attribute("data-tone", "bad")
    expect(till.coupons).to_have_count(0)


def test_a_used_coupon_says_so_at_the_till(browse: Browse, house: House) -> None:
    code = house.new_coupon()
    house.new_purchase(coupons=[code])
    till = Till(browse(), house).open()

    till.type_code(code)

    expect(till.said).to_have_text(
        "This coupon has been used already. Go on without it, or scan another coupon."
    )


def test_a_refused_scan_is_as_large_as_an_answer_and_offers_nothing_to_redeem(
    browse: Browse, house: House
) -> None:
    code = house.new_coupon()
    house.new_purchase(coupons=[code])
    page = browse(viewport={"width": 360, "height": 640}, has_touch=True)
    page.add_init_script(path=AXE)
    till = Till(page, house).open()

    Keyboard(page).scan(house.printed(code))

    expect(page.get_by_role("alert").filter(has_text="used already")).to_be_visible()
    expect(page.locator("#said > .icon")).to_be_in_viewport(ratio=1)
    expect(page.locator("#said").get_by_text("Refused", exact=True)).to_be_in_viewport(ratio=1)
    expect(till.said).to_be_in_viewport(ratio=1)
    expect(till.settle_button).to_have_text("Settle")
    expect(till.settle_button).to_have_attribute("aria-disabled", "true")
    assert violations(page) == []

    till.type_total("10")
    expect(page.locator("#said > .icon")).to_be_hidden()


@pytest.mark.parametrize("end", ["settled", "cleared away"])
def test_a_slow_answer_is_not_put_on_the_next_sale(till: Till, house: House, end: str) -> None:
    page = till.page
    till.type_total("10")
    till.type_code(house.new_coupon())
    expect(till.settle_button).to_have_text("Settle €9.00")
    slow = hold_back(page)
    with page.expect_request("**/api/v1/scans"):
        till.type_code(house.new_card(name="Ada Lovelace"))
    if end == "settled":
        till.settle("Settle €9.00")
        expect(till.answer).to_be_visible()
        till.type_meanwhile(house.new_coupon())  # what is scanned now begins the next sale
        expect(till.coupons).to_have_count(1)
        expect(till.total).to_have_value("")
    else:
        page.get_by_role("button", name="Start over").click()
        till.type_meanwhile(house.new_coupon())
        expect(till.coupons).to_have_count(1)

    with page.expect_response("**/api/v1/scans"):
        slow[0].continue_()
    till.type_code(house.new_coupon())

    expect(till.coupons).to_have_count(2)
    expect(till.card).to_be_hidden()


def test_of_two_cards_the_one_that_was_scanned_last_stays(till: Till, house: House) -> None:
    page = till.page
    slow = hold_back(page)
    with page.expect_request("**/api/v1/scans"):
        till.type_code(house.new_card(name="Ada Lovelace"))
    till.type_meanwhile(house.new_card(name="Grace Hopper"))
    expect(till.card).to_contain_text("Grace")

    with page.expect_response("**/api/v1/scans"):
        slow[0].continue_()
    till.type_code(house.new_coupon())

    expect(till.coupons).to_have_count(1)
    expect(till.card).to_contain_text("Grace")


@pytest.mark.parametrize("button", ["Keys", "Display", "Find a card"])
def test_no_scan_goes_behind_a_dialog(till: Till, house: House, button: str) -> None:
    till.page.get_by_role("button", name=button, exact=True).click()
    expect(till.page.get_by_role("dialog")).to_be_visible()

    Keyboard(till.page).scan(house.printed(house.new_coupon()))

    expect(till.coupons).to_have_count(1)
    expect(till.page.get_by_role("dialog")).to_be_hidden()


def test_one_enter_settles_what_was_typed_and_stops_where_a_quote_changes_it(
    till: Till, house: House
) -> None:
    till.type_code(house.new_card())
    expect(till.card).to_be_visible()
    till.type_total("20")
    till.total.press("Enter")
    expect(till.answer).to_contain_text("€20.00")

    till.type_code(house.new_coupon())
    expect(till.coupons).to_have_count(1)
    till.type_total("20")
    till.total.press("Enter")
    expect(till.settle_button).to_have_text("Settle €18.00")
    expect(till.answer).to_be_hidden()


def test_the_same_scan_twice_within_two_seconds_is_one(till: Till, house: House) -> None:
    code = house.new_coupon()
    scans: list[str] = []
    till.page.on("request", lambda one: scans.append(one.url) if "/scans" in one.url else None)
    keyboard = Keyboard(till.page)

    keyboard.scan(house.printed(code))
    keyboard.scan(house.printed(code))

    till.type_total("10,00")
    expect(till.to_pay).to_have_text("€9.00")
    expect(till.coupons).to_have_count(1)
    assert len(scans) == 1


def test_a_scan_that_failed_or_was_cleared_away_counts_again_at_once(
    browse: Browse, house: House
) -> None:
    till = Till(browse(allowed=(refused(503),)), house).open()
    code = house.printed(house.new_coupon())
    keyboard = Keyboard(till.page)

    till.page.route("**/api/v1/scans", lambda route: route.fulfill(status=503), times=1)
    keyboard.scan(code)
    expect(till.said).to_have_attribute("data-tone", "bad")
    keyboard.scan(code)
    expect(till.coupons).to_have_count(1)

    till.page.get_by_role("button", name="Start over").click()
    expect(till.coupons).to_have_count(0)
    keyboard.scan(code)
    expect(till.coupons).to_have_count(1)
