"""The JSON of a basket."""

from typing import Any

from marshmallow import Schema, fields, post_load, validate

from core.money import Money
from core.schemas import Pattern, Text, Whole
from coupons.basket import Basket, Line
from coupons.schemas.kinds import tags


class LineSchema(Schema):
    amount = Whole(required=True)
    quantity = Whole(least=1, most=1_000_000, load_default=1)
    sku = Text(most=64, load_default=None, allow_none=True)
    category = Text(most=100, load_default=None, allow_none=True)
    tax_rate = fields.String(
        load_default=None,
        allow_none=True,
        validate=Pattern(r"^[01]$|^[01]?\.[0-9]{1,4}$"),
    )
    tags = tags(least=0, most=20, load_default=list)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Line:
        return Line(**data | {"tags": tuple(data["tags"])})


class BasketSchema(Schema):
    currency = fields.String(required=True, validate=Pattern(r"^[A-Z]{3}$"))
    total = Whole(required=True)
    lines = fields.List(
        fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=1000)
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Basket:
        return Basket(data["currency"], Money(data["total"]), tuple(data["lines"]))
