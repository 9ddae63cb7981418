"""Where a customer stands: the tier with what it brings, how far the next one is, the stamps."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import ids
from core.i18n import gettext, named, ngettext, show_end, show_money, show_number
from loyalty import messages, stamps, tiers
from loyalty.portal import promises
from loyalty.referrals.scheme import Prize
from loyalty.tiers import Progress

MOST_IN_A_ROW = 20
"""A stamp card with more than so many stamps is shown as a bar."""


@dataclass(frozen=True, slots=True)
class Goal:
    """How far it is to the next tier, as a bar and in words."""

    tier: str
    perks: str
    said: str
    missing: str
    done: int
    whole: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a customer stands on the ladder.

    Attributes:
        name: of the tier, None below all of them.
        keeping: what it takes to keep it beyond its date.
    """

    name: str | None
    perks: str
    since: datetime | None
    until: datetime | None
    keeping: str
    goal: Goal | None


@dataclass(frozen=True, slots=True)
class Shelf:
    """A stamp card and what is on it."""

    name: str
    said: str
    reward: str
    held: int
    needed: int
    expires_at: datetime | None
    full: int

    @property
    def is_row(self) -> bool:
        return self.needed <= MOST_IN_A_ROW


def standing(db: Session, customer_id: UUID, *, at: datetime) -> Standing | None:
    """Return where a customer stands; None where there is no ladder and nobody holds anything."""
    connection = db.connection()
    progress = tiers.progress(connection, customer_id, at=at)
    place = progress.place if progress else tiers.standing(connection, customer_id, at=at)
    goal = _goal(db, progress) if progress else None
    if place.rung is None and goal is None:
        return None
    return Standing(
        name=named(place.rung.name) if place.rung else None,
        perks=_perks(db, place.rung.id) if place.rung else "",
        since=place.since,
        until=place.until,
        keeping=_keeping(progress) if progress else "",
        goal=goal,
    )


def _perks(db: Session, tier_id: UUID) -> str:
    return named(tiers.find(db, tier_id).perks)


def _goal(db: Session, progress: Progress) -> Goal | None:
    following = progress.following
    if following is None:
        return None
    show = show_money if progress.by == "money" else show_number
    facts = {"amount": show(progress.amount), "entry": show(following.entry)}
    if progress.by == "money":
        said = gettext("%(amount)s of %(entry)s", **facts)
    else:
        said = ngettext(
            "%(amount)s of %(entry)s point", "%(amount)s of %(entry)s points",
            following.entry, **facts,
        )  # fmt: skip
    name = named(following.name)
    return Goal(
        tier=name,
        perks=_perks(db, following.id),
        said=said,
        missing=messages.missing(progress.by, progress.missing, name),
        done=max(0, min(progress.amount, following.entry)),
        whole=following.entry,
    )


def _keeping(progress: Progress) -> str:
    """Return what it takes to keep a tier; nothing of one that nobody can renew."""
    place, number = progress.place, progress.kept_missing
    if progress.kept is None or place.rung is None or not place.rung.active:
        return ""
    day = show_end(place.until)
    if not number:
        return gettext("You have done enough to keep it after %(day)s", day=day)
    if progress.by == "money":
        return gettext(
            "%(amount)s more to keep it after %(day)s", amount=show_money(number), day=day
        )
    return ngettext(
        "%(shown)s point more to keep it after %(day)s",
        "%(shown)s points more to keep it after %(day)s",
        number,
        shown=show_number(number),
        day=day,
    )


def shelf(db: Session, customer_id: UUID, *, at: datetime) -> Iterator[Shelf]:
    """Yield every stamp card that can be collected, with what is on it."""
    found = stamps.shelf(db.connection(), customer_id, at=at)
    prizes = [_prize(one["reward"]) for one in found]
    said = promises.prizes(db, prizes)
    for one, prize in zip(found, prizes, strict=True):
        needed = one["needed"]
        yield Shelf(
            name=named(one["name"]),
            said=ngettext(
                "%(held)s of %(needed)s stamp", "%(held)s of %(needed)s stamps", needed,
                held=show_number(one["held"]), needed=show_number(needed),
            ),
            reward=said[prize],
            held=one["held"],
            needed=needed,
            expires_at=one["expires_at"],
            full=one["full"],
        )  # fmt: skip


def _prize(reward: dict[str, Any]) -> Prize:
    offer = reward.get("offer")
    return Prize(reward.get("points"), ids.parse("of", offer) if offer else None)
