"""What the till shows beside the figures."""

from playwright.sync_api import expect

from tests.chromium.house import House
from tests.chromium.picture import decoded
from tests.chromium.regular import make_regular
from tests.chromium.till import Till


def test_a_card_shows_its_tier_and_stamps(till: Till, house: House) -> None:
    till.type_code(make_regular(house).number)

    expect(till.card.locator("[data-slot=tier]")).to_have_text("Silver")
    expect(till.card.locator("#stamps")).to_contain_text("4 of 10 stamps")


def test_a_friends_code_says_what_to_do_with_it(till: Till, house: House) -> None:
    till.type_code(make_regular(house).code)

    expect(till.said).to_contain_text("let the customer open the code on their own phone")
    expect(till.coupons).to_have_count(0)


def test_an_early_bird_says_where_it_stands(till: Till, house: House) -> None:
    till.type_code(make_regular(house).early)

    expect(till.coupons.first).to_contain_text("20% off · 100 of 100 places left · then: 10% off")


def test_the_code_for_the_next_purchase_can_be_scanned_from_the_till(
    till: Till, house: House
) -> None:
    following = {"kind": "next_coupon", "offer": house.new_offer()}
    till.type_code(house.new_coupon(benefit=following))
    expect(till.coupons).to_have_count(1)

    till.settle("Redeem the coupon")

    part = till.answer.locator("[data-part=next]")
    expect(part).to_be_visible()
    code = part.locator(".code").inner_text()
    assert decoded(part.locator("img").screenshot()) == house.printed(code)
    till.page.locator("#next").focus()
    till.page.wait_for_timeout(600)
    till.page.locator("#next").click()
    expect(till.answer).to_be_hidden()
