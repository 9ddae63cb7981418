"""Of which goods a till must say the worth, and which line stands for them."""

from typing import Any
from uuid import uuid4

import pytest

from coupons import benefits, conditions, goods
from coupons.terms import Terms, Together

DRINKS = {"categories": ["drinks"]}
OFF = {"kind": "percent", "percent": "10"}
COFFEE = {"kind": "products", "skus": ["coffee"]}
NEEDS_DRINKS = {"kind": "categories", "categories": ["drinks"]}


def terms(benefit: dict[str, Any], **group: list[dict[str, Any]]) -> Terms:
    return Terms(
        offer_id=uuid4(),
        number=1,
        name={"en": "x"},
        benefit=benefits.read(benefit),
        benefit_terms=benefit,
        conditions=conditions.read(group),
        overall=None,
        per_customer=None,
        limits=[],
        together=Together(),
        on_refund="restore",
        starts_at=None,
        ends_at=None,
    )


ASKED: list[tuple[dict[str, Any], dict[str, Any], str, dict[str, Any]]] = [
    (OFF | {"on": DRINKS}, {}, "drinks", {"category": "drinks"}),
    ({"kind": "amount", "amount": 100, "on": {"skus": ["tea", "milk"]}}, {}, "milk, tea",
     {"sku": "milk"}),
    ({"kind": "points", "points": 5, "on": {"tags": ["new"]}}, {}, "new", {"tags": ["new"]}),
    (OFF | {"on": {"skus": ["tea"], "categories": ["food"]}}, {}, "food, tea",
     {"category": "food"}),
    (OFF, {"all": [COFFEE]}, "coffee", {"sku": "coffee"}),
    (OFF | {"on": DRINKS}, {"all": [NEEDS_DRINKS]}, "drinks", {"category": "drinks"}),
    (OFF | {"on": DRINKS}, {"all": [{"kind": "minimum_basket", "amount": 5}]}, "drinks",
     {"category": "drinks"}),
]  # fmt: skip


@pytest.mark.parametrize(("benefit", "group", "text", "line"), ASKED)
def test_goods_whose_worth_will_do(
    benefit: dict[str, Any], group: dict[str, Any], text: str, line: dict[str, Any]
) -> None:
    assert goods.of(terms(benefit, **group)) == goods.Goods(text, line)


NOT_ASKED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (OFF, {}),
    ({"kind": "amount", "amount": 100, "per": "piece", "on": DRINKS}, {}),
    ({"kind": "free_pieces", "which": "cheapest", "count": 1, "on": DRINKS}, {}),
    (OFF | {"on": DRINKS}, {"all": [COFFEE]}),
    (OFF | {"on": DRINKS}, {"all": [{"kind": "minimum_quantity", "quantity": 2}]}),
    (OFF, {"any": [COFFEE, NEEDS_DRINKS]}),
    (OFF, {"none": [COFFEE]}),
    (OFF, {"all": [{"any": [COFFEE]}]}),
]


@pytest.mark.parametrize(("benefit", "group"), NOT_ASKED)
def test_where_a_worth_will_not_do_or_none_is_needed_nothing_is_asked(
    benefit: dict[str, Any], group: dict[str, Any]
) -> None:
    assert goods.of(terms(benefit, **group)) is None


TEA = {"kind": "categories", "categories": ["tea"]}
PIECES = {"kind": "minimum_quantity", "quantity": 2}
BUY_GET = {"kind": "buy_get", "buy": {"quantity": 2}, "get": {"quantity": 1}}
BY_QUANTITY = {"kind": "ladder", "by": "quantity", "steps": [{"from": 2, "benefit": OFF}]}
BY_AMOUNT = {"kind": "ladder", "by": "amount", "steps": [{"from": 2, "benefit": OFF}]}
NOT_NEEDED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (OFF, {}),
    (OFF | {"on": DRINKS}, {}),
    (BY_AMOUNT, {}),
    (OFF, {"any": [COFFEE, {"kind": "first_purchase"}]}),
    (OFF, {"all": [{"kind": "minimum_basket", "amount": 5}]}),
]
NEEDED: list[tuple[dict[str, Any], dict[str, Any]]] = [
    (BUY_GET, {}),
    (BUY_GET | {"on": DRINKS}, {}),
    (BY_QUANTITY, {}),
    (BY_AMOUNT | {"steps": [{"from": 2, "benefit": BUY_GET}]}, {}),
    (BY_AMOUNT | {"on": DRINKS}, {}),
    ({"kind": "amount", "amount": 100, "per": "piece"}, {}),
    (OFF | {"on": DRINKS}, {"all": [COFFEE]}),
    (OFF, {"any": [COFFEE, TEA]}),
    (OFF, {"none": [COFFEE]}),
    (OFF, {"all": [{"any": [PIECES]}]}),
]


@pytest.mark.parametrize(("benefit", "group"), NEEDED)
def test_some_offers_are_of_no_use_at_a_till_that_knows_only_a_total(
    benefit: dict[str, Any], group: dict[str, Any]
) -> None:
    assert goods.needs_lines(terms(benefit, **group))


@pytest.mark.parametrize(("benefit", "group"), NOT_NEEDED)
def test_others_can_be_used_there(benefit: dict[str, Any], group: dict[str, Any]) -> None:
    assert not goods.needs_lines(terms(benefit, **group))
