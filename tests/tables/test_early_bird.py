"""Which step of an early bird holds: by the day, by how many came before, and after all."""

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from core.money import Money
from coupons import benefits
from coupons.basket import Basket
from coupons.benefits import Ask, EarlyBird

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
BEFORE, AFTER = "2026-05-05T00:00:00+02:00", "2026-05-04T12:00:00Z"


def off(percent: int) -> dict[str, Any]:
    return {"kind": "percent", "percent": str(percent)}


def bird(*steps: tuple[Any, int], after: int | None = None) -> EarlyBird:
    """Return an early bird; a step is until a moment (text) or for the first (number)."""
    every = [
        {"until" if isinstance(bound, str) else "first": bound, "benefit": off(percent)}
        for bound, percent in steps
    ]
    terms = {"kind": "early_bird", "steps": every, "after": after and off(after)}
    read = benefits.read(terms)
    assert isinstance(read, EarlyBird)
    return read


FIRST_HUNDRED = [(100, 50)]
TWO_STEPS = [(100, 50), (500, 20)]
MIXED = [(BEFORE, 30), (100, 20)]
OVER = [(AFTER, 30), (100, 20)]

CASES: list[tuple[str, list[tuple[Any, int]], int | None, list[int], Any]] = [
    # case, steps, what holds after, places taken by step, the step and the per cent, or a refusal
    ("the first one", FIRST_HUNDRED, None, [0], (0, 50)),
    ("the hundredth", FIRST_HUNDRED, None, [99], (0, 50)),
    ("one too many", FIRST_HUNDRED, None, [100], "early_bird_sold_out"),
    ("one too many, and something after", FIRST_HUNDRED, 5, [100], (None, 5)),
    ("the second step", TWO_STEPS, None, [100, 0], (1, 20)),
    ("the last of the second step", TWO_STEPS, None, [100, 399], (1, 20)),
    ("both full", TWO_STEPS, None, [100, 400], "early_bird_sold_out"),
    ("a place of the first step came back", TWO_STEPS, None, [99, 400], (0, 50)),
    ("before the day", MIXED, None, [0, 0], (0, 30)),
    ("before the day places do not count", MIXED, None, [999, 100], (0, 30)),
    ("after the day", OVER, None, [999, 0], (1, 20)),
    ("after the day, full", OVER, None, [999, 100], "early_bird_sold_out"),
    ("after the only day", [(AFTER, 30)], None, [0], "offer_ended"),
    ("after the only day, something after", [(AFTER, 30)], 5, [0], (None, 5)),
]


@pytest.mark.parametrize(
    ("case", "steps", "after", "taken", "expected"), CASES, ids=[c[0] for c in CASES]
)
def test_the_step_that_holds(
    case: str, steps: list[tuple[Any, int]], after: int | None, taken: list[int], expected: Any
) -> None:
    chosen = bird(*steps, after=after).choose(NOON, taken.__getitem__)

    if isinstance(chosen, Refusal):
        assert chosen.code == expected
    else:
        hundredths = chosen.benefit.hundredths  # type: ignore[attr-defined]
        assert (chosen.step, hundredths // 100) == expected


def test_sold_out_says_how_many_places_there_were() -> None:
    sold_out = bird(*TWO_STEPS).choose(NOON, lambda _: 10**6)

    assert isinstance(sold_out, Refusal)
    assert sold_out.facts == {"places": 500}


def test_the_end_is_that_of_the_last_day() -> None:
    ended = bird(("2026-05-01T00:00:00Z", 30), (AFTER, 20)).choose(NOON, lambda _: 0)

    assert isinstance(ended, Refusal)
    assert ended.facts == {"ends_at": NOON}


def test_without_a_counter_it_gives_what_the_first_one_gets() -> None:
    basket = Basket("EUR", Money(1000))
    ask = Ask(basket, [1000], [1000], has_card=False, at=NOON, zone="UTC")

    given = bird(*TWO_STEPS).give(ask)
    refused = bird((AFTER, 30)).give(ask)

    assert not isinstance(given, Refusal)
    assert given.discount == 500
    assert isinstance(refused, Refusal)


@given(
    firsts=st.lists(st.integers(1, 40), min_size=1, max_size=4, unique=True).map(sorted),
    comers=st.integers(0, 200),
)
def test_every_place_is_given_once_and_in_order(firsts: list[int], comers: int) -> None:
    taken = [0] * len(firsts)
    early = bird(*[(first, 10 + n) for n, first in enumerate(firsts)], after=1)

    steps = []
    for _ in range(comers):
        chosen = early.choose(NOON, taken.__getitem__)
        assert not isinstance(chosen, Refusal)
        steps.append(chosen.step)
        if chosen.step is not None:
            taken[chosen.step] += 1

    expected = [next((n for n, first in enumerate(firsts) if i < first), None) for i in
                range(comers)]  # fmt: skip
    assert steps == expected
