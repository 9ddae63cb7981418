"""Everybody reaches everything: keys alone, large letters, a small phone, a thumb."""

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House, open_house
from tests.chromium.regular import make_regular
from tests.chromium.till import Till
from tests.running import Running

SMALL = """() => [...document.querySelectorAll("button, input, select, summary, a.button")]
  .filter((one) => one.checkVisibility({visibilityProperty: true}) && !one.closest("[inert]"))
  .map((one) => [one.id || one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
  .filter(([, {width, height}]) => Math.min(width, height) < 43.5)
  .map(([name, {width, height}]) => `${name}: ${width} x ${height}`)"""
OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
SHIFTS = """() => {
  window.shifted = 0
  new PerformanceObserver((list) => {
    for (const one of list.getEntries()) if (!one.hadRecentInput) window.shifted += one.value
  }).observe({type: "layout-shift", buffered: true})
}"""
SAID = """() => {
  window.said = []
  new MutationObserver(() => window.said.push(document.getElementById("say").textContent))
    .observe(document.getElementById("say"), {childList: true, characterData: true, subtree: true})
}"""

SCREENS: dict[str, dict[str, Any]] = {
    "a small phone": {"viewport": {"width": 360, "height": 740}, "has_touch": True},
    "a desk": {"viewport": {"width": 1280, "height": 800}},
    "letters twice as large": {"viewport": {"width": 640, "height": 400}, "device_scale_factor": 2},
}


def sale(till: Till, house: House, look: Callable[[Page], None]) -> None:
    """Go through a sale and look at each state of the screen."""
    look(till.page)
    till.type_code(make_regular(house).number)
    expect(till.card).to_be_visible()
    till.type_code(house.new_coupon())
    till.type_total("49,90")
    expect(till.settle_button).to_have_text("Settle €44.91")
    look(till.page)
    till.type_total("1.234")
    look(till.page)
    till.type_total("49,90")
    till.settle("Settle €44.91")
    expect(till.answer).to_be_visible()
    look(till.page)


@pytest.mark.parametrize("screen", SCREENS)
def test_nothing_is_too_wide_or_too_small_to_hit(house: House, browse: Browse, screen: str) -> None:
    till = Till(browse(**SCREENS[screen]), house).open()
    faults: list[str] = []

    def look(page: Page) -> None:
        faults.extend(page.evaluate(SMALL))
        if too_wide := page.evaluate(OVERFLOW):
            faults.append(f"{too_wide} px too wide")

    sale(till, house, look)

    assert not faults, "\n".join(faults)


NAME = "Alexandrina.Featherstonehaugh-Cholmondeley"
FULL = """() => [...document.querySelectorAll("dd, .till-settle, .till-last, .facing-merchant")]
  .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth + 1)
  .map((one) => `${one.textContent.trim()} does not fit`)"""


@pytest.mark.parametrize("screen", SCREENS)
def test_nor_does_a_long_name_or_a_large_figure_make_it_so(
    products: Callable[[str], Running], engine: str, browse: Browse, screen: str
) -> None:
    house = open_house(products(engine), shop=f"{NAME}, {screen}", cashier=NAME)
    till = Till(browse(**SCREENS[screen]), house).open()
    window = till.page.context.new_page()
    window.goto(f"{house.address}/till/display")
    regular = make_regular(house).number
    faults: list[str] = []

    def look(amount: str) -> None:
        for page in (till.page, window):
            said = page.evaluate(FULL)
            if too_wide := page.evaluate(OVERFLOW):
                said.append(f"{too_wide} px too wide")
            faults.extend(f"{amount}: {one} {page.url}" for one in said)

    till.type_code(regular)
    expect(till.card).to_be_visible()
    till.type_code(house.new_coupon())
    for typed, amount in (("125.000,00", "€112,500.00"), ("11.250.000,00", "€10,125,000.00")):
        till.type_total(typed)
        expect(till.settle_button).to_have_text(f"Settle {amount}")
        expect(window.locator("#facing-sale [data-slot=to-pay]")).to_have_text(amount)
        look(amount)
    till.settle(f"Settle {amount}")
    expect(till.answer).to_be_visible()
    look(amount)

    assert not faults, "\n".join(faults)


def test_a_whole_sale_by_keys_alone(till: Till, house: House) -> None:
    keys = till.page.keyboard

    keys.press("F2")
    keys.type(house.new_coupon(), delay=90)
    keys.press("Enter")
    expect(till.coupons).to_have_count(1)
    keys.press("F4")
    keys.type("49,90", delay=90)
    expect(till.settle_button).to_have_text("Settle €44.91")
    keys.press("F9")
    expect(till.answer).to_be_visible()
    expect(till.page.locator("#next")).to_be_focused()
    till.page.wait_for_timeout(600)  # so long a second press still means the sale before
    keys.press("F9")

    expect(till.answer).to_be_hidden()
    expect(till.code).to_be_focused()


def test_the_keys_that_do_something_now_are_listed(till: Till) -> None:
    listed = till.page.locator("#keys-list li")

    till.page.keyboard.press("F1")

    expect(listed.filter(has_text="F4")).to_have_text("F4 Basket total")
    expect(listed.filter(has_text="Points to spend")).to_have_count(0)  # nobody is there with any
    till.page.keyboard.press("Escape")
    expect(listed.first).to_be_hidden()


def test_nothing_moves_while_the_till_comes_up(browse: Browse, house: House) -> None:
    page = browse()
    page.context.add_init_script(f"({SHIFTS})()")
    Till(page, house).open()

    page.reload()
    expect(page.get_by_label("Card or coupon")).to_be_focused()

    assert page.evaluate("window.shifted") < 0.02


def test_a_quick_answer_comes_without_a_word_in_between(till: Till, house: House) -> None:
    till.page.clock.install(time=0)
    till.page.clock.pause_at(1000)  # so any answer is quick
    till.page.evaluate(SAID)

    till.type_code(house.new_coupon())
    expect(till.said).to_have_text("Coupon read: Autumn 10 %.")
    till.page.clock.run_for(1000)

    assert till.page.evaluate("window.said")
    assert "Looking it up …" not in till.page.evaluate("window.said")


def test_a_slow_answer_is_waited_for_with_a_word(till: Till, house: House) -> None:
    till.page.route("**/api/v1/scans", lambda route: None)

    till.type_code(house.new_coupon())

    expect(till.said).to_have_text("Looking it up …")


def test_who_types_the_next_code_keeps_the_field_when_an_answer_comes(
    till: Till, house: House
) -> None:
    coupon = house.new_coupon()

    def answer_meanwhile(route: Route) -> None:
        till.code.press_sequentially(coupon[:4], delay=90)
        route.continue_()

    till.page.route("**/api/v1/scans", answer_meanwhile, times=1)
    till.type_code(house.new_card())
    expect(till.card).to_be_visible()
    expect(till.code).to_be_focused()
    till.page.keyboard.type(coupon[4:], delay=90)
    till.page.keyboard.press("Enter")

    expect(till.coupons).to_have_count(1)
    expect(till.total).to_be_focused()
