"""Read the table of cases: one TOML file a subject, each case a sentence with its figures.

docs/cases.md tells how a case is written. An unknown key, a wrong kind of value, an amount without
its point: each is an error that names the case.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.tables.words import (
    NO_CARD,
    SHOPS,
    Cents,
    Goods,
    Misread,
    Who,
    basket,
    cents,
    goods,
    moment,
    who,
)

FOLDER = Path(__file__).parent / "cases"
USUAL_MOMENT = "2026-03-14 13:00"

AFTER = {"balance", "coming", "debt", "stamps", "tier", "referral"}
"""What can be looked at after any step: of the customer of the step."""

BUY_GIVES = {
    "off", "total_off", "to_pay", "points", "pending", "refused", "told", "order", "place", "gives",
    "error",
}  # fmt: skip
VERBS: dict[str, tuple[set[str], set[str]]] = {
    "buy": ({"offers", "spend", "occurred", "by", "till"}, BUY_GIVES),
    "void": ({"by"}, {"error"}),
    "refund": ({"purchase", "by"}, {"money", "points_back", "points_claimed", "error"}),
    "claim": ({"purchase", "reason"}, {"money", "error"}),
    "hold": ({"till"}, {"error"}),
    "release": ({"till", "by"}, {"error"}),
    "look": (set(), set()),
    "issue": (set(), {"error"}),
    "change": ({"to"}, {"error"}),
    "freeze": (set(), {"error"}),
    "unfreeze": (set(), {"error"}),
    "revoke": (set(), {"error"}),
    "pause": (set(), {"error"}),
    "start": (set(), {"error"}),
    "adjust": ({"reason", "by"}, {"error"}),
    "approve": ({"by"}, {"error"}),
    "lose": (set(), {"error"}),
    "merge": ({"into"}, {"error"}),
    "join": ({"friend_of", "phone", "by"}, {"error"}),
    "refer": ({"friend_of"}, {"error"}),
    "night": (set(), set()),
    "reprogramme": (set(), set()),
}
"""Every kind of step: what may be given with it, and what may be expected of it."""

COMMON = {"at", "shop", "who"}
MONEY = {
    "off", "total_off", "to_pay", "money", "amount", "price", "discount", "earn_per",
    "earn_minimum", "point_value",
}  # fmt: skip
"""What is money wherever it is said, so that it is written with a point or is 0."""

MAYBE = {"cap", "per", "from", "entry", "renewal", "minimum", "missing", "left", "refund"}
"""What is money in one place, and pieces or points in another."""

OF_FILE = {"about", "goods", "offer", "programme", "tiers", "stamp_card", "campaign", "friends"}
INSTEAD = {"programme", "tiers", "friends"}
"""What there is but one of: a case that says it says all of it."""

OF_OFFER = {
    "benefit", "conditions", "limits", "together", "on_refund", "starts_at", "ends_at", "coupon",
    "campaign",
}  # fmt: skip
OF_COUPON = {"public", "use_limit", "per_customer", "channel", "of"}


@dataclass(frozen=True)
class Step:
    """One thing that happens, and what must come of it."""

    verb: str
    what: Any
    at: datetime
    shop: str
    who: str | None
    given: dict[str, Any] = field(default_factory=dict)
    expected: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """One sentence of the table with all that it speaks of."""

    file: str
    name: str
    people: dict[str, Who]
    offers: dict[str, dict[str, Any]]
    programme: dict[str, Any]
    tiers: dict[str, Any]
    stamp_cards: dict[str, dict[str, Any]]
    campaigns: dict[str, dict[str, Any]]
    friends: dict[str, Any]
    steps: tuple[Step, ...]

    def __str__(self) -> str:
        return f"{self.file}: {self.name}"


def every_case() -> list[Case]:
    """Return the cases of all files."""
    return [case for path in sorted(FOLDER.glob("*.toml")) for case in read(path)]


def read(path: Path) -> Iterator[Case]:
    """Yield the cases of one file."""
    try:
        file = tomllib.loads(path.read_text("utf-8"), parse_float=cents)
    except (Misread, tomllib.TOMLDecodeError) as problem:
        raise Misread(f"{path.name}: {problem}") from problem
    cases = file.pop("case", [])
    _known(file, OF_FILE, path.name)
    for one in cases:
        name = one.get("name", "a case without a name")
        try:
            yield _Reader(path.stem, file, one).case()
        except (Misread, KeyError, ValueError, TypeError) as problem:
            raise Misread(f"{path.name}: {name}: {problem}") from problem


def _known(found: dict[str, Any], allowed: set[str], where: str) -> None:
    if unknown := sorted(set(found) - allowed):
        raise Misread(f"{where}: unknown {', '.join(unknown)}")


def _check_money(said: Any, name: str = "") -> None:
    """Let through what writes money with a point, and nothing else so."""
    if isinstance(said, dict):
        for key, value in said.items():
            _check_money(value, key)
    elif isinstance(said, list):
        for value in said:
            _check_money(value, name)
    elif isinstance(said, int) and not isinstance(said, bool):
        is_money = name in MONEY | MAYBE
        if name in MONEY and said and not isinstance(said, Cents):
            raise Misread(f"{name}: write {said} as money, such as {said}.00")
        if isinstance(said, Cents) and not is_money:
            raise Misread(f"{name}: is not money, so it has no point")


def _plain(said: Any) -> Any:
    """Return what was said with money as whole minor units, like everything else."""
    if isinstance(said, dict):
        return {key: _plain(value) for key, value in said.items()}
    if isinstance(said, list):
        return [_plain(value) for value in said]
    return int(said) if isinstance(said, Cents) else said


class _Reader:
    """Reads one case of a file."""

    def __init__(self, stem: str, file: dict[str, Any], case: dict[str, Any]) -> None:
        self.stem, self.file, self.said = stem, file, dict(case)
        self.goods: dict[str, Goods] = {
            name: goods(text) for name, text in file.get("goods", {}).items()
        }

    def case(self) -> Case:
        name = self.said.pop("name")
        own = {key: self.said.pop(key) for key in sorted(OF_FILE & set(self.said))}
        _check_money([self.file, own])
        people = self._people()
        steps = self._steps(next(iter(people), None))
        return Case(
            file=self.stem,
            name=name,
            people=people,
            offers={n: self._offer(n, it) for n, it in self._both("offer", own).items()},
            programme=self._both("programme", own),
            tiers=self._both("tiers", own),
            stamp_cards=self._both("stamp_card", own),
            campaigns=self._both("campaign", own),
            friends=self._both("friends", own),
            steps=steps,
        )

    def _both(self, name: str, own: dict[str, Any]) -> dict[str, Any]:
        """Return what the file says, with what the case says besides, or instead of it."""
        of_file = self.file.get(name, {})
        if name in INSTEAD and name in own:
            of_file = {}
        found: dict[str, Any] = _plain(of_file | own.get(name, {}))
        return found

    def _offer(self, name: str, said: dict[str, Any]) -> dict[str, Any]:
        _known(said, OF_OFFER, f"offer.{name}")
        _known(said.get("coupon", {}), OF_COUPON, f"offer.{name}.coupon")
        return said

    def _people(self) -> dict[str, Who]:
        said = self.said.pop("customer", NO_CARD)
        if isinstance(said, dict):
            return {name: who(text) for name, text in said.items()}
        return {} if said == NO_CARD else {"the customer": who(said)}

    def _steps(self, first: str | None) -> tuple[Step, ...]:
        steps = self.said.pop("steps", None)
        at, shop = self.said.pop("at", USUAL_MOMENT), self.said.pop("shop", "Oslo")
        if steps is None:
            steps = [{"buy": self.said.pop("basket")} | self.said]
        elif self.said:
            raise Misread(f"unknown {', '.join(sorted(self.said))}, with steps besides")
        found: list[Step] = []
        for step in steps:
            at, shop = step.get("at", at), step.get("shop", shop)
            found.append(self._step({"at": at, "shop": shop, "who": first} | step))
        return tuple(found)

    def _step(self, said: dict[str, Any]) -> Step:
        verbs = set(said) & set(VERBS)
        if len(verbs) != 1:
            raise Misread(f"a step is one of {', '.join(VERBS)}, not {sorted(verbs)}")
        verb = verbs.pop()
        given, expected = VERBS[verb]
        _known(said, COMMON | given | expected | AFTER | {verb}, verb)
        _check_money(said)
        said = _plain(said)
        zone = SHOPS[said["shop"]]
        told = {key: said[key] for key in given & set(said)}
        if "occurred" in told:
            told["occurred"] = moment(told["occurred"], zone)
        what: Any = said[verb]
        return Step(
            verb=verb,
            what=basket(what, self.goods) if verb == "buy" else what,
            at=moment(said["at"], zone),
            shop=said["shop"],
            who=None if said["who"] == NO_CARD else said["who"],
            given=told,
            expected={key: said[key] for key in (expected | AFTER) & set(said)},
        )
