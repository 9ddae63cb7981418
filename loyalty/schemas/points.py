"""The JSON of points."""

from marshmallow import Schema, fields

from core.schemas import Moment, PublicId, Text, Whole


class AdjustRequest(Schema):
    points = Whole(required=True, least=-10_000_000, most=10_000_000)
    reason = Text(required=True)


class BalanceSchema(Schema):
    available = fields.Integer()
    pending = fields.Integer()
    debt = fields.Integer()
    next_expiry = fields.Dict(allow_none=True)


class EntrySchema(Schema):
    id = PublicId("le")
    kind = fields.String()
    from_side = fields.String(data_key="from")
    to_side = fields.String(data_key="to")
    points = fields.Integer()
    at = Moment()
    due_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True)
    purchase = PublicId("pu", attribute="purchase_id", allow_none=True)
    reverses = PublicId("le", attribute="reverses_id", allow_none=True)
    actor = fields.String()
    reason = fields.String(allow_none=True)
