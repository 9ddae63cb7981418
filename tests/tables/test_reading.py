"""The table of cases is read strictly, and has every rule that is easily missed."""

import re
from pathlib import Path

import pytest

from tests.tables.reading import VERBS, every_case, read
from tests.tables.words import Misread, basket, cents, moment, who

CASES = every_case()

RULES: dict[str, list[str]] = {
    "'Until 5 May' ends at the end of 5 May in the shop's zone": [
        "until 5 May ends at the end of 5 May in the shop's zone",
        "until 5 May in Tokyo ends seven hours before it does in Oslo",
        "until 5 May in New York goes on when it is over in Oslo",
    ],
    "31 January + 1 month is 28/29 February": [
        "31 January and one month is the end of February",
        "31 January and one month is 29 February in a leap year",
    ],
    "percent-then-amount is not amount-then-percent: benefits have an order": [
        "per cent comes before an amount",
        "amount then per cent is another price than per cent then amount",
        "free pieces before fixed prices before percentages before amounts before points",
    ],
    "'minimum basket' is before discounts, tax in": [
        "the minimum basket is before any discount, tax in",
    ],
    "a percentage is rounded half-up, per line, and the lines sum to the total": [
        "ten per cent of each line, rounded half up to the cent",
        "half a cent is rounded up on every line, so three lines give three cents",
        "an amount that does not divide evenly still sums to itself",
    ],
    "one discount over lines of mixed tax rates is split by line": [
        "one discount over lines of two tax rates is split by line, so the receipt can be taxed",
        "a discount over three tax rates with an odd cent",
    ],
    "points are earned on what was paid in money": [
        "no points on what the discount took off",
        "no points on what points paid for",
        "no points on excluded lines: points that pay are divided over all lines first",
    ],
    "points of a purchase cannot pay for the same purchase": [
        "points of a purchase cannot pay for the same purchase",
        "points of a coupon cannot pay for the same purchase",
    ],
    "one rounding (floor) at the end, per purchase": [
        "one rounding at the end: two half euros are one point",
        "one rounding for each purchase: two purchases of half a euro are none",
    ],
    "partial refund by cumulative floor: after the last part exactly everything is back": [
        "three uneven thirds: after the last part exactly everything is back",
        "many small parts: a point is claimed whenever a whole one has come together",
        "paid with money and points: both come back in the same part",
        "half a refund takes half of the stamps back, rounded down, the rest takes the rest",
    ],
    "spent points return to their lots; an expired lot: lapse or grace (30 days)": [
        "spent points go back to the days they came from",
        "spent points whose day has passed come back for thirty days of grace",
        "spent points whose day has passed lapse where the programme says so",
    ],
    "whether a full refund gives the coupon back is the offer's policy": [
        "a part that comes back does not give the coupon back, the last part does",
        "where the offer says burn, a full refund does not give the coupon back",
        "a void gives the use back, whatever the offer says of refunds",
    ],
    "a coupon whose benefit comes to zero is not consumed": [
        "a coupon whose benefit comes to zero is not consumed",
        "a percentage that rounds to nothing is no benefit, so the coupon is kept",
        "a coupon that gives nothing takes no place",
    ],
    "a hold has an end, can be replaced by its owner, released by staff": [
        "a hold has an end: after two minutes the coupon is free, whether or not anything was "
        "tidied",
        "a hold can be replaced by its owner, and then runs anew",
        "a hold is let go by its own till, and another till lets nothing go",
        "a hold can be released by staff",
    ],
    "a hold says 'held at till 2', not 'used'": [
        "what one till holds is held for the others, and they are told where, not that it is used",
    ],
    "per-customer limits like the global ones; limits that span several codes": [
        "a public code for everybody, once for each customer",
        "once for each customer, over several codes of one offer",
        "once for each customer: two codes in one purchase are one too many",
        "two of an offer in all, whichever codes they come with",
        "one offer of a campaign for each customer",
    ],
    "early bird: gapless ordinals; sold out when the counter says so; a void frees the place": [
        "the first two, the third, and whoever comes after: places without a gap",
        "sold out is sold out, and says how many places there were",
        "a void frees the place for others, not the number",
    ],
    "referral: not self, referee once, referrer older than referee, no cycles": [
        "nobody brings themselves",
        "a friend is brought once",
        "whoever was here first was not brought",
        "no circle: who was brought does not bring back",
    ],
    "referral: same phone or the serving cashier's own card: review, not reward": [
        "the same telephone: a review, not a reward",
        "the referrer serves the friend: a review, not a reward",
    ],
    "referral: points or free rewards never qualify": [
        "what points pay for does not qualify",
        "a friend who pays nothing never qualifies, though there is no minimum",
    ],
    "referral: the reward is pending until the hold is over; a refund in the hold cancels it": [
        "both get their points when the fourteen days are over",
        "a refund in the hold cancels it, and another purchase can qualify",
    ],
    "staff may not redeem for or credit their own or a linked card": [
        "staff do not serve their own card",
        "staff do not credit their own card, nor one that was merged into it",
    ],
    "an adjustment needs a reason and, above a limit, a second person": [
        "points by hand need a reason",
        "above the limit a second person must agree",
    ],
    "order of the night: activate, renew tiers, expire, tiers by balance, remind": [
        "points that came in and expired between two nights are gone, not back: first what is due "
        "comes, then what has expired goes",
        "the night decides what was true already",
        "points that expire do not touch the tier",
    ],
    "merging keeps both histories, adds balances by a booking, the old card is an alias": [
        "merging adds up the balances, and the old card goes on working",
        "merging keeps both histories: who has bought as either is not new",
    ],
    "a lost card: the balance moves, the old card is dead for ever and says so": [
        "a lost card is dead for ever and says so, and the balance is on the new one",
    ],
}
"""Every line of "rules that toy versions miss", with the cases that show it."""


