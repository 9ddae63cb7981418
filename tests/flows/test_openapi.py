"""The API describes itself, completely and rightly; the other flows hold its answers to that."""

from flask import Flask
from openapi_spec_validator import OpenAPIV31SpecValidator

from tests.flows.described import DescribedApi
from tests.flows.test_roles import routes


def test_the_description_is_valid_openapi(api: DescribedApi) -> None:
    errors = list(OpenAPIV31SpecValidator(api.spec).iter_errors())

    assert errors == []
    assert api.spec["openapi"].startswith("3.1")


def test_every_call_is_described_with_a_summary_its_answer_and_its_refusals(
    api: DescribedApi,
) -> None:
    libraries = ("/api/v1/openapi.json", "/api/v1/docs", "/api/v1/problems")

    for route in routes():
        if not route.is_api or route.path.startswith(libraries):
            continue
        described = api.operation(route.method, route.address())
        assert described, str(route)
        assert described.get("summary"), str(route)
        answers = described["responses"]
        assert [code for code in answers if code.startswith("2")], str(route)
        assert "default" in answers, str(route)
        for code, answer in answers.items():
            if code.startswith("2") and code != "204":
                assert answer.get("content"), (str(route), code)


def test_calls_that_move_value_say_that_they_need_a_key(api: DescribedApi) -> None:
    for path in (
        "/purchases",
        "/purchases/x/void",
        "/purchases/x/refunds",
        "/purchases/x/claims",
        "/customers/x/points/adjustments",
        "/customers/x/points/transfers",
        "/customers/x/merge",
        "/points/imports",
        "/adjustments/x/approve",
        "/rewards/x/claims",
        "/claims/x/cancel",
    ):
        described = api.operation("POST", f"/api/v1{path}")
        assert described
        [key] = [one for one in described["parameters"] if one.get("name") == "Idempotency-Key"]
        assert (key["in"], key["required"]) == ("header", True)


def test_the_description_is_readable_by_people(app: Flask) -> None:
    page = app.test_client().get("/api/v1/docs")

    assert page.status_code == 200
    assert "openapi.json" in page.text
