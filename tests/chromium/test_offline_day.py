"""A whole day without a line: three tills, one coupon that all of them have taken."""

from random import Random  # noqa: TID251  # the same dice each time
from typing import Any

from playwright.sync_api import Route, expect

from tests.chromium.conftest import Browse
from tests.chromium.counter import NO_LINE, UPLOAD, Books, Counter, books, new_offline_coupon
from tests.chromium.house import House

SENT_ANEW = """async (body) => {
  const { csrf } = await (await fetch("/till/session")).json()
  const headers = { "Content-Type": "application/json", "X-CSRFToken": csrf }
  const answer = await fetch("/api/v1/purchases/offline", { method: "POST", headers, body })
  return (await answer.json()).items
}"""


class Dropping:
    """A line that carries every queue there, and loses a fifth of the answers."""

    def __init__(self, till: Counter, dice: Random) -> None:
        self.till = till
        self.bodies: list[str] = []
        self.lost = 0
        self._dice = dice
        till.page.context.route(UPLOAD, self._carry)

    def _carry(self, route: Route) -> None:
        self.bodies.append(str(route.request.post_data))
        answer = route.fetch()
        if self._dice.random() < 0.2 or not self.lost:
            self.lost += 1
            route.abort()
        else:
            route.fulfill(response=answer)


def sell(till: Counter, cards: list[str], printed: str) -> None:
    """Sell all day, without a line; somewhere in it the coupon is taken."""
    till.cut()
    for number, card in enumerate(cards):
        till.type_code(card)
        if number == 0:
            till.go_on()
        expect(till.card).to_be_visible()
        if number == 3:
            till.type_code(printed)
            expect(till.coupons).to_have_count(1)
        till.type_total(str(10 + number))
        till.total.press("Enter")  # settles it, but with a coupon stops at the price
        if number == 3:
            expect(till.settle_button).to_contain_text("Settle €")
            till.settle_button.click()
        expect(till.answer).to_be_visible()
        expect(till.answer).to_contain_text("Accepted offline")


def test_a_day_without_a_line_loses_nothing_and_counts_nothing_twice(
    browse: Browse, house: House
) -> None:
    dice = Random(20261122)  # noqa: S311  # no secret
    printed, cards = new_offline_coupon(house), [house.new_card() for _ in range(6)]
    tills = []
    for _ in range(3):
        till = Counter(browse(allowed=NO_LINE), house)
        till.open()
        tills.append(till.ready())
    for till in tills:
        sell(till, cards, printed)
    assert [len(till.queue()) for till in tills] == [6, 6, 6]
    assert books(house).purchases == []

    lines = [Dropping(till, dice) for till in tills]
    for line in dice.sample(lines, 3):
        line.till.mend()
    for till in tills:
        expect(till.synced).to_contain_text("6 sent", timeout=30_000)
        expect(till.line).to_have_attribute("data-state", "up")

    assert [till.queue() for till in tills] == [[], [], []]
    assert all(line.lost for line in lines)
    assert {till.synced.inner_text().splitlines()[0] for till in tills} == {
        "6 sent, 0 with a conflict",
        "6 sent, 1 with a conflict",
    }
    once = books(house)
    assert_all_there(once)

    for till in tills:
        till.page.context.unroute(UPLOAD)
    sent = [(line.till, body) for line in lines for body in line.bodies] * 2
    answers = [one for till, body in dice.sample(sent, len(sent)) for one in again(till, body)]
    assert {one["replayed"] for one in answers} == {True}
    assert books(house) == once


def again(till: Counter, body: str) -> list[dict[str, Any]]:
    """Send what a till has sent once more."""
    found: list[dict[str, Any]] = till.page.evaluate(SENT_ANEW, body)
    return found


def assert_all_there(found: Books) -> None:
    """Every sale of the three tills is there once; one has won the coupon, two are conflicts."""
    totals = sorted(total for total, _, _ in found.purchases)
    assert totals == sorted([1000 + 100 * number for number in range(6)] * 3)
    assert sorted(to_pay for total, to_pay, _ in found.purchases if total == 1300) == [1170] * 3
    assert all(offline for _, _, offline in found.purchases)
    assert found.uses == ["conflict", "conflict", "redeemed"]
    assert found.conflicts == [("coupon_used_up", 130)] * 2
