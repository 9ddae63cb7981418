"""Every case of the table, by the rules and through the API, on both engines."""

from collections.abc import Iterator

import pytest
from flask import Flask

from core import clock
from loyalty import reconcile
from tests.tables.by_api import ByApi
from tests.tables.by_rules import ByRules
from tests.tables.playing import play
from tests.tables.reading import Case, every_case
from tests.tables.stage import Stage, hurried

CASES = every_case()


@pytest.fixture(scope="module")
def stage(application: Flask) -> Iterator[Stage]:
    """A database that was emptied once; each case brings its own customers and offers."""
    with hurried(application):
        yield Stage(application)


@pytest.fixture(scope="module")
def by_rules(stage: Stage) -> ByRules:
    return ByRules(stage.database, stage.people)


@pytest.fixture(scope="module")
def by_api(application: Flask, stage: Stage) -> Iterator[ByApi]:
    """The API, whose clock stands where a case puts it."""
    hands = ByApi(application, stage.database, stage.people)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "now", lambda: hands.at)
        yield hands


@pytest.mark.parametrize("case", CASES, ids=str)
def test_by_the_rules(stage: Stage, by_rules: ByRules, case: Case) -> None:
    assert play(case, stage, by_rules) == []


@pytest.mark.parametrize("case", CASES, ids=str)
def test_through_the_api(stage: Stage, by_api: ByApi, case: Case) -> None:
    assert play(case, stage, by_api) == []


def test_the_books_balance_after_all_of_it(stage: Stage) -> None:
    with stage.database.reading() as session:
        assert list(reconcile.findings(session)) == []
