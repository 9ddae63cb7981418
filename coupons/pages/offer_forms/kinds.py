"""Every kind of benefit: what it is called, and its part of the form."""

from typing import Any

from flask_babel import lazy_gettext

from core.pages.parts import Part
from coupons.pages.offer_forms.extras import (
    FreeItem,
    Guarantee,
    HandedOver,
    NextCoupon,
    Points,
    PointsFactor,
    Stamps,
)
from coupons.pages.offer_forms.money_off import Amount, FixedPrice, Percent
from coupons.pages.offer_forms.pieces import Bundle, BuyGet, FreePieces

SIMPLE: dict[str, type[Part]] = {
    "percent": Percent,
    "amount": Amount,
    "fixed_price": FixedPrice,
    "free_pieces": FreePieces,
    "buy_get": BuyGet,
    "bundle": Bundle,
    "free_item": FreeItem,
    "sample": HandedOver,
    "information": HandedOver,
    "next_coupon": NextCoupon,
    "points": Points,
    "points_factor": PointsFactor,
    "stamps": Stamps,
    "guarantee": Guarantee,
}
"""The part of each kind that a step may give, too."""

Named = tuple[str, Any, Any]

GROUPS: list[tuple[Any, list[Named]]] = [
    (lazy_gettext("Money off"), [
        ("percent", lazy_gettext("Per cent off"),
         lazy_gettext("10 per cent off everything, or off some products")),
        ("amount", lazy_gettext("An amount off"),
         lazy_gettext("5 off the basket, or off each piece of some products")),
        ("fixed_price", lazy_gettext("A fixed price"),
         lazy_gettext("Each pizza for 8, or the whole basket for 20")),
    ]),
    (lazy_gettext("Pieces free"), [
        ("free_pieces", lazy_gettext("The cheapest or dearest free"),
         lazy_gettext("From three pieces on, the cheapest is free or costs half")),
        ("buy_get", lazy_gettext("Buy some, get some"),
         lazy_gettext("Buy 2, get 1 free; every third coffee free")),
        ("bundle", lazy_gettext("A set"),
         lazy_gettext("Coffee and cake together for 5")),
    ]),
    (lazy_gettext("Give-aways"), [
        ("free_item", lazy_gettext("A free item"),
         lazy_gettext("One piece of a product, or a gift")),
        ("sample", lazy_gettext("A free sample"),
         lazy_gettext("No discount: that they ask for it is the answer you count")),
        ("information", lazy_gettext("Information"),
         lazy_gettext("A catalogue or a call back; the answer is what counts")),
        ("next_coupon", lazy_gettext("A coupon for the next time"),
         lazy_gettext("Who buys now gets a coupon of another offer")),
    ]),
    (lazy_gettext("Points and stamps"), [
        ("points", lazy_gettext("Bonus points"),
         lazy_gettext("Points on top, for those with a card")),
        ("points_factor", lazy_gettext("More points than usual"),
         lazy_gettext("Double points at happy hour, or on some products")),
        ("stamps", lazy_gettext("Stamps"),
         lazy_gettext("Extra stamps on a stamp card")),
    ]),
    (lazy_gettext("Trust"), [
        ("guarantee", lazy_gettext("Money back"),
         lazy_gettext("Who is not content brings it back within some days")),
    ]),
]  # fmt: skip
"""The simple kinds as shops say them: each with its name and an example."""

STEPS: list[tuple[Any, list[Named]]] = [
    (lazy_gettext("In steps"), [
        ("ladder_amount", lazy_gettext("The more they spend, the more they get"),
         lazy_gettext("5 off from 50, 15 off from 100")),
        ("ladder_quantity", lazy_gettext("The more pieces, the more they get"),
         lazy_gettext("10 per cent off from 3 pieces, 20 per cent from 5")),
        ("early_bird", lazy_gettext("Early bird"),
         lazy_gettext("More for the first 100, or until a day")),
    ]),
]  # fmt: skip
"""The kinds that are made of others."""

NAMES = [(group, [(kind, name) for kind, name, _ in kinds]) for group, kinds in GROUPS]
"""The simple kinds to choose from."""

TITLES: dict[str, Any] = {kind: name for _, kinds in [*GROUPS, *STEPS] for kind, name, _ in kinds}
"""What each kind is called."""
