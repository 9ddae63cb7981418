"""May this customer have this offer on this basket? Pure: no session, no clock, no request."""

from coupons.conditions.baskets import HasProducts, MinimumBasket, MinimumQuantity
from coupons.conditions.case import About, Case, Condition, Value
from coupons.conditions.customers import (
    Birthday,
    FirstPurchase,
    HasAttribute,
    HasTag,
    InAudience,
    NotBought,
    OfTier,
)
from coupons.conditions.groups import OPEN, Check, Group, check, firm_refusal, first_refusal
from coupons.conditions.later import next_chance
from coupons.conditions.places import ByChannel, InShop
from coupons.conditions.reading import KINDS, OF, read
from coupons.conditions.times import OnDates, Slot, WeeklyHours, window

__all__ = [
    "KINDS",
    "OF",
    "OPEN",
    "About",
    "Birthday",
    "ByChannel",
    "Case",
    "Check",
    "Condition",
    "FirstPurchase",
    "Group",
    "HasAttribute",
    "HasProducts",
    "HasTag",
    "InAudience",
    "InShop",
    "MinimumBasket",
    "MinimumQuantity",
    "NotBought",
    "OfTier",
    "OnDates",
    "Slot",
    "Value",
    "WeeklyHours",
    "check",
    "firm_refusal",
    "first_refusal",
    "next_chance",
    "read",
    "window",
]
