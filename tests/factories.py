"""Make valid things; a test states only what it is about."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from core import shops, staff
from core.auth import SYSTEM, Actor, of_role
from core.models import Customer, Shop, Staff, Till
from core.money import Money
from coupons import campaigns, issuing, offers
from coupons.basket import Basket, Line
from coupons.models import Campaign, Coupon, Offer
from loyalty import cards
from loyalty.models import Card
from loyalty.order import Order

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
MANAGER = Actor(
    "key", UUID(int=7), name="manager", permissions=of_role("manager") | {"purchases:void-any"}
)


def make_shop(session: Session, name: str | None = None, zone: str = "Europe/Oslo") -> Shop:
    return shops.add(session, name or f"Shop {uuid4().hex[:8]}", zone=zone, actor=SYSTEM, at=NOON)


def make_till(session: Session, shop: Shop | None = None) -> tuple[Till, str]:
    """Return an active till and its device's token."""
    place = shop or make_shop(session)
    _, code = shops.add_till(session, place, f"Till {uuid4().hex[:6]}", actor=SYSTEM, at=NOON)
    return shops.enrol_device(session, code, at=NOON)


def make_staff(session: Session, role: str = "cashier", **given: Any) -> Staff:
    usual = {"name": "Kim", "email": f"{uuid4().hex[:8]}@example.com"}
    return staff.add(session, role=role, **usual | given, actor=SYSTEM, at=NOON)


def make_customer(session: Session, **given: Any) -> tuple[Customer, Card]:
    return cards.enrol(session, **given, actor=SYSTEM, at=NOON)


def make_campaign(session: Session, *, start: bool = True, **given: Any) -> Campaign:
    usual = {
        "name": "Spring",
        "channels": [{"kind": "mail", "name": "Letter", "fixed_cost": 1000, "unit_cost": 85}],
    }
    campaign = campaigns.add(session, **usual | given, actor=SYSTEM, at=NOON)
    if start:
        campaigns.move(session, campaign.id, "start", actor=SYSTEM, at=NOON)
    return campaign


def make_offer(session: Session, campaign: Campaign | None = None, **given: Any) -> Offer:
    usual = {"name": {"en": "Ten off"}, "benefit": {"kind": "percent", "percent": "10"}}
    place = campaign or make_campaign(session)
    return offers.add(session, place, **usual | given, actor=SYSTEM, at=NOON)


def make_coupon(session: Session, offer: Offer | None = None, **given: Any) -> Coupon:
    """Return one unique coupon; ``use_limit`` may be given."""
    promise = offer or make_offer(session)
    version = offers.current(session, promise)
    issue, _ = issuing.issue_unique(session, promise, version, 1, **given, actor=SYSTEM, at=NOON)
    return issuing.coupons_of(session, issue)[0]


def make_public(
    session: Session, offer: Offer | None = None, label: str | None = None, **given: Any
) -> Coupon:
    """Return one public coupon."""
    promise = offer or make_offer(session)
    version = offers.current(session, promise)
    code = label or f"P{uuid4().hex[:10]}"
    return issuing.issue_public(session, promise, version, code, **given, actor=SYSTEM, at=NOON)


def make_basket(*amounts: int, total: int | None = None) -> Basket:
    """Return a basket with a line for each amount, of the products SKU-0, SKU-1 and so on."""
    lines = tuple(Line(Money(a), sku=f"SKU-{i}", category="food") for i, a in enumerate(amounts))
    return Basket("EUR", Money(sum(amounts) if total is None else total), lines)


def make_order(shop: Shop, *codes: str, total: int | None = 1000, **given: Any) -> Order:
    usual: dict[str, Any] = {"basket": None if total is None else make_basket(total=total)}
    return Order(shop_id=shop.id, codes=codes, **usual | given)
