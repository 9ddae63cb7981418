"""How a purchase comes apart: pieces, amounts, and everything that follows. Amounts are cents."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidRequest, Refusal
from coupons.shares import Share
from loyalty.portions import Line, Part, Portion, portion, portions

WANTED: dict[str, tuple[Line, Part, int | str]] = {
    "one of three pieces at 10.00 together": (Line(0, 3, 1000), Part(0, 1), 333),
    "the second of them": (Line(0, 3, 1000, 333, 1), Part(0, 1), 333),
    "the last of them brings the odd cent": (Line(0, 3, 1000, 666, 2), Part(0, 1), 334),
    "two at once are as much as one after the other": (Line(0, 3, 1000), Part(0, 2), 666),
    "a whole line": (Line(0, 3, 1000), Part(0), 1000),
    "the rest of a line": (Line(0, 3, 1000, 333, 1), Part(0), 667),
    "an amount of a line": (Line(0, 3, 1000), Part(0, amount=250), 250),
    "the rest after an amount": (Line(0, 3, 1000, 250), Part(0), 750),
    "the last piece after an amount": (Line(0, 2, 1000, 800, 1), Part(0, 1), 200),
    "a piece that was given free": (Line(0, 1, 0), Part(0, 1), 0),
    "a piece of a cent for ten": (Line(0, 10, 1), Part(0, 9), 0),
    "the last piece of a cent for ten": (Line(0, 10, 1, 0, 9), Part(0, 1), 1),
    "more pieces than there are": (Line(0, 3, 1000), Part(0, 4), "pieces_too_many"),
    "more pieces than are left": (Line(0, 3, 1000, 666, 2), Part(0, 2), "pieces_too_many"),
    "a line that is back": (Line(0, 3, 1000, 1000, 3), Part(0), "pieces_too_many"),
    "more than a line was worth": (Line(0, 3, 1000), Part(0, amount=1001), "refund_too_much"),
    "more than is left of it": (Line(0, 3, 1000, 900), Part(0, amount=101), "refund_too_much"),
    "a piece worth more than is left": (Line(0, 2, 1000, 700), Part(0, 1), "refund_too_much"),
}


@pytest.mark.parametrize("name", WANTED)
def test_a_part_of_a_line_is_worth(name: str) -> None:
    line, part, expected = WANTED[name]

    try:
        found: int | str = portion(line, part).worth
    except Refusal as refusal:
        found = refusal.code

    assert found == expected


def test_a_line_must_be_there_and_be_named_once() -> None:
    lines = {0: Line(0, 1, 500)}

    with pytest.raises(InvalidRequest) as missing:
        portions(lines, [Part(0), Part(1)])
    with pytest.raises(InvalidRequest) as twice:
        portions(lines, [Part(0, amount=100), Part(0, amount=100)])

    assert missing.value.errors == {"lines.1.line": ["This purchase has no such line."]}
    assert twice.value.errors == {"lines.1.line": ["This line is named twice."]}


SHARES = {
    "half of ten": ([500, 1000], 1000, 10, [5, 5]),
    "thirds of ten": ([333, 666, 1000], 1000, 10, [3, 3, 4]),
    "a cent at a time": ([1, 2, 3], 3, 2, [0, 1, 1]),
    "nothing of nothing": ([400, 1000], 1000, 0, [0, 0]),
}


@pytest.mark.parametrize("name", SHARES)
def test_an_amount_comes_back_in_shares(name: str) -> None:
    steps, whole, amount, expected = SHARES[name]

    befores = [0, *steps[:-1]]
    found = [Share(b, a, whole).of(amount) for b, a in zip(befores, steps, strict=True)]

    assert found == expected


def test_what_was_free_is_undone_in_one_step() -> None:
    share = Share.rest(0, 0)

    assert (share.of(0), share.of(7), share.completes) == (0, 7, True)


AMOUNTS = st.integers(1, 10**12)
DRIFT = settings(max_examples=10_000, deadline=None, database=None, derandomize=True)


def cut(whole: int, random: Callable[[int], int]) -> list[Share]:
    """Cut a whole into random steps."""
    shares, done = [], 0
    while done < whole:
        after = whole if len(shares) > 40 else done + 1 + random(whole - done)
        shares.append(Share(done, after, whole))
        done = after
    return shares


@DRIFT
@given(st.randoms(use_true_random=False), AMOUNTS, st.lists(AMOUNTS, max_size=6))
def test_of_10_000_random_splits_none_drifts(
    random: object, whole: int, amounts: list[int]
) -> None:
    shares = cut(whole, random.randrange)  # type: ignore[attr-defined]

    for amount in [0, *amounts]:
        parts = [share.of(amount) for share in shares]
        assert sum(parts) == amount
        assert min(parts) >= 0
    small = whole // 3
    for share in shares:
        assert 0 <= share.of(small) <= share.after - share.before


@DRIFT
@given(st.randoms(use_true_random=False), st.integers(1, 30), st.integers(0, 10**9))
def test_of_10_000_lines_given_back_in_pieces_and_amounts_none_drifts(
    random: object, quantity: int, worth: int
) -> None:
    line, seen = Line(0, quantity, worth), [Portion(0, None, 0)]
    choose = random.randrange  # type: ignore[attr-defined]
    while line.returned < quantity:
        by_amount = line.left and choose(3) == 0
        part = Part(0, amount=1 + choose(line.left)) if by_amount else Part(0, 1 + choose(3))
        try:
            one = portion(line, part)
        except Refusal:
            one = portion(line, Part(0))
        seen.append(one)
        returned = line.returned + (one.quantity or 0)
        line = Line(0, quantity, worth, line.refunded + one.worth, returned)

    assert min(one.worth for one in seen) >= 0
    assert sum(one.worth for one in seen) == line.refunded == worth
    assert sum(one.quantity or 0 for one in seen) == quantity
