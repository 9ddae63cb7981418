"""Eight processes, kept alive, that do the same thing at the same moment."""

import multiprocessing
import traceback
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from multiprocessing.connection import Connection
from threading import Barrier
from typing import Any

from core.db import Database
from core.errors import DatabaseBusy, Refusal
from tests.races import careless

SIZE = 8
THREADS = 25
PATIENCE = 120
"""Seconds after which a crowd that does not answer is a bug."""

WON = "won"

Act = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Arena:
    """Which database a race is run on, in words that another process understands."""

    url: str
    schema: str | None = None


class Crowd:
    """Processes that wait for something to do, and do it all at once."""

    def __init__(self, size: int = SIZE) -> None:
        context = multiprocessing.get_context("spawn")
        self._start = context.Barrier(size)
        self._doors: list[Connection] = []
        self._members = []
        for _ in range(size):
            ours, theirs = context.Pipe()
            member = context.Process(target=_live, args=(theirs, self._start), daemon=True)
            member.start()
            theirs.close()
            self._doors.append(ours)
            self._members.append(member)

    def rush(
        self, arena: Arena, act: Act, *given: Any, times: int = 200, unguarded: bool = False
    ) -> Counter[str]:
        """Let everybody act, so many times in all; return how often which outcome came.

        An act that returns has won; one that is refused has lost with the code of the refusal. A
        busy database is asked again, as a till does. Anything else that is raised fails the test.
        """
        share, more = divmod(times, len(self._doors))
        assert share + bool(more) <= THREADS
        for i, door in enumerate(self._doors):
            door.send((arena, act, given, share + (i < more), unguarded))
        outcomes: Counter[str] = Counter()
        answers = [door.recv() if door.poll(PATIENCE) else "no answer" for door in self._doors]
        for answer in answers:
            assert isinstance(answer, Counter), answer
            outcomes += answer
        assert outcomes.total() == times
        return outcomes

    def disperse(self) -> None:
        """Send everybody home."""
        for door in self._doors:
            door.send(None)
            door.close()
        for member in self._members:
            member.join(PATIENCE)
            member.close()


def _live(door: Connection, start: Any) -> None:
    """Do what comes through the door until nothing comes any more."""
    with ThreadPoolExecutor(THREADS) as hands:
        while (task := door.recv()) is not None:
            arena, act, given, times, unguarded = task
            together = Barrier(times) if times else None
            database = _database(arena)
            start.wait(PATIENCE)
            with careless.guards_off() if unguarded else nullcontext():
                tries = [hands.submit(_try, act, database, given, together) for _ in range(times)]
                try:
                    answer: Any = Counter(one.result() for one in tries)
                except BaseException:
                    answer = traceback.format_exc()
            door.send(answer)


@cache
def _database(arena: Arena) -> Database:
    return Database(arena.url, schema=arena.schema, pool_size=5)


def _try(act: Act, database: Database, given: tuple[Any, ...], together: Barrier) -> str:
    together.wait(PATIENCE)
    careless.begin(together)
    while True:
        try:
            act(database, *given)
        except DatabaseBusy:
            continue
        except Refusal as refusal:
            return refusal.code
        return WON
