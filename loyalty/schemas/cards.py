"""The JSON of cards and scans."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Moment, Text, Whole
from loyalty import stock


class ReplaceRequest(Schema):
    reason = Text(required=True)


class CardShownSchema(Schema):
    number = fields.String()
    state = fields.String()
    qr = fields.String()


class CardSchema(Schema):
    number = fields.String()
    state = fields.String()
    customer = fields.Dict()
    points = fields.Dict()
    tier = fields.Dict(allow_none=True)
    stamps = fields.List(fields.Dict())
    coupons = fields.List(fields.Dict())


class ScanRequest(Schema):
    code = fields.String(required=True, validate=validate.Length(1, 500))


class ScanSchema(Schema):
    kind = fields.String(
        metadata={"description": "card, blank_card, coupon or referral; the rest is of that."}
    )
    proof = fields.String(
        metadata={"description": "Of the card on a phone: to be sent along as `card_proof`."}
    )
    card = fields.Dict()
    customer = fields.Dict()
    points = fields.Dict()
    tier = fields.Dict(allow_none=True)
    stamps = fields.List(fields.Dict())
    coupon = fields.Dict()
    referral = fields.Dict()
    coupons = fields.List(fields.Dict())


class StockRequest(Schema):
    """So many new cards, or those of another system by what a scanner reads: one of the two."""

    count = Whole(least=1, most=stock.MOST)
    numbers = fields.List(Text(most=64), validate=validate.Length(1, stock.MOST))

    @validates_schema
    def check_one(self, data: dict[str, object], **_: object) -> None:
        if ("count" in data) == ("numbers" in data):
            raise ValidationError(N_("Say either how many, or which numbers."), "count")


class StockQuery(Schema):
    made = Moment(
        load_default=None, metadata={"description": "Of those that were made together: when."}
    )


class WithdrawRequest(Schema):
    made = Moment(
        required=True, metadata={"description": "When they were made, as GET /cards/stock says."}
    )


class BatchSchema(Schema):
    """Cards that were made together: when, and how many of them are still blank."""

    made = fields.String()
    blank = fields.Integer()


class StockSchema(Schema):
    numbers = fields.List(fields.String())
    blank = fields.Integer(metadata={"description": "How many blank cards there are."})
    batches = fields.List(fields.Nested(BatchSchema))
    withdrawn = fields.Integer(metadata={"description": "How many were withdrawn by this."})
