"""Who works for one shop finds on the desk only what they may do: every link and form is tried."""

import re
from collections.abc import Iterator
from html import unescape
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session

from core import errors, ids
from core.auth import SYSTEM
from core.db import Database
from core.models import Staff
from coupons.models import Offer
from loyalty import checkout
from tests.core.test_languages import conflict, furnish
from tests.desk import Desk, at_desk, forms_of
from tests.factories import NOON, make_order, make_shop, make_till

LINK = re.compile(r'<a\s[^>]*?href="(/[^"#]*)')
SHOPS = re.compile(r'<select[^>]*name="shop".*?</select>', re.DOTALL)
OPTION = re.compile(r'<option[^>]*value="([^"]*)"')
REFUSED = (errors.WrongShop.sentence, errors.NotAllowed.sentence.partition("{")[0])
LEFT_OUT = ("/admin/sign-out", "/language")


def furnished(session: Session, app: Flask, role: str) -> dict[str, UUID]:
    """Make two shops with a till, a purchase and a conflict each; somebody works for the second."""
    there = furnish(session, app).things
    offer = session.get_one(Offer, there["of"])
    own = make_shop(session, "Own")
    till, _ = make_till(session, own)
    settled = checkout.settle(session, make_order(own, total=2500), actor=SYSTEM, at=NOON)
    conflict(session, offer, own)
    rows = select(Staff).where(Staff.role == role, Staff.email == f"{role}@example.com")
    session.scalars(rows).one().shop_id = own.id
    return there | {"own": own.id, "own_till": till.id, "own_purchase": settled.id}


def linked(page: str) -> Iterator[str]:
    """Yield where the links of a page lead, if it is to us."""
    for found in LINK.findall(page):
        address = unescape(found)
        if address.startswith(("/admin", "/api/")):
            yield address


def walk(desk: Desk) -> tuple[dict[str, str], list[str]]:
    """Return every page that links lead to, from the overview on, and those that say no."""
    pages: dict[str, str] = {}
    refused = []
    ahead = ["/admin"]
    while ahead:
        address = ahead.pop()
        answer = desk.get(address)
        if answer.status_code not in (200, 303, 308):
            refused.append(f"{address} answers {answer.status_code}")
        pages[address] = answer.text if answer.mimetype == "text/html" else ""
        ahead += {*linked(pages[address])} - {*pages, *ahead}
    return pages, refused


def sendings(page: str) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """Yield what the forms of a page may send: as they stand, and for each shop they offer."""
    for action, held in forms_of(page):
        if "csrf_token" not in held or action.startswith(LEFT_OUT):
            continue
        yield action, held
        for shop in SHOPS.findall(page) if "shop" in held else []:
            for option in OPTION.findall(shop):
                yield action, held | {"shop": [option]}


def press(desk: Desk, page: str, action: str, held: dict[str, list[str]]) -> str | None:
    """Send a form, and return what was said if it was that one may not."""
    answer = desk.client.post(
        action,
        data=held,
        environ_base=desk.base,
        headers={"Referer": f"http://localhost{page}"},
        follow_redirects=True,
    )
    if answer.status_code in (403, 404):
        return f"{page}: {action} answers {answer.status_code}"
    said = [text for text in REFUSED if text in answer.text]
    return f"{page}: {action} answers {said} to {held}" if said else None


@pytest.mark.parametrize("role", ["owner", "manager", "marketer"])
def test_nothing_on_the_desk_is_refused_to_whoever_it_is_shown_to(
    app: Flask, database: Database, role: str
) -> None:
    desk = at_desk(app, role)
    database.transact(lambda s: furnished(s, app, role))

    pages, refused = walk(desk)
    tried = {
        (action, str(held)): (page, action, held)
        for page, shown in pages.items()
        for action, held in sendings(shown)
    }

    assert len(pages) > 40
    assert len({action for _, action, _ in tried.values()}) > 20
    refused += [no for one in tried.values() if (no := press(desk, *one))]
    assert not refused, "\n".join(refused)


def test_in_the_own_shop_everything_is_there(app: Flask, database: Database) -> None:
    desk, free = at_desk(app, "manager"), at_desk(app, "owner", address="10.0.0.8")
    things = database.transact(lambda s: furnished(s, app, "manager"))

    def buttons(who: Desk, page: str) -> set[str]:
        return {action for action, _ in sendings(who.page(page))}

    for section, prefix, own, needed in (
        ("shops", "sh", "own", "/tills"),
        ("purchases", "pu", "own_purchase", "/void"),
        ("purchases", "pu", "own_purchase", "/refunds"),
    ):
        there, here = (
            f"/admin/{section}/{ids.public(prefix, things[one])}" for one in (prefix, own)
        )
        assert f"{here}{needed}" in buttons(desk, here)
        assert f"{there}{needed}" not in buttons(desk, there)
        assert f"{there}{needed}" in buttons(free, there)
    till = f"/admin/tills/{ids.public('ti', things['own_till'])}"
    assert {f"{till}/{verb}" for verb in ("suspend", "enrol", "retire")} <= buttons(
        desk, f"/admin/shops/{ids.public('sh', things['own'])}"
    )
    [offered] = SHOPS.findall(desk.page("/admin/customers/new"))
    assert OPTION.findall(offered) == [things["own"].hex]
    [offered] = SHOPS.findall(free.page("/admin/customers/new"))
    assert len(OPTION.findall(offered)) > 2
