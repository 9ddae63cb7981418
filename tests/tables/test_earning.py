"""What a purchase earns under which rules. Amounts are cents; usually a point for each whole 100.

A line of the table: what it is about, the rules, the basket as "product price" and what else is
so, and the points. A and B are coffees, C is tea, G is a gift card, T is tobacco; A and C carry
the tag "bio". A basket that is but a number is one of which the till knows only the total. It is
Saturday, 14 March 2026, one o'clock in Oslo, unless said.
"""

from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import LARGEST, Money
from coupons.basket import Basket, Line
from coupons.benefits import Factor
from loyalty import earning, rates
from loyalty.earning import Paid
from loyalty.programme import Rules
from tests.factories import NOON

KNOWN = {
    "A": ("coffee", ("bio",)),
    "B": ("coffee", ()),
    "C": ("tea", ("bio",)),
    "G": ("gift card", ()),
    "T": ("tobacco", ()),
}
USUAL = Rules(
    name={"en": "Points"}, earn_points=1, earn_per=100, earn_minimum=0, point_value=1,
    pending_days=0, expiry="never", expiry_months=None, expiry_day=None, rounding="floor",
    earning=rates.read({}), spend_minimum=0, spend_share=100, transfers=False, remind_days=0,
    tiers={}, clawback="debt", lapsed_refund="grace", adjust_limit=0, idle_since=None,
    zone="Europe/Oslo", currency="EUR", printed_points=None, approve_above=None,
)  # fmt: skip

COFFEE, BIO, A = {"categories": ["coffee"]}, {"tags": ["bio"]}, {"skus": ["A"]}
NO_GIFTS = {"exclusions": {"skus": ["G"], "categories": ["tobacco"]}}
VISIT = {"earn_points": 10, "by": "visit"}
EVERY_DAY = [1, 2, 3, 4, 5, 6, 7]


def rate(on: dict[str, Any], points: int, per: int = 100) -> dict[str, Any]:
    return {"rates": [{"on": on, "points": points, "per": per}]}


def times(factor: str, **when: Any) -> dict[str, Any]:
    return {"multipliers": [{"factor": factor} | when]}


def hours(start: str, until: str, *days: int) -> list[dict[str, Any]]:
    return [{"days": list(days) or EVERY_DAY, "from": start, "until": until}]


def cap(per: str, points: int) -> dict[str, Any]:
    return {"caps": [{"per": per, "points": points}]}


FROM_UNTIL = {"from": "2026-03-14", "until": "2026-03-15"}
GOLD = {"tier": "gold"}
DOUBLE = {"factors": [(None, 200)]}


def at(text: str) -> dict[str, Any]:
    return {"at": datetime.fromisoformat(text).replace(tzinfo=UTC)}