def test_there_are_many_cases_and_no_two_have_one_name() -> None:
    names = [case.name for case in CASES]

    assert len(names) >= 400
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("rule", RULES)
def test_every_rule_that_toys_miss_is_a_named_case(rule: str) -> None:
    names = {case.name for case in CASES}

    assert [name for name in RULES[rule] if name not in names] == []
    assert RULES[rule]


FILE = """
[goods]
coffee = "category drinks"
[offer]
ten.benefit = {{ kind = "percent", percent = "10" }}
[[case]]
name = "a case"
basket = "coffee 10.00"
offers = ["ten"]
off = [1.00]
{}
"""


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("colour = 1", "unknown colour"),
        ('shop = "Paris"', "Paris"),
        ('customer = "rich"', "rich"),
        ('at = "yesterday"', "yesterday"),
        ("to_pay = 9", "write 9 as money"),
        ("points = 9.00", "points: is not money"),
        ("offer.x = { benefits = 1 }", "unknown benefits"),
        ("programme = { earn_per = 1 }", "write 1 as money"),
        ('steps = [{ look = "x" }]', "steps besides"),
    ],
)
def test_what_is_not_understood_is_an_error_that_names_the_case(
    tmp_path: Path, said: str, told: str
) -> None:
    path = tmp_path / "some.toml"
    path.write_text(FILE.format(said))

    with pytest.raises(Misread, match="a case") as error:
        list(read(path))

    assert told in str(error.value)


def test_a_case_is_read_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "some.toml"
    path.write_text(FILE.format('customer = "500 points, tag vip"\nto_pay = 9.00'))

    [case] = read(path)
    [step] = case.steps

    assert str(case) == "some: a case"
    assert case.people["the customer"].points == 500
    assert step.expected == {"off": [100], "to_pay": 900}
    assert step.what.lines[0].category == "drinks"


def test_the_examples_of_the_page_about_cases_are_cases(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs/cases.md").read_text()
    path = tmp_path / "page.toml"

    for example in re.findall(r"```toml\n(.*?)```", page, re.DOTALL):
        path.write_text(example)
        assert {case.name for case in read(path)} <= {case.name for case in CASES}
    assert path.exists()
    assert all(f"`{verb}`" in page for verb in VERBS)


def test_a_basket_is_read_piece_by_piece() -> None:
    found = basket("2 x coffee 3.50 (tag vegan, tax 0.15); 3 x flat white for 10.00", {})

    assert found
    assert [(line.quantity, line.sku, line.amount) for line in found.lines] == [
        (2, "coffee", 700), (3, "flat white", 1000),
    ]  # fmt: skip
    assert (found.total, found.lines[0].tags, found.lines[0].tax_rate) == (1700, ("vegan",), "0.15")
    with pytest.raises(Misread):
        basket("two coffees", {})


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-29 02:30",  # the clock goes forward
        "2026-10-25 02:30",  # shown twice: which one?
        "2026-03-14 02:30 first time",  # shown once
        "14.3.2026",
    ],
)
def test_a_moment_that_is_not_one_moment_is_refused(text: str) -> None:
    with pytest.raises(Misread):
        moment(text, "Europe/Oslo")


def test_an_hour_that_is_shown_twice_is_two_moments() -> None:
    first = moment("2026-10-25 02:30 first time", "Europe/Oslo")
    second = moment("2026-10-25 02:30 second time", "Europe/Oslo")

    assert (second - first).total_seconds() == 3600


def test_money_has_two_decimals() -> None:
    assert cents("-0.05") == -5
    with pytest.raises(Misread):
        cents("5.0")


def test_a_customer_is_read_phrase_by_phrase() -> None:
    found = who("20 points, bought 3 days ago for 5.00, tag a, tag b, size = 42, news = yes")

    assert (found.points, found.bought, found.tags) == (20, ((3, 500),), ("a", "b"))
    assert found.attributes == {"size": 42, "news": True}
