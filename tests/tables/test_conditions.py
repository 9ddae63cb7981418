"""Who may have an offer, on which basket, when and where; and what the refusals tell."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Refusal
from core.money import Money
from coupons import conditions
from coupons.basket import Basket, Line
from coupons.conditions import About, Case
from coupons.conditions.errors import Excluded

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
ANNA = UUID(int=1)
OSLO, BERGEN = UUID(int=2), UUID(int=3)
LETTER, RADIO = UUID(int=4), UUID(int=5)
GUESTS, OTHERS = UUID(int=6), UUID(int=7)

BASKET = Basket(
    "EUR",
    Money(2000),
    (
        Line(Money(1500), 3, "A", "coffee", None, ("bio",)),
        Line(Money(500), 1, "B", "tea"),
    ),
)
ABOUT = About(
    audiences=frozenset({GUESTS}),
    tier="silver",
    purchases=3,
    last_purchase=datetime(2026, 4, 4, 21, 59, tzinfo=UTC),
    birthday=date(1980, 5, 8),
    tags=frozenset({"nurse", "press"}),
    attributes={"shoe": 42, "town": "Oslo", "club": True},
)


def a_case(**given: Any) -> Case:
    usual: dict[str, Any] = {
        "basket": BASKET, "at": NOON, "zone": "Europe/Oslo", "shop_id": OSLO,
        "channel_id": LETTER, "customer_id": ANNA, "about": ABOUT,
    }  # fmt: skip
    return Case(**usual | given)


def one(kind: str, **terms: Any) -> dict[str, Any]:
    return {"kind": kind, **terms}


def why(terms: dict[str, Any], **given: Any) -> str | None:
    group = terms if set(terms) & {"all", "any", "none"} else {"all": [terms]}
    found = conditions.first_refusal(conditions.read(group), a_case(**given))
    return found.code if found else None


CASES: list[tuple[str, dict[str, Any], str | None]] = [
    ("a basket of 20", one("minimum_basket", amount=2000), None),
    ("a cent short", one("minimum_basket", amount=2001), "basket_too_small"),
    ("four pieces", one("minimum_quantity", quantity=4), None),
    ("a piece short", one("minimum_quantity", quantity=5), "quantity_too_small"),
    ("three coffees", one("minimum_quantity", quantity=3, on={"categories": ["coffee"]}), None),
    (
        "two teas",
        one("minimum_quantity", quantity=2, on={"categories": ["tea"]}),
        "quantity_too_small",
    ),
    ("a product", one("products", skus=["X", "B"]), None),
    ("another product", one("products", skus=["X"]), "products_missing"),
    ("a category", one("categories", categories=["tea"]), None),
    ("another category", one("categories", categories=["wine"]), "products_missing"),
    ("a tag", one("tags", tags=["bio"]), None),
    ("another tag", one("tags", tags=["fair"]), "products_missing"),
    ("today", one("dates", **{"from": "2026-05-04", "until": "2026-05-04"}), None),
    ("until today", one("dates", until="2026-05-04"), None),
    ("from today", one("dates", **{"from": "2026-05-04"}), None),
    ("from tomorrow", one("dates", **{"from": "2026-05-05"}), "offer_not_started"),
    ("until yesterday", one("dates", until="2026-05-03"), "offer_ended"),
    ("this shop", one("shops", shops=[OSLO.hex, BERGEN.hex]), None),
    ("another shop", one("shops", shops=[BERGEN.hex]), "wrong_shop_for_offer"),
    ("by letter", one("channels", channels=[LETTER.hex]), None),
    ("by radio", one("channels", channels=[RADIO.hex]), "wrong_channel_for_offer"),
    ("the tier", one("tier", tiers=["gold", "silver"]), None),
    ("another tier", one("tier", tiers=["gold"]), "tier_needed"),
    ("not the first purchase", one("first_purchase"), "not_first_purchase"),
    ("away for 30 days", one("not_bought", days=30), None),
    ("away for 31 days", one("not_bought", days=31), "bought_recently"),
    ("four days before the birthday", one("birthday", before=4), None),
    ("three days before the birthday", one("birthday", before=3), "not_your_birthday"),
    ("after the birthday", one("birthday", after=180), "not_your_birthday"),
    ("one of the guests", one("audience", audience=GUESTS.hex), None),
    ("one of others", one("audience", audience=OTHERS.hex), "not_in_audience"),
    ("a nurse", one("customer_tags", tags=["nurse", "doctor"]), None),
    ("a doctor", one("customer_tags", tags=["doctor"]), "tag_missing"),
    ("lives there", one("attribute", name="town", equals="Oslo"), None),
    ("lives elsewhere", one("attribute", name="town", equals="Bergen"), "attribute_mismatch"),
    ("one of some", one("attribute", name="town", one_of=["Bergen", "Oslo"]), None),
    ("none of some", one("attribute", name="town", one_of=["Bergen"]), "attribute_mismatch"),
    ("a number", one("attribute", name="shoe", equals=42), None),
    ("at least", one("attribute", name="shoe", at_least=42), None),
    ("not at least", one("attribute", name="shoe", at_least=43), "attribute_mismatch"),
    ("at most", one("attribute", name="shoe", at_most=42), None),
    ("not at most", one("attribute", name="shoe", at_most=41), "attribute_mismatch"),
    ("between", one("attribute", name="shoe", at_least=40, at_most=44), None),
    ("a text is no number", one("attribute", name="town", at_least=1), "attribute_mismatch"),
    ("true", one("attribute", name="club", equals=True), None),
    ("true is not 1", one("attribute", name="club", equals=1), "attribute_mismatch"),
    ("1 is not true", one("attribute", name="shoe", one_of=[True]), "attribute_mismatch"),
    ("true is no number", one("attribute", name="club", at_least=0), "attribute_mismatch"),
    ("never asked", one("attribute", name="pet", equals="cat"), "attribute_mismatch"),
    ("at two in Oslo", one("hours", weekly=[{"days": [1], "from": "14:00", "until": "15:00"}]),
     None),
    ("until two in Oslo", one("hours", weekly=[{"days": [1], "from": "12:00", "until": "14:00"}]),
     "not_now"),
    ("on another day", one("hours", weekly=[{"days": [2], "from": "14:00", "until": "15:00"}]),
     "not_now"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "terms", "code"), CASES, ids=[c[0] for c in CASES])
def test_a_condition(case: str, terms: dict[str, Any], code: str | None) -> None:
    assert why(terms) == code


def test_every_kind_of_condition_is_in_the_table_with_a_yes_and_a_no() -> None:
    said = {(terms["kind"], code is None) for _, terms, code in CASES}
    missing = {(kind, held) for kind in conditions.KINDS for held in (True, False)} - said

    assert missing == {("first_purchase", True)}  # Anna bought before; see below
    assert why(one("first_purchase"), about=About(purchases=0)) is None


# what is not known

ABOUT_CUSTOMERS = [terms for _, terms, _ in CASES if conditions.read({"all": [terms]}).asks]


@pytest.mark.parametrize("terms", ABOUT_CUSTOMERS, ids=lambda terms: str(terms["kind"]))
def test_who_has_no_card_is_asked_for_it(terms: dict[str, Any]) -> None:
    assert why(terms, customer_id=None) == "card_needed"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        (one("tier", tiers=["gold"]), "tier_needed"),
        (one("first_purchase"), None),
        (one("not_bought", days=30), "never_bought"),
        (one("birthday"), "birthday_unknown"),
        (one("audience", audience=GUESTS.hex), "not_in_audience"),
        (one("customer_tags", tags=["nurse"]), "tag_missing"),
        (one("attribute", name="shoe", at_most=50), "attribute_mismatch"),
    ],
)
def test_a_new_customer_of_whom_nothing_is_known(terms: dict[str, Any], code: str | None) -> None:
    assert why(terms, about=About()) == code


@pytest.mark.parametrize("kind", ["products", "categories", "tags"])
def test_a_bare_total_and_no_basket(kind: str) -> None:
    terms = one(kind, **{"skus" if kind == "products" else kind: ["A"]})
    pieces = one("minimum_quantity", quantity=1)

    assert why(terms, basket=Basket("EUR", Money(2000))) == "lines_needed"
    assert why(terms, basket=None) == "basket_needed"
    assert why(pieces, basket=Basket("EUR", Money(2000))) == "lines_needed"
    assert why(pieces, basket=None) == "basket_needed"
    assert why(one("minimum_basket", amount=1), basket=Basket("EUR", Money(2000))) is None
    assert why(one("minimum_basket", amount=1), basket=None) == "basket_needed"


def test_no_shop_and_no_channel() -> None:
    assert why(one("shops", shops=[OSLO.hex]), shop_id=None) == "shop_unknown"
    assert why(one("channels", channels=[LETTER.hex]), channel_id=None) == "wrong_channel_for_offer"


# what the refusals tell

FACTS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (one("minimum_basket", amount=2500), {"minimum": 2500, "total": 2000, "missing": 500}),
    (one("minimum_quantity", quantity=9), {"minimum": 9, "missing": 5}),
    (one("tier", tiers=["gold", "black"]), {"tiers": "gold, black"}),
    (one("first_purchase"), {"purchases": 3}),
    (one("not_bought", days=60), {"days": 60, "last": ABOUT.last_purchase}),
    (one("birthday", before=1, after=2), {"before": 1, "after": 2}),
    (one("customer_tags", tags=["b", "a"]), {"tags": "a, b"}),
    (one("attribute", name="shoe", equals=1), {"name": "shoe"}),
    (
        one("hours", weekly=[{"days": [2], "from": "09:00", "until": "10:00"}]),
        {"opens_at": datetime(2026, 5, 5, 7, tzinfo=UTC)},
    ),
    (
        one("dates", **{"from": "2026-05-05"}),
        {"starts_at": datetime(2026, 5, 4, 22, tzinfo=UTC)},
    ),
    (one("dates", until="2026-05-03"), {"ends_at": datetime(2026, 5, 3, 22, tzinfo=UTC)}),
]


@pytest.mark.parametrize(("terms", "facts"), FACTS, ids=lambda it: str(it.get("kind", "")))
def test_a_refusal_has_its_facts(terms: dict[str, Any], facts: dict[str, Any]) -> None:
    found = conditions.first_refusal(conditions.read({"all": [terms]}), a_case())

    assert found is not None
    assert found.facts == facts


def test_the_birthday_itself_is_not_told_at_the_till() -> None:
    found = conditions.first_refusal(conditions.read({"all": [one("birthday")]}), a_case())

    assert found is not None
    assert not any(isinstance(fact, date) for fact in found.facts.values())


# days

BIRTHDAYS: list[tuple[str, date, int, int, str, bool]] = [
    # case, born, days before, days after, today, does it hold?
    ("on the day", date(1980, 5, 8), 0, 0, "2026-05-08", True),
    ("the day before", date(1980, 5, 8), 0, 0, "2026-05-07", False),
    ("a week before", date(1980, 5, 8), 7, 0, "2026-05-01", True),
    ("eight days before", date(1980, 5, 8), 7, 0, "2026-04-30", False),
    ("a week after", date(1980, 5, 8), 0, 7, "2026-05-15", True),
    ("eight days after", date(1980, 5, 8), 0, 7, "2026-05-16", False),
    ("over the new year, before", date(1980, 1, 2), 7, 0, "2025-12-28", True),
    ("over the new year, after", date(1980, 12, 30), 0, 7, "2026-01-05", True),
    ("a leap day in a leap year", date(2000, 2, 29), 0, 0, "2028-02-29", True),
    ("not a day early in a leap year", date(2000, 2, 29), 0, 0, "2028-02-28", False),
    ("a leap day in a common year", date(2000, 2, 29), 0, 0, "2026-02-28", True),
    ("not a day late in a common year", date(2000, 2, 29), 0, 0, "2026-03-01", False),
    ("a leap day, a week after in a common year", date(2000, 2, 29), 0, 7, "2026-03-07", True),
    ("a leap day, eight days after", date(2000, 2, 29), 0, 7, "2026-03-08", False),
    ("a century without a leap day", date(2000, 2, 29), 0, 0, "2100-02-28", True),
]


@pytest.mark.parametrize(
    ("case", "born", "before", "after", "today", "holds"), BIRTHDAYS, ids=[c[0] for c in BIRTHDAYS]
)
def test_a_birthday(
    case: str, born: date, before: int, after: int, today: str, *, holds: bool
) -> None:
    terms = one("birthday", before=before, after=after)
    at = datetime.fromisoformat(f"{today}T12:00:00+00:00")

    assert (why(terms, at=at, about=About(birthday=born)) is None) == holds


@pytest.mark.parametrize(
    ("zone", "at", "code"),
    [
        # the whole of 5 May in the shop's zone, and not an instant of another day
        ("Europe/Oslo", "2026-05-04T21:59:59Z", "offer_not_started"),
        ("Europe/Oslo", "2026-05-04T22:00:00Z", None),
        ("Europe/Oslo", "2026-05-05T21:59:59Z", None),
        ("Europe/Oslo", "2026-05-05T22:00:00Z", "offer_ended"),
        ("America/New_York", "2026-05-05T03:59:59Z", "offer_not_started"),
        ("America/New_York", "2026-05-05T04:00:00Z", None),
        ("America/New_York", "2026-05-06T03:59:59Z", None),
        ("America/New_York", "2026-05-06T04:00:00Z", "offer_ended"),
    ],
)
def test_a_date_is_a_day_of_the_shop(zone: str, at: str, code: str | None) -> None:
    terms = one("dates", **{"from": "2026-05-05", "until": "2026-05-05"})

    assert why(terms, at=datetime.fromisoformat(at), zone=zone) == code


@pytest.mark.parametrize(
    ("zone", "last", "code"),
    [
        ("Europe/Oslo", "2026-04-27T21:59:00Z", None),  # 23:59 of the 27th: seven days ago
        ("Europe/Oslo", "2026-04-27T22:00:00Z", "bought_recently"),  # the 28th already
        ("America/New_York", "2026-04-28T03:59:00Z", None),
        ("America/New_York", "2026-04-28T04:00:00Z", "bought_recently"),
    ],
)
def test_days_without_a_purchase_are_days_of_the_shop(
    zone: str, last: str, code: str | None
) -> None:
    about = About(last_purchase=datetime.fromisoformat(last))

    assert why(one("not_bought", days=7), zone=zone, about=about) == code


# groups

YES, NO = one("minimum_basket", amount=1), one("minimum_basket", amount=9999)
GOLD = one("tier", tiers=["gold"])

GROUPS: list[tuple[str, dict[str, Any], str | None]] = [
    ("nothing is asked", {}, None),
    ("nothing is asked, in a group", {"all": []}, None),
    ("both", {"all": [YES, YES]}, None),
    ("one of both is missing", {"all": [YES, NO]}, "basket_too_small"),
    ("the first one that is missing is told", {"all": [GOLD, NO]}, "tier_needed"),
    ("any", {"any": [NO, YES]}, None),
    ("none of any", {"any": [NO, GOLD]}, "basket_too_small"),
    ("what can be done about is told first", {"any": [GOLD, NO]}, "basket_too_small"),
    ("none", {"none": [NO, GOLD]}, None),
    ("none but one", {"none": [NO, YES]}, "excluded"),
    ("all and any and none", {"all": [YES], "any": [NO, YES], "none": [NO]}, None),
    ("all and any, but not none", {"all": [YES], "any": [YES], "none": [YES]}, "excluded"),
    ("all, but not any", {"all": [YES], "any": [NO]}, "basket_too_small"),
    ("any of a group", {"any": [{"all": [YES, NO]}, {"all": [YES, YES]}]}, None),
    ("none of a group that fails", {"none": [{"all": [YES, NO]}]}, None),
    ("none of a group that holds", {"none": [{"any": [YES, NO]}]}, "excluded"),
    ("not not", {"none": [{"none": [YES]}]}, None),
    ("five deep", {"all": [{"any": [{"none": [{"all": [{"any": [NO]}]}]}]}]}, None),
]


@pytest.mark.parametrize(("case", "terms", "code"), GROUPS, ids=[c[0] for c in GROUPS])
def test_a_group(case: str, terms: dict[str, Any], code: str | None) -> None:
    found = conditions.first_refusal(conditions.read(terms), a_case())

    assert (found.code if found else None) == code


def test_what_excludes_is_told_and_said_in_its_own_words() -> None:
    terms = {"none": [NO, one("tags", tags=["bio"])]}

    found = conditions.first_refusal(conditions.read(terms), a_case())

    assert found is not None
    assert found.facts == {"condition": "tags"}
    assert found.sentence == "A product in the basket excludes this offer. Sell it separately."


def test_every_kind_of_condition_says_how_it_excludes() -> None:
    assert set(Excluded.BY_KIND) == set(conditions.KINDS)
    assert Excluded(condition="any").sentence == Excluded.sentence


def test_the_explanation_is_the_tree_of_the_conditions() -> None:
    terms = {"all": [YES, {"any": [NO, GOLD]}], "none": [NO]}

    found = conditions.check(conditions.read(terms), a_case())

    assert (found.kind, found.held, len(found.children)) == ("all", False, 2)
    every, none = found.children
    assert [(one.kind, one.held) for one in every.children] == [
        ("minimum_basket", True),
        ("any", False),
    ]
    shortage, tier = every.children[1].children
    assert shortage.refusal is not None
    assert shortage.refusal.facts == {"minimum": 9999, "total": 2000, "missing": 7999}
    assert tier.refusal is not None
    assert tier.refusal.code == "tier_needed"
    assert (none.kind, none.held) == ("none", True)


# what nobody can tell yet

OPEN: list[tuple[str, dict[str, Any], dict[str, Any], str | None]] = [
    # case, conditions, what is not known, why it cannot be whatever that will be
    ("the basket will tell", {"all": [NO]}, {"basket": None}, None),
    ("the lines will tell", {"all": [one("products", skus=["X"])]}, {"basket": None}, None),
    ("the shop will tell", {"all": [one("shops", shops=[BERGEN.hex])]}, {"shop_id": None}, None),
    ("the card will tell", {"all": [GOLD]}, {"customer_id": None}, None),
    ("another tier, whatever is bought", {"all": [NO, GOLD]}, {"basket": None}, "tier_needed"),
    ("the basket may make up for the tier", {"any": [GOLD, NO]}, {"basket": None}, None),
    ("neither will", {"any": [GOLD, one("first_purchase")]}, {"basket": None}, "tier_needed"),
    ("excluded, whatever is bought",
     {"none": [NO, one("tier", tiers=["silver"])]}, {"basket": None}, "excluded"),
    ("the basket may exclude", {"none": [NO, GOLD]}, {"basket": None}, None),
    ("nested", {"all": [{"any": [NO, GOLD]}, {"none": [GOLD]}]}, {"basket": None}, None),
    ("a group that can no longer hold does not exclude",
     {"all": [{"none": [{"all": [NO, GOLD]}]}]}, {"basket": None}, None),
    ("nor does it hold", {"all": [{"any": [{"all": [NO, GOLD]}]}]}, {"basket": None},
     "basket_needed"),
    ("all is known", {"all": [YES]}, {}, None),
    ("all is known and short", {"all": [NO]}, {}, "basket_too_small"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "terms", "unknown", "code"), OPEN, ids=[c[0] for c in OPEN])
def test_what_cannot_be_whatever_is_not_known_yet(
    case: str, terms: dict[str, Any], unknown: dict[str, Any], code: str | None
) -> None:
    found = conditions.firm_refusal(conditions.read(terms), a_case(**unknown))

    assert (found.code if found else None) == code


def test_what_is_not_known_does_not_let_a_none_group_through() -> None:
    terms = {"none": [one("tier", tiers=["silver"])]}

    assert why(terms, customer_id=None) == "card_needed"
    assert why({"none": [NO]}, basket=None) == "basket_needed"
    assert why({"none": [{"all": [NO, GOLD]}]}, basket=None) is None


def test_what_must_be_looked_up_is_said_however_deep_it_is_asked() -> None:
    terms = {
        "all": [YES, {"any": [GOLD, {"none": [one("customer_tags", tags=["x"])]}]}],
        "none": [one("audience", audience=GUESTS.hex), one("birthday")],
    }

    group = conditions.read(terms)

    assert group.asks == {"tier", "tags", "audience", "birthday"}
    assert group.audiences == {GUESTS}
    assert conditions.read({"all": [YES]}).asks == frozenset()
    assert [it.kind for it in group] == [
        "minimum_basket", "tier", "customer_tags", "audience", "birthday",
    ]  # fmt: skip


TREES = st.recursive(
    st.sampled_from([YES, NO]),
    lambda inner: st.dictionaries(
        st.sampled_from(["all", "any", "none"]), st.lists(inner, min_size=1, max_size=4), min_size=1
    ),
    max_leaves=20,
)


def model(terms: dict[str, Any]) -> bool:
    if "kind" in terms:
        return bool(terms == YES)
    return (
        all(model(it) for it in terms.get("all", ()))
        and (any(model(it) for it in terms["any"]) if "any" in terms else True)
        and not any(model(it) for it in terms.get("none", ()))
    )


@given(TREES)
def test_groups_are_logic(terms: dict[str, Any]) -> None:
    group = conditions.read({"all": [terms]})

    found = conditions.check(group, a_case())

    assert found.held == model(terms)
    assert found.held == (found.refusal is None)
    assert found.firm is found.refusal or isinstance(found.firm, Refusal)


@given(TREES)
def test_without_a_basket_only_logic_can_refuse(terms: dict[str, Any]) -> None:
    """Every leaf is open: it is firm only if no basket at all could make it true."""
    found = conditions.check(conditions.read({"all": [terms]}), a_case(basket=None))

    assert found.firm is None
    assert found.held or found.refusal is not None
