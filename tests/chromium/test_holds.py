"""What one till has quoted another one does not take; both see it at their next scan."""

from playwright.sync_api import expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.till import Till

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
