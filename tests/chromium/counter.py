"""A till whose line comes and goes, and what a shop has of it afterwards."""

from dataclasses import dataclass
from typing import Any

from playwright.sync_api import Locator, Page, expect
from sqlalchemy import func, select

from coupons.models import Conflict, Purchase, Redemption
from tests.chromium.house import House
from tests.chromium.picture import decoded
from tests.chromium.till import Till

UPLOAD = "**/api/v1/purchases/offline"

NO_LINE = ("Failed to load resource: net::ERR_", "Failed to load resource: the server responded")
"""What a browser says where there is no line."""

CONTROLLED = """() => new Promise((done) => {
  const { serviceWorker } = navigator
  if (serviceWorker.controller) done()
  else serviceWorker.addEventListener("controllerchange", () => done(), { once: true })
})"""

QUEUE = """async (names) => {
  const open = indexedDB.open("till")
  const database = await new Promise((yes) => (open.onsuccess = () => yes(open.result)))
  const all = database.transaction(names).objectStore(names[0]).getAll()
  const found = await new Promise((yes) => (all.onsuccess = () => yes(all.result)))
  database.close()
  return found
}"""


@dataclass
class Counter(Till):
    """A till at a counter."""

    page: Page
    house: House

    def ready(self) -> "Counter":
        """Wait until the till could go on without a line, also after a reload."""
        expect(self.line).to_contain_text("Rules for the time without a line")
        self.page.evaluate(CONTROLLED)
        return self

    def cut(self) -> None:
        """Take the line away."""
        self.page.context.set_offline(True)

    def mend(self) -> None:
        """Give the line back."""
        self.page.context.set_offline(False)

    def hold_back(self) -> None:
        """Let the server take no queue for now, though there is a line."""
        self.page.context.route(UPLOAD, lambda route: route.fulfill(status=429, body="{}"))

    def let_through(self) -> None:
        """Let the server take queues again."""
        self.page.context.unroute(UPLOAD)

    def go_on(self) -> None:
        """Go on without a line: one tap."""
        self.page.get_by_role("button", name="Go on without a line").click()
        expect(self.line).to_have_attribute("data-state", "down")

    def go_on_if_asked(self) -> None:
        """Go on without a line, unless the device knows that it is to."""
        expect(self.line).not_to_have_attribute("data-state", "up")
        if self.line.get_attribute("data-state") == "shaky":
            self.go_on()

    @property
    def line(self) -> Locator:
        """What is said of the line."""
        return self.page.locator("#line")

    @property
    def synced(self) -> Locator:
        """What came of the sales that were sent: a word beside the line, or a list to be seen."""
        return self.page.locator("#line [data-slot=sent]:visible, #synced:visible")

    def queue(self) -> list[dict[str, Any]]:
        """Return what waits on the device."""
        found: list[dict[str, Any]] = self.page.evaluate(QUEUE, ["queue"])
        return found


def printed(house: House, code: str) -> str:
    """Return what the print of a coupon says, read from its picture."""
    return decoded(house.picture(f"/coupons/{code}/qr.png?size=900"))


def new_offline_offer(house: House, **given: Any) -> str:
    """Make an offer of ten per cent that is taken without a line up to 50.00 off."""
    return house.new_offer(**{"offline": {"policy": "up_to", "value": 5000}} | given)


def new_offline_coupon(house: House, **given: Any) -> str:
    """Issue a unique coupon of such an offer; return what its print says."""
    offer = new_offline_offer(house, **given)
    [made] = house.api.post(f"/offers/{offer}/coupons", {"count": 1})["items"]
    return printed(house, made["code"])


@dataclass(frozen=True)
class Books:
    """What the shop has settled: for each purchase what was paid, and how its coupons ended."""

    purchases: list[tuple[int, int, bool]]
    uses: list[str]
    conflicts: list[tuple[str, int]]
    voided: int


def books(house: House) -> Books:
    """Return what a shop has in its books."""

    def look(session: Any) -> Books:
        ours = Purchase.shop_id == house.shop.id
        bought = session.execute(
            select(Purchase.basket_total, Purchase.to_pay, Purchase.offline)
            .where(ours)
            .order_by(Purchase.occurred_at)
        )
        used = session.execute(
            select(Redemption.state)
            .join(Purchase, Redemption.purchase_id == Purchase.id)
            .where(ours)
        )
        wrong = session.execute(
            select(Conflict.code, Conflict.cost)
            .join(Purchase, Conflict.purchase_id == Purchase.id)
            .where(ours)
        )
        return Books(
            [tuple(row) for row in bought],
            sorted(used.scalars()),
            sorted(tuple(row) for row in wrong),
            session.scalar(select(func.count()).where(ours, Purchase.voided_at.is_not(None))),
        )

    return house.running.database.look(look)
