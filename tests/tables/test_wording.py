"""What a benefit is called, as customers and cashiers read it."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, g

from core import i18n, ids
from coupons import wording
from coupons.basket import Products
from coupons.conditions import HasProducts, InAudience, MinimumBasket

SOME = {"skus": ["4006381333931"]}


@pytest.fixture
def spoken() -> Iterator[None]:
    """A request in English, of a merchant in euros."""
    app = Flask("tests")
    app.config.update(SECRET_KEY="a secret of the tests")
    i18n.init_app(app)
    with app.test_request_context(headers={"Accept-Language": "en"}):
        g.currency = "EUR"
        yield


@pytest.mark.usefixtures("spoken")
@pytest.mark.parametrize(
    ("terms", "words"),
    [
        ({"kind": "percent", "percent": "10"}, "10% off"),
        ({"kind": "percent", "percent": "12.5"}, "12.5% off"),
        ({"kind": "percent", "percent": "0.25"}, "0.25% off"),
        ({"kind": "percent", "percent": "100"}, "100% off"),
        ({"kind": "percent", "percent": "10", "cap": 2000}, "10% off, at most €20.00"),
        ({"kind": "percent", "percent": "10", "on": SOME}, "10% off selected products"),
        ({"kind": "percent", "percent": "10", "on": {"skus": []}}, "10% off"),
        ({"kind": "percent", "percent": "10", "on": None}, "10% off"),
        (
            {"kind": "percent", "percent": "5", "cap": 100, "on": SOME},
            "5% off selected products, at most €1.00",
        ),
        ({"kind": "amount", "amount": 200}, "€2.00 off"),
        (
            {"kind": "amount", "amount": 123456, "on": {"categories": ["tea"]}},
            "€1,234.56 off selected products",
        ),
        ({"kind": "free_item", "text": "coffee"}, "Free: coffee"),
        ({"kind": "free_item", "text": "50 % more"}, "Free: 50 % more"),
        ({"kind": "free_item", "sku": "4006381333931"}, "Free: 4006381333931"),
        ({"kind": "points", "points": 1}, "1 point"),
        ({"kind": "points", "points": 1500}, "1,500 points"),
        ({"kind": "points", "points": 50, "on": SOME}, "50 points on selected products"),
    ],
)
def test_a_benefit_in_words(terms: dict[str, Any], words: str) -> None:
    assert wording.benefit(terms) == words


@pytest.mark.usefixtures("spoken")
def test_a_condition_in_words() -> None:
    some = HasProducts(Products(frozenset({"1"})))

    assert wording.condition(MinimumBasket(2000)) == "From a basket of €20.00"
    assert wording.condition(some) == "With one of the selected products"
    assert wording.condition(InAudience(ids.new())) is None
