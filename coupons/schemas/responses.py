"""The JSON of responses, and of the report that counts them."""

from marshmallow import Schema, fields, validate

from core.money import LARGEST
from core.schemas import SCANNED, Moment, PageQuery, PublicId, Text
from coupons.models import RESPONSE_KINDS


class ResponseRequest(Schema):
    campaign = PublicId("ca", required=True)
    channel = PublicId("ch", required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf([k for k in RESPONSE_KINDS if k not in ("redeemed", "purchased")]),
    )
    code = Text(most=SCANNED)
    customer = PublicId("cu")
    note = Text(most=500, load_default=None, allow_none=True)
    at = Moment()


class RecordedSchema(Schema):
    id = fields.String()


class ResponseQuery(PageQuery):
    campaign = PublicId("ca")
    kind = fields.String(validate=validate.OneOf(RESPONSE_KINDS))


class ResponseSchema(Schema):
    id = PublicId("rs")
    kind = fields.String()
    at = Moment()
    campaign = PublicId("ca", attribute="campaign_id", allow_none=True)
    channel = PublicId("ch", attribute="channel_id", allow_none=True)
    variant = fields.Constant(None)
    offer = PublicId("of", attribute="offer_id", allow_none=True)
    coupon = PublicId("co", attribute="coupon_id", allow_none=True)
    pseudonym = fields.String(allow_none=True)
    shop = PublicId("sh", attribute="shop_id", allow_none=True)
    purchase = PublicId("pu", attribute="purchase_id", allow_none=True)
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class ResponseWhySchema(Schema):
    id = PublicId("rs")
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    why = fields.Dict(allow_none=True)


class FiguresSchema(Schema):
    contacts = fields.Integer(allow_none=True)
    responders = fields.Integer()
    responses = fields.Integer()
    redemptions = fields.Integer()
    refused = fields.Integer()
    discount = fields.Integer(metadata={"maximum": LARGEST})
    revenue = fields.Integer()
    cost = fields.Integer(allow_none=True)
    response_rate = fields.Float(allow_none=True)
    cost_per_responder = fields.Integer(allow_none=True)
    guarantees = fields.Integer()
    claims = fields.Integer()
    claim_rate = fields.Float(allow_none=True)
    conflicts = fields.Integer()
    conflict_cost = fields.Integer()


class ReportSchema(Schema):
    campaign = fields.Dict()
    totals = fields.Nested(FiguresSchema)
    channels = fields.List(fields.Dict())
    offers = fields.List(fields.Dict())
