"""Pictures of each face for the README: a shop with a busy month behind it, as Chromium shows it.

usage: python -m tests.pictures FOLDER
"""

import sys
import tempfile
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from core import clock
from tests.chromium.conftest import CHROMIUM, FLAGS
from tests.chromium.house import House, open_house, sign_in
from tests.chromium.till import Till
from tests.running import Running

LARGEST = 120_000  # bytes
DESK = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "device_scale_factor": 2, "is_mobile": True}

NAMES = ("Ada", "Ben", "Chiara", "Dilek", "Emil", "Fatma", "Grete", "Hugo", "Ines", "Jonas")
FAMILIES = ("Aydin", "Berg", "Costa", "Dahl", "Ek", "Fischer")
PRICES = (1240, 890, 3475, 1999, 560, 2310, 4890, 1575, 725, 2860, 1130)

CHANNELS = [
    {"kind": "mail", "name": "Letter", "fixed_cost": 18000, "unit_cost": 85},
    {"kind": "email", "name": "Newsletter", "fixed_cost": 4000, "unit_cost": 1},
    {"kind": "shop", "name": "Flyer on the counter", "fixed_cost": 6500, "unit_cost": 4},
]
REACHED = (420, 640, 1200)
ANSWERED = (53, 37, 64)


def main(folder: Path) -> None:
    """Save every picture into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as data,
        Running(Path(data), name="Nordlys Coffee") as running,
        sync_playwright() as playwright,
    ):
        house = open_house(running, shop="Market Street", cashier="Kim")
        campaign, customer = busy_month(house), regular(house)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        for name, options in (("", DESK), ("-phone", PHONE)):
            save(till(browser, house, options), folder / f"till{name}.png")
            save(report(browser, house, campaign, options), folder / f"admin{name}.png")
        for name, options in (("", PHONE), ("-desk", DESK)):
            save(card(browser, customer, options), folder / f"me{name}.png")
        browser.close()


def busy_month(house: House) -> str:
    """Run a campaign over three media for a month; return its id."""
    at = clock.now()
    made = house.api.post(
        "/campaigns",
        {
            "name": "Autumn blend",
            "starts_at": (at - timedelta(days=31)).isoformat(),
            "ends_at": (at + timedelta(days=20)).isoformat(),
            "channels": CHANNELS,
        },
    )
    campaign = str(made["id"])
    house.api.post(f"/campaigns/{campaign}/start")
    cards = [
        house.new_card(name=f"{first} {last}", email=f"{first}.{last}@example.com".lower())
        for last in FAMILIES
        for first in NAMES
    ]
    ten = house.new_offer(
        campaign,
        name={"en": "10% off your basket", "de": "10 % auf den Einkauf"},
        benefit={"kind": "percent", "percent": "10"},
        conditions={"all": [{"kind": "minimum_basket", "amount": 500}]},
    )
    points = house.new_offer(
        campaign,
        name={"en": "50 bonus points", "de": "50 Bonuspunkte"},
        benefit={"kind": "points", "points": 50},
    )
    for i, channel in enumerate(made["channels"]):
        sent = {"channel": channel["id"], "quantity": REACHED[i]}
        house.api.post(f"/campaigns/{campaign}/contacts", sent)
        offer = (ten, points, ten)[i]
        wanted = {"count": REACHED[i] if i < 2 else 80, "channel": channel["id"]}
        issued = house.api.post(f"/offers/{offer}/coupons", wanted)["items"]
        for n in range(ANSWERED[i]):
            with_card = offer == points or n % 4 > 0
            house.new_purchase(
                coupons=[issued[n]["code"]],
                card=cards[(n * 3 + i * 11) % len(cards)] if with_card else None,
                basket={"currency": "EUR", "total": PRICES[(n + i) % len(PRICES)]},
            )
    return campaign


def regular(house: House) -> dict[str, Any]:
    """Enrol somebody who comes often and has coupons left."""
    customer = house.new_customer(name="Ada Lovelace")
    at = clock.now()
    for n, total in enumerate(PRICES):
        house.new_purchase(
            card=customer["card"]["number"],
            basket={"currency": "EUR", "total": total},
            occurred_at=(at - timedelta(hours=n * 6)).isoformat(),
        )
    house.new_personal_coupon(
        customer["id"],
        name={"en": "Your eleventh coffee", "de": "Ihr elfter Kaffee"},
        benefit={"kind": "free_item", "text": "Coffee of your choice"},
        ends_at=(at + timedelta(days=12)).isoformat(),
    )
    return customer


def till(browser: Browser, house: House, options: dict[str, Any]) -> Page:
    """Return a till with a card and a coupon on the sale, ready to settle."""
    page = browser.new_page(**options)
    till = Till(page, house).open()
    code = house.new_coupon(name={"en": "10% off your basket", "de": "10 % auf den Einkauf"})
    number = house.new_card(name="Ines Costa")
    house.new_purchase(card=number, basket={"currency": "EUR", "total": 64250})
    till.type_code(number)
    expect(till.card).to_contain_text("Ines Costa")
    till.type_code(code)
    till.type_total("24.80")
    expect(till.settle_button).to_have_text("Settle €22.32")
    return page


def report(browser: Browser, house: House, campaign: str, options: dict[str, Any]) -> Page:
    """Return the report of the campaign."""
    page = browser.new_page(**options)
    sign_in(page, house)
    page.goto(f"{house.address}/admin/campaigns/{campaign}/report")
    return page


def card(browser: Browser, customer: dict[str, Any], options: dict[str, Any]) -> Page:
    """Return the customer's own page."""
    page = browser.new_page(**options)
    page.goto(customer["link"])
    return page


def save(page: Page, path: Path) -> None:
    """Save what the page shows, with as many colours as fit."""
    shown = Image.open(BytesIO(page.screenshot(animations="disabled"))).convert("RGB")
    page.close()
    for colours in (256, 128, 64, 32):
        shown.quantize(colours, dither=Image.Dither.NONE).save(path, optimize=True)
        if path.stat().st_size <= LARGEST:
            break
    print(f"{path}  {shown.width}×{shown.height}  {path.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main(Path(sys.argv[1]))
