"""People at the till: the lock, the quick switch, and a second person who approves."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from core import badges, clock, staff
from core.auth import SYSTEM
from core.models import Staff
from tests.chromium.conftest import Browse
from tests.chromium.house import PIN, House
from tests.chromium.scanner import Keyboard
from tests.chromium.test_accessibility import AXE, violations
from tests.chromium.test_history import first_row, sell
from tests.chromium.till import Till
from tests.chromium.watch import refused

SUPERVISORS = "8026"
ASKED = (*map(refused, (400, 401, 409, 500)), "Failed to load resource: net::")
"""What is refused here; 400 is the second of two windows that sign off at the same moment."""


def make_person(house: House, name: str, role: str, pin: str) -> Staff:
    def work(session: Session) -> Staff:
        given = {"name": name, "email": None, "role": role, "shop_id": house.shop.id}
        made = staff.add(session, **given, actor=SYSTEM, at=clock.now())  # type: ignore[arg-type]
        staff.set_pin(session, made, pin, actor=SYSTEM, at=clock.now())
        return made

    return house.running.database.transact(work)


@pytest.fixture
def supervisor(house: House) -> Staff:
    """Somebody who may approve."""
    return make_person(house, "Mona", "manager", SUPERVISORS)


@pytest.fixture
def page(browse: Browse) -> Page:
    return browse(allowed=ASKED)


@pytest.fixture
def rules(house: House) -> Iterator[House]:
    """A shop at whose tills a cashier does little alone."""
    start = house.api.get("/till-rules")
    house.api.call("PATCH", "/till-rules", {"void_minutes": 0, "approve_above": 400})
    yield house
    house.api.call("PATCH", "/till-rules", start)


def type_pin(page: Page, pin: str) -> None:
    """Tap a PIN on the keys of the page."""
    for digit in pin:
        page.locator(f"[data-keypad] [value='{digit}']:visible").click()


def switch(page: Page, name: str, pin: str) -> None:
    """Let somebody else on: three taps and the PIN."""
    page.locator("[data-sign-off] button").click()
    page.get_by_text(name, exact=True).click()
    type_pin(page, pin)
    page.get_by_role("button", name="Sign on").click()


def test_a_till_that_nobody_touches_locks_and_keeps_the_sale_for_its_cashier(
    page: Page, house: House
) -> None:
    page.clock.install()
    till = Till(page, house).open()
    till.type_total("20")
    page.clock.fast_forward("09:00")
    till.type_code(house.new_coupon())
    expect(till.to_pay).to_have_text("€18.00")
    page.clock.fast_forward("09:59")
    expect(till.to_pay).to_have_text("€18.00")

    page.clock.fast_forward("00:01")
    expect(page).to_have_url(f"{house.address}/till/sign-on")
    page.goto(f"{house.address}/till")
    expect(page).to_have_url(f"{house.address}/till/sign-on")

    till.sign_on()
    expect(till.total).to_have_value("20.00")
    expect(till.to_pay).to_have_text("€18.00")


def test_without_a_line_a_till_stays_open_and_locks_when_the_line_is_back(
    page: Page, house: House
) -> None:
    page.clock.install()
    till = Till(page, house).open()
    page.route("**/till/session", lambda route: route.abort())

    page.clock.fast_forward("10:01")
    till.type_total("20")
    page.clock.fast_forward("00:20")
    expect(till.total).to_have_value("20")
    page.unroute_all()
    page.clock.fast_forward("00:20")

    expect(page).to_have_url(f"{house.address}/till/sign-on")


def test_another_tab_is_locked_with_the_first_and_has_nothing_of_the_one_before(
    page: Page, house: House
) -> None:
    Till(page, house).open()
    other = page.context.new_page()
    other.goto(f"{house.address}/till")
    second = Till(other, house)
    second.type_code(house.new_card(name="Ada Lovelace"))
    expect(second.card).to_contain_text("Ada")

    page.bring_to_front()
    page.locator("[data-sign-off] button").click()

    expect(page).to_have_url(f"{house.address}/till/sign-on")
    expect(other).to_have_url(f"{house.address}/till/sign-on")


def test_a_tab_that_gets_the_focus_leaves_when_somebody_else_is_signed_on(
    page: Page, house: House
) -> None:
    till = Till(page, house).open()
    page.evaluate("dispatchEvent(new Event('focus'))")
    till.type_total("20")
    expect(till.total).to_have_value("20")
    page.route(
        "**/till/session",
        lambda route: route.fulfill(json={"csrf": "x", "cashier": {"id": "st_1", "name": "Bo"}}),
    )

    page.evaluate("dispatchEvent(new Event('focus'))")

    page.wait_for_url(f"{house.address}/till/sign-on")


def test_three_taps_and_a_pin_let_somebody_else_on_who_finds_an_empty_sale(
    page: Page, house: House, supervisor: Staff
) -> None:
    till = Till(page, house).open()
    till.type_total("20")

    switch(page, "Mona", SUPERVISORS)
    expect(page.locator("[data-sign-off]")).to_contain_text("Mona")
    expect(till.total).to_have_value("")
    till.type_total("7")
    switch(page, "Mona", SUPERVISORS)
    expect(till.total).to_have_value("7.00")
    switch(page, "Kim", PIN)

    expect(till.total).to_have_value("")


def test_a_sale_without_an_answer_stays_whoever_comes_next(
    page: Page, house: House, supervisor: Staff
) -> None:
    till = Till(page, house).open()
    page.route("**/api/v1/purchases", lambda route: route.fulfill(status=500))
    till.type_total("20")
    till.type_code(house.new_card())
    till.settle("Settle €20.00")
    page.locator("[data-sign-off] button").click()

    page.get_by_text("Mona", exact=True).click()
    page.unroute_all()
    type_pin(page, SUPERVISORS)
    page.get_by_role("button", name="Sign on").click()

    expect(till.answer).to_contain_text("€20.00")


def test_by_keys_alone_somebody_signs_on_without_a_field_in_focus(page: Page, house: House) -> None:
    Till(page, house).open()

    page.keyboard.press("F6")
    expect(page).to_have_url(f"{house.address}/till/sign-on")
    Keyboard(page).scan("4006381333931")
    expect(page.get_by_label("PIN")).to_have_value("")
    page.keyboard.type(f"{PIN}9")
    page.keyboard.press("Backspace")
    page.keyboard.press("Enter")

    expect(Till(page, house).code).to_be_focused()


def settle_much(till: Till, house: House) -> None:
    """Settle a sale with five euros off, which is too much for a cashier alone."""
    till.type_total("50")
    till.type_code(house.new_coupon())
    till.settle("Settle €45.00")
    expect(till.page.get_by_role("dialog")).to_contain_text("So much off one sale")


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_a_supervisor_approves_a_high_value_with_the_pin_after_a_wrong_one(
    browse: Browse, rules: House, supervisor: Staff, colours: str
) -> None:
    page = browse(allowed=ASKED, bypass_csp=True, color_scheme=colours, reduced_motion="reduce")
    page.context.add_init_script(path=AXE)
    till = Till(page, rules).open()
    settle_much(till, rules)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("€5.00")
    faults = violations(page)

    type_pin(page, "1111")
    dialog.get_by_role("button", name="Approve").click()
    expect(dialog.get_by_role("alert")).to_contain_text("That did not match.")
    assert not [*faults, *violations(page)]
    type_pin(page, SUPERVISORS)
    dialog.get_by_role("button", name="Approve").click()

    expect(till.answer).to_contain_text("€45.00")


def test_a_supervisor_approves_a_late_void_by_a_badge_that_is_scanned(
    page: Page, rules: House, supervisor: Staff
) -> None:
    code = rules.running.database.transact(
        lambda s: badges.renew(s, supervisor.id, actor=SYSTEM, at=clock.now())
    )
    till = Till(page, rules).open()
    till.type_total("12,50")
    till.type_code(rules.new_card())
    till.settle("Settle €12.50")
    till.undo()
    expect(page.get_by_role("dialog")).to_contain_text("Undo a sale")

    Keyboard(page).scan("4006381333931")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("That is no badge.")
    Keyboard(page).scan(code)

    expect(page.locator("#last")).to_contain_text("Undone")


def test_what_nobody_approves_is_refused_and_keys_alone_do_for_all_of_it(
    page: Page, rules: House, supervisor: Staff
) -> None:
    till = Till(page, rules).open()
    settle_much(till, rules)

    page.keyboard.press("Escape")
    expect(page.locator("#refusal")).to_contain_text("This needs a second person.")
    till.settle("Settle €45.00")
    expect(page.get_by_role("radio", name="Mona")).to_be_checked()
    page.keyboard.type(SUPERVISORS)
    page.keyboard.press("Enter")

    expect(till.answer).to_contain_text("€45.00")


def test_a_window_left_alone_does_not_lock_out_who_works_in_another(
    page: Page, house: House
) -> None:
    page.clock.install()
    till = Till(page, house).open()
    left_alone = page.context.new_page()
    left_alone.goto(f"{house.address}/till")
    page.clock.fast_forward("09:00")
    with page.expect_response("**/till/alive"):
        till.total.click()

    page.clock.fast_forward("09:59")
    assert not left_alone.evaluate("document.body.inert")
    page.clock.fast_forward("00:01")

    expect(left_alone).to_have_url(f"{house.address}/till/sign-on")


def test_what_was_approved_for_a_look_is_good_for_what_is_given_back(
    page: Page, rules: House, supervisor: Staff
) -> None:
    till = Till(page, rules).open()
    sell(till, rules.new_card(), "50", "Settle €50.00")
    first_row(page, "€50.00")
    page.get_by_role("button", name="Give some back …").press("Enter")
    page.get_by_label("Worth of what comes back").fill("12")
    expect(page.get_by_role("radio", name="Mona")).to_be_checked()
    type_pin(page, SUPERVISORS)
    page.locator("#approval").get_by_role("button", name="Approve").click()
    expect(page.locator("#give-form [data-slot=money]")).to_have_text("€12.00")

    page.get_by_label("Worth of what comes back").fill("12.50")
    page.get_by_role("button", name="Give €12.50 back").press("Enter")

    expect(page.locator("[data-part=done]")).to_have_text("Give the customer €12.50.")
