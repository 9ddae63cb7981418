"""A card is handed out, joined for, found, and shown on a phone, where it changes."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect
from sqlalchemy import select

from core import clock, ids
from core.models import Customer
from loyalty import cards, steps
from loyalty.pages.stock import SHEET
from tests.chromium.conftest import Browse
from tests.chromium.house import House, sign_in
from tests.chromium.picture import decoded
from tests.chromium.scanner import Keyboard
from tests.chromium.test_people import SUPERVISORS, make_person
from tests.chromium.test_phone import PHONE
from tests.chromium.till import Till
from tests.chromium.watch import refused

PICTURE = re.compile(r"(.*/C/(\d{16}))\.([0-9A-Z]{8})")
OLD, NEXT = timedelta(days=1), timedelta(seconds=steps.LASTS)


@pytest.fixture
def printed_points(house: House) -> Iterator[None]:
    """A programme by which the number of a card spends nothing."""
    house.api.call("PATCH", "/programme", {"printed_points": 0})
    yield
    house.api.call("PATCH", "/programme", {"printed_points": None})


def new_blank(house: House) -> str:
    """Make a blank card, and return its number."""
    return str(house.api.post("/cards/stock", {"count": 1})["numbers"][0])


def pictures(house: House, number: str, *later: timedelta) -> list[str]:
    """Return what the picture of a card says so much later than now."""
    key = steps.key(house.running.app.extensions["config"].secret_key)
    card = house.running.database.look(lambda s: cards.find(s.connection(), number))
    now, printed = clock.now(), house.printed(number)
    return [f"{printed}.{steps.make(key, card.id, at=now + one)}" for one in later]


def test_a_blank_card_is_handed_out_by_scanning_it_with_a_friend_of_theirs(
    till: Till, house: House
) -> None:
    house.api.call("PATCH", "/referral-scheme", {"active": True, "referrer": {"points": 5}})
    friend = house.api.post("/referrals", {"customer": house.new_customer()["id"]})["code"]
    number, keyboard, page = new_blank(house), Keyboard(till.page), till.page

    keyboard.scan(house.printed(number))
    expect(page.get_by_role("dialog", name="A blank card")).to_be_visible()
    keyboard.scan(house.printed(friend))
    expect(page.get_by_text("Sent by a friend:")).to_be_visible()
    page.get_by_role("button", name="Hand out this card").press("Enter")

    expect(till.said).to_have_text(
        f"Handed out: {' '.join(re.findall('....', number))}. It is on this sale."
    )
    expect(till.card).to_be_visible()
    assert house.api.get(f"/cards/{number}")["state"] == "active"
    assert house.api.get("/referrals?state=attributed")["items"]
    keyboard.scan(house.printed(number))
    expect(till.said).to_contain_text("Card read")


class Losing:
    """The line of a page that loses the answers to one kind of request."""

    def __init__(self, page: Page) -> None:
        self.page, self.lost = page, "customers"
        self.keys: list[str] = []
        page.route(re.compile("/api/v1/(customers|scans)$"), self._carry)

    def _carry(self, route: Route, request: Request) -> None:
        answer = route.fetch()
        if request.url.endswith("customers"):
            self.keys.append(request.headers["idempotency-key"])
        if self.is_lost(request):
            route.abort()
        else:
            route.fulfill(response=answer)

    def is_lost(self, request: Request) -> bool:
        return request.url.endswith(self.lost)

    def lose(self, act: Callable[[], None]) -> None:
        with self.page.expect_event("requestfailed", self.is_lost):
            act()


def test_a_card_is_on_the_sale_whichever_answers_of_its_hand_out_are_lost(
    browse: Browse, house: House
) -> None:
    house.api.call("PATCH", "/referral-scheme", {"active": True, "referrer": {"points": 5}})
    friend = house.api.post("/referrals", {"customer": house.new_customer()["id"]})["code"]
    till = Till(browse(allowed=("Failed to load resource: net::ERR_FAILED", refused(409))), house)
    page, keyboard = till.open().page, Keyboard(till.page)
    hand_out = page.get_by_role("button", name="Hand out this card")
    keyboard.scan(house.printed(new_blank(house)))
    expect(hand_out).to_be_visible()
    keyboard.scan(house.printed(friend))
    expect(page.get_by_text("Sent by a friend:")).to_be_visible()
    line = Losing(page)
    page.clock.install()

    line.lose(hand_out.click)
    for _ in range(3):
        line.lose(lambda: page.clock.run_for(5000))
    expect(page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
    line.lost = "scans"
    line.lose(hand_out.click)
    line.lost = "nothing"
    page.get_by_role("button", name="Without the friend").click()
    hand_out.click()

    expect(till.said).to_contain_text("Handed out")
    expect(till.card).to_be_visible()
    assert [len(line.keys), len(set(line.keys[:5])), len(set(line.keys))] == [6, 1, 2]


def test_a_customer_joins_on_the_phone_from_the_till(
    till: Till, browse: Browse, house: House
) -> None:
    till.page.get_by_role("button", name="New customer").click()
    picture = till.page.get_by_role("img", name="QR code to join")
    expect(picture).to_have_js_property("complete", value=True)
    address = decoded(picture.screenshot())
    phone = browse(**PHONE)
    phone.goto(address)
    phone.get_by_role("button", name="Get my card").click()
    expect(phone).to_have_url(f"{house.address}/me")
    Keyboard(till.page).scan(decoded(phone.locator(".card .qr").screenshot()))

    assert address == f"{house.address}/join?shop={ids.public('sh', house.shop.id)}"
    expect(till.card).to_be_visible()
    rows = select(Customer.shop_id).order_by(Customer.enrolled_at.desc()).limit(1)
    assert house.running.database.look(lambda s: s.scalar(rows)) == house.shop.id


def test_a_forgotten_card_is_found_by_all_of_a_mail_address(till: Till, house: House) -> None:
    mail = f"{ids.new().hex}@example.com"
    made = house.new_customer(name="Ada Lovelace", email=mail)
    house.api.call("PATCH", f"/customers/{made['id']}", {"consents": {"name_at_till": True}})
    page = till.page

    page.keyboard.press("Shift+F2")
    page.get_by_label("Mail address or phone number").fill(mail.upper())
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Find a card")).to_contain_text("A… L…")
    page.keyboard.press("Enter")

    expect(till.card).to_contain_text("Ada Lovelace")


def open_card(browse: Browse, house: House, **options: Any) -> tuple[Page, str]:
    """Return a phone with a card on it, and what its picture says."""
    phone = browse(**PHONE | {"java_script_enabled": True} | options)
    phone.clock.install()
    phone.goto(house.new_customer()["link"])
    return phone, decoded(phone.locator(".card .qr").screenshot())


def test_the_card_on_a_phone_turns_over_and_says_when_it_cannot(
    browse: Browse, house: House
) -> None:
    phone, said = open_card(browse, house, allowed=("Failed to load resource: net::",))
    found = PICTURE.fullmatch(said)
    assert found
    offline = phone.get_by_role("alert").filter(has_text="No connection")

    with phone.expect_response("**/me/qr.svg") as turned:
        phone.clock.fast_forward(31_000)
    expect(offline).to_be_hidden()
    again = PICTURE.fullmatch(decoded(phone.locator(".card .qr").screenshot()))
    assert again
    assert again[1] == found[1] == house.printed(found[2])
    assert 0 < float(turned.value.headers["turns-in"]) <= steps.LASTS
    phone.context.set_offline(True)
    phone.clock.fast_forward(31_000)
    expect(offline).to_be_visible()
    phone.clock.fast_forward(60_000)
    expect(phone.locator(".card .qr")).to_be_hidden()
    phone.context.set_offline(False)
    phone.clock.fast_forward(3_000)
    expect(phone.locator(".card .qr")).to_be_visible()
    expect(offline).to_be_hidden()


def test_a_screenshot_is_refused_with_a_sentence_and_the_next_picture_is_taken(
    browse: Browse, house: House
) -> None:
    till = Till(browse(allowed=(refused(409),)), house).open()
    keyboard = Keyboard(till.page)
    number = house.new_card(name="Ada Lovelace")
    old, now, following = pictures(house, number, -OLD, timedelta(), NEXT)
    house.api.post("/scans", {"code": now})

    keyboard.scan(old)
    expect(till.said).to_contain_text("Ask the customer to open the card on the phone.")
    keyboard.scan(now)
    expect(till.said).to_contain_text("was taken already")
    expect(till.card).to_be_hidden()
    keyboard.scan(following)

    expect(till.card).to_contain_text("Ada Lovelace")


def test_blank_cards_come_out_of_the_printer_ten_at_a_time(browse: Browse, house: House) -> None:
    page = browse()
    sign_in(page, house)

    page.get_by_role("link", name="Cards", exact=True).click()
    page.get_by_role("button", name="Print blank cards").click()

    expect(page.locator(".ticket")).to_have_count(SHEET)
    number = page.locator(".ticket .code").first.inner_text().replace("-", "")
    said = decoded(page.locator(".ticket img").first.screenshot())
    assert said == house.printed(number)
    assert house.api.get(f"/cards/{number}") == {"number": number, "state": "blank"}


@pytest.mark.usefixtures("printed_points")
def test_points_of_a_printed_card_need_a_supervisor_or_the_card_on_the_phone(
    browse: Browse, house: House
) -> None:
    make_person(house, "Mona", "manager", SUPERVISORS)
    till = Till(browse(allowed=(refused(409),)), house).open()
    number = house.new_card()
    for _ in "12":
        house.new_purchase(card=number)

    def sell(code: str) -> None:
        till.type_code(code)
        expect(till.card).to_be_visible()
        till.type_total("20")
        till.page.get_by_label("Points to spend").fill("5")

    sell(number)
    expect(till.page.locator("#messages")).to_contain_text("at most 0 points can be spent")
    till.settle("Settle €19.95")
    till.page.get_by_label("Their PIN").fill(SUPERVISORS)
    till.page.get_by_role("button", name="Approve").click()
    expect(till.answer).to_contain_text("Settled")
    till.page.get_by_role("button", name="Next sale").click()
    sell(pictures(house, number, timedelta())[0])
    till.settle("Settle €19.95")

    expect(till.answer).to_contain_text("Settled")


@pytest.mark.usefixtures("printed_points")
def test_the_card_on_the_phone_does_what_a_supervisor_would(browse: Browse, house: House) -> None:
    till = Till(browse(allowed=(refused(409),)), house).open()
    number = house.new_card()
    house.new_purchase(card=number)
    dialog, keyboard = till.page.locator("#approval"), Keyboard(till.page)
    till.type_code(number)
    expect(till.card).to_be_visible()
    till.type_total("20")
    till.page.get_by_label("Points to spend").fill("5")
    till.settle("Settle €19.95")
    expect(dialog).to_contain_text("the card on the customer’s phone does as well")

    keyboard.scan(house.printed(number))
    expect(dialog.get_by_role("alert")).to_contain_text("That is no badge.")
    keyboard.scan(pictures(house, number, timedelta())[0])
    expect(till.said).to_contain_text("Card read")
    expect(dialog).to_be_hidden()
    till.settle("Settle €19.95")

    expect(till.answer).to_contain_text("Settled")
