"""The JSON of refunds, and of claims under a money-back guarantee."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from core.errors import N_
from core.money import LARGEST
from core.schemas import Text, Whole
from loyalty.portions import Part

MOST_LINES = 1000
MOST_PIECES = 1_000_000


class PartSchema(Schema):
    line = Whole(required=True, most=MOST_LINES)
    quantity = Whole(least=1, most=MOST_PIECES, load_default=None, allow_none=True)
    amount = Whole(least=1, load_default=None, allow_none=True)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if data.get("quantity") and data.get("amount"):
            raise ValidationError(N_("Say either how many pieces or what amount."), "amount")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Part:
        return Part(**data)


class RefundPreview(Schema):
    lines = fields.List(fields.Nested(PartSchema), validate=validate.Length(1, MOST_LINES))
    amount = Whole(least=1)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("lines" in data) == ("amount" in data):
            raise ValidationError(N_("Give either lines or an amount."), "amount")


class RefundRequest(RefundPreview):
    reason = Text(required=True)


class MoneyBackRequest(Schema):
    line = Whole(required=True, most=MOST_LINES)
    quantity = Whole(least=1, most=MOST_PIECES, load_default=None, allow_none=True)
    reason = Text(required=True, most=64)


class RefundSchema(Schema):
    id = fields.String()
    purchase = fields.String()
    number = fields.Integer()
    kind = fields.String()
    currency = fields.String()
    worth = fields.Integer(metadata={"maximum": LARGEST})
    money = fields.Integer()
    points_worth = fields.Integer()
    points_back = fields.Integer()
    points_claimed = fields.Integer()
    lines = fields.List(fields.Dict())
    reason = fields.String()
    left = fields.Dict()
    points = fields.Dict(allow_none=True)
    redemptions = fields.List(fields.Dict())
    messages = fields.List(fields.Dict())
