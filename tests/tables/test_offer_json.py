"""What an offer may say as JSON, what is refused and where, and that it comes back as it was."""

import json
from typing import Any

import pytest
from marshmallow import ValidationError

from coupons import benefits, conditions
from coupons.schemas import (
    BENEFITS,
    CONDITIONS,
    BasketSchema,
    CampaignRequest,
    OfferChange,
    OfferRequest,
    public_conditions,
    public_terms,
)

ID = "0198000000007000800000000000000a"
ON = {"skus": ["4006381333931"], "categories": ["tea"], "tags": ["bio"]}
TEN = {"kind": "percent", "percent": "10"}

GOOD: list[dict[str, Any]] = [
    TEN | {"cap": 500, "on": ON},
    {"kind": "amount", "amount": 500, "per": "piece"},
    {"kind": "fixed_price", "price": 0, "per": "basket", "on": ON},
    {"kind": "free_item", "text": "a tote bag"},
    {"kind": "free_pieces", "which": "dearest", "count": 2, "at_least": 5, "percent": "50"},
    {"kind": "buy_get", "buy": {"quantity": 2, "on": ON}, "get": {"quantity": 1}, "times": 3},
    {"kind": "bundle", "parts": [{"quantity": 1, "on": ON}, {"quantity": 2}], "price": 900},
    {"kind": "bundle", "parts": [{"quantity": 1}], "percent": "12.5"},
    {"kind": "bundle", "parts": [{"quantity": 1}], "amount": 100, "times": 1},
    {"kind": "ladder", "by": "amount", "steps": [{"from": 100, "benefit": TEN}]},
    {"kind": "points", "points": 50},
    {"kind": "points_factor", "factor": "1.5", "on": ON},
    {"kind": "stamps", "stamps": 2, "stamp_card": f"sc_{ID}"},
    {
        "kind": "guarantee",
        "days": 30,
        "reasons": [{"key": "taste", "text": {"en": "Taste", "de": "Geschmack"}}],
    },
    {"kind": "sample", "text": {"en": "A tea bag", "de": "Ein Teebeutel"}},
    {"kind": "information", "text": "The catalogue"},
    {"kind": "next_coupon", "offer": f"of_{ID}"},
    {
        "kind": "early_bird",
        "steps": [
            {"until": "2026-05-05T00:00:00+00:00", "benefit": TEN},
            {"first": 100, "benefit": {"kind": "next_coupon", "offer": f"of_{ID}"}},
            {"first": 500, "benefit": TEN},
        ],
        "after": {"kind": "stamps", "stamps": 1, "stamp_card": f"sc_{ID}"},
    },
]

GOOD_CONDITIONS: list[dict[str, Any]] = [
    {"kind": "dates", "from": "2026-05-01", "until": "2026-05-31"},
    {"kind": "hours", "weekly": [{"days": [5, 6], "from": "22:00", "until": "02:00"}]},
    {"kind": "minimum_basket", "amount": 2000},
    {"kind": "minimum_quantity", "quantity": 3, "on": ON},
    {"kind": "products", "skus": ["A"]},
    {"kind": "categories", "categories": ["tea"]},
    {"kind": "tags", "tags": ["bio"]},
    {"kind": "shops", "shops": [f"sh_{ID}"]},
    {"kind": "channels", "channels": [f"ch_{ID}"]},
    {"kind": "tier", "tiers": ["gold", "silver"]},
    {"kind": "first_purchase"},
    {"kind": "not_bought", "days": 90},
    {"kind": "birthday", "before": 7, "after": 14},
    {"kind": "customer_tags", "tags": ["nurse"]},
    {"kind": "attribute", "name": "town", "one_of": ["Oslo", 5, True]},
    {"kind": "attribute", "name": "club", "equals": False},
    {"kind": "attribute", "name": "shoe", "at_least": -3, "at_most": 50},
]


def load(**given: Any) -> Any:
    return OfferRequest().load(
        {"campaign": f"ca_{ID}", "name": {"en": "x"}, "benefit": TEN} | given
    )


def wrong(**given: Any) -> set[str]:
    """Return the paths of the fields that are refused."""
    with pytest.raises(ValidationError) as caught:
        load(**given)
    return set(_paths(caught.value.messages))


