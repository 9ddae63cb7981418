"""The form of an offer in a browser: rows come and go, and nothing that was typed is lost."""

import pytest
from playwright.sync_api import Page, Route, expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House, sign_in
from tests.chromium.watch import refused


def opened(page: Page, house: House, kind: str) -> Page:
    """Return the form of a new offer."""
    sign_in(page, house)
    page.goto(f"{house.address}/admin/campaigns/{house.new_campaign()}/offers/new?kind={kind}")
    page.get_by_role("textbox", name="Name", exact=True).fill("Happy hour")
    return page


@pytest.mark.parametrize("scripts", [True, False])
def test_an_offer_is_put_together_row_by_row(
    browse: Browse, house: House, *, scripts: bool
) -> None:
    page = opened(browse(java_script_enabled=scripts), house, "amount")
    page.get_by_label("Amount off").fill("2")

    page.locator("#conditions_all_new").select_option("hours")
    page.get_by_role("button", name="Add All of these must be true").click()
    hours = page.get_by_role("group", name="Hours 1")
    hours.get_by_label("From").fill("17:00")
    hours.get_by_label("Until").fill("18:00")
    hours.get_by_text("Fri").click()
    page.get_by_role("button", name="Add hours").click()
    expect(page.get_by_role("group", name="Hours 2")).to_be_visible()
    page.get_by_role("button", name="Remove Hours 2").click()
    page.get_by_role("button", name="Make the offer").last.click()

    expect(page.get_by_role("heading", name="Happy hour")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Fri 5:00")
    expect(page.get_by_role("main")).to_contain_text("€2.00 off")


def test_another_kind_shows_its_fields_at_once(browse: Browse, house: House) -> None:
    page = opened(browse(), house, "early_bird")
    step = page.get_by_role("group", name="Step 1")

    expect(page.get_by_role("button", name="Show its fields")).to_have_count(0)
    chooser = page.locator("#benefit_steps_0_benefit_kind")
    chooser.focus()
    chooser.select_option("points")
    expect(step.get_by_label("Bonus points")).to_be_visible()

    expect(chooser).to_be_focused()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Happy hour")


def test_a_row_that_was_added_is_where_one_goes_on(browse: Browse, house: House) -> None:
    page = opened(browse(), house, "amount")

    page.locator("#conditions_all_new").select_option("minimum_basket")
    page.get_by_role("button", name="Add All of these must be true").click()

    expect(page.get_by_label("Smallest basket")).to_be_focused()


def test_a_form_takes_nothing_until_its_row_has_come(browse: Browse, house: House) -> None:
    page = opened(browse(), house, "amount")
    name = page.get_by_role("textbox", name="Name", exact=True)

    def send_meanwhile(route: Route) -> None:
        name.evaluate("field => field.focus()")
        page.keyboard.type(" lost")
        page.keyboard.press("Enter")
        route.continue_()

    page.route("**/offers/new**", send_meanwhile, times=1)
    page.get_by_role("button", name="Add a limit").click()

    expect(page.get_by_role("group", name="Limit 1")).to_be_visible()
    expect(name).to_have_value("Happy hour")
    name.press_sequentially("A ")  # it stands before the first letter
    expect(name).to_have_value("A Happy hour")


def test_the_enter_key_makes_the_offer_and_adds_no_row(browse: Browse, house: House) -> None:
    page = opened(browse(allowed=(refused(422),)), house, "amount")

    page.get_by_label("Amount off").press("Enter")

    expect(page.get_by_role("alert")).to_contain_text("Amount off: Please fill this in.")
    expect(page.locator(".card-row")).to_have_count(0)


def test_a_line_that_drops_the_answer_leaves_the_form_to_the_browser(
    browse: Browse, house: House
) -> None:
    page = opened(browse(allowed=(refused(503),)), house, "amount")
    page.route(
        "**/offers/new**",
        lambda route: (
            route.fulfill(status=503)
            if route.request.resource_type == "fetch"
            else route.continue_()
        ),
    )

    page.get_by_role("button", name="Add a limit").click()

    expect(page.get_by_role("group", name="Limit 1")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name", exact=True)).to_have_value("Happy hour")
