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
    """Return what is wrong with a state, wide and narrow: axe-core says so, or it is too wide."""
    found = []
    for size in SIZES:
        page.set_viewport_size(size)  # type: ignore[arg-type]
        found += violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found += [f"{name}: wider than {size['width']}"] if wide else []
    return found


@pytest.fixture
def printed(house: House) -> str:
    """What the print of a unique coupon says, which may be taken without a line."""
    return new_offline_coupon(house)


@pytest.fixture
def till(page: Page, house: House, printed: str) -> Counter:
    """A till that has heard the rules, whose line is gone."""
    till = Counter(page, house)
    till.open()
    till.ready()
    till.cut()
    return till


def test_a_sale_without_a_line_is_clean(till: Counter, house: House, printed: str) -> None:
    till.type_code(printed)
    expect(till.line).to_have_attribute("data-state", "shaky")
    found = faults(till.page, "shaky")

    till.go_on()
    expect(till.coupons).to_have_count(1)
    till.type_code(house.new_card())
    expect(till.card).to_be_visible()
    till.type_total("20")
    expect(till.settle_button).to_have_text("Settle €18.00")
    found += faults(till.page, "down")
    till.settle_button.click()
    expect(till.answer).to_be_visible()
    found += faults(till.page, "accepted")

    assert not found, "\n".join(found)


def test_what_is_said_without_a_line_and_after_it_is_clean(
    till: Counter, house: House, printed: str
) -> None:
    till.type_code(printed)
    till.go_on()
    till.type_total("20")
    till.settle("Settle €18.00")
    expect(till.answer).to_be_visible()
    till.page.locator("[data-sign-off] button").click()
    found = faults(till.page, "sign-off")

    till.page.get_by_role("button", name="Stay signed on").click()
    till.type_code("7KQF")
    expect(till.said).to_contain_text("This code needs a line.")
    found += faults(till.page, "refused")
    house.api.post(f"/coupons/{ids.normalise(printed)}/revoke", {})
    till.mend()
    expect(till.synced).to_contain_text("1 sent, 1 with a conflict")
    found += faults(till.page, "conflict")
    till.cut()
    till.page.goto(f"{house.address}/till/sign-on")
    expect(till.page.get_by_role("heading", name="There is no line")).to_be_visible()
    found += faults(till.page, "no-line")

    assert not found, "\n".join(found)
