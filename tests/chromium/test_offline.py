"""The till without a line: it says so, takes what is surely good, and forgets nothing."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Route, expect

from core import clock, ids
from tests.chromium.conftest import Browse
from tests.chromium.counter import NO_LINE, Counter, books, new_offline_coupon
from tests.chromium.house import House

SETTLE = "**/api/v1/purchases"


@pytest.fixture
def printed(house: House) -> str:
    """What the print of a unique coupon says, which may be taken without a line."""
    return new_offline_coupon(house)


@pytest.fixture
def till(browse: Browse, house: House, printed: str) -> Counter:
    """A till that has heard the rules, after the coupon was made."""
    counter = Counter(browse(allowed=NO_LINE), house)
    counter.open()
    return counter.ready()


def test_a_sale_without_a_line_is_accepted_kept_and_sent(
    till: Counter, house: House, printed: str
) -> None:
    card = house.new_card()

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


class Lost:
    """A line on which what is settled gets no answer; it arrives all the same if it ``lands``."""

    def __init__(self, till: Counter, *, lands: bool) -> None:
        self.keys: list[str] = []
        self._lands = lands
        till.page.route(SETTLE, self._carry)

    def _carry(self, route: Route) -> None:
        self.keys.append(route.request.headers["idempotency-key"])
        if self._lands:
            route.fetch()
        route.abort()


def test_a_settle_whose_answer_is_lost_on_the_way_out_counts_once(
    till: Counter, house: House, printed: str
) -> None:
    lost = Lost(till, lands=True)
    till.type_code(printed)
    expect(till.coupons).to_have_count(1)
    till.type_total("20")

    with till.page.expect_event("requestfailed"):
        till.settle("Settle €18.00")
    till.cut()
    till.go_on()

    expect(till.answer).to_contain_text("Accepted offline")
    expect(till.answer).to_contain_text("so it counts once")
    assert [one["ask"]["key"] for one in till.queue()] == [lost.keys[0]]
    till.page.unroute(SETTLE)
    till.mend()
    expect(till.synced).to_contain_text("1 sent, 0 with a conflict")
    assert books(house).purchases == [(2000, 1800, False)]
    assert books(house).uses == ["redeemed"]


def test_a_settle_that_never_arrived_is_what_has_happened_all_the_same(
    till: Counter, house: House, printed: str
) -> None:
    Lost(till, lands=False)
    till.type_code(printed)
    expect(till.coupons).to_have_count(1)
    till.type_total("20")
    with till.page.expect_event("requestfailed"):
        till.settle("Settle €18.00")
    till.cut()
    till.go_on()
    expect(till.answer).to_contain_text("Accepted offline")

    house.api.post(f"/coupons/{ids.normalise(printed)}/revoke", {})  # in the meantime
    till.page.unroute(SETTLE)
    till.mend()

    expect(till.synced).to_contain_text("1 sent, 1 with a conflict")
    expect(till.synced).to_contain_text("Refused at first")
    expect(till.synced).to_contain_text("It cost €2.00.")
    assert till.queue() == []
    assert books(house).purchases == [(2000, 1800, True)]
    assert books(house).uses == ["conflict"]
    assert books(house).conflicts == [("coupon_revoked", 200)]


def test_a_device_without_a_network_settles_by_the_rules_without_a_line(
    till: Counter, house: House
) -> None:
    till.type_code(house.new_coupon())  # of an offer that is never taken without a line
    till.type_total("20")
    expect(till.settle_button).to_contain_text("Settle €")
    till.cut()
    till.settle_button.click()
    expect(till.page.locator("#unknown")).to_be_visible()
    till.page.reload()
    till.go_on()

    expect(till.coupons).to_contain_text("This code needs a line.")
    assert till.queue() == []


def test_a_sale_nobody_answered_goes_on_without_a_line_after_a_reload(
    till: Counter, house: House, printed: str
) -> None:
    lost = Lost(till, lands=True)
    till.type_code(printed)
    expect(till.coupons).to_have_count(1)
    till.type_total("20")
    with till.page.expect_event("requestfailed"):
        till.settle("Settle €18.00")

    till.cut()
    till.page.reload()
    till.go_on()

    expect(till.answer).to_contain_text("Accepted offline")
    till.page.unroute(SETTLE)
    till.mend()
    expect(till.synced).to_contain_text("1 sent, 0 with a conflict")
    assert len(set(lost.keys)) == 1
    assert books(house).purchases == [(2000, 1800, False)]


def test_with_a_lease_that_is_over_no_coupon_is_taken_but_a_card_is(
    till: Counter, house: House, printed: str
) -> None:
    till.cut()
    till.page.clock.set_system_time(clock.now() + timedelta(hours=25))
    till.page.reload()
    till.go_on()
    till.type_code(printed)

    expect(till.said).to_contain_text("The rules are too old to take coupons")
    expect(till.coupons).to_have_count(0)
    expect(till.line).to_contain_text("Without a line, no coupons: the rules are too old.")
    till.type_code(house.new_card())
    till.type_total("20")
    till.settle("Settle €20.00")

    expect(till.answer).to_contain_text("Accepted offline")
    expect(till.answer).to_contain_text("The points are booked when the line is back.")


def test_what_was_stopped_before_the_rules_were_heard_is_refused(
    till: Counter, house: House, printed: str
) -> None:
    house.api.post(f"/coupons/{ids.normalise(printed)}/revoke", {})
    with till.page.expect_response("**/api/v1/offline/bundle") as heard:
        till.page.reload()
    assert heard.value.status == 200

    till.cut()
    till.type_code(printed)
    till.go_on()

    expect(till.said).to_contain_text("This coupon is used up or stopped.")
    expect(till.coupons).to_have_count(0)


def test_a_single_use_is_taken_once_at_this_till_whatever_was_sent_since(
    till: Counter, house: House, printed: str
) -> None:
    till.type_code(printed)
    expect(till.coupons).to_have_count(1)
    till.type_total("20")
    till.settle("Settle €18.00")
    expect(till.answer).to_contain_text("Settled")

    till.cut()
    till.page.reload()
    till.go_on()
    till.type_code(printed)

    expect(till.said).to_contain_text("This coupon was used at this till already.")
    expect(till.coupons).to_have_count(0)


def test_an_undo_without_a_line_is_sent_after_its_sale(till: Counter, house: House) -> None:
    till.cut()
    till.type_code(house.new_card())
    till.go_on()
    till.type_total("20")
    till.settle("Settle €20.00")
    expect(till.answer).to_contain_text("Accepted offline")

    till.undo()
    expect(till.page.locator("#last")).to_contain_text("Undone")
    assert [one["undo"]["reason"] for one in till.queue()] == ["mistyped"]
    till.mend()

    expect(till.synced).to_contain_text("1 of them undone")
    assert till.queue() == []
    assert books(house).purchases == [(2000, 2000, True)]
    assert books(house).voided == 1


def test_two_tabs_send_one_queue_once(till: Counter, house: House) -> None:
    sent: list[dict[str, Any]] = []
    till.page.context.on("request", lambda one: _note(sent, one))
    till.cut()
    till.type_code(house.new_card())
    till.go_on()
    till.type_total("20")
    till.settle("Settle €20.00")
    expect(till.answer).to_contain_text("Accepted offline")
    other = Counter(till.page.context.new_page(), house)
    other.page.goto(f"{house.address}/till")
    expect(other.line).to_contain_text("1 sale waits to be sent")

    till.mend()
    for tab in (till, other):
        expect(tab.synced).to_contain_text("1 sent, 0 with a conflict")
        expect(tab.line).not_to_contain_text("waits")

    assert len(sent) == 1
    assert len(books(house).purchases) == 1
    other.type_total("20")  # another sale begins
    for tab in (till, other):
        expect(tab.synced).to_be_hidden()


def _note(sent: list[dict[str, Any]], request: Any) -> None:
    if request.url.endswith("/purchases/offline"):
        sent.append(request.post_data_json)


def test_who_signs_off_leaves_the_queue_to_who_comes_next(till: Counter, house: House) -> None:
    till.cut()
    till.type_code(house.new_card())
    till.go_on()
    till.type_total("20")
    till.settle("Settle €20.00")
    expect(till.answer).to_contain_text("Accepted offline")
    sign_off = till.page.locator("[data-sign-off] button")
    sign_off.click()
    expect(till.page.get_by_text("Without a line nobody could sign on again")).to_be_visible()
    till.page.get_by_role("button", name="Stay signed on").click()

    till.hold_back()
    till.mend()
    expect(till.line).to_contain_text("1 sale waits to be sent")
    sign_off.click()
    expect(till.page.get_by_text("They stay on this device")).to_be_visible()
    till.page.locator("#sign-off-dialog").get_by_role("button", name="Sign off").click()
    till.page.wait_for_url("**/till/sign-on")
    till.let_through()
    till.sign_on()

    expect(till.synced).to_contain_text("1 sent, 0 with a conflict")
    assert till.queue() == []


def test_a_session_that_ended_keeps_the_queue_until_somebody_signs_on(
    till: Counter, house: House
) -> None:
    till.cut()
    till.type_code(house.new_card())
    till.go_on()
    till.type_total("20")
    till.settle("Settle €20.00")
    expect(till.answer).to_contain_text("Accepted offline")

    kept = [one for one in till.page.context.cookies() if one["name"] != "session"]
    till.page.context.clear_cookies()
    till.page.context.add_cookies(kept)
    till.mend()
    till.page.get_by_role("link", name="Sign on to send them").click()
    till.page.wait_for_url("**/till/sign-on")
    till.type_pin()

    expect(till.synced).to_contain_text("1 sent, 0 with a conflict")
    assert len(books(house).purchases) == 1


def test_all_of_it_by_the_keyboard(till: Counter, house: House, printed: str) -> None:
    keys = till.page.keyboard

    till.cut()
    till.code.focus()
    keys.insert_text(printed)
    keys.press("Enter")
    expect(till.line).to_have_attribute("data-state", "shaky")
    keys.press("F3")
    expect(till.coupons).to_have_count(1)
    keys.press("F4")
    keys.insert_text("20")
    keys.press("Enter")
    expect(till.settle_button).to_have_text("Settle €18.00")
    keys.press("Enter")

    expect(till.answer).to_contain_text("Accepted offline")
    expect(till.page.locator("#next")).to_be_focused()
