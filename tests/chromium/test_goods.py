"""An offer for some goods is used at a till that knows only totals."""

from playwright.sync_api import expect

from tests.chromium.house import House
from tests.chromium.till import Till


def test_of_which_so_much_is_goods_of_the_coupon(till: Till, house: House) -> None:
    half = {"kind": "percent", "percent": "50", "on": {"categories": ["drinks"]}}
    till.type_code(house.new_coupon(benefit=half))
    till.type_total("20")
    expect(till.coupons.first).to_contain_text("Say how much of the basket")

    worth = till.page.get_by_label("Of which drinks")
    worth.fill("25")
    expect(till.page.locator("#goods-error")).to_contain_text("cannot cost more")
    worth.fill("6.00")
    expect(till.coupons.first).to_contain_text("Counts: €3.00 off")
    expect(worth).to_be_focused()
    expect(worth).to_have_value("6.00")
    worth.press("Enter")

    expect(till.answer).to_contain_text("€17.00")


def test_where_there_is_no_such_field_nobody_is_told_to_fill_it_in(
    till: Till, house: House
) -> None:
    some = {"quantity": 1, "on": {"categories": ["coffee"]}}
    offer = {"kind": "buy_get", "buy": some, "get": some}
    till.type_code(house.new_coupon(benefit=offer))
    till.type_total("12.50")

    expect(till.coupons.first).to_contain_text("This till knows only the total; go on without it.")
    expect(till.coupons.first).not_to_contain_text("Say how much")
    expect(till.page.get_by_label("Of which")).to_have_count(0)
