"""axe-core finds nothing on any face of the product, in any state of the till."""

import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from core.ids import normalise
from tests.chromium.conftest import Browse
from tests.chromium.house import PIN, House, sign_in
from tests.chromium.regular import make_regular
from tests.chromium.till import Till
from tests.chromium.watch import refused

AXE = Path(__file__).parents[2] / "node_modules/axe-core/axe.min.js"
RULES = {
    "light": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "dark": ["color-contrast", "link-in-text-block"],  # nothing else is different in the dark
}

NO_LINE = "Failed to load resource: net::ERR_FAILED"

PUBLIC = ("/join", "/me", "/admin/sign-in", "/till/enrol", "/c/0000", "/nowhere")
OF_A_CUSTOMER = ("/me", "/me/details", "/me/forget")
OF_A_REGULAR = ("/me", "/me/rewards", "/me/friends", "/me/give")

A_THING = re.compile(r'<public\("(\w\w)"\):id>')
ONE_OF = re.compile(r"<any\(([\w, ]+)\):\w+>")


def violations(page: Page) -> list[str]:
    """Return what axe-core finds on a page, each with where it is."""
    is_dark = page.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    only = {"runOnly": RULES["dark" if is_dark else "light"]}
    found: dict[str, Any] = page.evaluate("rules => axe.run(document, rules)", only)
    return [
        f"{page.url} {one['id']}: {node['html'][:150]} {node['failureSummary']}"
        for one in found["violations"]
        for node in one["nodes"]
    ]


@pytest.fixture(params=RULES)
def page(request: pytest.FixtureRequest, browse: Browse) -> Page:
    """A page in light or dark colours into which axe-core may be put; animations are done."""
    page = browse(
        bypass_csp=True,
        color_scheme=request.param,
        reduced_motion="reduce",
        allowed=(refused(404), refused(401), NO_LINE),
    )
    page.context.add_init_script(path=AXE)
    return page


def test_a_card_that_cannot_turn_over_is_clean(page: Page, house: House) -> None:
    page.clock.install()
    page.goto(house.new_customer()["link"])
    page.route("**/me/qr.svg", lambda route: route.abort())

    page.clock.fast_forward(31_000)
    expect(page.get_by_role("alert")).to_be_visible()

    assert violations(page) == []


@pytest.mark.parametrize("path", PUBLIC)
def test_a_page_for_anybody_is_clean(page: Page, house: House, path: str) -> None:
    page.goto(house.address + path)

    assert violations(page) == []


def test_what_a_printed_code_opens_is_clean(page: Page, house: House) -> None:
    page.goto(f"{house.address}/c/{normalise(house.new_coupon())}")

    assert violations(page) == []


def test_the_pages_of_a_customer_are_clean(page: Page, house: House) -> None:
    customer = house.new_customer(name="Ada Lovelace")
    house.new_purchase(card=customer["card"]["number"])
    house.new_personal_coupon(customer["id"])
    page.goto(customer["link"])

    faults = []
    for path in OF_A_CUSTOMER:
        page.goto(house.address + path)
        faults += violations(page)

    assert not faults, "\n".join(faults)


def test_the_pages_of_a_regular_are_clean(page: Page, house: House) -> None:
    regular = make_regular(house)
    page.goto(regular.link)

    faults = []
    for path in (*OF_A_REGULAR, f"/c/{regular.early}", f"/c/{regular.code}"):
        page.goto(house.address + path)
        faults += violations(page)
    page.goto(f"{house.address}/me/rewards")
    page.get_by_role("link", name="Get it").first.click()
    page.wait_for_url("**/me/rewards/rw_*")
    faults += violations(page)
    page.get_by_role("button", name="Get it for my points").click()
    page.wait_for_url("**/me/claims/cl_*")
    page.get_by_text("Give it back").first.click()
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_every_page_of_the_desk_is_clean(page: Page, house: House) -> None:
    sign_in(page, house)

    faults = []
    for path in desk(house):
        answer = page.goto(house.address + path)
        assert answer
        assert answer.status == 200, path
        faults += violations(page)

    assert not faults, "\n".join(faults)


def desk(house: House) -> list[str]:
    """Return every page of the desk, each with a thing of this shop on it."""
    things, rich = house.one_of_each(), house.new_rich_offer()
    rules = house.running.app.url_map.iter_rules()
    more = [f"/admin/offers/{rich}", f"/admin/offers/{rich}/edit"]
    return more + [
        A_THING.sub(lambda found: things[found[1]], path)
        for rule in rules
        if rule.rule.startswith("/admin") and "GET" in (rule.methods or ())
        for path in each(rule.rule)
    ]


def each(rule: str) -> list[str]:
    """Return a rule once for each word that it may have in a place."""
    found = ONE_OF.search(rule)
    return [rule.replace(found[0], word) for word in found[1].split(", ")] if found else [rule]


def test_the_gates_of_the_till_are_clean(page: Page, house: House) -> None:
    page.goto(f"{house.address}/till/enrol")
    page.get_by_label("Enrolment code").fill("wrong")
    page.get_by_role("button", name="Set up").click()
    faults = violations(page)
    till = Till(page, house).open()

    page.locator("[data-sign-off] button").click()
    faults += violations(page)
    page.get_by_label("PIN").fill(PIN[::-1])
    page.get_by_role("button", name="Sign on").click()
    faults += violations(page)

    expect(till.settle_button).to_have_count(0)
    assert not faults, "\n".join(faults)


