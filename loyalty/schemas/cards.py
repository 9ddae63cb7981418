"""The JSON of cards and scans."""

from marshmallow import Schema, fields, validate

from core.schemas import Text


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
    kind = fields.String()
    card = fields.Dict()
    customer = fields.Dict()
    points = fields.Dict()
    tier = fields.Dict(allow_none=True)
    stamps = fields.List(fields.Dict())
    coupon = fields.Dict()
    referral = fields.Dict()
    coupons = fields.List(fields.Dict())
