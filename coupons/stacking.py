"""Which offers go together, in which order, and which of some is the best. Pure.

Offers are applied by priority, then by the rank of their benefit (pieces before percentages before
amounts), then by the age of the coupon: never by the order of the request.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from core import money
from core.errors import Refusal
from coupons.benefits import Ask, Benefit, Chosen, EarlyBird, Given
from coupons.codes import Held
from coupons.conditions import Check
from coupons.errors import BetterTaken, NotTogether
from coupons.quotas import Limit, Name, Use
from coupons.terms import Terms


@dataclass(frozen=True, slots=True)
class Candidate:
    """A coupon with all that was looked up for it.

    Attributes:
        refusal: why it cannot take part, whatever the others do.
        checked: which of its conditions held.
        limits: what it counts against.
        places: the counters of an early bird.
    """

    coupon: Held
    terms: Terms
    refusal: Refusal | None
    checked: Check | None
    limits: tuple[Limit, ...] = ()
    places: tuple[Limit, ...] = ()

    @property
    def order(self) -> tuple[int, int, bytes]:
        """Return what it is sorted by."""
        together = self.terms.together
        return together.priority, self.terms.benefit.rank, self.coupon.id.bytes


@dataclass(frozen=True, slots=True)
class Taken:
    """A coupon that takes part, what it gives, and what it takes of which quota.

    Attributes:
        step: the step of an early bird whose benefit it got.
        has_place: it took one of the counted places.
    """

    candidate: Candidate
    given: Given
    uses: tuple[Use, ...]
    step: int | None = None
    has_place: bool = False

    @property
    def coupon(self) -> Held:
        return self.candidate.coupon

    @property
    def terms(self) -> Terms:
        return self.candidate.terms


@dataclass(frozen=True, slots=True)
class Refused:
    """A coupon that does not take part, and why."""

    candidate: Candidate
    refusal: Refusal

    @property
    def coupon(self) -> Held:
        return self.candidate.coupon


Seen = dict[tuple[UUID, int | None, tuple[int, ...]], Given | Refusal]
"""What a coupon gives, at which step, on what is left of the lines."""


@dataclass(slots=True)
class Round:
    """One way through the coupons, each on what those before it left.

    Attributes:
        seen: what the rounds before have found; they mostly ask the same.
    """

    asked: Ask
    live: dict[Name, int]
    seen: Seen
    taken: list[Taken] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    @property
    def worth(self) -> tuple[int, int]:
        """Return what the customer gets: money off first, then points."""
        givens = [one.given for one in self.taken]
        return sum(one.discount for one in givens), sum(one.points for one in givens)

    def refuse(self, candidate: Candidate, refusal: Refusal) -> None:
        """Let a coupon stand back."""
        refusal.facts.setdefault("coupon", candidate.coupon.masked)
        self.refused.append(Refused(candidate, refusal))

    def offer(self, candidate: Candidate) -> None:
        """Let a coupon take part if it may."""
        found = candidate.refusal or _apart(candidate, self.taken) or self._used_up(candidate)
        if found:
            self.refuse(candidate, found)
            return
        chosen = self._step(candidate)
        if isinstance(chosen, Refusal):
            self.refuse(candidate, chosen)
            return
        given = self._give(candidate, chosen)
        if isinstance(given, Given):
            given = self._in_budget(candidate, given)
        if isinstance(given, Refusal):
            self.refuse(candidate, given)
            return
        self._take(candidate, given, chosen)

    def _give(self, candidate: Candidate, chosen: Chosen) -> Given | Refusal:
        name = candidate.coupon.id, chosen.step, tuple(self.asked.left)
        if name not in self.seen:
            ask = replace(self.asked, base=candidate.terms.together.base)
            self.seen[name] = chosen.benefit.give(ask)
        return self.seen[name]

    def _used_up(self, candidate: Candidate) -> Refusal | None:
        for limit in candidate.limits:
            live = self.live.get(limit.name, 0)
            if live >= limit.cap:
                return limit.refusal(live)
        return None

    def _step(self, candidate: Candidate) -> Chosen | Refusal:
        bird: Benefit = candidate.terms.benefit
        if not isinstance(bird, EarlyBird):
            return Chosen(None, bird)
        counters = {one.measure: one.name for one in candidate.places}

        def live_of(step: int) -> int:
            return self.live.get(counters[f"step:{step}"], 0)

        return bird.choose(self.asked.at, live_of)

    def _in_budget(self, candidate: Candidate, given: Given) -> Given | Refusal:
        """Return what the budgets let through of what would be given."""
        for limit in candidate.limits:
            if limit.measure != "discount":
                continue
            live = self.live.get(limit.name, 0)
            left = limit.cap - live
            if given.discount <= left:
                continue
            if not limit.gives_rest:
                return limit.refusal(live)
            parts = money.split(left, list(given.lines.values()))
            lines = dict(zip(given.lines, parts, strict=True))
            given = replace(given, lines={i: part for i, part in lines.items() if part})
        return given

    def _take(self, candidate: Candidate, given: Given, chosen: Chosen) -> None:
        uses = [
            Use(limit, 1 if limit.measure == "uses" else given.discount)
            for limit in candidate.limits
            if limit.measure == "uses" or given.discount
        ]
        wanted = (f"step:{chosen.step}", "place")
        places = [
            Use(limit, 1)
            for limit in candidate.places
            if limit.measure in wanted and _has_places(candidate, chosen)
        ]
        uses += places
        for use in uses:
            self.live[use.limit.name] = self.live.get(use.limit.name, 0) + use.amount
        for position, part in given.lines.items():
            self.asked.left[position] -= part
        self.taken.append(Taken(candidate, given, tuple(uses), chosen.step, has_place=bool(places)))


def _has_places(candidate: Candidate, chosen: Chosen) -> bool:
    bird = candidate.terms.benefit
    if not isinstance(bird, EarlyBird) or chosen.step is None:
        return False
    return bool(bird.steps[chosen.step].places)


def _apart(candidate: Candidate, taken: Iterable[Taken]) -> Refusal | None:
    """Return why a coupon cannot go together with those that take part already."""
    own = candidate.terms.together
    for one in taken:
        other = one.terms.together
        alone = [x for x in (own, other) if x.mode == "exclusive"]
        if any(x.group is None or own.group == other.group for x in alone):
            return NotTogether(other=one.coupon.masked)
    return None


def play(candidates: Iterable[Candidate], ask: Ask, live: dict[Name, int]) -> Round:
    """Let coupons take part in their order; of each group of rivals only the best does.

    The groups are settled one after the other, in the order in which they come up: each rival is
    tried with everything that is decided so far, and the one that leaves the customer best off
    wins; among equals the first in order.
    """
    ordered = sorted(candidates, key=lambda one: one.order)
    groups = _rivals(ordered)
    waiting = {one.coupon.id for group in groups for one in group}
    beaten: dict[UUID, Refusal] = {}
    start = _Start(ask, live)
    for group in groups:
        waiting -= {one.coupon.id for one in group}
        beaten |= _beaten(ordered, group, waiting | set(beaten), start=start)
    end = start.round()
    for one in ordered:
        if one.coupon.id in beaten:
            end.refuse(one, beaten[one.coupon.id])
        else:
            end.offer(one)
    return end


@dataclass(frozen=True, slots=True)
class _Start:
    """What every way through the coupons begins with."""

    ask: Ask
    live: dict[Name, int]
    seen: Seen = field(default_factory=dict)

    def round(self) -> Round:
        """Return a fresh round."""
        return Round(replace(self.ask, left=list(self.ask.left)), dict(self.live), self.seen)


def _beaten(
    ordered: Sequence[Candidate],
    group: Sequence[Candidate],
    out: set[UUID],
    *,
    start: _Start,
) -> dict[UUID, Refusal]:
    """Return the rivals that stand back, and why."""
    best: tuple[tuple[int, int], Candidate] | None = None
    reasons: dict[UUID, Refusal | None] = {}
    rivals = {one.coupon.id for one in group}
    for rival in group:
        tried = start.round()
        for one in ordered:
            if one is rival or one.coupon.id not in out | rivals:
                tried.offer(one)
        reason = next((x.refusal for x in tried.refused if x.candidate is rival), None)
        reasons[rival.coupon.id] = reason
        if reason is None and (best is None or tried.worth > best[0]):
            best = tried.worth, rival
    if best is None:
        return {}
    name = best[1].coupon.masked
    return {
        id: reason or BetterTaken(other=name)
        for id, reason in reasons.items()
        if id != best[1].coupon.id
    }


def _rivals(ordered: Sequence[Candidate]) -> list[list[Candidate]]:
    groups: dict[str, list[Candidate]] = {}
    for one in ordered:
        if one.terms.together.mode == "best":
            groups.setdefault(one.terms.together.group or "", []).append(one)
    return [group for group in groups.values() if len(group) > 1]
