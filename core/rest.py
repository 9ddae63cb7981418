"""The JSON API as Flask sees it: what it reads, what it refuses, how it describes itself."""

from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from flask import Flask, Request
from flask.json.provider import DefaultJSONProvider
from flask_smorest import Api, Blueprint
from marshmallow import RAISE, fields, missing
from webargs.flaskparser import FlaskParser
from werkzeug.exceptions import UnsupportedMediaType

from core.schemas import ProblemSchema


class Json(DefaultJSONProvider):
    """JSON as RFC 8259 has it: in UTF-8, and without NaN."""

    sort_keys = False

    def loads(self, s: str | bytes, **given: Any) -> Any:
        """Read a text.

        Raises:
            ValueError: it is no JSON in UTF-8.
        """
        text = s.decode() if isinstance(s, bytes) else s
        return super().loads(text, parse_constant=_no_such_number, **given)


def _no_such_number(name: str) -> None:
    raise ValueError(name)


class JsonApi(Api):  # type: ignore[misc]  # flask-smorest ships no types
    """An Api whose error handlers leave HTML pages alone."""

    ERROR_SCHEMA = ProblemSchema

    def _register_error_handlers(self) -> None: ...

    def _register_responses(self) -> None:
        """Describe errors as the problem documents they are."""
        self.DEFAULT_RESPONSE_CONTENT_TYPE = "application/problem+json"
        super()._register_responses()
        del self.DEFAULT_RESPONSE_CONTENT_TYPE


class JsonBody(FlaskParser):
    """A body is JSON or there is none; any other is refused, never taken for an empty one.

    What an address asks for is known, too: a filter that is mistyped must not list everything.
    """

    DEFAULT_UNKNOWN_BY_LOCATION: dict[str, str | None] = {  # noqa: RUF012  # as webargs has it
        **FlaskParser.DEFAULT_UNKNOWN_BY_LOCATION,
        "query": RAISE,
    }

    def _raw_load_json(self, req: Request) -> Any:
        if not req.get_data():
            return missing
        if not req.is_json:
            raise UnsupportedMediaType
        return req.get_json()


api = JsonApi()


class JsonBlueprint(Blueprint):  # type: ignore[misc]  # flask-smorest ships no types
    """A blueprint that makes the schema of a view once, not for every request."""

    ARGUMENTS_PARSER = JsonBody()

    def arguments(self, schema: Any, **given: Any) -> Any:
        """Take what a schema describes; a class of it will do."""
        return super().arguments(schema() if isinstance(schema, type) else schema, **given)


def _said_by_itself(self: OpenAPIConverter, field: fields.Field[Any], **_: Any) -> dict[str, Any]:
    """Describe a field of ours in its own words, where it has any."""
    return field.described(self) if hasattr(field, "described") else {}


def _members_counted(
    _self: OpenAPIConverter, field: fields.Field[Any], *, ret: dict[str, Any], **_: Any
) -> dict[str, Any]:
    """Count the members of an object, where apispec counts letters."""
    if not isinstance(field, fields.Dict):
        return {}
    bounds = [bound for bound in ("min", "max") if f"{bound}Length" in ret]
    return {f"{bound}Properties": ret.pop(f"{bound}Length") for bound in bounds}


def blueprint(name: str, description: str) -> JsonBlueprint:
    """Return a blueprint of the JSON API."""
    return JsonBlueprint(name, name, url_prefix="/api/v1", description=description)


def init_app(app: Flask) -> None:
    """Plug the JSON API in."""
    app.config |= {
        "API_TITLE": "Loyalty cards and coupons",
        "API_VERSION": "v1",
        "OPENAPI_VERSION": "3.1.0",
        "OPENAPI_URL_PREFIX": "/api/v1",
        "OPENAPI_JSON_PATH": "openapi.json",
        "API_SPEC_OPTIONS": {
            "security": [{"key": []}],
            "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        },
    }
    app.json = Json(app)
    api.init_app(app)
    for describe in (_said_by_itself, _members_counted):
        api.ma_plugin.converter.add_attribute_function(describe)