def _paths(found: Any, path: str = "") -> Any:
    if not isinstance(found, dict):
        yield path
        return
    for name, inner in found.items():
        yield from _paths(inner, f"{path}.{name}" if path else str(name))


@pytest.mark.parametrize("benefit", GOOD, ids=lambda it: str(it["kind"]))
def test_a_benefit_is_kept_as_plain_json_and_comes_back_as_it_was(benefit: dict[str, Any]) -> None:
    stored = json.loads(json.dumps(load(benefit=benefit)["benefit"]))

    assert public_terms(stored) == benefit | ({"after": None} if "after" in stored and "after"
                                              not in benefit else {})  # fmt: skip
    assert benefits.read(stored)


@pytest.mark.parametrize("condition", GOOD_CONDITIONS, ids=lambda it: str(it["kind"]))
def test_a_condition_is_kept_as_plain_json_and_comes_back_as_it_was(
    condition: dict[str, Any],
) -> None:
    terms = {"all": [condition], "any": [{"none": [condition]}, condition]}

    stored = json.loads(json.dumps(load(conditions=terms)["conditions"]))

    assert public_conditions(stored) == terms
    assert len(list(conditions.read(stored))) == 3


def test_the_language_and_its_json_have_the_same_kinds() -> None:
    assert set(BENEFITS) == set(benefits.KINDS) == {it["kind"] for it in GOOD}
    assert set(CONDITIONS) == set(conditions.KINDS)
    assert set(CONDITIONS) == {it["kind"] for it in GOOD_CONDITIONS} | {"audience"}


def test_an_audience_is_shown_with_its_public_id_however_deep() -> None:
    stored = {"all": [{"any": [{"kind": "audience", "audience": ID}]}]}

    shown = public_conditions(stored)

    assert shown == {"all": [{"any": [{"kind": "audience", "audience": f"au_{ID}"}]}]}


