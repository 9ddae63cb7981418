"""The JSON of each kind of condition, and of the groups they stand in."""

from typing import Any

from apispec.ext.marshmallow.openapi import OpenAPIConverter
from marshmallow import (
    Schema,
    ValidationError,
    fields,
    post_load,
    pre_load,
    validate,
    validates_schema,
)

from core.errors import N_
from core.schemas import PublicId, Text, Whole
from coupons.conditions import OF
from coupons.schemas.kinds import (
    MOST_LISTED,
    MOST_USES,
    DayText,
    HexId,
    KindSchema,
    OfKind,
    OnSchema,
    categories,
    clock_time,
    of_kinds,
    skus,
    tags,
)

MOST_CONDITIONS = 50
DEEPEST = 5


class DatesSchema(KindSchema):
    first = DayText(data_key="from", attribute="from")
    until = DayText()

    @validates_schema
    def forwards(self, data: dict[str, Any], **_: Any) -> None:
        if not {"from", "until"} & set(data):
            raise ValidationError(N_("Say from which day, or until which."), "from")
        if {"from", "until"} <= set(data) and data["until"] < data["from"]:
            raise ValidationError(N_("Must not lie before the first day."), "until")


class SlotSchema(Schema):
    days = fields.List(
        Whole(least=1, most=7),
        required=True,
        validate=validate.Length(1, 7),
        metadata={"description": "Days of the week on which it begins, 1 is Monday."},
    )
    start = clock_time(required=True, data_key="from", attribute="from")
    until = clock_time(
        required=True, metadata={"description": "On the next day, if not after `from`."}
    )

    @post_load
    def each_day_once(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        return data | {"days": sorted(set(data["days"]))}


class HoursSchema(KindSchema):
    weekly = fields.List(fields.Nested(SlotSchema), required=True, validate=validate.Length(1, 50))


class MinimumBasketSchema(KindSchema):
    amount = Whole(required=True, least=1)


class MinimumQuantitySchema(KindSchema):
    quantity = Whole(required=True, least=1, most=MOST_USES)
    on = fields.Nested(OnSchema)


class ProductsSchema(KindSchema):
    skus = skus(required=True)


class CategoriesSchema(KindSchema):
    categories = categories(required=True)


class TagsSchema(KindSchema):
    tags = tags(required=True)


class ShopsSchema(KindSchema):
    shops = fields.List(HexId("sh"), required=True, validate=validate.Length(1, 1000))


class ChannelsSchema(KindSchema):
    channels = fields.List(HexId("ch"), required=True, validate=validate.Length(1, 50))


class TierSchema(KindSchema):
    tiers = fields.List(Text(most=60), required=True, validate=validate.Length(1, 50))


class NotBoughtSchema(KindSchema):
    days = Whole(required=True, least=1, most=3650)


class BirthdaySchema(KindSchema):
    before = Whole(most=180, load_default=0)
    after = Whole(most=180, load_default=0)


class AudienceSchema(KindSchema):
    customers = fields.List(PublicId("cu"), validate=validate.Length(1, MOST_LISTED))
    audience = PublicId("au")

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("customers" in data) == ("audience" in data):
            raise ValidationError(N_("Name the customers, or an audience."), "customers")


class Value(fields.Field[Any]):
    """What an attribute may be: a text, a whole number, true or false."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        if isinstance(value, bool):
            return value
        if not isinstance(value, int | str):
            raise ValidationError(N_("Must be a text, a whole number, true or false."))
        field = Whole(least=-(10**12)) if isinstance(value, int) else Text()
        return field.deserialize(value, attr, data, **given)

    def described(self, converter: OpenAPIConverter) -> dict[str, Any]:
        """Return its description for OpenAPI."""
        each = (Text(), Whole(least=-(10**12)), fields.Boolean())
        return {"oneOf": [converter.field2property(one) for one in each]}


class AttributeSchema(KindSchema):
    name = Text(required=True, most=60)
    equals = Value()
    one_of = fields.List(Value(), validate=validate.Length(1, 100))
    at_least = Whole(least=-(10**12))
    at_most = Whole(least=-(10**12))

    @validates_schema
    def one_way(self, data: dict[str, Any], **_: Any) -> None:
        ways = [data.get("equals"), data.get("one_of"), data.get("at_least", data.get("at_most"))]
        if sum(way is not None for way in ways) != 1:
            message = N_("Say what it equals, which it may be, or from where to where it reaches.")
            raise ValidationError(message, "equals")
        if {"at_least", "at_most"} <= set(data) and data["at_most"] < data["at_least"]:
            raise ValidationError(N_("Must not lie below the smallest."), "at_most")


CONDITIONS: dict[str, type[Schema]] = of_kinds(
    "Condition",
    dates=DatesSchema,
    hours=HoursSchema,
    minimum_basket=MinimumBasketSchema,
    minimum_quantity=MinimumQuantitySchema,
    products=ProductsSchema,
    categories=CategoriesSchema,
    tags=TagsSchema,
    shops=ShopsSchema,
    channels=ChannelsSchema,
    tier=TierSchema,
    first_purchase=KindSchema,
    not_bought=NotBoughtSchema,
    birthday=BirthdaySchema,
    audience=AudienceSchema,
    customer_tags=TagsSchema,
    attribute=AttributeSchema,
)


class Item(OfKind):
    """A condition, or a group of them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        if not isinstance(value, dict) or "kind" in value or not set(OF) & set(value):
            return super()._deserialize(value, attr, data, **given)
        found: dict[str, Any] = ConditionsSchema().load(value)
        if not any(found.values()):
            raise ValidationError(N_("Name the conditions of the group."))
        return found

    def described(self, converter: OpenAPIConverter) -> dict[str, Any]:
        """Return its description for OpenAPI: one schema for each kind, and that of a group."""
        group = converter.field2property(fields.Nested(ConditionsSchema))
        return {"oneOf": [super().described(converter), group]}


def _group(least: int = 0) -> fields.List[dict[str, Any]]:
    return fields.List(Item(CONDITIONS), validate=validate.Length(least, MOST_CONDITIONS))


class ConditionsSchema(Schema):
    all = _group()
    any = _group(1)
    none = _group(1)

    @pre_load
    def bounded(self, data: Any, **_: Any) -> Any:
        """Refuse what is nested too deeply or has too many conditions, before it is read."""
        level, count = [data], 0
        for _depth in range(DEEPEST):
            items = [item for group in level for item in _items(group)]
            level = [item for item in items if "kind" not in item]
            count += len(items) - len(level)
        if level:
            raise ValidationError(N_("Groups are nested at most 5 deep."))
        if count > MOST_CONDITIONS:
            raise ValidationError(N_("At most 50 conditions in all."))
        return data


def _items(group: Any) -> list[dict[str, Any]]:
    if not isinstance(group, dict):
        return []
    lists = [group[of] for of in OF if isinstance(group.get(of), list)]
    return [item for some in lists for item in some if isinstance(item, dict)]
