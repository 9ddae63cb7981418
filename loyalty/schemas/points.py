"""The JSON of points."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from core.schemas import Moment, PublicId, Text, Whole
from loyalty.ends import IDLE


class Ending(Moment):
    """When points expire; null where they never do, or by inactivity, which has no day yet."""

    def _serialize(self, value: Any, attr: str | None, obj: Any, **given: Any) -> Any:
        if isinstance(value, datetime) and value >= IDLE:
            return None
        return super()._serialize(value, attr, obj, **given)


class AdjustRequest(Schema):
    points = Whole(required=True, least=-10_000_000, most=10_000_000)
    reason = Text(required=True)


class BalanceSchema(Schema):
    available = fields.Integer()
    pending = fields.Integer()
    debt = fields.Integer()
    next_expiry = fields.Dict(allow_none=True)


class DatedSchema(Schema):
    at = Moment()
    points = fields.Integer()


class HoldingSchema(BalanceSchema):
    schedule = fields.List(
        fields.Nested(DatedSchema),
        metadata={"description": "When how many points expire, as things stand; soonest first."},
    )
    coming = fields.List(
        fields.Nested(DatedSchema),
        metadata={"description": "When how many pending points become spendable; soonest first."},
    )


class EntrySchema(Schema):
    id = PublicId("le")
    kind = fields.String()
    from_side = fields.String(data_key="from")
    to_side = fields.String(data_key="to")
    points = fields.Integer()
    at = Moment()
    due_at = Moment(allow_none=True)
    expires_at = Ending(allow_none=True)
    purchase = PublicId("pu", attribute="purchase_id", allow_none=True)
    reverses = PublicId("le", attribute="reverses_id", allow_none=True)
    actor = fields.String()
    reason = fields.String(allow_none=True)