CASES: list[tuple[str, dict[str, Any], str, dict[str, Any], int]] = [
    # the usual rate
    ("a point for each whole euro", {}, "A 1990", {}, 19),
    ("one cent short of a point", {}, "A 99", {}, 0),
    ("just a point", {}, "A 100", {}, 1),
    ("three points for two euros", {"earn_points": 3, "earn_per": 200}, "A 350", {}, 5),
    ("lines are added before they are rounded", {}, "A 50, B 50, C 99", {}, 1),
    ("nothing bought", {}, "", {}, 0),
    ("nothing paid", {}, "A 0", {}, 0),
    ("no points for money", {"earn_points": 0}, "A 9900", {}, 0),
    ("only a total", {}, "1990", {}, 19),
    # only what is paid in money
    ("not on a discount", {}, "A 1000", {"off": [200]}, 8),
    ("not on points spent", {}, "A 1000", {"spent": 250}, 7),
    ("neither on a discount nor on points spent", {}, "A 1000", {"off": [200], "spent": 250}, 5),
    ("all paid with points", {}, "A 1000", {"spent": 1000}, 0),
    ("a free product", {}, "A 1000, B 500", {"off": [0, 500]}, 10),
    ("only a total, discounted", {}, "1990", {"off": [100], "spent": 90}, 18),
    # the smallest purchase
    ("a purchase that is large enough", {"earn_minimum": 500}, "A 500", {}, 5),
    ("a purchase that is too small", {"earn_minimum": 500}, "A 499", {}, 0),
    ("too small after the discount", {"earn_minimum": 500}, "A 600", {"off": [101]}, 0),
    ("what earns nothing does not make it larger", {"earn_minimum": 500} | NO_GIFTS,
     "A 400, G 5000", {}, 0),
    # rounding
    ("rounded down", {"rounding": "floor"}, "A 199", {}, 1),
    ("rounded to the nearest, down", {"rounding": "half_up"}, "A 149", {}, 1),
    ("rounded to the nearest, a half is up", {"rounding": "half_up"}, "A 150", {}, 2),
    ("rounded up", {"rounding": "ceiling"}, "A 101", {}, 2),
    ("rounded up, but nothing stays nothing", {"rounding": "ceiling"}, "A 0", {}, 0),
    ("rounded up once, not on each line", {"rounding": "ceiling"}, "A 1, B 1, C 1", {}, 1),
    ("a third is exact", {"earn_per": 3, "rounding": "half_up"}, "A 1, B 1, C 1", {}, 1),
    # rates of products
    ("coffee earns five times", rate(COFFEE, 5), "A 200, C 200", {}, 12),
    ("a product earns more", rate(A, 3), "A 200, B 200", {}, 8),
    ("a tag earns more", rate(BIO, 2), "A 100, B 100, C 100", {}, 5),
    ("a product earns less", rate(A, 1, 1000), "A 1000, B 100", {}, 2),
    ("a product with no points", rate(A, 0), "A 1000, B 100", {}, 1),
    ("the first rate that fits", {"rates": rate(A, 7)["rates"] + rate(COFFEE, 5)["rates"]},
     "A 100, B 100, C 100", {}, 13),
    ("the order of the rates counts", {"rates": rate(COFFEE, 5)["rates"] + rate(A, 7)["rates"]},
     "A 100, B 100, C 100", {}, 11),
    ("parts of points are added over rates", rate(A, 1, 200), "A 100, B 50", {}, 1),
    ("only a total has no products", rate(COFFEE, 5), "400", {}, 4),
    ("a rate on what is left of its line", rate(COFFEE, 5), "A 200, C 200", {"off": [100, 0]}, 7),
    ("points spent are spread over the lines", rate(COFFEE, 5), "A 300, C 100", {"spent": 200}, 8),
    # exclusions
    ("a gift card earns nothing", NO_GIFTS, "A 500, G 5000", {}, 5),
    ("a category that earns nothing", NO_GIFTS, "A 500, T 900", {}, 5),
    ("nothing but what earns nothing", NO_GIFTS, "G 5000, T 900", {}, 0),
    ("excluded before its rate", NO_GIFTS | rate({"categories": ["tobacco"]}, 9), "T 900", {}, 0),
    ("points spent pay for a part of what earns nothing", NO_GIFTS, "A 1000, G 1000",
     {"spent": 1000}, 5),
    ("only a total cannot be told apart", NO_GIFTS, "5500", {}, 55),
    ("a visit for a gift card", VISIT | NO_GIFTS, "G 5000", {}, 0),
    # by visit
    ("ten points a visit", VISIT, "A 1", {}, 10),
    ("ten points a visit, however much", VISIT, "A 99900", {}, 10),
    ("a visit that is too small", VISIT | {"earn_minimum": 500}, "A 499", {}, 0),
    ("a visit that is large enough", VISIT | {"earn_minimum": 500}, "A 500", {}, 10),
    ("a visit without money", VISIT, "A 500", {"spent": 500}, 0),
    ("a visit for a coupon alone", VISIT, "", {}, 0),
    ("a visit on double points", VISIT | times("2"), "A 500", {}, 20),
    ("a visit with a coffee", VISIT | times("2", on=COFFEE), "A 1, C 500", {}, 20),
    ("a visit without a coffee", VISIT | times("2", on=COFFEE), "C 500", {}, 10),
    ("half a visit more", VISIT | times("1.25"), "A 500", {}, 12),
    # multipliers
    ("double points", times("2"), "A 1990", {}, 39),
    ("one and a half times", times("1.5"), "A 1990", {}, 29),
    ("less than once", times("0.5"), "A 1990", {}, 9),
    ("a tier", times("2", tiers=["gold"]), "A 1000", GOLD, 20),
    ("another tier", times("2", tiers=["platinum", "silver"]), "A 1000", GOLD, 10),
    ("no tier", times("2", tiers=["gold"]), "A 1000", {}, 10),
    ("products", times("3", on=COFFEE), "A 100, C 100", {}, 4),
    ("products, of a total", times("3", on=COFFEE), "200", {}, 2),
    ("a happy hour", times("2", weekly=hours("13:00", "14:00")), "A 100", {}, 2),
    ("one second before it", times("2", weekly=hours("13:00", "14:00")), "A 100",
     at("2026-03-14T11:59:59"), 1),
    ("its end is not in it", times("2", weekly=hours("13:00", "14:00")), "A 100",
     at("2026-03-14T13:00:00"), 1),
    ("another day of the week", times("2", weekly=hours("13:00", "14:00", 7)), "A 100", {}, 1),
    ("over midnight", times("2", weekly=hours("22:00", "02:00", 5)), "A 100",
     at("2026-03-14T00:30:00"), 2),
    ("the hour that is shown twice, first", times("2", weekly=hours("02:00", "03:00", 7)), "A 100",
     at("2026-10-25T00:30:00"), 2),
    ("the hour that is shown twice, then", times("2", weekly=hours("02:00", "03:00", 7)), "A 100",
     at("2026-10-25T01:30:00"), 2),
    ("in another zone", times("2", weekly=hours("13:00", "14:00")), "A 100",
     {"zone": "America/New_York"}, 1),
    ("the first day, from midnight", times("2", **FROM_UNTIL), "A 100",
     at("2026-03-13T23:00:00"), 2),
    ("the day before", times("2", **FROM_UNTIL), "A 100", at("2026-03-13T22:59:59"), 1),
    ("the last day, to midnight", times("2", **FROM_UNTIL), "A 100", at("2026-03-15T22:59:59"), 2),
    ("the day after", times("2", **FROM_UNTIL), "A 100", at("2026-03-15T23:00:00"), 1),
    ("all that is said must hold", times("2", tiers=["gold"], on=COFFEE, **FROM_UNTIL),
     "A 100, C 100", GOLD, 3),
    ("one of it does not", times("2", tiers=["gold"], on=COFFEE, **FROM_UNTIL),
     "A 100, C 100", {}, 2),
    ("two that hold multiply", {"multipliers": times("2")["multipliers"] * 2}, "A 100", {}, 4),
    ("on a rate of products", rate(COFFEE, 5) | times("2", on=BIO), "A 100, B 100, C 100", {}, 17),
    ("parts of points are multiplied, too", times("2"), "A 50", {}, 1),
    # factors and points of coupons
    ("double points by a coupon", {}, "A 1990", DOUBLE, 39),
    ("on the lines of the coupon", {}, "A 1000, B 500", {"factors": [((1,), 200)]}, 20),
    ("two coupons", {}, "A 1000", {"factors": [(None, 200), ((0,), 150)]}, 30),
    ("a coupon and the programme", times("2"), "A 1000", DOUBLE, 40),
    ("a coupon on what earns nothing", NO_GIFTS, "A 100, G 900", {"factors": [((1,), 300)]}, 1),
    ("a total", {}, "1000", DOUBLE, 20),
    ("a visit, doubled by a coupon", VISIT, "A 1000", DOUBLE, 20),
    # caps
    ("capped for one purchase", {"cap_purchase": 15}, "A 1990", {}, 15),
    ("a cap that is not reached", {"cap_purchase": 20}, "A 1990", {}, 19),
    ("capped after it is multiplied", {"cap_purchase": 15} | times("2"), "A 1000", {}, 15),
    ("capped for the day", cap("day", 25), "A 1990", {"before": {"day": 20}}, 5),
    ("the day is full", cap("day", 25), "A 1990", {"before": {"day": 25}}, 0),
    ("the day is more than full", cap("day", 25), "A 1990", {"before": {"day": 40}}, 0),
    ("a month with room", cap("month", 100), "A 1990", {"before": {"month": 20}}, 19),
    ("no points in a year", cap("year", 0), "A 1990", {}, 0),
    ("the tightest cap holds",
     {"caps": [{"per": "day", "points": 15}, {"per": "week", "points": 30}], "cap_purchase": 18},
     "A 1990", {"before": {"day": 5, "week": 22}}, 8),
]  # fmt: skip


