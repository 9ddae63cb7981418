"""The JSON of holds."""

from marshmallow import Schema, fields, validate

from core.schemas import SCANNED, Moment, PublicId, Text

MOST_HELD = 30


class HoldRequest(Schema):
    coupons = fields.List(
        Text(most=SCANNED), required=True, validate=validate.Length(min=1, max=MOST_HELD)
    )
    till = PublicId("ti", load_default=None, allow_none=True)


class ReleaseRequest(HoldRequest):
    everywhere = fields.Boolean(
        load_default=False,
        metadata={"description": "Also what other tills hold; a second person has to allow it."},
    )


class HoldSchema(Schema):
    coupon = fields.String()
    until = Moment()


class HoldsSchema(Schema):
    items = fields.List(fields.Nested(HoldSchema))
