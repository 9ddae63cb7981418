"""Conditions in groups, all, any or none of which must be true; and the answer, explained."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from operator import itemgetter
from typing import Literal
from uuid import UUID

from core.errors import Refusal
from coupons.conditions.case import Case, Condition
from coupons.conditions.customers import InAudience
from coupons.conditions.errors import Excluded, ShopNeeded
from coupons.conditions.times import begins
from coupons.errors import (
    BasketNeeded,
    BasketTooSmall,
    BundleIncomplete,
    CardNeeded,
    LinesNeeded,
    ProductsMissing,
    QuantityTooSmall,
)

Of = Literal["all", "any", "none"]

OPEN = (BasketNeeded, LinesNeeded, CardNeeded, ShopNeeded)
"""What nobody can tell yet: the basket, the card or the shop will."""

NEAR = (BasketTooSmall, QuantityTooSmall, BundleIncomplete, ProductsMissing)
"""What the customer can still do something about."""


@dataclass(frozen=True, slots=True)
class Group:
    """Some conditions and groups of them, and how many of them must be true."""

    of: Of
    items: tuple["Condition | Group", ...] = ()

    def __iter__(self) -> Iterator[Condition]:
        """Yield every condition in it, however deep."""
        for item in self.items:
            if isinstance(item, Group):
                yield from item
            else:
                yield item

    @property
    def kind(self) -> Of:
        """Return how many must be true."""
        return self.of

    @property
    def asks(self) -> frozenset[str]:
        """Return what must be known of the customer."""
        return frozenset(chain.from_iterable(one.asks for one in self))

    @property
    def audiences(self) -> frozenset[UUID]:
        """Return the audiences it asks about."""
        return frozenset(one.audience_id for one in self if isinstance(one, InAudience))


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a condition or a group held, and if not, why.

    Attributes:
        kind: the kind of condition; of a group "all", "any" or "none".
        condition: what was looked at; None for a group.
        is_open: it did not hold, but nobody can tell yet: the basket, card or shop is missing.
    """

    kind: str
    held: bool
    refusal: Refusal | None = None
    children: tuple["Check", ...] = ()
    condition: Condition | None = None
    is_open: bool = False

    @property
    def firm(self) -> Refusal | None:
        """Return why it does not hold, whatever basket, card or shop there will be."""
        if self.held or self.is_open:
            return None
        if self.kind == "all":
            return next((one.firm for one in self.children if one.firm), None)
        return self.refusal


def check(conditions: Group, case: Case) -> Check:
    """Look at every condition and say which held, in the order they were written."""
    return _GROUPS[conditions.of](tuple(_look(item, case) for item in conditions.items))


def first_refusal(conditions: Group, case: Case) -> Refusal | None:
    """Return the reason to show first, or nothing if all is as it must be."""
    return check(conditions, case).refusal


def firm_refusal(conditions: Group, case: Case) -> Refusal | None:
    """Return why it cannot be, whatever basket, card or shop the case does not know yet."""
    return check(conditions, case).firm


def _look(item: Condition | Group, case: Case) -> Check:
    if isinstance(item, Group):
        return check(item, case)
    refusal = item.refusal(case)
    return Check(
        item.kind,
        refusal is None,
        refusal,
        condition=item,
        is_open=isinstance(refusal, OPEN),
    )


def _all(found: tuple[Check, ...]) -> Check:
    failed = [one for one in found if not one.held]
    refusal = failed[0].refusal if failed else None
    is_open = bool(failed) and all(one.is_open for one in failed)
    return Check("all", not failed, refusal, found, is_open=is_open)


def _any(found: tuple[Check, ...]) -> Check:
    if not found or any(one.held for one in found):
        return Check("any", held=True, children=found)
    is_open = any(one.is_open for one in found)
    return Check("any", held=False, refusal=_nearest(found), children=found, is_open=is_open)


def _nearest(found: Sequence[Check]) -> Refusal | None:
    """Return, of several reasons, the one that most can be done about; else what ends first."""
    every = [one.refusal for one in found]
    for able in (OPEN, NEAR):
        if near := [one for one in every if isinstance(one, able)]:
            return near[0]
    waiting = [(moment, one) for one in every if (moment := begins(one))]
    return min(waiting, key=itemgetter(0))[1] if waiting else every[0]


def _none(found: tuple[Check, ...]) -> Check:
    for one in found:
        if one.held:
            excluded = Excluded(condition=one.kind)
            return Check("none", held=False, refusal=excluded, children=found)
    for one in found:
        if one.is_open:
            return Check("none", held=False, refusal=one.refusal, children=found, is_open=True)
    return Check("none", held=True, children=found)


_GROUPS = {"all": _all, "any": _any, "none": _none}
