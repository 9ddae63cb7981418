"""The transaction of a purchase without the product: the statements it sends, by the driver alone.

They are not written down here a second time: one purchase is listened to, and what it said is said
again for other coupons and cards, with fresh ids. So the floor moves with the product.
"""

import re
import secrets
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import event
from uuid6 import uuid7

from bench.client import Result
from core.db import Database

HEX = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Sample:
    """What tells one purchase from another."""

    code: str
    coupon: UUID
    number: str
    customer: UUID
    pseudonym: str
    key: str


@dataclass(frozen=True, slots=True)
class Step:
    """One statement as the driver was handed it; many sets of values at once, or one."""

    sql: str
    values: Any
    many: bool


def recorded(database: Database, purchase: Callable[[], object]) -> list[Step]:
    """Return the statements of the writing transaction of a purchase."""
    steps: list[Step] = []

    def hear(connection: Any, _: Any, sql: str, values: Any, *more: Any) -> None:
        if connection.get_execution_options().get("writing"):
            steps.append(Step(sql, values, many=bool(more[1])))

    event.listen(database.engine, "before_cursor_execute", hear)
    try:
        purchase()
    finally:
        event.remove(database.engine, "before_cursor_execute", hear)
    return steps


class Player:
    """Says a recorded purchase again for other coupons and cards."""

    def __init__(self, steps: Sequence[Step], recorded: Sample, mark: UUID) -> None:
        """Take a recording; ids younger than the mark belong to the purchase itself."""
        self.steps = steps
        self.sample = recorded
        self.mark = mark

    def play(self, cursor: Any, sample: Sample) -> None:
        """Send the statements of one purchase and read what comes back."""
        names = self._names(sample)
        for step in self.steps:
            if step.many:
                cursor.executemany(step.sql, [self._renamed(one, names) for one in step.values])
                continue
            cursor.execute(step.sql, self._renamed(step.values, names))
            found = cursor.fetchall() if cursor.description else []
            if found and step.sql.startswith("INSERT"):
                names[self._own(step.values)] = found[0][0]  # a lot that was there already

    def _names(self, sample: Sample) -> dict[Any, Any]:
        names: dict[Any, Any] = {}
        for name in Sample.__slots__:
            old, new = getattr(self.sample, name), getattr(sample, name)
            names[old] = new
            if isinstance(old, UUID):
                names[old.hex] = new.hex
        return names

    def _renamed(self, values: Any, names: dict[Any, Any]) -> Any:
        if isinstance(values, dict):
            return {name: self._name(value, names) for name, value in values.items()}
        return tuple(self._name(value, names) for value in values)

    def _name(self, value: Any, names: dict[Any, Any]) -> Any:
        if not isinstance(value, UUID | str):
            return value
        if value not in names and self._is_own(value):
            fresh = uuid7()
            names[value] = UUID(fresh.hex) if isinstance(value, UUID) else fresh.hex
        return names.get(value, value)

    def _own(self, values: Any) -> Any:
        given = values.values() if isinstance(values, dict) else values
        return next(one for one in given if isinstance(one, UUID | str) and self._is_own(one))

    def _is_own(self, value: UUID | str) -> bool:
        text = value.hex if isinstance(value, UUID) else value
        return bool(HEX.fullmatch(text)) and text > self.mark.hex


def replay(
    url: str,
    player: Player,
    samples: Sequence[Sample],
    seconds: float,
    *,
    ready: Callable[[], None],
) -> Result:
    """Settle purchases on one connection, each in its transaction, until the time is over."""
    connection = _connect(url)
    cursor = connection.cursor()
    ready()
    result = Result(0)
    now = began = time.perf_counter()
    for sample in samples:
        if now - began >= seconds:
            break
        player.play(cursor, sample)
        connection.commit()
        done, now = now, time.perf_counter()
        result.latencies.append(now - done)
    result.seconds = now - began
    result.statuses["done"] = len(result.latencies)
    connection.close()
    return result


def _connect(url: str) -> Any:
    """Connect as the product does."""
    if not url.startswith("sqlite"):
        return psycopg.connect(url.replace("postgresql+psycopg", "postgresql"))
    connection = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    for pragma in ("synchronous = FULL", "foreign_keys = ON", "cache_size = -32000"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def new_key() -> str:
    """Return a fresh idempotency key, which is no id."""
    return f"bench-{secrets.token_hex(10)}"
