"""Two customers buy the same, at random: one lives through every night, the other through none.

Whoever asks is told the same of both, and what stands on paper.
"""

import os
from datetime import date, datetime, time, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from core.db import Database
from loyalty import reconcile
from tests.factories import make_shop
from tests.loyalty.plain_tiers import ZONE, Paper
from tests.loyalty.standing import BRONZE, GOLD, SILVER, Member, make_ladder, make_member

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "40"))
"""How many histories are lived; a soak lives thousands."""

PLAY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
RUNGS = [BRONZE, SILVER, GOLD]
BEGIN = st.sampled_from([date(2023, 12, 30), date(2024, 2, 28), date(2025, 3, 29)])
LADDERS = st.fixed_dictionaries(
    {
        "period": st.sampled_from(["calendar", "rolling"]),
        "months": st.sampled_from([1, 2, 12]),
        "grace_days": st.sampled_from([0, 0, 10]),
        "downgrade": st.sampled_from(["one", "fit"]),
    }
)
DAYS = st.sampled_from([0, 1, 2, 27, 31, 60, 200, 365, 800])
POINTS = st.sampled_from([1, 50, 99, 100, 400, 500, 800, 1000])
ACTS = st.lists(
    st.tuples(DAYS, st.sampled_from(["buy", "buy", "buy", "void", "refund"]), POINTS), max_size=12
)


def morning(day: date) -> datetime:
    return datetime.combine(day, time(9), ZONE)


def make_two(session: Session, ladder: dict[str, Any]) -> tuple[Member, Member]:
    make_ladder(session, *RUNGS, **ladder)
    shop = make_shop(session)
    return make_member(session, shop), make_member(session, shop)


def check_same(busy: Member, idle: Member, at: datetime) -> None:
    assert busy.place(at) == idle.place(at)
    assert busy.told(at) == idle.told(at)
    busy.session.flush()
    assert list(reconcile.findings(busy.session)) == []


@PLAY
@given(begin=BEGIN, ladder=LADDERS, acts=ACTS)
def test_whoever_reads_without_a_night_is_told_what_the_nights_have_written(
    database: Database, begin: date, ladder: dict[str, Any], acts: list[tuple[int, str, int]]
) -> None:
    with database.writing() as session:
        busy, idle = make_two(session, ladder)
        today, bought = begin, []
        for days, act, points in acts:
            for _ in range(0, days, 5):
                today += timedelta(days=min(5, days))
                busy.night(morning(today))
            at = morning(today)
            if act == "buy":
                bought.append([points, busy.buy(points, at), idle.buy(points, at)])
            elif bought and act == "void":
                _, first, second = bought.pop()
                busy.void(first, at)
                idle.void(second, at)
            elif bought and bought[-1][0] > 1:
                part = min(points, bought[-1][0] - 1)
                bought[-1][0] -= part
                busy.refund(bought[-1][1], part, at)
                idle.refund(bought[-1][2], part, at)
            check_same(busy, idle, at)


@PLAY
@given(begin=BEGIN, ladder=LADDERS, acts=st.lists(st.tuples(DAYS, POINTS), max_size=12), last=DAYS)
def test_a_tier_is_what_a_pupil_has_on_paper(
    database: Database,
    begin: date,
    ladder: dict[str, Any],
    acts: list[tuple[int, int]],
    last: int,
) -> None:
    with database.writing() as session:
        busy, idle = make_two(session, ladder)
        given = dict(ladder)
        paper = Paper(RUNGS, grace=given.pop("grace_days"), today=begin, **given)
        for days, points in [*acts, (last, 0)]:
            paper.live_to(paper.today + timedelta(days=days))
            at = morning(paper.today)
            busy.night(at)
            if points:
                busy.buy(points, at)
                idle.buy(points, at)
                paper.buy(points)
            assert busy.place(at) == idle.place(at) == (paper.tier, paper.until)


@PLAY
@given(
    ladder=LADDERS,
    acts=st.lists(st.tuples(DAYS, POINTS), max_size=8),
    days=st.integers(0, 3),
    points=POINTS,
)
def test_undoing_a_purchase_restores_what_was_before(
    database: Database,
    ladder: dict[str, Any],
    acts: list[tuple[int, int]],
    days: int,
    points: int,
) -> None:
    with database.writing() as session:
        member, _ = make_two(session, ladder)
        today = date(2024, 2, 20)
        for more, some in acts:
            today += timedelta(days=more)
            member.buy(some, morning(today))
        before = member.place(morning(today))
        found = member.buy(points, morning(today))

        member.void(found, morning(today))

        assert member.place(morning(today)) == before
