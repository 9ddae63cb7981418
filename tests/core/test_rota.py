"""Whose turn it is among the chores of a worker."""

from datetime import timedelta

import pytest

from core import jobs
from core.db import Database
from tests.factories import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


def quick(database: Database, at: object) -> None: ...


def slow(database: Database, at: object) -> None: ...


@pytest.fixture
def rota(monkeypatch: pytest.MonkeyPatch) -> jobs.Rota:
    monkeypatch.setattr(jobs, "QUICK_CHORES", [quick])
    monkeypatch.setattr(jobs, "CHORES", [slow])
    return jobs.Rota()


def test_a_worker_begins_with_all_chores_and_goes_on_by_the_minute_and_the_hour(
    rota: jobs.Rota,
) -> None:
    turns = []
    for after in (0 * MINUTE, MINUTE, 1.5 * MINUTE, 2 * MINUTE, 1.01 * HOUR):
        turns.append(rota.due(NOON + after))
        rota.did(NOON + after)

    assert turns == [[quick, slow], [], [quick], [], [quick, slow]]


def test_what_failed_is_due_again(rota: jobs.Rota) -> None:
    assert rota.due(NOON) == [quick, slow]

    assert rota.due(NOON + MINUTE / 60) == [quick, slow]
