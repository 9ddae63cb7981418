"""The JSON of refer-a-friend."""

from marshmallow import Schema, fields, validate

from core.schemas import Moment, PageQuery, PublicId, Text, Whole
from loyalty.models import REFERRAL_STATES

MOST_POINTS = 10_000_000
MOST_FRIENDS = 100_000


class PrizeSchema(Schema):
    """Either points, or a coupon of an offer."""

    points = Whole(least=1, most=MOST_POINTS, allow_none=True)
    offer = PublicId("of", allow_none=True)


class MilestoneSchema(PrizeSchema):
    """For each so many friends (``every``), or once for so many (``at``)."""

    every = Whole(least=2, most=1000, allow_none=True)
    at = Whole(least=1, most=MOST_FRIENDS, allow_none=True)


class ReferralSchemeSchema(Schema):
    active = fields.Boolean()
    channel = PublicId("ch", attribute="channel_id", allow_none=True)
    referrer = fields.Nested(PrizeSchema, allow_none=True)
    friend = fields.Nested(PrizeSchema, allow_none=True)
    minimum = Whole(metadata={"description": "What must be paid in money, in minor units."})
    within_days = Whole(least=1, most=730)
    hold_days = Whole(most=365)
    cap = Whole(least=1, most=MOST_FRIENDS, allow_none=True)
    cap_per = fields.String(validate=validate.OneOf(["all", "year", "month", "week", "day"]))
    milestones = fields.List(fields.Nested(MilestoneSchema), validate=validate.Length(max=20))


class ReferralRequest(Schema):
    customer = PublicId("cu", required=True)


class ReferralCodeSchema(Schema):
    customer = fields.String()
    code = fields.String()
    link = fields.String(metadata={"description": "The address to share; it is also the QR."})


class ReferralOfferSchema(Schema):
    """What a friend gets who joins by a code and buys."""

    code = fields.String()
    friend = fields.Dict(allow_none=True)
    minimum = fields.Integer()
    currency = fields.String()
    within_days = fields.Integer()
    hold_days = fields.Integer()


class ReferralQuery(PageQuery):
    state = fields.String(validate=validate.OneOf(REFERRAL_STATES))
    customer = PublicId("cu")


class DecisionRequest(Schema):
    reason = Text(required=True)


class RewardedSchema(Schema):
    """What somebody gets for a referral; ``for`` is referrer, friend or milestone."""

    for_ = fields.String(data_key="for", attribute="side")
    milestone = fields.String(allow_none=True)
    friends = fields.Integer(allow_none=True)
    points = fields.Integer(allow_none=True)
    offer = PublicId("of", attribute="offer_id", allow_none=True)
    coupon = PublicId("co", attribute="coupon_id", allow_none=True)
    state = fields.String()
    due_at = Moment()


class ReferralSchema(Schema):
    id = PublicId("rf")
    state = fields.String()
    reasons = fields.List(fields.Dict())
    referrer = PublicId("cu", attribute="referrer_id")
    friend = PublicId("cu", attribute="referee_id")
    purchase = PublicId("pu", attribute="purchase_id", allow_none=True)
    counted = fields.Boolean(metadata={"description": "Whether the referrer is rewarded as well."})
    attributed_at = Moment()
    expires_at = Moment()
    qualified_at = Moment(allow_none=True)
    due_at = Moment(allow_none=True)
    rewarded_at = Moment(allow_none=True)
    ended_at = Moment(allow_none=True)
    decided_by = fields.String(allow_none=True)
    rewards = fields.List(fields.Nested(RewardedSchema))