SAMPLE_STEPS = [{"from": n, "benefit": TEN} for n in range(1, 22)]

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("no kind", {}, "benefit"),
    ("an unknown kind", {"kind": "moon"}, "benefit"),
    ("an unknown field", TEN | {"of": 1}, "benefit.of"),
    ("an unknown field of products", TEN | {"on": {"sku": ["A"]}}, "benefit.on.sku"),
    ("no products", TEN | {"on": {"skus": []}}, "benefit.on.skus"),
    ("a percentage as a number", TEN | {"percent": 10}, "benefit.percent"),
    ("nothing off", TEN | {"percent": "0"}, "benefit.percent"),
    ("more than all", TEN | {"percent": "100.01"}, "benefit.percent"),
    ("other digits", TEN | {"percent": "١٠"}, "benefit.percent"),
    ("a cap of nothing", TEN | {"cap": 0}, "benefit.cap"),
    ("per what", {"kind": "amount", "amount": 1, "per": "line"}, "benefit.per"),
    ("a negative price", {"kind": "fixed_price", "price": -1}, "benefit.price"),
    ("a fraction of a cent", {"kind": "fixed_price", "price": 1.5}, "benefit.price"),
    ("no item", {"kind": "free_item"}, "benefit.text"),
    ("which piece", {"kind": "free_pieces", "which": "best", "count": 1}, "benefit.which"),
    ("no piece", {"kind": "free_pieces", "which": "dearest", "count": 0}, "benefit.count"),
    ("nothing to get", {"kind": "buy_get", "buy": {"quantity": 1}}, "benefit.get"),
    ("an empty set", {"kind": "bundle", "parts": [], "price": 1}, "benefit.parts"),
    ("too large a set", {"kind": "bundle", "parts": [{"quantity": 1}] * 11, "price": 1},
     "benefit.parts"),
    ("a set for nothing said", {"kind": "bundle", "parts": [{"quantity": 1}]}, "benefit.price"),
    ("a set for two things said", {"kind": "bundle", "parts": [{"quantity": 1}], "price": 1,
                                   "percent": "5"}, "benefit.price"),
    ("no steps", {"kind": "ladder", "by": "amount", "steps": []}, "benefit.steps"),
    ("21 steps", {"kind": "ladder", "by": "amount", "steps": SAMPLE_STEPS}, "benefit.steps"),
    ("steps downwards", {"kind": "ladder", "by": "amount", "steps": SAMPLE_STEPS[1::-1]},
     "benefit.steps"),
    ("a ladder on a ladder", {"kind": "ladder", "by": "amount", "steps": [
        {"from": 1, "benefit": {"kind": "ladder", "by": "amount", "steps": SAMPLE_STEPS[:1]}}]},
     "benefit.steps.0.benefit"),
    ("a bad step", {"kind": "ladder", "by": "amount", "steps": [
        {"from": 1, "benefit": TEN | {"percent": "x"}}]}, "benefit.steps.0.benefit.percent"),
    ("an early bird of early birds", {"kind": "early_bird", "steps": [
        {"first": 1, "benefit": {"kind": "early_bird", "steps": [{"first": 1, "benefit": TEN}]}}]},
     "benefit.steps.0.benefit"),
    ("neither first nor until", {"kind": "early_bird", "steps": [{"benefit": TEN}]},
     "benefit.steps.0.until"),
    ("both first and until", {"kind": "early_bird", "steps": [
        {"benefit": TEN, "first": 1, "until": "2026-05-05T00:00:00Z"}]}, "benefit.steps.0.until"),
    ("not more than before", {"kind": "early_bird", "steps": [
        {"benefit": TEN, "first": 5}, {"benefit": TEN, "first": 5}]}, "benefit.steps"),
    ("not later than before", {"kind": "early_bird", "steps": [
        {"benefit": TEN, "until": "2026-05-05T00:00:00+02:00"},
        {"benefit": TEN, "until": "2026-05-04T22:00:00Z"}]}, "benefit.steps"),
    ("a moment without its offset", {"kind": "early_bird", "steps": [
        {"benefit": TEN, "until": "2026-05-05T00:00:00"}]}, "benefit.steps.0.until"),
    ("no points", {"kind": "points", "points": 0}, "benefit.points"),
    ("once the points", {"kind": "points_factor", "factor": "1"}, "benefit.factor"),
    ("a factor as a number", {"kind": "points_factor", "factor": 2}, "benefit.factor"),
    ("another id", {"kind": "stamps", "stamps": 1, "stamp_card": f"of_{ID}"},
     "benefit.stamp_card"),
    ("a guarantee without a reason", {"kind": "guarantee", "days": 3, "reasons": []},
     "benefit.reasons"),
    ("a reason without a key", {"kind": "guarantee", "days": 3, "reasons": [
        {"text": {"en": "x"}}]}, "benefit.reasons.0.key"),
    ("a reason twice", {"kind": "guarantee", "days": 3, "reasons": [
        {"key": "a", "text": {"en": "x"}}, {"key": "a", "text": {"en": "y"}}]},
     "benefit.reasons"),
    ("no sample", {"kind": "sample"}, "benefit.text"),
    ("a sample of nothing", {"kind": "sample", "text": {}}, "benefit.text"),
    ("a sample with a bell", {"kind": "sample", "text": "ring \x07"}, "benefit.text"),
    ("a sample of a number", {"kind": "sample", "text": 5}, "benefit.text"),
    ("no offer", {"kind": "next_coupon", "offer": "of_x"}, "benefit.offer"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "benefit", "path"), BAD, ids=[c[0] for c in BAD])
def test_a_benefit_that_is_refused(case: str, benefit: dict[str, Any], path: str) -> None:
    assert wrong(benefit=benefit) == {path}


DEEP: dict[str, Any] = {"kind": "first_purchase"}
for _ in range(6):
    DEEP = {"all": [DEEP]}
VERY_DEEP: dict[str, Any] = DEEP
for _ in range(200):
    VERY_DEEP = {"none": [VERY_DEEP]}
FIRST = {"kind": "first_purchase"}

