"""Of which goods a till must say the worth, where it knows only what all of them come to.

An offer that is narrowed to products, categories or tags needs the lines of the basket. Where it
looks only at what its goods cost, and not at how many they are, one line will do for all of them.
"""

from dataclasses import dataclass
from typing import Any

from coupons import benefits
from coupons.basket import Products, products
from coupons.conditions import Condition, Group, HasProducts, MinimumQuantity
from coupons.terms import Terms

_BY_WORTH = frozenset({"percent", "amount", "fixed_price", "points", "points_factor", "guarantee"})
"""The benefits that do not count pieces, unless they say that they are for each."""

_BY_PIECES = frozenset({"free_item", "free_pieces", "buy_get", "bundle"})


@dataclass(frozen=True, slots=True)
class Goods:
    """Some goods in words, and the line that stands for them: its amount is to be filled in."""

    text: str
    line: dict[str, Any]


def of(offer: Terms) -> Goods | None:
    """Return the goods an offer asks for; None where it asks for none, or for more than a worth."""
    wanted = _of_conditions(offer.conditions)
    if wanted is None:
        return None
    if on := _of_benefit(offer.benefit_terms):
        wanted.add(on)
    if len(wanted) != 1:
        return None
    [found] = wanted
    names = [*sorted(found.categories), *sorted(found.tags), *sorted(found.skus)]
    return Goods(", ".join(names), _line(found))


def needs_lines(offer: Terms) -> bool:
    """Tell whether an offer is of no use at a till that knows only what all goods come to."""
    if of(offer) is not None:
        return False
    return _looks(offer.conditions) or any(
        _counts(terms) for _, terms in benefits.parts(offer.benefit_terms)
    )


def _looks(item: Condition | Group) -> bool:
    """Tell whether nobody knows if it holds before there are lines."""
    if not isinstance(item, Group):
        return isinstance(item, HasProducts | MinimumQuantity)
    found = [_looks(one) for one in item.items]
    return all(found) if item.of == "any" and found else any(found)


def _counts(terms: dict[str, Any]) -> bool:
    """Tell whether a benefit, but for its steps, looks at products or pieces."""
    by_pieces = terms.get("per") == "piece" or terms.get("by") == "quantity"
    return by_pieces or terms["kind"] in _BY_PIECES or bool(products(terms.get("on") or {}))


def _of_benefit(terms: dict[str, Any]) -> Products | None:
    if terms["kind"] not in _BY_WORTH or terms.get("per") == "piece":
        return None
    return products(terms.get("on") or {}) or None


def _of_conditions(group: Group) -> set[Products] | None:
    """Return what must be bought besides; None where it takes more than one line to tell."""
    if any(isinstance(one, MinimumQuantity) for one in group):
        return None
    asked = [one for one in group if isinstance(one, HasProducts)]
    plain = [one for one in group.items if isinstance(one, HasProducts)]
    if len(asked) > len(plain) or (asked and group.of != "all"):
        return None
    return {one.on for one in asked}


def _line(found: Products) -> dict[str, Any]:
    if found.categories:
        return {"category": min(found.categories)}
    return {"sku": min(found.skus)} if found.skus else {"tags": [min(found.tags)]}
