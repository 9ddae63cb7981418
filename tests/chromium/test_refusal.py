"""What the till says when a sale as a whole is refused."""

from playwright.sync_api import expect

from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.till import Till
from tests.chromium.watch import refused


def test_a_receipt_that_is_settled_already_says_so_until_it_is_changed(
    browse: Browse, house: House
) -> None:
    till = Till(browse(allowed=(refused(409),)), house).open()
    receipt, problem = till.page.get_by_label("Receipt number"), till.page.locator("#refusal")
    house.new_purchase(coupons=[house.new_coupon()], receipt="0042")
    till.type_code(house.new_coupon())
    till.type_total("20")
    receipt.fill("0042")

    expect(till.settle_button).to_have_text("Settle €18.00")
    with till.page.expect_response("**/api/v1/quotes"):  # asked again, as the sale is open again
        till.settle_button.click()
    expect(till.settle_button).to_have_text("Settle €18.00")

    expect(problem).to_contain_text("This receipt was settled already.")
    receipt.fill("0043")
    expect(problem).to_be_hidden()
    till.settle("Settle €18.00")
    expect(till.answer).to_contain_text("€18.00")
