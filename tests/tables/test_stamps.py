"""How many stamps a basket gives, and into which books they go. Amounts are cents."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from core.money import Money
from coupons.basket import Basket, Line
from loyalty.stamps import counting
from loyalty.stamps.counting import Book, Card

COFFEE = Line(Money(300), quantity=1, sku="COFFEE", category="drinks", tags=("hot",))
BEANS = Line(Money(1200), quantity=2, sku="BEANS", category="food")
CAKE = Line(Money(350), quantity=1, sku="CAKE", category="food")


def card(per: str = "visit", **given: Any) -> Card:
    usual: dict[str, Any] = {
        "id": UUID(int=1), "name": {"en": "Card"}, "per": per, "products": {}, "minimum": 0,
        "needed": 10, "daily_cap": None, "expiry_months": None, "reward_points": 100,
        "reward_offer_id": None,
    }  # fmt: skip
    return Card(**usual | given)


def basket(*lines: Line, total: int | None = None) -> Basket:
    return Basket(
        "EUR", Money(sum(line.amount for line in lines) if total is None else total), lines
    )


DRINKS, HOT, FOOD = {"categories": ["drinks"]}, {"tags": ["hot"]}, {"categories": ["food"]}
BASKETS: list[tuple[str, Card, Basket | None, int]] = [
    # case, the card, the basket, the stamps
    ("a visit", card(), basket(COFFEE), 1),
    ("a visit is one, whatever is bought", card(), basket(COFFEE, BEANS, CAKE), 1),
    ("a bare total is a visit", card(), basket(total=500), 1),
    ("nothing bought is no visit", card(), None, 0),
    ("the minimum is reached", card(minimum=500), basket(total=500), 1),
    ("the minimum is missed by a cent", card(minimum=500), basket(total=499), 0),
    ("a visit for a drink", card(products=DRINKS), basket(COFFEE, CAKE), 1),
    ("a visit without a drink", card(products=DRINKS), basket(CAKE), 0),
    ("by a tag", card(products=HOT), basket(COFFEE), 1),
    ("only the products count to the minimum", card(products=FOOD, minimum=400),
     basket(COFFEE, CAKE), 0),
    ("of a bare total no products are known", card(products=DRINKS), basket(total=500), 0),
    ("pieces", card("piece"), basket(COFFEE, BEANS), 3),
    ("pieces of some products", card("piece", products=FOOD), basket(COFFEE, BEANS, CAKE), 3),
    ("pieces below the minimum", card("piece", minimum=2000), basket(BEANS), 0),
    ("a bare total has no pieces", card("piece"), basket(total=500), 0),
    ("only by coupons", card("coupon"), basket(COFFEE), 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "of", "bought", "stamps"), BASKETS, ids=[case[0] for case in BASKETS]
)
def test_the_stamps_of_a_basket(case: str, of: Card, bought: Basket | None, stamps: int) -> None:
    assert of.earned(bought) == stamps


CAPPED = [
    # case, cap of the day, given today, pieces, by coupons, stamps
    ("no cap", None, 0, 7, 0, 7),
    ("below the cap", 5, 0, 3, 0, 3),
    ("at the cap", 5, 2, 3, 0, 3),
    ("over the cap", 5, 4, 3, 0, 1),
    ("used up", 5, 5, 3, 0, 0),
    ("coupons come always", 5, 5, 3, 2, 2),
    ("coupons come on top", 5, 4, 3, 2, 3),
    ("more than the cap by coupons", 1, 4, 3, 0, 0),
    ("twenty full books at most", None, 0, 1_000_000, 0, 200),
]


@pytest.mark.parametrize(
    ("case", "cap", "today", "pieces", "more", "stamps"), CAPPED, ids=[case[0] for case in CAPPED]
)
def test_the_cap_of_the_day(
    case: str, cap: int | None, today: int, pieces: int, more: int, stamps: int
) -> None:
    bought = basket(Line(Money(100), quantity=pieces))

    found = counting.capped(card("piece", daily_cap=cap), bought, by_coupons=more, today=today)

    assert found == stamps


BOOKS = [
    # case, stamps in the open books, new stamps, what is in each book then
    ("the first", [], 1, [1]),
    ("one more", [3], 1, [4]),
    ("full", [9], 1, [10]),
    ("overflow into the next", [9], 3, [10, 2]),
    ("full at once", [], 10, [10]),
    ("several full", [4], 27, [10, 10, 10, 1]),
    ("two open books, the older first", [8, 5], 4, [10, 7]),
]


@pytest.mark.parametrize(("case", "open_", "stamps", "then"), BOOKS, ids=[c[0] for c in BOOKS])
def test_stamps_go_into_the_open_book_and_overflow_into_the_next(
    case: str, open_: list[int], stamps: int, then: list[int]
) -> None:
    books = [Book(UUID(int=i), i + 1, 10, held) for i, held in enumerate(open_)]

    puts = counting.put(card(), books, stamps, last=len(books))

    assert [one.held for one in puts] == then
    assert sum(one.stamps for one in puts) == stamps
    assert [one.book.number for one in puts] == list(range(1, len(then) + 1))
    told = counting.told(card(), puts)
    assert told["full"] == then.count(10)
    assert told["held"] == (then[-1] if then[-1] < 10 else 0)


EXPIRES = [
    # months, begun, the end of (Oslo)
    (1, datetime(2026, 1, 31, 12, tzinfo=UTC), datetime(2026, 2, 28, 23, tzinfo=UTC)),
    (1, datetime(2024, 1, 31, 12, tzinfo=UTC), datetime(2024, 2, 29, 23, tzinfo=UTC)),
    (12, datetime(2024, 2, 29, 12, tzinfo=UTC), datetime(2025, 2, 28, 23, tzinfo=UTC)),
    (1, datetime(2026, 2, 28, 23, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC)),
    (6, datetime(2026, 3, 29, 1, tzinfo=UTC), datetime(2026, 9, 30, 22, tzinfo=UTC)),
    (6, datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2027, 4, 30, 22, tzinfo=UTC)),
]


@pytest.mark.parametrize(("months", "begun", "ends"), EXPIRES)
def test_a_book_expires_at_a_months_end(months: int, begun: datetime, ends: datetime) -> None:
    assert card(expiry_months=months).expires_at(begun, "Europe/Oslo") == ends


def test_without_months_a_book_never_expires() -> None:
    assert card().expires_at(datetime(2026, 1, 1, tzinfo=UTC), "Europe/Oslo") is None