BAD_CONDITIONS: list[tuple[str, Any, str]] = [
    ("a list", [FIRST], "conditions._schema"),
    ("an unknown group", {"some": [FIRST]}, "conditions.some"),
    ("an empty any", {"any": []}, "conditions.any"),
    ("an empty group", {"all": [{"all": []}]}, "conditions.all.0"),
    ("no condition", {"all": [{}]}, "conditions.all.0"),
    ("a number", {"all": [5]}, "conditions.all.0"),
    ("an unknown kind", {"all": [{"kind": "moon"}]}, "conditions.all.0"),
    ("an unknown kind, deep", {"all": [{"any": [{"kind": "moon"}]}]}, "conditions.all.0.any.0"),
    ("a group with a kind", {"all": [{"kind": "tier", "tiers": ["a"], "any": [FIRST]}]},
     "conditions.all.0.any"),
    ("six deep", DEEP, "conditions._schema"),
    ("two hundred deep", VERY_DEEP, "conditions._schema"),
    ("51 in all", {"all": [FIRST] * 26, "any": [{"all": [FIRST] * 25}]}, "conditions._schema"),
    ("an unknown field", {"all": [FIRST | {"days": 1}]}, "conditions.all.0.days"),
    ("no dates", {"all": [{"kind": "dates"}]}, "conditions.all.0.from"),
    ("dates backwards", {"all": [{"kind": "dates", "from": "2026-05-02", "until": "2026-05-01"}]},
     "conditions.all.0.until"),
    ("no such day", {"all": [{"kind": "dates", "until": "2026-02-30"}]}, "conditions.all.0.until"),
    ("a year far away", {"all": [{"kind": "dates", "until": "9999-01-01"}]},
     "conditions.all.0.until"),
    ("a moment for a day", {"all": [{"kind": "dates", "until": "2026-05-01T00:00:00Z"}]},
     "conditions.all.0.until"),
    ("no hours", {"all": [{"kind": "hours", "weekly": []}]}, "conditions.all.0.weekly"),
    ("an eighth day", {"all": [{"kind": "hours", "weekly": [
        {"days": [8], "from": "10:00", "until": "11:00"}]}]}, "conditions.all.0.weekly.0.days.0"),
    ("no such hour", {"all": [{"kind": "hours", "weekly": [
        {"days": [1], "from": "24:00", "until": "11:00"}]}]}, "conditions.all.0.weekly.0.from"),
    ("an hour too short", {"all": [{"kind": "hours", "weekly": [
        {"days": [1], "from": "9:00", "until": "11:00"}]}]}, "conditions.all.0.weekly.0.from"),
    ("a shop by name", {"all": [{"kind": "shops", "shops": ["Oslo"]}]},
     "conditions.all.0.shops.0"),
    ("no tier", {"all": [{"kind": "tier", "tiers": []}]}, "conditions.all.0.tiers"),
    ("no days", {"all": [{"kind": "not_bought", "days": 0}]}, "conditions.all.0.days"),
    ("half a year of birthday", {"all": [{"kind": "birthday", "before": 181}]},
     "conditions.all.0.before"),
    ("customers and an audience", {"all": [
        {"kind": "audience", "customers": [f"cu_{ID}"], "audience": f"au_{ID}"}]},
     "conditions.all.0.customers"),
    ("an attribute that is anything", {"all": [{"kind": "attribute", "name": "x"}]},
     "conditions.all.0.equals"),
    ("an attribute two ways", {"all": [{"kind": "attribute", "name": "x", "equals": 1,
                                        "at_most": 0}]}, "conditions.all.0.equals"),
    ("a range backwards", {"all": [{"kind": "attribute", "name": "x", "at_least": 2,
                                    "at_most": 1}]}, "conditions.all.0.at_most"),
    ("a fraction", {"all": [{"kind": "attribute", "name": "x", "equals": 1.5}]},
     "conditions.all.0.equals"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("case", "terms", "path"), BAD_CONDITIONS, ids=[c[0] for c in BAD_CONDITIONS]
)
def test_conditions_that_are_refused(case: str, terms: Any, path: str) -> None:
    assert wrong(conditions=terms) == {path}


def test_fifty_conditions_five_deep_are_taken() -> None:
    terms = {"all": [FIRST] * 40, "any": [{"all": [{"none": [{"all": [{"any": [FIRST] * 10}]}]}]}]}

    assert load(conditions=terms)["conditions"] == terms


def test_days_of_the_week_are_kept_in_order_and_once() -> None:
    slot = {"days": [7, 1, 7], "from": "10:00", "until": "11:00"}

    found = load(conditions={"all": [{"kind": "hours", "weekly": [slot]}]})

    assert found["conditions"]["all"][0]["weekly"][0]["days"] == [1, 7]


# limits, and how an offer goes together with others


def test_limits_with_all_that_need_not_be_said() -> None:
    sent = {"overall": 5, "more": [{"of": "offer", "per": "day", "discount": 5000}]}

    assert load(limits=sent)["limits"] == {
        "overall": 5,
        "per_customer": None,
        "more": [
            {
                "of": "offer",
                "each_customer": False,
                "per": "day",
                "discount": 5000,
                "overrun": "refuse",
            }
        ],
    }


USES = {"of": "offer", "uses": 5}
BAD_LIMITS: list[tuple[str, dict[str, Any], str]] = [
    ("neither", {"more": [{"of": "offer"}]}, "limits.more.0.uses"),
    ("both", {"more": [USES | {"discount": 5}]}, "limits.more.0.uses"),
    ("of what", {"more": [{"uses": 5}]}, "limits.more.0.of"),
    ("of something else", {"more": [USES | {"of": "shop"}]}, "limits.more.0.of"),
    ("per year", {"more": [USES | {"per": "year"}]}, "limits.more.0.per"),
    ("none at all", {"more": [USES | {"uses": 0}]}, "limits.more.0.uses"),
    ("the rest of a use", {"more": [USES | {"overrun": "rest"}]}, "limits.more.0.overrun"),
    ("yes for true", {"more": [USES | {"each_customer": "yes"}]}, "limits.more.0.each_customer"),
    ("one for true", {"more": [USES | {"each_customer": 1}]}, "limits.more.0.each_customer"),
    ("twice", {"more": [USES, USES | {"uses": 6}]}, "limits.more"),
    ("as overall too", {"overall": 5, "more": [USES]}, "limits.more"),
    ("as per customer too", {"per_customer": 5, "more": [USES | {"each_customer": True}]},
     "limits.more"),
    ("21 of them", {"more": [USES | {"per": "day", "uses": n} for n in range(1, 22)]},
     "limits.more"),
    ("an unknown field", {"daily": 5}, "limits.daily"),
]  # fmt: skip


@pytest.mark.parametrize(("case", "limits", "path"), BAD_LIMITS, ids=[c[0] for c in BAD_LIMITS])
def test_limits_that_are_refused(case: str, limits: dict[str, Any], path: str) -> None:
    assert wrong(limits=limits) == {path}


def test_a_campaign_has_limits_of_its_own() -> None:
    found = CampaignRequest().load({"name": "x", "limits": [{"discount": 9, "overrun": "rest"}]})

    assert found["limits"] == [
        {
            "of": "campaign",
            "each_customer": False,
            "per": "all",
            "discount": 9,
            "overrun": "rest",
        }
    ]
    with pytest.raises(ValidationError):
        CampaignRequest().load({"name": "x", "limits": [{"of": "offer", "uses": 9}]})


def test_how_an_offer_goes_together_with_others() -> None:
    found = load(together={"priority": 1, "group": "autumn", "mode": "best", "base": "first"})

    assert found["together"] == {
        "priority": 1,
        "group": "autumn",
        "mode": "best",
        "base": "first",
    }
    assert load(together={})["together"] == {
        "priority": 500,
        "group": None,
        "mode": "stackable",
        "base": "running",
    }
    for bad in ({"priority": 1001}, {"priority": -1}, {"mode": "x"}, {"base": "x"}, {"group": ""}):
        assert wrong(together=bad) == {f"together.{next(iter(bad))}"}


def test_a_refund_gives_back_or_burns() -> None:
    assert load(on_refund="burn")["on_refund"] == "burn"
    assert wrong(on_refund="maybe") == {"on_refund"}


def test_a_change_says_only_what_changes() -> None:
    assert OfferChange().load({}) == {}
    assert OfferChange().load({"on_refund": "burn"}) == {"on_refund": "burn"}


# baskets


def test_a_line_has_tags() -> None:
    sent = {"currency": "EUR", "total": 5, "lines": [{"amount": 5, "tags": ["bio", "fair"]}]}

    assert BasketSchema().load(sent).lines[0].tags == ("bio", "fair")
    with pytest.raises(ValidationError):
        BasketSchema().load(sent | {"lines": [{"amount": 5, "tags": ["x"] * 21}]})
    with pytest.raises(ValidationError):
        BasketSchema().load(sent | {"lines": [{"amount": 5, "tags": "bio"}]})
