"""How the terms of each kind of benefit are read."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any
from uuid import UUID

from coupons.basket import Products, products
from coupons.benefits.bundles import Bundle
from coupons.benefits.extras import (
    BonusPoints,
    BonusStamps,
    Guarantee,
    HandedOver,
    NextCoupon,
    PointsFactor,
)
from coupons.benefits.given import Benefit, factor, hundredths
from coupons.benefits.pieces import BuyGet, FreeItem, FreePieces, Some
from coupons.benefits.prices import Amount, AmountPerPiece, FixedPiecePrice, FixedPrice, Percent
from coupons.benefits.steps import EarlyBird, EarlyStep, Ladder

Terms = dict[str, Any]


def read(terms: Terms) -> Benefit:
    """Return the benefit that terms describe."""
    return KINDS[terms["kind"]](terms)


def parts(terms: Terms, path: str = "benefit") -> Iterator[tuple[str, Terms]]:
    """Yield the terms of a benefit and of each step of it, with the path of each."""
    yield path, terms
    for i, step in enumerate(terms.get("steps", ())):
        yield from parts(step["benefit"], f"{path}.steps.{i}.benefit")
    if terms.get("after"):
        yield from parts(terms["after"], f"{path}.after")


def _on(terms: Terms) -> Products:
    return products(terms.get("on") or {})


def _some(terms: Terms) -> Some:
    return Some(terms["quantity"], _on(terms))


def _share(terms: Terms) -> int:
    return hundredths(terms.get("percent") or "100")


def _amount(terms: Terms) -> Benefit:
    kind = AmountPerPiece if terms.get("per") == "piece" else Amount
    return kind(terms["amount"], _on(terms))


def _fixed_price(terms: Terms) -> Benefit:
    kind = FixedPiecePrice if terms.get("per") == "piece" else FixedPrice
    return kind(terms["price"], _on(terms))


def _free_pieces(terms: Terms) -> Benefit:
    return FreePieces(
        is_cheapest=terms["which"] == "cheapest",
        pieces=terms["count"],
        at_least=terms.get("at_least") or 1,
        hundredths=_share(terms),
        on=_on(terms),
    )


def _buy_get(terms: Terms) -> Benefit:
    return BuyGet(_some(terms["buy"]), _some(terms["get"]), _share(terms), terms.get("times"))


def _bundle(terms: Terms) -> Benefit:
    percent = terms.get("percent")
    return Bundle(
        tuple(_some(part) for part in terms["parts"]),
        price=terms.get("price"),
        hundredths=hundredths(percent) if percent else None,
        amount=terms.get("amount"),
        times=terms.get("times"),
    )


def _ladder(terms: Terms) -> Benefit:
    steps = tuple((step["from"], read(step["benefit"])) for step in terms["steps"])
    return Ladder(terms["by"] == "amount", steps, _on(terms))


def _early_bird(terms: Terms) -> Benefit:
    steps, before = [], 0
    for step in terms["steps"]:
        first, until = step.get("first"), step.get("until")
        steps.append(
            EarlyStep(
                read(step["benefit"]),
                until=datetime.fromisoformat(until) if until else None,
                places=first - before if first else None,
            )
        )
        before = first or before
    after = terms.get("after")
    return EarlyBird(tuple(steps), read(after) if after else None)


KINDS: dict[str, Callable[[Terms], Benefit]] = {
    "percent": lambda t: Percent(hundredths(t["percent"]), t.get("cap"), _on(t)),
    "amount": _amount,
    "fixed_price": _fixed_price,
    "free_item": lambda t: FreeItem(t.get("sku"), t.get("text"), _on(t)),
    "free_pieces": _free_pieces,
    "buy_get": _buy_get,
    "bundle": _bundle,
    "ladder": _ladder,
    "points": lambda t: BonusPoints(t["points"], _on(t)),
    "points_factor": lambda t: PointsFactor(factor(t["factor"]), _on(t)),
    "stamps": lambda t: BonusStamps(t["stamps"], UUID(hex=t["stamp_card"]), _on(t)),
    "guarantee": lambda t: Guarantee(t["days"], _on(t), tuple(t.get("reasons", ()))),
    "sample": lambda _: HandedOver(),
    "information": lambda _: HandedOver(),
    "next_coupon": lambda t: NextCoupon(UUID(hex=t["offer"])),
    "early_bird": _early_bird,
}
"""Every kind of benefit and how its terms are read."""