def read(text: str) -> Basket | None:
    if not text:
        return None
    if text.isdecimal():
        return Basket("EUR", Money(int(text)))
    lines = []
    for part in text.split(", "):
        sku, amount = part.split()
        category, tags = KNOWN[sku]
        lines.append(Line(Money(int(amount)), sku=sku, category=category, tags=tags))
    return Basket("EUR", Money(sum(line.amount for line in lines)), tuple(lines))


def rules_of(given: dict[str, Any]) -> Rules:
    own = {name: value for name, value in given.items() if name in Rules.__slots__}
    terms = {name: value for name, value in given.items() if name not in own}
    return replace(USUAL, **own, earning=rates.read(terms))


def paid_of(
    basket: Basket | None, *, off: list[int] | None = None, spent: int = 0,
    factors: list[tuple[tuple[int, ...] | None, int]] | None = None, **more: Any,
) -> Paid:  # fmt: skip
    amounts = basket.amounts() if basket else []
    left = [amount - part for amount, part in zip(amounts, off or [0] * len(amounts), strict=True)]
    usual: dict[str, Any] = {"at": NOON, "zone": "Europe/Oslo"}
    coupons = tuple(Factor(lines, hundredths) for lines, hundredths in factors or ())
    return Paid(basket, left, sum(left) - spent, factors=coupons, **usual | more)


