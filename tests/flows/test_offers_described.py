"""The API's own description says what an offer can be: each kind of benefit and of condition."""

from collections.abc import Iterator
from typing import Any

import pytest
from openapi_schema_validator import OAS31Validator

from coupons import benefits, conditions
from tests.flows.described import DescribedApi
from tests.tables.reading import every_case
from tests.tables.test_offer_json import GOOD, GOOD_CONDITIONS, TEN


def wrong(api: DescribedApi, name: str, value: Any) -> bool:
    """Tell whether the description of an offer's field does not let a value through."""
    schema = api.spec["components"]["schemas"]["OfferRequest"]["properties"][name]
    whole = schema | {"components": api.spec["components"]}
    return not OAS31Validator(whole).is_valid(value)


def kinds(api: DescribedApi, schema: dict[str, Any]) -> dict[str, Any]:
    """Return what is described for each kind."""
    described = api.spec["components"]["schemas"]
    assert schema["discriminator"]["propertyName"] == "kind"
    mapping = schema["discriminator"]["mapping"]
    assert [{"$ref": one} for one in mapping.values()] == schema["oneOf"]
    return {kind: described[ref.rpartition("/")[2]] for kind, ref in mapping.items()}


def test_every_kind_that_is_read_is_described(api: DescribedApi) -> None:
    schemas = api.spec["components"]["schemas"]
    benefit = schemas["OfferRequest"]["properties"]["benefit"]
    [condition, group] = schemas["Conditions"]["properties"]["all"]["items"]["oneOf"]

    assert set(kinds(api, benefit)) == set(benefits.KINDS)
    assert set(kinds(api, condition)) == set(conditions.KINDS)
    assert group == {"$ref": "#/components/schemas/Conditions"}
    for kind, described in (kinds(api, benefit) | kinds(api, condition)).items():
        assert described["properties"]["kind"]["enum"] == [kind]
        assert "kind" in described["required"]


def test_an_answer_has_the_same_description(api: DescribedApi) -> None:
    of = {name: api.spec["components"]["schemas"][name] for name in ("OfferRequest", "Offer")}

    for name in ("benefit", "conditions"):
        sent, shown = (of[one]["properties"][name] for one in of)
        assert {k: v for k, v in sent.items() if k != "default"} == shown


def test_every_example_is_as_described(api: DescribedApi) -> None:
    offers = [offer for case in every_case() for offer in case.offers.values()]

    for benefit in (*GOOD, *(offer["benefit"] for offer in offers)):
        assert not wrong(api, "benefit", benefit), benefit
    for group in (*(offer.get("conditions", {}) for offer in offers), {"any": GOOD_CONDITIONS}):
        assert not wrong(api, "conditions", group), group


def spoiled(terms: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield terms with an unknown field, and with each of their values of a wrong type."""
    yield terms | {"colour": "red"}
    for name in terms:
        yield terms | {name: {"no": ["such"]}}


@pytest.mark.parametrize("benefit", GOOD, ids=lambda it: str(it["kind"]))
def test_a_benefit_that_is_spoiled_is_not(api: DescribedApi, benefit: dict[str, Any]) -> None:
    for bad in spoiled(benefit):
        assert wrong(api, "benefit", bad), bad


@pytest.mark.parametrize("condition", GOOD_CONDITIONS, ids=lambda it: str(it["kind"]))
def test_a_condition_that_is_spoiled_is_not(api: DescribedApi, condition: dict[str, Any]) -> None:
    for bad in spoiled(condition):
        assert wrong(api, "conditions", {"all": [bad]}), bad
        assert wrong(api, "conditions", {"all": [{"any": [bad]}]}), bad


@pytest.mark.parametrize(
    "benefit",
    [
        {},
        {"kind": "magic"},
        {"kind": "buy_get", "buy": {"quantity": 2}},
        {"kind": "ladder", "by": "pieces", "steps": [{"from": 1, "benefit": TEN}]},
        {"kind": "ladder", "by": "amount", "steps": [{"from": 1, "benefit": {"kind": "ladder"}}]},
        {"kind": "early_bird", "steps": []},
        TEN | {"on": {"sku": "A"}},
    ],
    ids=str,
)
def test_what_is_no_benefit_is_not(api: DescribedApi, benefit: dict[str, Any]) -> None:
    assert wrong(api, "benefit", benefit)


def test_members_of_an_object_are_counted_as_such(api: DescribedApi) -> None:
    schemas = api.spec["components"]["schemas"]
    name = schemas["OfferRequest"]["properties"]["name"]

    assert (name["minProperties"], name["maxProperties"]) == (1, 20)
    for schema in schemas.values():
        for field in schema.get("properties", {}).values():
            if field.get("type") == "object":
                assert not {"minLength", "maxLength"} & set(field), field
