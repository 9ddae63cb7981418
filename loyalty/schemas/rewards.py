"""The JSON of rewards and claims."""

from marshmallow import Schema, ValidationError, fields, validates_schema

from core.errors import N_
from core.schemas import Moment, PageQuery, PublicId, Text, Whole, localized

MOST_STOCK = 1_000_000_000


class RewardRequest(Schema):
    name = localized(required=True)
    points = Whole(required=True, least=1)
    offer = PublicId("of", attribute="offer_id", required=True)
    tier = Text(most=40, load_default=None, allow_none=True)
    stock = Whole(least=1, most=MOST_STOCK, load_default=None, allow_none=True)
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(load_default=None, allow_none=True)


class RewardChange(Schema):
    name = localized()
    points = Whole(least=1)
    offer = PublicId("of", attribute="offer_id")
    tier = Text(most=40, allow_none=True)
    stock = Whole(least=1, most=MOST_STOCK, allow_none=True)
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    ended = fields.Boolean()


class RewardSchema(Schema):
    id = fields.String()
    name = fields.Dict()
    points = fields.Integer()
    offer = fields.String()
    tier = fields.String(allow_none=True)
    stock = fields.Integer(allow_none=True)
    left = fields.Integer(
        allow_none=True, metadata={"description": "How many can still be claimed; null: any."}
    )
    claimed = fields.Integer()
    cancelled = fields.Integer()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    state = fields.String()


class RewardQuery(PageQuery):
    card = Text()
    customer = PublicId("cu")
    active = fields.Boolean(load_default=False)


class Whose(Schema):
    """A customer, named by a card or by an id: exactly one of the two."""

    card = Text()
    customer = PublicId("cu")

    @validates_schema
    def check_one(self, data: dict[str, object], **_: object) -> None:
        if ("card" in data) == ("customer" in data):
            raise ValidationError(N_("Name either a card or a customer."), "card")


class ClaimRequest(Whose):
    """For whom a reward is claimed."""

    card_proof = Text(
        most=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "What POST /scans has said of the card on the phone."},
    )


class CancelRequest(Schema):
    reason = Text(required=True)


class ClaimSchema(Schema):
    id = fields.String()
    reward = fields.String()
    name = fields.Dict()
    customer = fields.String()
    points = fields.Integer()
    state = fields.String()
    at = Moment()
    cancelled_at = Moment(allow_none=True)
    coupon = fields.Dict(
        metadata={"description": "The code in full to whoever may redeem it, else masked."}
    )
    balance = fields.Dict()
