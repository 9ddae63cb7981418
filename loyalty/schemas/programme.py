"""The JSON of the rules of the points."""

from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Pattern, Text, Whole, localized
from coupons.schemas.conditions import SlotSchema
from coupons.schemas.kinds import DayText, OnSchema, Truth
from loyalty.rates import PERIODS, factor_of
from loyalty.schemas.standing import LadderSchema

A_COMMON_YEAR = 2001


class Kept(fields.Nested):
    """An object that is kept and shown as it was read."""

    def _serialize(self, *given: Any, **_: Any) -> Any:
        return given[0]


def _factor(text: str) -> None:
    if factor_of(text) is None:
        raise ValidationError(N_("Above 0 and at most 100, such as 1.5."))


def _day_of_year(text: str) -> None:
    try:
        date.fromisoformat(f"{A_COMMON_YEAR}-{text}")
    except ValueError:
        raise ValidationError(N_("A month and a day that every year has, such as 12-31.")) from None


class RateSchema(Schema):
    on = fields.Nested(OnSchema, required=True)
    points = Whole(required=True, most=10_000)
    per = Whole(required=True, least=1)

    @validates_schema
    def of_something(self, data: dict[str, Any], **_: Any) -> None:
        if not data["on"]:
            raise ValidationError(N_("Name products, categories or tags."), "on")


class MultiplierSchema(Schema):
    factor = fields.String(
        required=True,
        validate=[validate.Length(max=6), _factor],
        metadata={"description": "How many times the points count, such as 1.5."},
    )
    tiers = fields.List(Text(most=60), validate=validate.Length(1, 50))
    weekly = fields.List(fields.Nested(SlotSchema), validate=validate.Length(1, 50))
    on = fields.Nested(OnSchema)
    first = DayText(data_key="from", attribute="from")
    until = DayText()

    @validates_schema
    def forwards(self, data: dict[str, Any], **_: Any) -> None:
        if {"from", "until"} <= set(data) and data["until"] < data["from"]:
            raise ValidationError(N_("Must not lie before the first day."), "until")


class CapSchema(Schema):
    per = fields.String(required=True, validate=validate.OneOf(PERIODS))
    points = Whole(required=True)


class EarningSchema(Schema):
    by = fields.String(
        validate=validate.OneOf(["money", "visit"]),
        metadata={"description": "visit: `earn_points` for each purchase, whatever it comes to."},
    )
    rates = fields.List(
        fields.Nested(RateSchema),
        validate=validate.Length(max=100),
        metadata={"description": "The first that a line is one of is its rate."},
    )
    multipliers = fields.List(
        fields.Nested(MultiplierSchema),
        validate=validate.Length(max=20),
        metadata={"description": "All that hold multiply one another."},
    )
    exclusions = fields.Nested(OnSchema, metadata={"description": "What earns nothing."})
    cap_purchase = Whole(least=1, allow_none=True)
    caps = fields.List(
        fields.Nested(CapSchema),
        validate=validate.Length(max=len(PERIODS)),
        metadata={"description": "Most points in a period of the merchant's calendar."},
    )

    @validates_schema
    def each_period_once(self, data: dict[str, Any], **_: Any) -> None:
        periods = [cap["per"] for cap in data.get("caps") or ()]
        if len(set(periods)) < len(periods):
            raise ValidationError(N_("Each period has one cap at most."), "caps")


class ProgrammeSchema(Schema):
    name = localized()
    earn_points = Whole(most=10_000)
    earn_per = Whole(least=1)
    earn_minimum = Whole()
    earning = Kept(EarningSchema)
    rounding = fields.String(validate=validate.OneOf(["floor", "half_up", "ceiling"]))
    point_value = Whole()
    spend_minimum = Whole(metadata={"description": "Fewest points that pay at a time."})
    spend_share = Whole(
        least=1,
        most=100,
        metadata={"description": "Per cent of what is left to pay that points may pay."},
    )
    printed_points = Whole(
        allow_none=True,
        metadata={
            "description": "Most points spent at a time with a card that shows only its number,"
            " such as a printed one; null: any."
        },
    )
    pending_days = Whole(most=365)
    expiry = fields.String(validate=validate.OneOf(["rolling", "yearly", "inactivity", "never"]))
    expiry_months = Whole(least=1, most=120, allow_none=True)
    expiry_day = fields.String(
        allow_none=True, validate=[Pattern(r"^[0-9]{2}-[0-9]{2}$"), _day_of_year]
    )
    remind_days = Whole(
        most=365,
        metadata={"description": "Days before points expire that their owner is told; 0: never."},
    )
    transfers = Truth()
    tiers = Kept(LadderSchema)
    clawback = fields.String(validate=validate.OneOf(["only_pending", "within_balance", "debt"]))
    lapsed_refund = fields.String(validate=validate.OneOf(["lapse", "grace"]))
    adjust_limit = Whole(most=10_000_000)
