"""What the terms of an offer name: each must be there when it is said, and the path says where not.

What has ended is still there: a tier keeps those who hold it, and offers that name it go on.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import Base
from core.errors import N_, InvalidRequest
from core.models import Shop
from coupons import benefits
from coupons.conditions import OF
from coupons.models import Audience, Channel, Offer

Terms = dict[str, Any]


def _by_id(kind: type[Base]) -> Callable[[Session, Sequence[str]], set[str]]:
    def known(session: Session, names: Sequence[str]) -> set[str]:
        rows = select(kind.id).where(kind.id.in_([UUID(hex=name) for name in names]))
        return {id.hex for id in session.scalars(rows)}

    return known


KNOWN: dict[str, Callable[[Session, Sequence[str]], set[str]]] = {
    "offer": _by_id(Offer),
    "shop": _by_id(Shop),
    "channel": _by_id(Channel),
    "audience": _by_id(Audience),
}
"""Which of some names are there, by what they are the names of; other packages put theirs in."""

MISSING = {
    "offer": N_("There is no such offer."),
    "shop": N_("There is no such shop."),
    "channel": N_("There is no such channel."),
    "audience": N_("There is no such audience."),
    "tier": N_("There is no such tier."),
    "stamp_card": N_("There is no such stamp card."),
}

_LISTS = {"shops": "shop", "channels": "channel", "tier": "tier"}
"""The kinds of conditions that list names, with what they are the names of."""

Named = tuple[str, str, str]
"""Where something is named, what it is, and its name."""


def check(session: Session, terms: Terms) -> None:
    """Let terms through that name only what is there: a benefit, conditions, or both.

    Raises:
        InvalidRequest: something is not there; its path says where it was named.
    """
    named = [*_in_benefit(terms.get("benefit")), *_in_conditions(terms.get("conditions") or {})]
    errors: dict[str, Any] = {}
    for what, find in KNOWN.items():
        asked = [(path, name) for path, kind, name in named if kind == what]
        known = find(session, sorted({name for _, name in asked})) if asked else set()
        errors |= {path: [MISSING[what]] for path, name in asked if name not in known}
    if errors:
        raise InvalidRequest(errors)


def _in_benefit(benefit: Terms | None) -> Iterator[Named]:
    for path, one in benefits.parts(benefit) if benefit else ():
        for what in ("offer", "stamp_card"):
            if what in one:
                yield f"{path}.{what}", what, one[what]


def _in_conditions(terms: Terms, path: str = "conditions") -> Iterator[Named]:
    if "kind" not in terms:
        for of in OF:
            for i, one in enumerate(terms.get(of) or ()):
                yield from _in_conditions(one, f"{path}.{of}.{i}")
    elif what := _LISTS.get(terms["kind"]):
        field = f"{what}s"
        for i, name in enumerate(terms[field]):
            yield f"{path}.{field}.{i}", what, name
    elif terms["kind"] == "audience" and "audience" in terms:
        yield f"{path}.audience", "audience", UUID(str(terms["audience"])).hex
