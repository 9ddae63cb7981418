"""Stored terms as the API shows them: with the ids that are public."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from core import ids
from coupons.conditions import OF

Terms = Mapping[str, Any]

_PREFIXES = {
    "stamp_card": "sc",
    "offer": "of",
    "audience": "au",
    "shop": "sh",
    "shops": "sh",
    "channels": "ch",
}
"""The fields of terms that hold an id, or a list of them, and what they begin with outside."""


def public_terms(benefit: Terms) -> dict[str, Any]:
    """Return a stored benefit, and those of its steps, as the API takes and shows them."""
    found = _public(benefit)
    if "steps" in found:
        found["steps"] = [
            {**step, "benefit": public_terms(step["benefit"])} for step in found["steps"]
        ]
    if found.get("after"):
        found["after"] = public_terms(found["after"])
    return found


def public_conditions(conditions: Terms) -> dict[str, Any]:
    """Return stored conditions, however nested, as the API takes and shows them."""
    if "kind" in conditions:
        return _public(conditions)
    return {of: [public_conditions(one) for one in conditions[of]] for of in OF if of in conditions}


def public_policy(policy: Terms) -> dict[str, Any]:
    """Return whether an offer is taken without a line, as the API takes and shows it."""
    return _public(policy)


def _public(terms: Terms) -> dict[str, Any]:
    return {
        name: _id(_PREFIXES[name], value) if name in _PREFIXES else value
        for name, value in terms.items()
    }


def _id(prefix: str, value: str | list[str]) -> str | list[str]:
    if isinstance(value, list):
        return [ids.public(prefix, UUID(hex=one)) for one in value]
    return ids.public(prefix, UUID(hex=value))
