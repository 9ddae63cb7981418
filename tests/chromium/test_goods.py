"""An offer for some goods is used at a till that knows only totals."""

from playwright.sync_api import expect

from tests.chromium.house import House
from tests.chromium.till import Till


def test_of_which_so_much_is_goods_of_the_coupon(till: Till, house: House) -> None:
    half = {"kind": "percent", "percent": "50", "on": {"categories": ["drinks"]}}
    till.type_code(house.new_coupon(benefit=half))
    till.type_total("20")
    expect(till.coupons.first).to_contain_text("Refused")

    worth = till.page.get_by_label("Of which drinks")
    worth.fill("25")
    expect(till.page.locator("#goods-error")).to_contain_text("cannot cost more")
    worth.fill("6.00")
    expect(till.coupons.first).to_contain_text("Counts: €3.00 off")
    expect(worth).to_be_focused()
    expect(worth).to_have_value("6.00")
    worth.press("Enter")

    expect(till.answer).to_contain_text("€17.00")
