"""The JSON of coupons, and of issuing them."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from core.errors import N_
from core.schemas import PublicId, Text, Whole
from coupons.schemas.kinds import MOST_USES


class PersonalSchema(Schema):
    customer = PublicId("cu", required=True)
    external_ref = Text(most=100, load_default=None, allow_none=True)


class IssueRequest(Schema):
    count = Whole(least=1, most=1_000_000)
    customers = fields.List(fields.Raw(), validate=validate.Length(1, 1000))
    code = Text(most=64)
    use_limit = Whole(least=1, most=MOST_USES, allow_none=True)
    per_customer = Whole(least=1, most=1_000_000, allow_none=True)
    channel = PublicId("ch", load_default=None, allow_none=True)

    @validates_schema
    def exactly_one(self, data: dict[str, Any], **_: Any) -> None:
        if sum(name in data for name in ("count", "customers", "code")) != 1:
            raise ValidationError(N_("Give one of count, customers or code."), "count")
        if "per_customer" in data and "code" not in data:
            raise ValidationError(N_("Only a public code has this."), "per_customer")
        if "use_limit" in data and "customers" in data:
            raise ValidationError(N_("A personal coupon is used once."), "use_limit")

    @post_load
    def read_customers(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        """Take plain ids as well as objects with an external reference."""
        if "customers" in data:
            plain = [{"customer": c} if isinstance(c, str) else c for c in data["customers"]]
            data["customers"] = [
                (one["customer"], one["external_ref"])
                for one in PersonalSchema(many=True).load(plain)
            ]
        return data


class IssuedSchema(Schema):
    items = fields.List(fields.Dict())


class QueuedSchema(Schema):
    job = fields.String()
    csv = fields.String()


class CouponSchema(Schema):
    id = PublicId("co")
    code = fields.String()
    offer = fields.Dict()
    state = fields.String()
    use_limit = fields.Integer(allow_none=True)
    used = fields.Integer()
    customer = PublicId("cu", allow_none=True)
    usable = fields.Boolean()
    reason = fields.Dict(allow_none=True)
    early_bird = fields.Dict(
        allow_none=True,
        metadata={"description": "Places left, until when, and what holds now; else null."},
    )
    goods = fields.Dict(
        allow_none=True,
        metadata={
            "description": "The goods it is for, in words (``text``), and the ``line`` that stands "
            "for them where a till knows only their worth; else null."
        },
    )


class QrQuery(Schema):
    size = fields.Integer(load_default=300, validate=validate.Range(64, 2000))
    ec = fields.String(load_default="Q", validate=validate.OneOf(list("LMQH")))
