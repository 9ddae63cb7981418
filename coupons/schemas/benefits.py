"""The JSON of each kind of benefit."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Pattern, Text, Whole, localized
from coupons.schemas.kinds import (
    MOST_STEPS,
    MOST_USES,
    HexId,
    KindSchema,
    MomentText,
    OfKind,
    OnSchema,
    Worded,
    exactly_one,
    factor,
    increasing,
    of_kinds,
    percent,
)

MOST_PIECES = 1_000_000


class OnSomeSchema(KindSchema):
    on = fields.Nested(OnSchema)


class PercentSchema(OnSomeSchema):
    percent = percent(required=True)
    cap = Whole(least=1)


class AmountSchema(OnSomeSchema):
    amount = Whole(required=True, least=1)
    per = fields.String(validate=validate.OneOf(["basket", "piece"]))


class FixedPriceSchema(OnSomeSchema):
    price = Whole(required=True)
    per = fields.String(validate=validate.OneOf(["basket", "piece"]))


class FreeItemSchema(OnSomeSchema):
    sku = Text(most=64)
    text = Text(most=200)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("sku") and not data.get("text"):
            missing = N_("Name the product (sku) or what is handed over (text).")
            raise ValidationError(missing, "text")


class FreePiecesSchema(OnSomeSchema):
    which = fields.String(required=True, validate=validate.OneOf(["cheapest", "dearest"]))
    count = Whole(required=True, least=1, most=MOST_PIECES)
    at_least = Whole(least=1, most=MOST_PIECES)
    percent = percent()


class SomeSchema(Schema):
    quantity = Whole(required=True, least=1, most=MOST_PIECES)
    on = fields.Nested(OnSchema)


class BuyGetSchema(KindSchema):
    buy = fields.Nested(SomeSchema, required=True)
    get = fields.Nested(SomeSchema, required=True)
    percent = percent()
    times = Whole(least=1, most=MOST_PIECES)


class BundleSchema(KindSchema):
    parts = fields.List(fields.Nested(SomeSchema), required=True, validate=validate.Length(1, 10))
    price = Whole()
    percent = percent()
    amount = Whole(least=1)
    times = Whole(least=1, most=MOST_PIECES)

    @validates_schema
    def one_of_three(self, data: dict[str, Any], **_: Any) -> None:
        message = N_("Say one of these: a price, a percentage or an amount.")
        exactly_one(data, "price", "percent", "amount", message=message)


class PointsSchema(OnSomeSchema):
    points = Whole(required=True, least=1, most=10_000_000)


class PointsFactorSchema(OnSomeSchema):
    factor = factor(required=True)


class StampsSchema(OnSomeSchema):
    stamps = Whole(required=True, least=1, most=1000)
    stamp_card = HexId("sc", required=True)


class ReasonSchema(Schema):
    key = fields.String(required=True, validate=Pattern(r"^[a-z0-9_]{1,40}$"))
    text = localized(required=True)


class GuaranteeSchema(OnSomeSchema):
    days = Whole(required=True, least=1, most=3650)
    reasons = fields.List(
        fields.Nested(ReasonSchema), required=True, validate=validate.Length(1, 20)
    )

    @validates_schema
    def every_key_once(self, data: dict[str, Any], **_: Any) -> None:
        keys = [one.get("key") for one in data.get("reasons", ())]
        if len(set(keys)) != len(keys):
            raise ValidationError(N_("Two reasons have the same key."), "reasons")


class HandedOverSchema(KindSchema):
    text = Worded(required=True)


class NextCouponSchema(KindSchema):
    offer = HexId("of", required=True)


SIMPLE: dict[str, type[Schema]] = of_kinds(
    "Benefit",
    percent=PercentSchema,
    amount=AmountSchema,
    fixed_price=FixedPriceSchema,
    free_item=FreeItemSchema,
    free_pieces=FreePiecesSchema,
    buy_get=BuyGetSchema,
    bundle=BundleSchema,
    points=PointsSchema,
    points_factor=PointsFactorSchema,
    stamps=StampsSchema,
    guarantee=GuaranteeSchema,
    sample=HandedOverSchema,
    information=HandedOverSchema,
    next_coupon=NextCouponSchema,
)
"""What a step may give: all but further steps."""


class LadderStepSchema(Schema):
    least = Whole(required=True, data_key="from", attribute="from")
    benefit = OfKind(SIMPLE, required=True)


class LadderSchema(OnSomeSchema):
    by = fields.String(required=True, validate=validate.OneOf(["amount", "quantity"]))
    steps = fields.List(
        fields.Nested(LadderStepSchema), required=True, validate=validate.Length(1, MOST_STEPS)
    )

    @validates_schema
    def upwards(self, data: dict[str, Any], **_: Any) -> None:
        increasing([step["from"] for step in data.get("steps", ()) if "from" in step], "steps")


class EarlyStepSchema(Schema):
    until = MomentText()
    first = Whole(least=1, most=MOST_USES)
    benefit = OfKind(SIMPLE, required=True)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        message = N_("Say either until when, or for the first how many.")
        exactly_one(data, "until", "first", message=message)


class EarlyBirdSchema(KindSchema):
    steps = fields.List(
        fields.Nested(EarlyStepSchema), required=True, validate=validate.Length(1, MOST_STEPS)
    )
    after = OfKind(SIMPLE, allow_none=True, load_default=None)

    @validates_schema
    def upwards(self, data: dict[str, Any], **_: Any) -> None:
        for name in ("until", "first"):
            increasing([step[name] for step in data.get("steps", ()) if name in step], "steps")


BENEFITS: dict[str, type[Schema]] = SIMPLE | of_kinds(
    "Benefit", ladder=LadderSchema, early_bird=EarlyBirdSchema
)
