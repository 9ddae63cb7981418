"""What one till has quoted another one does not take; both see it at their next scan."""

from playwright.sync_api import expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.test_people import SUPERVISORS, make_person
from tests.chromium.till import Till
from tests.chromium.watch import refused

HELD = "**/api/v1/holds"
RELEASED = "**/api/v1/holds/release"


def test_a_quoted_coupon_is_held_at_this_till_until_it_is_taken_off(
    browse: Browse, house: House
) -> None:
    one, two = Till(browse(), house).open(), Till(browse(), house).open()
    code = house.new_coupon()
    with one.page.expect_response(HELD) as held:
        one.type_code(code)
        one.type_total("20")
    assert held.value.status == 201

    two.type_code(code)
    expect(two.said).to_contain_text("Held at Till")
    expect(two.coupons.first).to_contain_text("Held at Till")
    expect(two.coupons.first.get_by_role("button", name="Let it go there …")).to_be_visible()

    with one.page.expect_response(RELEASED):
        one.coupons.first.get_by_role("button", name="Remove").click()
    two.type_total("20")
    two.settle("Settle €18.00")

    expect(two.answer).to_contain_text("€18.00")


def test_whoever_locks_the_till_lets_go_what_it_holds(till: Till, house: House) -> None:
    with till.page.expect_response(HELD):
        till.type_code(house.new_coupon())
        till.type_total("20")

    with till.page.expect_request(RELEASED) as released:
        till.page.locator("[data-sign-off] button").click()

    assert len(released.value.post_data_json["coupons"]) == 1


def test_a_supervisor_frees_what_another_till_holds(browse: Browse, house: House) -> None:
    one = Till(browse(), house).open()
    two = Till(browse(allowed=(refused(409),)), house).open()
    make_person(house, "Mona", "manager", SUPERVISORS)
    code = house.new_coupon()
    with one.page.expect_response(HELD):
        one.type_code(code)
        one.type_total("20")
    two.type_code(code)
    two.type_total("20")

    two.coupons.first.get_by_role("button", name="Let it go there …").click()
    dialog = two.page.locator("#approval")
    expect(dialog).to_contain_text("Free a coupon that another till holds.")
    dialog.get_by_label("Their PIN").fill(SUPERVISORS)
    dialog.get_by_role("button", name="Approve").click()

    two.settle("Settle €18.00")
    expect(two.answer).to_contain_text("€18.00")
