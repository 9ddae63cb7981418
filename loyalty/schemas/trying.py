"""The JSON of trying offers out."""

from marshmallow import Schema, fields

from core.schemas import Moment, PublicId, Text
from coupons.schemas import BasketSchema


class PreviewRequest(Schema):
    basket = fields.Nested(BasketSchema, load_default=None, allow_none=True)
    card = Text(load_default=None, allow_none=True)
    shop = PublicId("sh", load_default=None, allow_none=True)
    at = Moment(load_default=None, allow_none=True)


class PreviewSchema(Schema):
    applies = fields.Boolean()
    benefit = fields.String(allow_none=True)
    discount = fields.Integer()
    points = fields.Integer()
    lines = fields.List(fields.Dict())
    refusal = fields.Dict(allow_none=True)
    why = fields.Dict()


class DryRunRequest(Schema):
    since = Moment(load_default=None, allow_none=True)
    until = Moment(load_default=None, allow_none=True)


class DryRunSchema(Schema):
    id = fields.String()
    offer = fields.String()
    job = fields.String()
    state = fields.String()
    since = Moment()
    until = Moment()
    of = fields.Integer()
    purchases = fields.Integer()
    hits = fields.Integer()
    discount = fields.Integer()
    points = fields.Integer()
    revenue = fields.Integer()
    refused = fields.Dict()
