"""The JSON of what tills have sold without a line."""

from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from core import ids
from core.errors import N_
from core.money import Money
from core.schemas import SCANNED, Moment, PageQuery, Pattern, PublicId, Text, Whole
from coupons.basket import Basket


class Told(fields.AwareDateTime):
    """When something was, by a clock that may be wrong: any instant there can be."""

    def __init__(self, **given: Any) -> None:
        super().__init__(format="iso", **given)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **given: Any
    ) -> datetime:
        try:
            return super()._deserialize(value, attr, data, **given).astimezone(UTC)
        except OverflowError:
            raise ValidationError(N_("Not a valid aware datetime.")) from None


class TotalSchema(Schema):
    """A basket of which the till knows only the total."""

    currency = fields.String(required=True, validate=Pattern(r"^[A-Z]{3}$"))
    total = Whole(required=True)

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Basket:
        return Basket(data["currency"], Money(data["total"]))


class AcceptedCouponSchema(Schema):
    code = Text(required=True, most=SCANNED)
    discount = Whole(required=True)


class AcceptedSchema(Schema):
    discount = Whole(required=True)
    to_pay = Whole(required=True)
    spent_points = Whole(load_default=0)
    paid_with_points = Whole(
        load_default=0, metadata={"description": "What they were worth, in minor units."}
    )
    coupons = fields.List(
        fields.Nested(AcceptedCouponSchema), load_default=list, validate=validate.Length(max=30)
    )


class SoldSchema(Schema):
    key = fields.String(required=True, validate=Pattern(r"^[\x21-\x7e]{16,64}$"))
    occurred_at = Told(required=True)
    lease = PublicId("le", load_default=None, allow_none=True)
    cashier = PublicId("st", load_default=None, allow_none=True)
    receipt = Text(most=64, load_default=None, allow_none=True)
    card = Text(load_default=None, allow_none=True)
    coupons = fields.List(Text(most=SCANNED), load_default=list, validate=validate.Length(max=30))
    basket = fields.Nested(TotalSchema, load_default=None, allow_none=True)
    accepted = fields.Nested(AcceptedSchema, required=True)

    @validates_schema(skip_on_field_errors=True)
    def check(self, data: dict[str, Any], **_: Any) -> None:
        """Let figures through that are right in themselves, of coupons that were in the sale."""
        accepted, basket = data["accepted"], data["basket"]
        total = basket.total if basket else 0
        if sum(one["discount"] for one in accepted["coupons"]) != accepted["discount"]:
            raise ValidationError(N_("Not the sum of the coupons."), "accepted.discount")
        off = accepted["discount"] + accepted["paid_with_points"]
        if off + accepted["to_pay"] != total:
            raise ValidationError(N_("Not what is left of the basket."), "accepted.to_pay")
        scanned = Counter(ids.normalise(code) for code in data["coupons"])
        taken = Counter(ids.normalise(one["code"]) for one in accepted["coupons"])
        if taken - scanned:
            raise ValidationError(N_("Not a coupon of this sale."), "accepted.coupons")


class UploadRequest(Schema):
    till = PublicId("ti", load_default=None, allow_none=True)
    items = fields.List(
        fields.Nested(SoldSchema), required=True, validate=validate.Length(min=1, max=50)
    )


class UploadSchema(Schema):
    """What became of each sale, in the order of the request."""

    items = fields.List(fields.Dict())


class ConflictQuery(PageQuery):
    state = fields.String(validate=validate.OneOf(["open", "closed"]))


class ConflictsSchema(Schema):
    items = fields.List(fields.Nested("ConflictSchema"))
    next_cursor = fields.String(allow_none=True)
    totals = fields.Dict(metadata={"description": "How many of that state, and their cost."})


class ConflictSchema(Schema):
    id = PublicId("cf")
    at = Moment()
    code = fields.String()
    detail = fields.String()
    facts = fields.Dict()
    coupon = fields.String(allow_none=True)
    cost = fields.Integer()
    currency = fields.String()
    purchase = PublicId("pu")
    occurred_at = Moment()
    shop = PublicId("sh")
    till = PublicId("ti", allow_none=True)
    undone = fields.Boolean()
    state = fields.String()
    closed_at = Moment(allow_none=True)
    closed_by = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class CloseRequest(Schema):
    note = Text(required=True, most=500)


class BundleQuery(Schema):
    till = PublicId("ti", load_default=None)


class BundleSchema(Schema):
    version = fields.String(metadata={"description": "Its ETag: all but when, and the lease."})
    issued_at = Moment()
    lease = fields.Dict(
        allow_none=True,
        metadata={"description": "`id` and `until`; null where no till may go on without a line."},
    )
    till = PublicId("ti")
    shop = PublicId("sh")
    zone = fields.String(metadata={"description": "Of the shop, in whose days and hours it is."})
    currency = fields.String()
    exponent = fields.Integer()
    most = fields.Integer(
        allow_none=True, metadata={"description": "The largest basket, in minor units."}
    )
    keys = fields.List(fields.Dict())
    offers = fields.List(fields.Dict())
    public = fields.List(fields.Dict())
    gone = fields.String(
        metadata={"description": "Sorted beginnings (8 bytes) of SHA-256 digests, in base 64."}
    )
