"""How the terms of each kind of condition are read."""

from collections.abc import Callable
from datetime import date, time
from typing import Any, Literal
from uuid import UUID

from coupons.basket import products
from coupons.conditions.baskets import HasProducts, MinimumBasket, MinimumQuantity
from coupons.conditions.case import Condition
from coupons.conditions.customers import (
    Birthday,
    FirstPurchase,
    HasAttribute,
    HasTag,
    InAudience,
    NotBought,
    OfTier,
)
from coupons.conditions.groups import Group
from coupons.conditions.places import ByChannel, InShop
from coupons.conditions.times import OnDates, Slot, WeeklyHours

Terms = dict[str, Any]

OF: tuple[Literal["all", "any", "none"], ...] = ("all", "any", "none")
"""The groups that there are."""


def read(terms: Terms) -> Group:
    """Return the conditions that terms describe; where there are several groups, all must hold."""
    groups = tuple(Group(of, tuple(_item(one) for one in terms[of])) for of in OF if terms.get(of))
    return groups[0] if len(groups) == 1 else Group("all", groups)


def _item(terms: Terms) -> Condition | Group:
    return KINDS[terms["kind"]](terms) if "kind" in terms else read(terms)


def _has_products(terms: Terms) -> Condition:
    return HasProducts(products(terms), terms["kind"])


def _ids(found: list[str]) -> frozenset[UUID]:
    return frozenset(UUID(hex=id) for id in found)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _hours(terms: Terms) -> Condition:
    return WeeklyHours(
        tuple(
            Slot(
                frozenset(slot["days"]),
                time.fromisoformat(slot["from"]),
                time.fromisoformat(slot["until"]),
            )
            for slot in terms["weekly"]
        )
    )


def _attribute(terms: Terms) -> Condition:
    one_of = terms.get("one_of")
    if "equals" in terms:
        one_of = [terms["equals"]]
    return HasAttribute(
        terms["name"],
        None if one_of is None else tuple(one_of),
        terms.get("at_least"),
        terms.get("at_most"),
    )


KINDS: dict[str, Callable[[Terms], Condition]] = {
    "dates": lambda t: OnDates(_day(t.get("from")), _day(t.get("until"))),
    "hours": _hours,
    "minimum_basket": lambda t: MinimumBasket(t["amount"]),
    "minimum_quantity": lambda t: MinimumQuantity(t["quantity"], products(t.get("on") or {})),
    "products": _has_products,
    "categories": _has_products,
    "tags": _has_products,
    "shops": lambda t: InShop(_ids(t["shops"])),
    "channels": lambda t: ByChannel(_ids(t["channels"])),
    "tier": lambda t: OfTier(tuple(t["tiers"])),
    "first_purchase": lambda _: FirstPurchase(),
    "not_bought": lambda t: NotBought(t["days"]),
    "birthday": lambda t: Birthday(t.get("before") or 0, t.get("after") or 0),
    "audience": lambda t: InAudience(UUID(hex=t["audience"])),
    "customer_tags": lambda t: HasTag(frozenset(t["tags"])),
    "attribute": _attribute,
}
"""Every kind of condition and how its terms are read."""
