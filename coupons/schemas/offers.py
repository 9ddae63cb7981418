"""The JSON of offers."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Moment, PageQuery, PublicId, Whole, localized
from coupons.schemas.benefits import BENEFITS
from coupons.schemas.conditions import ConditionsSchema
from coupons.schemas.kinds import HexId, OfKind
from coupons.schemas.limits import LimitsSchema, TogetherSchema, on_refund


class OfflineSchema(Schema):
    """Whether it is taken without a line: never, up to so much money off, or in one shop."""

    policy = fields.String(required=True, validate=validate.OneOf(["never", "up_to", "home_shop"]))
    value = Whole(least=1)
    shop = HexId("sh")

    @validates_schema
    def just_what_it_needs(self, data: dict[str, Any], **_: Any) -> None:
        for policy, name in (("up_to", "value"), ("home_shop", "shop")):
            if data.get("policy") == policy and name not in data:
                raise ValidationError(N_("Missing data for required field."), name)
            if data.get("policy") != policy and name in data:
                raise ValidationError(N_("Unknown field."), name)


class OfferRequest(Schema):
    campaign = PublicId("ca", required=True)
    name = localized(required=True)
    benefit = OfKind(BENEFITS, required=True)
    conditions = fields.Nested(ConditionsSchema, load_default=dict)
    limits = fields.Nested(LimitsSchema, load_default=dict)
    together = fields.Nested(TogetherSchema)
    on_refund = on_refund()
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(load_default=None, allow_none=True)
    offline = fields.Nested(OfflineSchema)


class OfferChange(Schema):
    name = localized()
    benefit = OfKind(BENEFITS)
    conditions = fields.Nested(ConditionsSchema)
    limits = fields.Nested(LimitsSchema)
    together = fields.Nested(TogetherSchema)
    on_refund = on_refund()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    offline = fields.Nested(OfflineSchema)


class CloneRequest(Schema):
    campaign = PublicId(
        "ca",
        load_default=None,
        allow_none=True,
        metadata={"description": "The campaign it is copied into; its own if none is named."},
    )


class OfferSchema(Schema):
    id = PublicId("of")
    campaign = PublicId("ca")
    version = fields.Integer()
    name = fields.Dict()
    benefit = OfKind(BENEFITS)
    conditions = fields.Nested(ConditionsSchema)
    limits = fields.Dict()
    together = fields.Dict()
    on_refund = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    offline = fields.Dict()


class OfferQuery(PageQuery):
    campaign = PublicId("ca")
