"""The JSON of what faces the customer: figures, and nothing that could name anybody."""

from marshmallow import Schema, fields, validate

from core.schemas import Whole

PHASES = ("idle", "open", "settled")


class FacingSchema(Schema):
    phase = fields.String(required=True, validate=validate.OneOf(PHASES))
    total = Whole(load_default=None, allow_none=True)
    discount = Whole(load_default=0)
    spent = Whole(load_default=0)
    to_pay = Whole(load_default=None, allow_none=True)
    earned = Whole(load_default=0)


class PairedSchema(Schema):
    address = fields.String()
    picture = fields.String(metadata={"description": "Its QR code, as a data URL."})


class PairingSchema(Schema):
    paired = fields.Boolean()
