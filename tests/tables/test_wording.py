"""What a benefit and a condition are called, as customers and cashiers read them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, g

from core import i18n
from core.errors import Refusal
from coupons import conditions, errors, wording
from coupons.benefits import KINDS
from coupons.conditions.errors import BoughtRecently, Excluded, NotNow, TierNeeded

SOME = {"skus": ["4006381333931"]}
TEA = {"categories": ["tea"]}
BIO = {"tags": ["bio"]}
TEN = {"kind": "percent", "percent": "10"}
ID = "0198000000007000800000000000000a"
TWO_PLUS_ONE = {"kind": "buy_get", "buy": {"quantity": 2}, "get": {"quantity": 1}}
CHEAPEST = {"kind": "free_pieces", "which": "cheapest", "count": 1}
STEPS = [{"from": 2, "benefit": TEN}, {"from": 5, "benefit": TEN | {"percent": "20"}}]


@pytest.fixture
def spoken() -> Iterator[None]:
    """A request in English, of a merchant in euros."""
    app = Flask("tests")
    app.config.update(SECRET_KEY="a secret of the tests")
    i18n.init_app(app)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        g.currency = "EUR"
        yield


BENEFITS: list[tuple[dict[str, Any], str]] = [
    ({"kind": "percent", "percent": "10"}, "10% off"),
    ({"kind": "percent", "percent": "12.5"}, "12.5% off"),
    ({"kind": "percent", "percent": "0.25"}, "0.25% off"),
    ({"kind": "percent", "percent": "100"}, "100% off"),
    ({"kind": "percent", "percent": "10", "cap": 2000}, "10% off, at most €20.00"),
    ({"kind": "percent", "percent": "10", "on": SOME}, "10% off selected products"),
    ({"kind": "percent", "percent": "10", "on": BIO}, "10% off selected products"),
    ({"kind": "percent", "percent": "10", "on": {"skus": []}}, "10% off"),
    ({"kind": "percent", "percent": "10", "on": None}, "10% off"),
    (
        {"kind": "percent", "percent": "5", "cap": 100, "on": SOME},
        "5% off selected products, at most €1.00",
    ),
    ({"kind": "amount", "amount": 200}, "€2.00 off"),
    ({"kind": "amount", "amount": 123456, "on": TEA}, "€1,234.56 off selected products"),
    ({"kind": "amount", "amount": 50, "per": "piece"}, "€0.50 off each product"),
    (
        {"kind": "amount", "amount": 50, "per": "piece", "on": TEA},
        "€0.50 off each selected product",
    ),
    ({"kind": "fixed_price", "price": 999}, "Everything for €9.99"),
    ({"kind": "fixed_price", "price": 999, "on": TEA}, "Selected products for €9.99 in all"),
    ({"kind": "fixed_price", "price": 100, "per": "piece"}, "Each product for €1.00"),
    (
        {"kind": "fixed_price", "price": 100, "per": "piece", "on": TEA},
        "Each selected product for €1.00",
    ),
    ({"kind": "free_item", "text": "coffee"}, "Free: coffee"),
    ({"kind": "free_item", "text": "50 % more"}, "Free: 50 % more"),
    ({"kind": "free_item", "sku": "4006381333931"}, "Free: 4006381333931"),
    (CHEAPEST, "Free: the cheapest piece"),
    (CHEAPEST | {"count": 2, "at_least": 5}, "Free: the 2 cheapest pieces, from 5 pieces"),
    (CHEAPEST | {"on": TEA}, "Free: the cheapest piece of selected products"),
    (CHEAPEST | {"which": "dearest", "count": 2}, "Free: the 2 dearest pieces"),
    (CHEAPEST | {"percent": "50"}, "50% off the cheapest piece"),
    (CHEAPEST | {"which": "dearest", "percent": "50"}, "50% off the dearest piece"),
    (TWO_PLUS_ONE, "Buy 2, get 1 free"),
    (TWO_PLUS_ONE | {"percent": "50"}, "Buy 2, get 1 with 50% off"),
    (TWO_PLUS_ONE | {"times": 1}, "Buy 2, get 1 free, once"),
    (TWO_PLUS_ONE | {"times": 3}, "Buy 2, get 1 free, at most 3 times"),
    (
        TWO_PLUS_ONE | {"get": {"quantity": 1, "on": TEA}},
        "Buy 2, get 1 free, selected products",
    ),
    (
        {"kind": "bundle", "parts": [{"quantity": 2}, {"quantity": 1, "on": TEA}], "price": 900},
        "3 pieces as a set for €9.00",
    ),
    (
        {"kind": "bundle", "parts": [{"quantity": 2}], "percent": "10", "times": 1},
        "10% off a set of 2 pieces, once",
    ),
    ({"kind": "bundle", "parts": [{"quantity": 2}], "amount": 50}, "€0.50 off a set of 2 pieces"),
    (
        {"kind": "ladder", "by": "quantity", "steps": STEPS},
        "from 2 pieces: 10% off; from 5 pieces: 20% off",
    ),
    (
        {"kind": "ladder", "by": "amount", "steps": STEPS[:1]},
        "from €0.02: 10% off",
    ),
    (
        {
            "kind": "early_bird",
            "steps": [
                {"until": "2026-05-05T00:00:00+00:00", "benefit": TEN | {"percent": "30"}},
                {"first": 1, "benefit": TEN | {"percent": "25"}},
                {"first": 100, "benefit": TEN | {"percent": "20"}},
            ],
            "after": TEN,
        },
        "until May 4, 2026: 30% off; for the first one: 25% off; "
        "for the first 100: 20% off; then: 10% off",
    ),
    ({"kind": "points", "points": 1}, "1 point"),
    ({"kind": "points", "points": 1500}, "1,500 points"),
    ({"kind": "points", "points": 50, "on": SOME}, "50 points on selected products"),
    ({"kind": "points_factor", "factor": "2"}, "2× the points"),
    ({"kind": "points_factor", "factor": "1.5", "on": TEA}, "1.5× the points on selected products"),
    ({"kind": "stamps", "stamps": 1, "stamp_card": ID}, "1 stamp"),
    (
        {"kind": "stamps", "stamps": 2, "stamp_card": ID, "on": TEA},
        "2 stamps for selected products",
    ),
    ({"kind": "guarantee", "days": 30, "reasons": []}, "Money back within 30 days"),
    (
        {"kind": "guarantee", "days": 1, "reasons": [], "on": TEA},
        "Money back within a day, selected products",
    ),
    ({"kind": "sample", "text": {"en": "a tea bag", "de": "Tee"}}, "A free sample: a tea bag"),
    ({"kind": "information", "text": "the catalogue"}, "Information: the catalogue"),
    ({"kind": "next_coupon", "offer": ID}, "A coupon for the next purchase"),
]


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(("terms", "words"), BENEFITS)
def test_a_benefit_in_words(terms: dict[str, Any], words: str) -> None:
    assert wording.benefit(terms) == words


def test_every_kind_of_benefit_has_words() -> None:
    assert {terms["kind"] for terms, _ in BENEFITS} == set(KINDS)


def one(kind: str, **terms: Any) -> dict[str, Any]:
    return {"kind": kind, **terms}


def open_on(*days: int, start: str = "10:00", until: str = "18:00") -> dict[str, Any]:
    return one("hours", weekly=[{"days": list(days), "from": start, "until": until}])


MINIMUM = one("minimum_basket", amount=2000)
GOLD = one("tier", tiers=["gold", "black"])

CONDITIONS: list[tuple[dict[str, Any], str | None]] = [
    (MINIMUM, "From a basket of €20.00"),
    (one("minimum_quantity", quantity=3), "From 3 pieces"),
    (one("minimum_quantity", quantity=3, on=TEA), "From 3 pieces of selected products"),
    (one("products", skus=["1"]), "With one of the selected products"),
    (one("categories", categories=["1"]), "With one of the selected products"),
    (one("tags", tags=["1"]), "With one of the selected products"),
    (one("dates", **{"from": "2026-05-01", "until": "2026-05-31"}), "May 1, 2026 to May 31, 2026"),
    (one("dates", **{"from": "2026-05-01"}), "From May 1, 2026"),
    (one("dates", until="2026-05-31"), "Until May 31, 2026"),
    (open_on(1, 2, 3, 4, 5), "Mon–Fri 10:00\u202fAM to 6:00\u202fPM"),
    (open_on(1, 2, 4), "Mon, Tue, Thu 10:00\u202fAM to 6:00\u202fPM"),
    (open_on(1, 2, 3, 4, 5, 6, 7), "10:00\u202fAM to 6:00\u202fPM"),
    (open_on(6, 7, start="00:00", until="00:00"), "Sat, Sun"),
    (one("shops", shops=[ID]), "In selected shops"),
    (one("channels", channels=[ID]), None),
    (GOLD, "For the tier: gold, black"),
    (one("first_purchase"), "With the first purchase"),
    (one("not_bought", days=1), "After a day without a purchase"),
    (one("not_bought", days=90), "After 90 days without a purchase"),
    (one("birthday"), "On the birthday"),
    (one("birthday", before=3), "Around the birthday"),
    (one("audience", audience=ID), None),
    (one("customer_tags", tags=["nurse"]), "For selected customers"),
    (one("attribute", name="shoe", equals=42), "For selected customers"),
    ({"any": [MINIMUM, GOLD]}, "One of these: From a basket of €20.00; For the tier: gold, black"),
    (
        {"any": [MINIMUM, one("audience", audience=ID)]},
        "One of these: From a basket of €20.00; For selected customers",
    ),
    ({"any": [MINIMUM]}, "From a basket of €20.00"),
    ({"none": [one("tags", tags=["1"])]}, "Not: With one of the selected products"),
    ({"none": [one("audience", audience=ID)]}, None),
    (
        {"any": [{"all": [MINIMUM, GOLD]}, one("first_purchase")]},
        "One of these: From a basket of €20.00 + For the tier: gold, black; "
        "With the first purchase",
    ),
]


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(("terms", "words"), CONDITIONS)
def test_a_condition_in_words(terms: dict[str, Any], words: str | None) -> None:
    (needed,) = conditions.read({"all": [terms]}).items

    assert wording.condition(needed) == words


def test_every_kind_of_condition_has_words() -> None:
    assert {terms.get("kind") for terms, _ in CONDITIONS} - {None} == set(conditions.KINDS)


CARD = "Only with a customer card"
ASKED: list[tuple[dict[str, Any], dict[str, Any], int | None, list[str]]] = [
    (TEN, {}, None, []),
    (TEN, {}, 1, [CARD]),
    (TEN, {"all": [MINIMUM, GOLD]}, None,
     ["From a basket of €20.00", "For the tier: gold, black", CARD]),
    (TEN, {"all": [one("audience", audience=ID)]}, None, [CARD]),
    (TEN, {"any": [MINIMUM, GOLD]}, None,
     ["One of these: From a basket of €20.00; For the tier: gold, black"]),
    (TEN, {"any": [one("first_purchase"), GOLD]}, None,
     ["One of these: With the first purchase; For the tier: gold, black", CARD]),
    (TEN, {"all": [MINIMUM], "none": [GOLD]}, None,
     ["From a basket of €20.00", "Not: For the tier: gold, black", CARD]),
    (one("points", points=5), {}, None, [CARD]),
    (one("stamps", stamps=5), {}, None, [CARD]),
    (one("points_factor", factor="2"), {}, None, [CARD]),
    ({"kind": "ladder", "by": "amount", "steps": [{"from": 1, "benefit": one("points", points=5)}]},
     {}, None, [CARD]),
    ({"kind": "early_bird", "steps": [{"first": 1, "benefit": one("points", points=5)}],
      "after": TEN}, {}, None, []),
]  # fmt: skip


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(("benefit", "terms", "per_customer", "words"), ASKED)
def test_all_that_an_offer_asks_for(
    benefit: dict[str, Any], terms: dict[str, Any], per_customer: int | None, words: list[str]
) -> None:
    assert wording.conditions(benefit, conditions.read(terms), per_customer) == words


TOLD: list[tuple[Refusal, str]] = [
    (
        errors.QuantityTooSmall(minimum=3, missing=1),
        "This offer needs 3 pieces; 1 more must be in the basket.",
    ),
    (
        NotNow(opens_at=datetime(2026, 5, 4, 14, tzinfo=UTC)),
        "This offer does not hold at this hour. It does again from May 4, 2026, 2:00\u202fPM.",
    ),
    (
        BoughtRecently(days=90, last=datetime(2026, 5, 4, tzinfo=UTC)),
        "This offer is for those who have not bought for 90 days; "
        "this customer last did on May 4, 2026.",
    ),
    (
        TierNeeded(tiers="gold, black"),
        "This offer is for customers of another tier: gold, black.",
    ),
    (errors.EarlyBirdSoldOut(places=1000), "All 1,000 places of this offer are taken."),
    (Excluded(condition="tier"), "This offer is not for customers of this tier."),
    (
        Excluded(condition="any"),
        "This offer is not for this purchase: something holds that excludes it.",
    ),
]


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(("refusal", "words"), TOLD, ids=[it.code for it, _ in TOLD])
def test_a_refusal_in_words(refusal: Refusal, words: str) -> None:
    assert i18n.tell(refusal) == words
