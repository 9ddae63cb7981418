"""Whole units: rounding, sharing and splitting."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import money


@pytest.mark.parametrize(
    ("amount", "numerator", "denominator", "expected"),
    [(1990, 10, 100, 199), (995, 10, 100, 100), (994, 10, 100, 99), (5, 1, 2, 3), (1, 1, 3, 0)],
)
def test_a_share_is_rounded_half_up(
    amount: int, numerator: int, denominator: int, expected: int
) -> None:
    assert money.share(amount, numerator, denominator) == expected


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=50))
def test_a_split_loses_and_invents_nothing(amount: int, weights: list[int]) -> None:
    parts = money.split(amount, weights)

    assert sum(parts) == (amount if sum(weights) else 0)
    assert all(part >= 0 for part in parts)
    assert all(part == 0 for part, weight in zip(parts, weights, strict=True) if weight == 0)


@given(st.lists(st.integers(0, 10**7), min_size=1, max_size=50), st.data())
def test_no_part_of_a_split_exceeds_its_weight(weights: list[int], data: st.DataObject) -> None:
    amount = data.draw(st.integers(0, sum(weights)))

    parts = money.split(amount, weights)

    assert all(part <= weight for part, weight in zip(parts, weights, strict=True))


@pytest.mark.parametrize(("currency", "decimals"), [("EUR", 2), ("JPY", 0), ("BHD", 3)])
def test_a_currency_has_its_own_decimals(currency: str, decimals: int) -> None:
    assert money.exponent(currency) == decimals
