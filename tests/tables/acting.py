"""What can be done with the platform, and how it answers: the same by its rules and by its API."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

Json = dict[str, Any]


class No(Exception):
    """A refusal."""

    def __init__(self, code: str, facts: Json | None = None) -> None:
        super().__init__(code)
        self.code, self.facts = code, facts or {}


@dataclass(frozen=True)
class Taken:
    """What one coupon gave; ``index`` is its place in the request."""

    index: int
    discount: int
    lines: dict[int, int]
    place: int | None = field(compare=False, default=None)
    next_code: str | None = field(compare=False, default=None)


@dataclass(frozen=True)
class Answer:
    """What a purchase comes to. A quote and its purchase compare equal."""

    discount: int
    to_pay: int
    paid_with_points: int
    points: dict[str, int]
    taken: tuple[Taken, ...]
    refused: dict[int, tuple[str, Json]]
    news: tuple[Any, ...]
    id: str | None = field(compare=False, default=None)


@dataclass(frozen=True)
class Back:
    """What a refund gave back."""

    money: int
    points_back: int
    points_claimed: int


class Hands(Protocol):
    """Whoever acts. Ids are public ones; ``at`` is the moment; ``by`` names a manager."""

    def campaign(self, body: Json, at: datetime) -> Json: ...
    def offer(self, body: Json, at: datetime) -> str: ...
    def change_offer(self, offer: str, body: Json, at: datetime) -> None: ...
    def issue(self, offer: str, body: Json, at: datetime) -> str: ...
    def quote(self, order: Json, at: datetime, by: str | None) -> Answer: ...
    def buy(self, order: Json, at: datetime, by: str | None) -> Answer: ...
    def void(self, purchase: str, at: datetime, by: str | None) -> None: ...
    def refund(self, purchase: str, body: Json, at: datetime, by: str | None) -> Back: ...
    def claim(self, purchase: str, body: Json, at: datetime) -> Back: ...
    def hold(self, codes: list[str], till: str, at: datetime) -> None: ...
    def release(self, codes: list[str], till: str, at: datetime, by: str | None) -> None: ...
    def stop_coupon(self, code: str, verb: str, at: datetime) -> None: ...
    def move_campaign(self, campaign: str, verb: str, at: datetime) -> None: ...
    def adjust(
        self, customer: UUID, points: int, reason: str, at: datetime, by: str | None
    ) -> str | None: ...
    def approve(self, adjustment: str, at: datetime, by: str | None) -> None: ...
    def replace_card(self, customer: UUID, at: datetime) -> str: ...
    def merge(self, customer: UUID, into: UUID, at: datetime) -> None: ...
    def join(self, body: Json, at: datetime, by: str | None) -> tuple[UUID, str]: ...
    def balance(self, customer: UUID, at: datetime) -> dict[str, int]: ...
    def shelf(self, customer: UUID, at: datetime) -> list[Json]: ...
    def tier(self, customer: UUID, at: datetime) -> str | None: ...
