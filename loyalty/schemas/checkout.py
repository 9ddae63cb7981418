"""The JSON of quotes and purchases."""

from marshmallow import Schema, fields, validate

from core.schemas import SCANNED, Moment, PublicId, Text, Whole
from coupons.schemas import BasketSchema


class QuoteRequest(Schema):
    shop = PublicId("sh", load_default=None, allow_none=True)
    till = PublicId("ti", load_default=None, allow_none=True)
    card = Text(load_default=None, allow_none=True)
    card_proof = Text(
        most=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "What POST /scans has said of the card on the phone."},
    )
    coupons = fields.List(Text(most=SCANNED), load_default=list, validate=validate.Length(max=100))
    spend_points = Whole(load_default=0)
    basket = fields.Nested(BasketSchema, load_default=None, allow_none=True)
    occurred_at = Moment(load_default=None, allow_none=True)
    on_refusal = fields.String(load_default="refuse", validate=validate.OneOf(["refuse", "skip"]))
    receipt = Text(most=64, load_default=None, allow_none=True)
    explain = fields.Boolean(load_default=False)


class PurchaseRequest(QuoteRequest):
    """The same as a quote: what was quoted is what is settled."""


class PurchaseSchema(Schema):
    id = fields.String()
    basket_total = fields.Integer()
    discount = fields.Integer()
    paid_with_points = fields.Integer()
    to_pay = fields.Integer()
    currency = fields.String()
    redemptions = fields.List(fields.Dict())
    points = fields.Dict()
    refused = fields.List(fields.Dict())
    messages = fields.List(fields.Dict())
    why = fields.Dict()
    shop = fields.String()
    receipt = fields.String(allow_none=True)
    occurred_at = Moment()
    offline = fields.Boolean()
    conflicts = fields.List(fields.Dict())
    voided_at = Moment(allow_none=True)
    refunded = fields.Integer()
    left = fields.Dict()
    refunds = fields.List(fields.Dict())


class WhySchema(Schema):
    coupons = fields.List(fields.Dict())
    points = fields.List(fields.String())


class VoidRequest(Schema):
    reason = Text(load_default="undone at the till")
