"""The till as a cashier uses it."""

from playwright.sync_api import Locator, Page, expect

from tests.chromium.house import PIN, House


class Till:
    """A page with the till in it."""

    def __init__(self, page: Page, house: House) -> None:
        self.page = page
        self.house = house

    def open(self) -> "Till":
        """Enrol the device and sign the cashier on, through the pages."""
        self.page.goto(f"{self.house.address}/till/enrol")
        self.page.get_by_label("Enrolment code").fill(self.house.new_till())
        self.page.get_by_role("button", name="Set up").click()
        self.sign_on()
        return self

    def sign_on(self) -> None:
        """Sign on with a PIN."""
        self.type_pin()
        expect(self.code).to_be_focused()  # the last thing a till does before it takes scans

    def type_pin(self) -> None:
        """Say who it is, and type the PIN."""
        self.page.get_by_role("radio", name=self.house.cashier.name).check(force=True)
        self.page.get_by_label("PIN").fill(PIN)
        self.page.get_by_label("PIN").press("Enter")

    def type_code(self, code: str) -> None:
        """Type a code by hand, once the one before is looked up: its answer moves the focus."""
        expect(self.page.locator("#code-form")).not_to_have_attribute("aria-busy", "true")
        self.type_meanwhile(code)

    def type_meanwhile(self, code: str) -> None:
        """Type a code by hand while the one before is still being looked up."""
        self.code.fill(code)
        self.code.press("Enter")

    def type_total(self, amount: str) -> None:
        """Type what the basket comes to."""
        self.total.fill(amount)

    @property
    def code(self) -> Locator:
        """Where a code is typed."""
        return self.page.get_by_label("Card or coupon")

    @property
    def total(self) -> Locator:
        """Where the basket's total is typed."""
        return self.page.get_by_label("Basket total")

    @property
    def said(self) -> Locator:
        """What the till says about the last scan."""
        return self.page.locator("#say")

    @property
    def card(self) -> Locator:
        """The card of this sale."""
        return self.page.locator("#card")

    @property
    def coupons(self) -> Locator:
        """The coupons of this sale."""
        return self.page.locator("#coupons > li")

    @property
    def to_pay(self) -> Locator:
        """What the customer has to pay, as quoted."""
        return self.page.locator("#sum [data-slot=to-pay]")

    @property
    def settle_button(self) -> Locator:
        """The button that settles."""
        return self.page.locator("#settle")

    @property
    def answer(self) -> Locator:
        """What the server has settled."""
        return self.page.locator("#answer")

    def settle(self, button: str) -> None:
        """Settle once the button says so."""
        expect(self.settle_button).to_have_text(button)
        self.settle_button.click()

    def undo(self) -> None:
        """Undo the last sale."""
        self.page.get_by_role("button", name="Undo", exact=True).click()
        self.page.get_by_role("button", name="Undo sale").click()
