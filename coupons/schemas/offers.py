"""The JSON of offers."""

from marshmallow import Schema, fields

from core.schemas import Moment, PageQuery, PublicId, localized
from coupons.schemas.benefits import BENEFITS
from coupons.schemas.conditions import ConditionsSchema
from coupons.schemas.kinds import OfKind
from coupons.schemas.limits import LimitsSchema, TogetherSchema, on_refund


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


class OfferChange(Schema):
    name = localized()
    benefit = OfKind(BENEFITS)
    conditions = fields.Nested(ConditionsSchema)
    limits = fields.Nested(LimitsSchema)
    together = fields.Nested(TogetherSchema)
    on_refund = on_refund()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


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
    benefit = fields.Dict()
    conditions = fields.Dict()
    limits = fields.Dict()
    together = fields.Dict()
    on_refund = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


class OfferQuery(PageQuery):
    campaign = PublicId("ca")