@pytest.mark.parametrize(
    ("rules", "basket", "so", "points"), [case[1:] for case in CASES], ids=[c[0] for c in CASES]
)
def test_what_a_purchase_earns(
    rules: dict[str, Any], basket: str, so: dict[str, Any], points: int
) -> None:
    before = so.get("before", {})
    paid = paid_of(read(basket), **{name: it for name, it in so.items() if name != "before"})

    found = earning.earned(rules_of(rules), paid, in_period=lambda per: before.get(per, 0))

    assert found.points == points
    assert found.bonus == 0
    assert found.why["points"] == points


def test_bonus_points_of_coupons_come_on_top_whatever_the_caps_say() -> None:
    rules = rules_of({"cap_purchase": 5} | cap("day", 5))

    found = earning.earned(rules, paid_of(read("A 1990"), bonus=50), in_period=lambda _: 3)

    assert (found.points, found.bonus, found.total) == (2, 50, 52)


def test_the_past_is_looked_up_only_where_a_period_has_a_cap() -> None:
    def never(per: str) -> int:
        raise AssertionError(per)

    capless = earning.earned(
        rules_of({"cap_purchase": 5}), paid_of(read("A 1990")), in_period=never
    )
    nothing = earning.earned(rules_of(cap("day", 5)), paid_of(read("A 0")), in_period=never)

    assert (capless.points, nothing.points) == (5, 0)


def test_no_purchase_earns_more_than_the_books_can_hold() -> None:
    rules = rules_of({"earn_points": 10_000, "earn_per": 1} | times("100"))

    found = earning.earned(rules, paid_of(read(str(LARGEST))), in_period=lambda _: 0)

    assert found.points == LARGEST


