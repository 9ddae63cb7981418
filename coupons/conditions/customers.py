"""Conditions about who buys. Without a card nobody can tell, so they ask for it."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar
from uuid import UUID

from core import clock
from core.errors import Refusal
from coupons.conditions.case import Case, Value
from coupons.conditions.errors import (
    AttributeMismatch,
    BirthdayUnknown,
    BoughtRecently,
    NeverBought,
    NotFirstPurchase,
    NotInAudience,
    NotYourBirthday,
    TagMissing,
    TierNeeded,
)
from coupons.errors import CardNeeded


@dataclass(frozen=True, slots=True)
class InAudience:
    """The customer is one of those the offer was made for."""

    audience_id: UUID
    kind: ClassVar[str] = "audience"
    asks: ClassVar[frozenset[str]] = frozenset({"audience"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it is for others."""
        if case.customer_id is None:
            return CardNeeded()
        return None if self.audience_id in case.about.audiences else NotInAudience()


@dataclass(frozen=True, slots=True)
class OfTier:
    """The customer has one of some tiers."""

    tiers: tuple[str, ...]
    kind: ClassVar[str] = "tier"
    asks: ClassVar[frozenset[str]] = frozenset({"tier"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return which tiers it is for."""
        if case.customer_id is None:
            return CardNeeded()
        return None if case.about.tier in self.tiers else TierNeeded(tiers=", ".join(self.tiers))


@dataclass(frozen=True, slots=True)
class FirstPurchase:
    """The customer has never bought before."""

    kind: ClassVar[str] = "first_purchase"
    asks: ClassVar[frozenset[str]] = frozenset({"purchases"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return that they have."""
        if case.customer_id is None:
            return CardNeeded()
        return NotFirstPurchase(purchases=case.about.purchases) if case.about.purchases else None


@dataclass(frozen=True, slots=True)
class NotBought:
    """The customer has bought before, but not for so many days of the shop."""

    days: int
    kind: ClassVar[str] = "not_bought"
    asks: ClassVar[frozenset[str]] = frozenset({"purchases"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return when they last have, or that they never did."""
        if case.customer_id is None:
            return CardNeeded()
        last = case.about.last_purchase
        if last is None:
            return NeverBought()
        away = clock.local_day(case.at, case.zone) - clock.local_day(last, case.zone)
        return None if away.days >= self.days else BoughtRecently(days=self.days, last=last)


@dataclass(frozen=True, slots=True)
class Birthday:
    """It is the customer's birthday, or so many days before or after it.

    Who was born on 29 February has the birthday on the 28th in years without one.
    """

    before: int = 0
    after: int = 0
    kind: ClassVar[str] = "birthday"
    asks: ClassVar[frozenset[str]] = frozenset({"birthday"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it is not, or that nobody knows."""
        if case.customer_id is None:
            return CardNeeded()
        born = case.about.birthday
        if born is None:
            return BirthdayUnknown()
        today = clock.local_day(case.at, case.zone)
        if any(self._covers(day, today) for day in _around(born, today)):
            return None
        return NotYourBirthday(before=self.before, after=self.after)

    def changes(self, case: Case) -> Iterator[datetime]:
        """Yield when its days begin and end, last year, this year and next."""
        if born := case.about.birthday:
            for day in _around(born, clock.local_day(case.at, case.zone)):
                yield clock.day_start(day - timedelta(days=self.before), case.zone)
                yield clock.day_end(day + timedelta(days=self.after), case.zone)

    def _covers(self, day: date, today: date) -> bool:
        return -timedelta(days=self.before) <= today - day <= timedelta(days=self.after)


def _around(born: date, today: date) -> Iterator[date]:
    """Yield the birthdays of last year, of this one and of the next."""
    for year in range(today.year - 1, today.year + 2):
        day = born.day
        if (born.month, born.day) == (2, 29):
            day = clock.month_length(year, 2)
        with suppress(ValueError):  # the calendar ends with the year 9999
            yield date(year, born.month, day)


@dataclass(frozen=True, slots=True)
class HasTag:
    """The customer carries at least one of some tags."""

    tags: frozenset[str]
    kind: ClassVar[str] = "customer_tags"
    asks: ClassVar[frozenset[str]] = frozenset({"tags"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return that they carry none."""
        if case.customer_id is None:
            return CardNeeded()
        if self.tags.isdisjoint(case.about.tags):
            return TagMissing(tags=", ".join(sorted(self.tags)))
        return None


@dataclass(frozen=True, slots=True)
class HasAttribute:
    """Something that is kept of the customer is as it must be.

    Attributes:
        one_of: the values it may have; None if any.
        at_least: the smallest whole number it may be.
        at_most: the largest.
    """

    name: str
    one_of: tuple[Value, ...] | None = None
    at_least: int | None = None
    at_most: int | None = None
    kind: ClassVar[str] = "attribute"
    asks: ClassVar[frozenset[str]] = frozenset({"attributes"})

    def refusal(self, case: Case) -> Refusal | None:
        """Return that it is not."""
        if case.customer_id is None:
            return CardNeeded()
        value = case.about.attributes.get(self.name)
        if value is not None and self._holds(value):
            return None
        return AttributeMismatch(name=self.name)

    def _holds(self, value: Value) -> bool:
        if self.one_of is not None:
            return any(type(value) is type(it) and value == it for it in self.one_of)
        if type(value) is not int:  # True counts as 1 in Python, but is no number here
            return False
        if self.at_least is not None and value < self.at_least:
            return False
        return self.at_most is None or value <= self.at_most
