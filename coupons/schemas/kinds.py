"""The fields that terms are made of. What they read is kept as it is: plain JSON."""

from collections.abc import Mapping
from datetime import datetime
from itertools import pairwise
from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import Schema, ValidationError, fields, validate

from core.errors import N_, InvalidRequest
from core.schemas import Moment, Pattern, PublicId, Text, localized
from coupons import benefits

MOST_USES = 1_000_000_000
MOST_LISTED = 20_000
"""So many products or customers fit into one list."""

MOST_STEPS = 20


class OfKind(fields.Field[dict[str, Any]]):
    """An object whose ``kind`` says which fields it has; an unknown kind is told the known ones."""

    def __init__(self, kinds: Mapping[str, type[Schema]], **given: Any) -> None:
        super().__init__(**given)
        self.kinds = kinds

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in self.kinds:
            raise ValidationError(f"Unknown kind. Known are: {', '.join(sorted(self.kinds))}.")
        return self.kinds[kind]().load(value)

    def described(self, converter: OpenAPIConverter) -> dict[str, Any]:
        """Return its description for OpenAPI: one schema for each kind."""
        found = {
            kind: converter.field2property(fields.Nested(schema))
            for kind, schema in self.kinds.items()
        }
        mapping = {kind: one["$ref"] for kind, one in found.items()}
        one_of = {
            "oneOf": [*found.values()],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        }
        return {"oneOf": [one_of, {"type": "null"}]} if self.allow_none else one_of


class HexId(PublicId):
    """The opaque id of a row, kept as the digits in it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        return super()._deserialize(value, attr, data, **given).hex


class Truth(fields.Boolean):
    """True or false, and nothing that looks like it."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(N_("Not a valid boolean."))
        return value


class MomentText(Moment):
    """An instant, kept as it is written, in UTC."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        found: datetime = super()._deserialize(value, attr, data, **given)
        return found.isoformat()


class DayText(fields.Date):
    """A calendar day, kept as it is written: 2026-11-30."""

    def __init__(self, **given: Any) -> None:
        super().__init__(format="%Y-%m-%d", **given)

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        day = super()._deserialize(value, attr, data, **given)
        if not 2000 <= day.year <= 2100:
            raise ValidationError(N_("Not a year between 2000 and 2100."))
        return day.isoformat()


class Worded(fields.Field[Any]):
    """A text, or the same text per language."""

    def __init__(self, *, most: int = 200, **given: Any) -> None:
        super().__init__(**given)
        self.most = most

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        field = localized() if isinstance(value, dict) else Text(most=self.most)
        return field.deserialize(value, attr, data, **given)

    def described(self, converter: OpenAPIConverter) -> dict[str, Any]:
        """Return its description for OpenAPI."""
        both = (Text(most=self.most), localized())
        return {"oneOf": [converter.field2property(one) for one in both]}


def clock_time(**given: Any) -> fields.String:
    """Return the field of a time of the day: 22:00."""
    return fields.String(validate=Pattern(r"^([01][0-9]|2[0-3]):[0-5][0-9]$"), **given)


def percent(**given: Any) -> fields.String:
    """Return the field of a percentage above 0 and at most 100."""
    return fields.String(validate=[_readable(benefits.hundredths)], **given)


def factor(**given: Any) -> fields.String:
    """Return the field of how many times something counts, above 1 and at most 100."""
    return fields.String(validate=[_readable(benefits.factor)], **given)


def _readable(read: Any) -> Any:
    def check(text: str) -> None:
        try:
            read(text)
        except InvalidRequest as refusal:
            raise ValidationError(
                [one for some in refusal.errors.values() for one in some]
            ) from None

    return check


def tags(*, least: int = 1, most: int = 100, **given: Any) -> fields.List[str]:
    """Return the field of some tags."""
    return fields.List(Text(most=60), validate=validate.Length(least, most), **given)


def skus(**given: Any) -> fields.List[str]:
    """Return the field of some products."""
    return fields.List(Text(most=64), validate=validate.Length(1, MOST_LISTED), **given)


def categories(**given: Any) -> fields.List[str]:
    """Return the field of some categories."""
    return fields.List(Text(most=100), validate=validate.Length(1, 1000), **given)


class OnSchema(Schema):
    skus = skus()
    categories = categories()
    tags = tags()


class KindSchema(Schema):
    """What every benefit and every condition has."""

    kind = fields.String(required=True)


def of_kinds(noun: str, **schemas: type[Schema]) -> dict[str, type[Schema]]:
    """Return the schema of each kind, which takes that kind only and is named after it."""
    return {
        kind: type(
            f"{kind.title().replace('_', '')}{noun}",
            (schema,),
            {"kind": fields.String(required=True, validate=validate.OneOf([kind]))},
        )
        for kind, schema in schemas.items()
    }


def exactly_one(data: Mapping[str, Any], *names: str, message: str) -> None:
    """Let through what has exactly one of some fields.

    Raises:
        ValidationError: it has none or several.
    """
    if sum(data.get(name) is not None for name in names) != 1:
        raise ValidationError(message, names[0])


def increasing(values: list[Any], field: str) -> None:
    """Let steps through each of which lies above the one before.

    Raises:
        ValidationError: one does not.
    """
    if any(later <= earlier for earlier, later in pairwise(values)):
        raise ValidationError(N_("Each step must lie above the one before it."), field)
