"""The JSON of tiers and stamp cards."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Moment, Pattern, PublicId, Text, Whole, localized
from coupons.schemas.kinds import OnSchema

MOST_NEEDED = 1000


class LadderSchema(Schema):
    """How the ladder of tiers counts; an empty object is no ladder."""

    by = fields.String(
        validate=validate.OneOf(["points", "money"]),
        metadata={"description": "What counts: points earned, or money paid."},
    )
    period = fields.String(validate=validate.OneOf(["calendar", "rolling"]))
    months = Whole(least=1, most=60, metadata={"description": "How many are looked back on."})
    grace_days = Whole(
        most=90,
        metadata={"description": "How long a tier is held, and can be renewed, after its date."},
    )
    downgrade = fields.String(
        validate=validate.OneOf(["one", "fit"]),
        metadata={"description": "Down by one tier, or to the one that fits."},
    )

    @validates_schema
    def all_or_none(self, data: dict[str, Any], **_: Any) -> None:
        if data and "by" not in data:
            raise ValidationError(N_("Say what counts: points or money."), "by")


class TierRequest(Schema):
    key = fields.String(required=True, validate=Pattern(r"^[a-z0-9][a-z0-9_-]{0,29}$"))
    name = localized(required=True)
    rank = Whole(required=True, least=1, most=1000)
    entry = Whole(required=True, least=1)
    renewal = Whole(load_default=None, allow_none=True)
    perks = localized(load_default=dict)


class TierChange(Schema):
    name = localized()
    rank = Whole(least=1, most=1000)
    entry = Whole(least=1)
    renewal = Whole()
    perks = localized()


class TierSchema(Schema):
    id = PublicId("tr")
    key = fields.String()
    name = fields.Dict()
    rank = fields.Integer()
    entry = fields.Integer(metadata={"description": "Points or minor units that reach it."})
    renewal = fields.Integer(metadata={"description": "Points or minor units that renew it."})
    perks = fields.Dict()
    state = fields.String()


class StandingRequest(Schema):
    tier = Text(required=True, most=30, allow_none=True)
    until = fields.Date(
        validate=validate.Range(date(2000, 1, 1), date(2100, 12, 31)),
        load_default=None,
        allow_none=True,
        metadata={"description": "The last day; else as if it was reached now."},
    )
    reason = Text(required=True)


class StandingSchema(Schema):
    tier = fields.String(allow_none=True)
    name = fields.Dict(allow_none=True)
    since = Moment(allow_none=True)
    until = Moment(allow_none=True)
    progress = fields.Dict(allow_none=True)
    history = fields.List(fields.Dict())


class StampRewardSchema(Schema):
    points = Whole(least=1, load_default=None, allow_none=True)
    offer = PublicId("of", load_default=None, allow_none=True)


class StampCardRequest(Schema):
    name = localized(required=True)
    per = fields.String(required=True, validate=validate.OneOf(["visit", "piece", "coupon"]))
    on = fields.Nested(OnSchema, load_default=dict)
    minimum = Whole(load_default=0, metadata={"description": "Of the basket, before discounts."})
    needed = Whole(required=True, least=1, most=MOST_NEEDED)
    daily_cap = Whole(least=1, most=MOST_NEEDED, load_default=None, allow_none=True)
    expiry_months = Whole(least=1, most=120, load_default=None, allow_none=True)
    reward = fields.Nested(StampRewardSchema, required=True)


class StampCardChange(Schema):
    name = localized()
    on = fields.Nested(OnSchema)
    minimum = Whole()
    needed = Whole(least=1, most=MOST_NEEDED)
    daily_cap = Whole(least=1, most=MOST_NEEDED, allow_none=True)
    expiry_months = Whole(least=1, most=120, allow_none=True)


class StampCardSchema(Schema):
    id = PublicId("sc")
    name = fields.Dict()
    per = fields.String()
    on = fields.Dict(attribute="products")
    minimum = fields.Integer()
    needed = fields.Integer()
    daily_cap = fields.Integer(allow_none=True)
    expiry_months = fields.Integer(allow_none=True)
    reward = fields.Dict()
    state = fields.String()
