"""Every state of a till whose line comes and goes can be read by everybody."""

import pytest
from playwright.sync_api import Page, expect

from core import ids
from tests.chromium.conftest import Browse
from tests.chromium.counter import NO_LINE, Counter, new_offline_coupon
from tests.chromium.house import House
from tests.chromium.test_accessibility import AXE, RULES, violations

SIZES = [{"width": 1280, "height": 800}, {"width": 360, "height": 740}]


@pytest.fixture(params=RULES)
def page(request: pytest.FixtureRequest, browse: Browse) -> Page:
    """A page in light or dark colours into which axe-core may be put."""
    page = browse(
        bypass_csp=True, color_scheme=request.param, reduced_motion="reduce", allowed=NO_LINE
    )
    page.context.add_init_script(path=AXE)
    return page


def faults(page: Page, name: str) -> list[str]:
    """Return what is wrong with a state, wide and narrow: for axe-core, or wider than the screen."""
    found = []
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found += [f"{name}: wider than {size['width']}"] if wide else []
    return found


def test_without_a_line_and_after_it_everything_is_clean(page: Page, house: House) -> None:
    printed, card = new_offline_coupon(house), house.new_card()
    till = Counter(page, house)
    till.open()
    till.ready()
    found = faults(page, "up")

    till.cut()
    till.type_code(printed)
    expect(till.line).to_have_attribute("data-state", "shaky")
    found += faults(page, "shaky")
    till.go_on()
    expect(till.coupons).to_have_count(1)
    till.type_code(card)
    expect(till.card).to_be_visible()
    till.type_total("20")
    expect(till.settle_button).to_have_text("Settle €18.00")
    found += faults(page, "down")
    till.settle_button.click()
    expect(till.answer).to_be_visible()
    found += faults(page, "accepted")
    page.locator("[data-sign-off] button").click()
    found += faults(page, "sign-off")
    page.get_by_role("button", name="Stay signed on").click()
    till.code.fill("7KQF")
    till.code.press("Enter")
    expect(till.said).to_contain_text("This code needs a line.")
    found += faults(page, "refused")
    house.api.post(f"/coupons/{ids.normalise(printed)}/revoke", {})
    till.mend()
    expect(till.synced).to_contain_text("1 sent, 1 with a conflict")
    found += faults(page, "conflict")
    till.cut()
    page.goto(f"{house.address}/till/sign-on")
    expect(page.get_by_role("heading", name="There is no line")).to_be_visible()
    found += faults(page, "no-line")

    assert not found, "\n".join(found)
