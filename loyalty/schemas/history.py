"""The JSON of what a till has settled lately."""

from marshmallow import Schema, fields

from core.schemas import Moment


class ListedSchema(Schema):
    id = fields.String()
    receipt = fields.String(allow_none=True)
    occurred_at = Moment()
    currency = fields.String()
    basket_total = fields.Integer()
    discount = fields.Integer()
    paid_with_points = fields.Integer()
    to_pay = fields.Integer()
    refunded = fields.Integer()
    left = fields.Dict()
    voided_at = Moment(allow_none=True)
    has_card = fields.Boolean()
    offline = fields.Boolean()


class HistorySchema(Schema):
    items = fields.List(fields.Nested(ListedSchema))


class LinesSchema(ListedSchema):
    lines = fields.List(fields.Dict())
