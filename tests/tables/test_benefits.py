"""What each kind of offer gives on which basket. Amounts are cents.

A line of the table: what it is about, the benefit, the amounts of the basket's lines (products
SKU-0, SKU-1 … of the category food), and what is taken off each line, or the reason for nothing.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidRequest, Refusal
from core.money import Money
from coupons import benefits
from coupons.basket import Basket
from tests.factories import make_basket

PERCENT = {"kind": "percent", "percent": "10"}
AMOUNT = {"kind": "amount", "amount": 500}

CASES: list[tuple[str, dict[str, Any], list[int], list[int] | str]] = [
    ("ten per cent", PERCENT, [1990, 3000], [199, 300]),
    ("rounded half up on each line", PERCENT, [5, 14, 15], [1, 1, 2]),
    ("a fraction of a per cent", PERCENT | {"percent": "12.5"}, [1000], [125]),
    ("everything free", PERCENT | {"percent": "100"}, [1990, 1], [1990, 1]),
    ("nothing to take a share of", PERCENT, [0, 0], "no_benefit"),
    ("a share too small to see", PERCENT, [4], "no_benefit"),
    ("capped, in proportion", PERCENT | {"cap": 100}, [3000, 1000], [75, 25]),
    ("a cap that is not reached", PERCENT | {"cap": 1000}, [3000, 1000], [300, 100]),
    ("only some products", PERCENT | {"on": {"skus": ["SKU-1"]}}, [1000, 2000], [0, 200]),
    ("a category", PERCENT | {"on": {"categories": ["food"]}}, [1000, 2000], [100, 200]),
    ("none of the products", PERCENT | {"on": {"skus": ["SKU-9"]}}, [1000], "products_missing"),
    ("five off", AMOUNT, [2000], [500]),
    ("five off, divided by the lines", AMOUNT, [3000, 1000], [375, 125]),
    ("five off a third each", AMOUNT | {"amount": 100}, [1000, 1000, 1000], [33, 33, 34]),
    ("never more than the basket", AMOUNT, [200, 100], [200, 100]),
    ("five off one product", AMOUNT | {"on": {"skus": ["SKU-0"]}}, [300, 9000], [300, 0]),
    ("five off nothing", AMOUNT, [0], "no_benefit"),
    ("a free product", {"kind": "free_item", "sku": "SKU-1"}, [1000, 250], [0, 250]),
    ("a free product not taken", {"kind": "free_item", "sku": "X"}, [1000], "products_missing"),
    ("a free gift", {"kind": "free_item", "text": "a tote bag"}, [1000], [0]),
    (
        "a gift with certain products",
        {"kind": "free_item", "text": "a cup", "on": {"skus": ["SKU-1"]}},
        [1000, 200],
        [0, 0],
    ),
    (
        "a gift without them",
        {"kind": "free_item", "text": "a cup", "on": {"skus": ["SKU-9"]}},
        [1000],
        "products_missing",
    ),
    ("points take nothing off", {"kind": "points", "points": 50}, [1000], [0]),
]


def give(terms: dict[str, Any], basket: Basket | None, **given: Any) -> Any:
    left = basket.amounts() if basket else []
    return benefits.read(terms).give(basket, left, **{"has_card": True} | given)


@pytest.mark.parametrize(("case", "terms", "amounts", "expected"), CASES, ids=[c[0] for c in CASES])
def test_what_a_benefit_gives(
    case: str, terms: dict[str, Any], amounts: list[int], expected: list[int] | str
) -> None:
    given = give(terms, make_basket(*amounts))

    if isinstance(expected, str):
        assert isinstance(given, Refusal), case
        assert given.code == expected
    else:
        assert [given.lines.get(i, 0) for i in range(len(amounts))] == expected, case


def test_one_of_several_pieces_is_free() -> None:
    line = make_basket(1000).lines[0]
    three = Basket("EUR", Money(1000), (type(line)(Money(1000), quantity=3, sku="SKU-0"),))

    assert give({"kind": "free_item", "sku": "SKU-0"}, three).lines == {0: 333}


def test_a_bare_total_is_one_line_and_has_no_products() -> None:
    bare = make_basket(total=1990)

    assert give(PERCENT, bare).lines == {0: 199}
    assert give(PERCENT | {"on": {"skus": ["A"]}}, bare).code == "lines_needed"


def test_points_need_a_card() -> None:
    assert give({"kind": "points", "points": 5}, None, has_card=False).code == "card_needed"
    assert give({"kind": "points", "points": 5}, None).points == 5


def test_without_a_basket_a_discount_is_nothing_and_a_free_product_needs_one() -> None:
    assert give(PERCENT, None).discount == 0
    assert give(AMOUNT, None).discount == 0
    assert give({"kind": "free_item", "sku": "A"}, None).code == "basket_needed"


@pytest.mark.parametrize("percent", ["0", "0.00", "101", "100.01", "999", "1.234", "-5", "ten", ""])
def test_a_percentage_is_above_0_and_at_most_100(percent: str) -> None:
    with pytest.raises(InvalidRequest):
        benefits.read({"kind": "percent", "percent": percent})


@given(
    amounts=st.lists(st.integers(0, 10**6), min_size=1, max_size=20),
    percent=st.integers(1, 100),
    cap=st.none() | st.integers(1, 10**6),
)
def test_a_discount_is_never_more_than_its_line(
    amounts: list[int], percent: int, cap: int | None
) -> None:
    terms = {"kind": "percent", "percent": str(percent), "cap": cap}

    given = give(terms, make_basket(*amounts))

    if not isinstance(given, Refusal):
        assert all(0 < off <= amounts[i] for i, off in given.lines.items())
        assert cap is None or given.discount <= cap
