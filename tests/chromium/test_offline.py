"""The till without a line: it says so, takes what is surely good, and forgets nothing."""

from playwright.sync_api import expect

from tests.chromium.conftest import Browse
from tests.chromium.counter import NO_LINE, Counter, books, new_offline_coupon
from tests.chromium.house import House


def test_a_sale_without_a_line_is_accepted_kept_and_sent(browse: Browse, house: House) -> None:
    printed = new_offline_coupon(house)
    card = house.new_card()
    till = Counter(browse(allowed=NO_LINE), house)
    till.open()
    till.ready()

    till.cut()
    till.type_code(printed)
    till.go_on()
    expect(till.coupons).to_have_count(1)
    till.type_code(card)
    expect(till.card).to_contain_text("not known without a line")
    till.type_total("20")
    till.settle("Settle €18.00")

    expect(till.answer).to_contain_text("Accepted offline")
    expect(till.answer).not_to_contain_text("Settled")
    expect(till.answer).to_have_attribute("data-tone", "offline")
    assert [one["body"]["accepted"]["to_pay"] for one in till.queue()] == [1800]
    assert books(house).purchases == []

    till.mend()
    expect(till.synced).to_contain_text("1 sent, 0 with a conflict")
    assert till.queue() == []
    assert books(house).purchases == [(2000, 1800, True)]
    assert books(house).uses == ["redeemed"]
    assert books(house).conflicts == []
