"""A line that breaks at the worst moment: the server has settled, and nobody at the till knows."""

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import select

from coupons.models import Purchase
from tests.chromium.conftest import Browse
from tests.chromium.house import House
from tests.chromium.till import Till
from tests.conftest import ENGINES

SETTLE = "**/api/v1/purchases"


class Line:
    """The line of a page, which loses the first answers to what is settled."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.keys: list[str] = []
        self.replayed: list[str | None] = []
        self.losing = True
        page.route(SETTLE, self._carry)

    def _carry(self, route: Route, request: Request) -> None:
        self.keys.append(request.headers["idempotency-key"])
        answer = route.fetch()
        self.replayed.append(answer.headers.get("idempotency-replayed"))
        if self.losing:
            route.abort()
        else:
            route.fulfill(response=answer)


def settled(house: House) -> int:
    """Return how many purchases the shop has."""
    rows = select(Purchase.id).where(Purchase.shop_id == house.shop.id)
    return house.running.database.look(lambda session: len(session.scalars(rows).all()))


def begin(till: Till, house: House) -> None:
    """Begin a sale with a coupon, as far as the button that settles it."""
    till.type_code(house.new_coupon())
    expect(till.coupons).to_have_count(1)
    till.type_total("20")


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reload_before_the_answer_sends_the_same_key_and_settles_once(
    browse: Browse, house: House
) -> None:
    till = Till(browse(allowed=("Failed to load resource: net::ERR_FAILED",)), house).open()
    begin(till, house)
    line = Line(till.page)

    with till.page.expect_event("requestfailed"):
        till.settle("Settle €18.00")
    line.losing = False
    till.page.reload()

    expect(till.answer).to_contain_text("Settled")
    expect(till.answer.locator("[data-slot=to-pay]")).to_have_text("€18.00")
    assert len(line.keys) >= 2
    assert len(set(line.keys)) == 1
    assert line.replayed[0] is None
    assert set(line.replayed[1:]) == {"true"}
    assert settled(house) == 1


def test_a_sale_nobody_answers_says_so_and_can_be_sent_again(browse: Browse, house: House) -> None:
    till = Till(browse(allowed=("Failed to load resource: net::ERR_FAILED",)), house).open()
    begin(till, house)
    line = Line(till.page)
    till.page.clock.install()

    till.settle("Settle €18.00")
    for _ in range(3):
        with till.page.expect_event("requestfailed"):
            till.page.clock.run_for(5000)
    expect(till.page.get_by_role("heading", name="No answer yet")).to_be_visible()
    line.losing = False
    till.page.get_by_role("button", name="Send again").click()

    expect(till.answer).to_contain_text("Settled")
    assert len(set(line.keys)) == 1
    assert settled(house) == 1


def test_a_code_scanned_while_a_sale_is_without_answer_waits(browse: Browse, house: House) -> None:
    till = Till(browse(allowed=("Failed to load resource: net::ERR_FAILED",)), house).open()
    begin(till, house)
    Line(till.page)

    till.settle("Settle €18.00")
    till.type_code(house.new_coupon())

    expect(till.said).to_have_text("One moment: the last sale is still being settled.")
