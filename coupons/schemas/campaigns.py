"""The JSON of campaigns, and of whom they reached."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Moment, PublicId, Text, Whole
from coupons.models import CHANNEL_KINDS
from coupons.schemas.kinds import MOST_LISTED
from coupons.schemas.limits import CampaignLimitSchema, limits


class ChannelSchema(Schema):
    id = PublicId("ch", dump_only=True)
    kind = fields.String(required=True, validate=validate.OneOf(CHANNEL_KINDS))
    name = Text(required=True, most=100)
    fixed_cost = Whole(load_default=0)
    unit_cost = Whole(load_default=0)


class CampaignRequest(Schema):
    name = Text(required=True)
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(load_default=None, allow_none=True)
    channels = fields.List(
        fields.Nested(ChannelSchema), load_default=list, validate=validate.Length(max=50)
    )
    external_ref = Text(most=100, load_default=None, allow_none=True)
    limits = limits(CampaignLimitSchema, load_default=list)


class CampaignChange(Schema):
    name = Text()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    limits = limits(CampaignLimitSchema)


class CampaignSchema(Schema):
    id = PublicId("ca")
    name = fields.String()
    state = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    external_ref = fields.String(allow_none=True)
    limits = fields.List(fields.Dict())
    channels = fields.List(fields.Nested(ChannelSchema))


class ContactsRequest(Schema):
    channel = PublicId("ch", required=True)
    customers = fields.List(PublicId("cu"), validate=validate.Length(1, MOST_LISTED))
    quantity = Whole(least=1, most=100_000_000)
    cost = Whole(allow_none=True)
    at = Moment()
    external_ref = Text(most=80)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("customers" in data) == ("quantity" in data):
            raise ValidationError(N_("Say either who was reached or how many."), "quantity")


class ContactedSchema(Schema):
    recorded = fields.Integer()