def test_a_till_is_clean_from_the_first_scan_to_the_quote(page: Page, house: House) -> None:
    till = Till(page, house).open()
    faults = violations(page)

    till.type_code("7KQF-2M9P-XTRA")
    expect(till.said).to_have_attribute("data-tone", "bad")
    faults += violations(page)
    till.type_code(house.new_card(name="Ada Lovelace"))
    expect(till.card).to_be_visible()
    till.type_code(house.new_coupon())
    expect(till.coupons).to_have_count(1)
    faults += violations(page)
    till.type_total("1.234")
    expect(page.locator("#total-error")).to_be_visible()
    faults += violations(page)
    till.type_total("20")
    expect(till.settle_button).to_have_text("Settle €18.00")
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_a_till_with_tier_stamps_and_a_code_for_the_next_time_is_clean(
    page: Page, house: House
) -> None:
    till = Till(page, house).open()
    following = {"kind": "next_coupon", "offer": house.new_offer()}

    till.type_code(make_regular(house).number)
    expect(till.card.locator("[data-slot=tier]")).to_have_text("Silver")
    faults = violations(page)
    till.type_code(house.new_coupon(benefit=following))
    expect(till.coupons).to_have_count(1)
    till.type_total("20")
    till.settle("Settle €20.00")
    expect(till.answer.locator("[data-part=next]")).to_be_visible()
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_a_till_is_clean_for_whoever_has_no_card(page: Page, house: House) -> None:
    till = Till(page, house).open()
    [blank] = house.api.post("/cards/stock", {"count": 1})["numbers"]

    page.get_by_role("button", name="New customer").click()
    expect(page.locator("#join-dialog")).to_be_visible()
    faults = violations(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Find a card").click()
    page.get_by_label("Mail address or phone number").fill("nobody@example.com")
    page.keyboard.press("Enter")
    expect(page.locator("#find-wrong")).to_be_visible()
    faults += violations(page)
    page.keyboard.press("Escape")
    till.type_code(blank)
    expect(page.locator("#hand-out")).to_be_visible()
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_a_till_that_looks_or_refuses_is_clean(page: Page, house: House) -> None:
    till = Till(page, house).open()
    large = {"all": [{"kind": "minimum_basket", "amount": 9900}]}

    page.get_by_role("button", name="Camera").click()
    expect(page.locator("#camera-say")).to_have_text("Hold the code into the frame.")
    faults = violations(page)
    till.type_code(house.new_coupon(conditions=large))
    expect(till.coupons).to_have_count(1)
    till.type_total("20")
    expect(till.coupons).to_have_attribute("data-tone", "warn")
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_a_till_is_clean_from_the_answer_to_its_undoing(page: Page, house: House) -> None:
    till = Till(page, house).open()
    till.type_code(house.new_coupon())
    expect(till.coupons).to_have_count(1)

    till.settle("Redeem the coupon")
    expect(till.answer).to_be_visible()
    faults = violations(page)
    page.get_by_role("button", name="Undo", exact=True).click()
    expect(page.locator("#undo-dialog")).to_be_visible()
    faults += violations(page)
    page.get_by_role("button", name="Undo sale").click()
    expect(page.locator("#last [data-slot=state]")).to_have_text("Undone")
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_a_sale_without_answer_is_clean(page: Page, house: House) -> None:
    till = Till(page, house).open()
    till.type_code(house.new_coupon())
    expect(till.coupons).to_have_count(1)
    page.route("**/api/v1/purchases", lambda route: None)  # neither an answer nor an end

    till.settle("Redeem the coupon")
    expect(page.locator("#wait")).to_be_visible()

    assert violations(page) == []


def test_the_display_of_a_till_is_clean_and_the_worth_of_some_goods(
    page: Page, house: House
) -> None:
    till = Till(page, house).open()
    facing = page.context.new_page()
    facing.goto(f"{house.address}/till/display")
    faults = violations(facing)
    drinks = {"kind": "percent", "percent": "50", "on": {"categories": ["drinks"]}}
    till.type_code(house.new_card(name="Ada Lovelace"))
    till.type_code(house.new_coupon(benefit=drinks))
    till.type_total("20")
    page.get_by_label("Of which drinks").fill("30")
    expect(page.locator("#goods-error")).to_be_visible()
    faults += violations(page)
    page.get_by_label("Of which drinks").fill("10")
    till.settle("Settle €15.00")
    expect(facing.get_by_text("Thank you!")).to_be_visible()
    faults += violations(facing)
    page.keyboard.press("Shift+F8")
    page.get_by_role("button", name="Show on a phone").click()
    expect(page.locator("#display-picture")).to_be_visible()
    faults += violations(page)

    assert not faults, "\n".join(faults)


def test_the_sales_of_a_till_are_clean_and_a_slip(page: Page, house: House) -> None:
    till = Till(page, house).open()
    till.type_code(house.new_coupon())
    till.type_total("20")
    till.settle("Settle €18.00")
    expect(till.answer).to_be_visible()

    page.keyboard.press("Shift+F7")
    expect(page.locator(".till-sale-row")).to_have_count(1)
    faults = violations(page)
    page.locator(".till-sale-row").click()
    page.get_by_role("button", name="Give some back …").click()
    expect(page.locator("#give-back")).to_be_enabled()
    faults += violations(page)
    with page.context.expect_page() as opened:
        page.locator("#history-slip").click()
    expect(opened.value.locator(".slip")).to_be_visible()
    faults += violations(opened.value)

    assert not faults, "\n".join(faults)
