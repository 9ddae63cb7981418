"""The desk in a browser: on a narrow screen, without scripts, on paper, and while it works."""

import re
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from core import ids
from tests.chromium.conftest import Browse
from tests.chromium.house import House, sign_in
from tests.chromium.test_accessibility import desk as pages_of_the_desk
from tests.chromium.watch import refused
from tests.desk import Desk, at_desk

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
CUT_OFF = """() => [...document.querySelectorAll(".table-frame")]
  .filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.ariaLabel)"""
CODE = re.compile(r"[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}")
MILLIMETRE = 96 / 25.4


@pytest.fixture
def desk(house: House) -> Desk:
    """An owner at a desk, who sends forms without a browser."""
    return at_desk(house.running.app, "owner", email=f"{uuid4().hex[:8]}@example.com")


def order(desk: Desk, count: int) -> str:
    """Issue coupons and return the page of the order."""
    campaign = desk.done("/admin/campaigns/new", name="Flyer", channel="Flyer")
    offer = desk.done(f"{campaign}/offers/new?kind=amount", name_en="5 off", benefit_amount="5")
    return desk.done(f"{offer}/issue?kind=unique", count=str(count))


def test_no_page_is_wider_than_a_phone(browse: Browse, house: House) -> None:
    page = browse(viewport={"width": 360, "height": 740})
    sign_in(page, house)
    menu = page.locator(".admin-menu")
    menu.get_by_text("Menu").click()
    menu.get_by_label("Language").select_option("de")
    menu.get_by_role("button", name="Change").click()

    too_wide = []
    for path in pages_of_the_desk(house):
        page.goto(house.address + path)
        expect(page.locator("html")).to_have_attribute("lang", "de")
        if page.evaluate(OVERFLOW) > 0:
            too_wide.append(path)

    assert not too_wide


def test_a_report_with_conflicts_is_seen_whole(browse: Browse, house: House) -> None:
    campaign = house.new_campaign()
    code = house.new_coupon(campaign)
    house.new_purchase(coupons=[code])
    house.new_conflict(code)
    page = browse(viewport={"width": 1280, "height": 900})
    sign_in(page, house)

    page.goto(f"{house.address}/admin/campaigns/{campaign}/report")
    expect(page.get_by_role("region", name="By channel")).to_contain_text("1 conflict cost €1.00")

    assert page.evaluate(CUT_OFF) == []


def test_a_refused_form_leads_to_its_mistakes(browse: Browse, house: House) -> None:
    page = browse(allowed=(refused(422),))
    sign_in(page, house)

    page.goto(f"{house.address}/admin/campaigns/new")
    page.get_by_label("Fixed cost").fill("a lot")
    page.get_by_role("button", name="Plan the campaign").click()
    page.get_by_role("alert").get_by_role("link", name=re.compile("Fixed cost")).click()

    field = page.get_by_label("Fixed cost")
    expect(field).to_be_focused()
    expect(field).to_have_value("a lot")
    expect(field).to_have_accessible_description(re.compile("Write an amount such as 12.50"))


def test_the_desk_needs_no_scripts(browse: Browse, house: House) -> None:
    page = browse(java_script_enabled=False)
    sign_in(page, house)

    page.goto(f"{house.address}/admin/shops/new")
    page.get_by_label("Name").fill(f"Shop {uuid4().hex[:6]}")
    page.get_by_role("button", name="Open the shop").click()
    page.get_by_label("Name of the till").fill("Till 1")
    page.get_by_role("button", name="Add the till").click()
    expect(page.get_by_role("heading", name="Set up Till 1")).to_be_visible()
    page.get_by_role("link", name="Done").click()
    page.get_by_text("Retire").first.click()
    page.locator(".confirm-ask").get_by_role("button", name="Retire").click()

    expect(page.get_by_text("Till 1 is retired for good.")).to_be_visible()


def test_a_sheet_holds_24_coupons_and_cuts_none(browse: Browse, house: House, desk: Desk) -> None:
    issue = order(desk, 60)
    page = browse()
    sign_in(page, house)

    page.goto(f"{house.address}{issue}/print")
    page.emulate_media(media="print")
    sizes = page.locator(".ticket").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect()).map((at) => [at.width, at.height])"
    )
    paper = page.pdf(prefer_css_page_size=True)

    assert len(sizes) == 60
    assert all(width <= 190 / 3 * MILLIMETRE for width, _ in sizes)
    assert all(height <= 277 / 8 * MILLIMETRE for _, height in sizes)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 3


def test_a_large_order_goes_on_before_ones_eyes(browse: Browse, house: House, desk: Desk) -> None:
    issue = order(desk, 2500)
    page = browse()
    sign_in(page, house)

    page.goto(house.address + issue)
    expect(page.get_by_text("0 of 2,500")).to_be_visible()
    house.running.app.test_cli_runner().invoke(args=["jobs", "run", "--once"])

    expect(page.get_by_text("All 2,500 coupons are made.")).to_be_visible()


def test_a_device_becomes_the_till_whose_code_is_shown(browse: Browse, house: House) -> None:
    page, device = browse(), browse()
    sign_in(page, house)
    label = f"Till {uuid4().hex[:6]}"

    page.goto(f"{house.address}/admin/shops/{ids.public('sh', house.shop.id)}")
    page.get_by_label("Name of the till").fill(label)
    page.get_by_role("button", name="Add the till").click()
    device.goto(str(page.get_by_role("link", name="/till/enrol").get_attribute("href")))
    device.get_by_label("Enrolment code").fill(shown_code(page))
    device.get_by_role("button", name="Set up").click()
    page.get_by_role("link", name="Done").click()

    expect(device).to_have_url(re.compile("/till/sign-on"))
    expect(page.get_by_role("row", name=label)).to_contain_text("Active")


def shown_code(page: Page) -> str:
    """Return the code that a page shows."""
    found = CODE.search(page.locator("main").inner_text())
    assert found
    return found[0]
