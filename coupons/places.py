"""The live counter of an early bird: how many places are left, and what holds now."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from coupons import quotas
from coupons.benefits import Chosen, EarlyBird
from coupons.terms import Terms


@dataclass(frozen=True, slots=True)
class Counter:
    """Where an early bird stands.

    Attributes:
        step: the step that holds now, None for what holds after all of them.
        left: how many places that step has left, None where a date alone ends it.
        until: the moment at which it ends, if a date does.
        benefit: the terms of what holds now, None where nothing does any more.
        taken: how many places were ever given; the next one gets the number after it.
    """

    step: int | None
    left: int | None
    until: datetime | None
    benefit: dict[str, Any] | None
    taken: int


def counter(connection: Connection, terms: Terms, *, at: datetime) -> Counter | None:
    """Return where an early bird stands at a moment, or None if the offer is no early bird."""
    bird = terms.benefit
    if not isinstance(bird, EarlyBird):
        return None
    limits = {limit.measure: limit for limit in quotas.places(terms)}
    live = quotas.live(connection, limits.values())
    taken = quotas.used(connection, limits["place"]) if limits else 0

    def live_of(step: int) -> int:
        return live.get(limits[f"step:{step}"].name, 0)

    chosen = bird.choose(at, live_of)
    said = terms.benefit_terms
    if not isinstance(chosen, Chosen):
        return Counter(None, 0, None, None, taken)
    if chosen.step is None:
        return Counter(None, None, None, said["after"], taken)
    step = bird.steps[chosen.step]
    left = step.places - live_of(chosen.step) if step.places else None
    return Counter(chosen.step, left, step.until, said["steps"][chosen.step]["benefit"], taken)