def test_why_says_the_rates_what_multiplied_what_was_left_out_and_what_held_it_back() -> None:
    rules = rules_of(rate(COFFEE, 5) | times("1.5", tiers=["gold"]) | NO_GIFTS | cap("day", 100))
    paid = paid_of(read("A 1000, C 333, G 5000, B 100"), **GOLD, factors=[((1,), 200)], bonus=7)

    found = earning.earned(rules, paid, in_period=lambda _: 20)

    assert found.why == {
        "by": "money",
        "excluded": [2],
        "paid": 1433,
        "factors": [
            {"times": "1.5", "because": "tier", "multiplier": 0},
            {"times": "2", "because": "coupon"},
        ],
        "parts": [
            {"paid": 1100, "points": 5, "per": 100, "lines": [0, 3], "factors": [0]},
            {"paid": 333, "points": 1, "per": 100, "lines": [1], "factors": [0, 1]},
        ],
        "exact": "9249/100",
        "rounding": "floor",
        "capped": {"per": "day", "points": 100, "before": 20},
        "bonus": 7,
        "points": 80,
    }  # fmt: skip


def test_why_is_short_where_nothing_is_special() -> None:
    found = earning.earned(USUAL, paid_of(read("A 1000, B 500")), in_period=lambda _: 0)

    assert found.why == {
        "by": "money", "paid": 1500, "parts": [{"paid": 1500, "points": 1, "per": 100}],
        "points": 15,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "hundredths"),
    [("2", 200), ("1.5", 150), ("1.05", 105), ("0.01", 1), ("100", 10_000), ("010", 1000)],
)
def test_how_many_times_is_read_exactly(text: str, hundredths: int) -> None:
    assert rates.factor_of(text) == hundredths


@pytest.mark.parametrize(
    "text",
    ["", "0", "0.00", "-1", "+2", "1e3", "100.01", "1000", "1.", ".5", "1.505", "²", "٢", "1,5",
     "two", " 2", "nan", "1.5.5"],
)  # fmt: skip
def test_what_is_no_such_number_is_not_read(text: str) -> None:
    assert rates.factor_of(text) is None


LINES = st.lists(st.tuples(st.sampled_from("ABCGT"), st.integers(0, 10**6)), min_size=1, max_size=8)


@given(LINES, st.integers(0, 100), st.sampled_from(["floor", "half_up", "ceiling"]))
def test_each_line_alone_earns_what_the_model_says_and_all_are_rounded_once(
    lines: list[tuple[str, int]], share: int, rounding: str
) -> None:
    terms = rate(COFFEE, 3, 70) | times("1.25", on=BIO) | NO_GIFTS | {"rounding": rounding}
    basket = read(", ".join(f"{sku} {amount}" for sku, amount in lines))
    assert basket
    paid = paid_of(basket, spent=basket.total * share // 100)

    found = earning.earned(rules_of(terms), paid, in_period=lambda _: 0)

    exact, done = Fraction(0), 0
    for sku, amount in lines:
        upto = paid.to_pay * (done + amount) // basket.total if basket.total else 0
        before = paid.to_pay * done // basket.total if basket.total else 0
        done += amount
        each = Fraction(3, 70) if sku in "AB" else Fraction(1, 100)
        each *= {"A": Fraction(5, 4), "C": Fraction(5, 4), "G": 0, "T": 0}.get(sku, 1)
        exact += each * (upto - before)
    nearest = {"floor": Fraction(0), "half_up": Fraction(1, 2), "ceiling": Fraction(1)}[rounding]
    low = exact + nearest - found.points
    assert 0 <= low < 1 if rounding != "ceiling" else 0 < low <= 1


@given(LINES)
def test_more_is_never_earned_by_splitting_the_lines(lines: list[tuple[str, int]]) -> None:
    whole = earning.earned(
        USUAL, paid_of(read(str(sum(amount for _, amount in lines)))), in_period=lambda _: 0
    )
    split = earning.earned(
        USUAL,
        paid_of(read(", ".join(f"{sku} {amount}" for sku, amount in lines))),
        in_period=lambda _: 0,
    )

    assert split.points == whole.points
