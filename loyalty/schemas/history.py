"""The JSON of purchases in lists: those of all, and what a till has settled lately."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import SCANNED, Moment, PageQuery, PublicId, Text
from coupons.models import PURCHASE_STATES


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


class PurchaseQuery(PageQuery):
    receipt = Text(most=64)
    card = Text(most=SCANNED)
    customer = PublicId("cu")
    shop = PublicId("sh")
    till = PublicId("ti")
    since = Moment(data_key="from")
    until = Moment(metadata={"description": "Before this moment."})
    state = fields.String(validate=validate.OneOf(PURCHASE_STATES))

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if {"card", "customer"} <= set(data):
            raise ValidationError(N_("Name either a card or a customer."), "customer")


class FoundPurchaseSchema(ListedSchema):
    shop = fields.String()
    till = fields.String(allow_none=True)
    customer = fields.String(allow_none=True)
    state = fields.String()


class PurchasesSchema(Schema):
    items = fields.List(fields.Nested(FoundPurchaseSchema))
    next_cursor = fields.String(allow_none=True)
