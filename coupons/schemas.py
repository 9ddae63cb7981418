"""The JSON of campaigns, offers and coupons."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, post_load, validate, validates_schema

from core.errors import N_
from core.money import LARGEST, Money
from core.schemas import Moment, PageQuery, PublicId, Text, Whole, localized
from coupons.basket import Basket, Line
from coupons.models import CHANNEL_KINDS, RESPONSE_KINDS

MOST_USES = 1_000_000_000
MOST_LISTED = 20_000
"""So many products or customers fit into one list."""


class LineSchema(Schema):
    amount = Whole(required=True)
    quantity = Whole(least=1, most=1_000_000, load_default=1)
    sku = Text(most=64, load_default=None, allow_none=True)
    category = Text(most=100, load_default=None, allow_none=True)
    tax_rate = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(r"^[01]?(\.\d{1,4})?$|^0\.\d{1,4}$"),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Line:
        return Line(**data)


class BasketSchema(Schema):
    currency = fields.String(required=True, validate=validate.Regexp(r"^[A-Z]{3}$"))
    total = Whole(required=True)
    lines = fields.List(
        fields.Nested(LineSchema), load_default=list, validate=validate.Length(max=1000)
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Basket:
        return Basket(data["currency"], Money(data["total"]), tuple(data["lines"]))


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


class CampaignChange(Schema):
    name = Text()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


class CampaignSchema(Schema):
    id = PublicId("ca")
    name = fields.String()
    state = fields.String()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)
    external_ref = fields.String(allow_none=True)
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


class OnSchema(Schema):
    skus = fields.List(Text(most=64), validate=validate.Length(1, MOST_LISTED))
    categories = fields.List(Text(most=100), validate=validate.Length(1, 1000))


class PercentSchema(Schema):
    kind = fields.String(required=True)
    percent = fields.String(required=True, validate=validate.Regexp(r"^\d{1,3}(\.\d{1,2})?$"))
    cap = Whole(least=1)
    on = fields.Nested(OnSchema)


class AmountSchema(Schema):
    kind = fields.String(required=True)
    amount = Whole(required=True, least=1)
    on = fields.Nested(OnSchema)


class FreeItemSchema(Schema):
    kind = fields.String(required=True)
    sku = Text(most=64)
    text = Text(most=200)
    on = fields.Nested(OnSchema)

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if not data.get("sku") and not data.get("text"):
            missing = N_("Name the product (sku) or what is handed over (text).")
            raise ValidationError(missing, "text")


class PointsSchema(Schema):
    kind = fields.String(required=True)
    points = Whole(required=True, least=1, most=10_000_000)
    on = fields.Nested(OnSchema)


class MinimumBasketSchema(Schema):
    kind = fields.String(required=True)
    amount = Whole(required=True, least=1)


class ProductsSchema(Schema):
    kind = fields.String(required=True)
    skus = fields.List(Text(most=64), required=True, validate=validate.Length(1, MOST_LISTED))


class CategoriesSchema(Schema):
    kind = fields.String(required=True)
    categories = fields.List(Text(most=100), required=True, validate=validate.Length(1, 1000))


class AudienceSchema(Schema):
    kind = fields.String(required=True)
    customers = fields.List(PublicId("cu"), validate=validate.Length(1, MOST_LISTED))
    audience = PublicId("au")

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("customers" in data) == ("audience" in data):
            raise ValidationError(N_("Name the customers, or an audience."), "customers")


class OfKind(fields.Field[dict[str, Any]]):
    """An object whose ``kind`` says which fields it has; an unknown kind is told the known ones."""

    def __init__(self, kinds: dict[str, type[Schema]], **given: Any) -> None:
        super().__init__(**given)
        self.kinds = kinds

    def _deserialize(self, value: Any, attr: Any, data: Any, **given: Any) -> Any:
        kind = value.get("kind") if isinstance(value, dict) else None
        if not isinstance(kind, str) or kind not in self.kinds:
            raise ValidationError(f"Unknown kind. Known are: {', '.join(sorted(self.kinds))}.")
        return self.kinds[kind]().load(value)


BENEFITS: dict[str, type[Schema]] = {
    "percent": PercentSchema,
    "amount": AmountSchema,
    "free_item": FreeItemSchema,
    "points": PointsSchema,
}
CONDITIONS: dict[str, type[Schema]] = {
    "minimum_basket": MinimumBasketSchema,
    "products": ProductsSchema,
    "categories": CategoriesSchema,
    "audience": AudienceSchema,
}


class ConditionsSchema(Schema):
    all = fields.List(OfKind(CONDITIONS), load_default=list, validate=validate.Length(max=50))


class LimitsSchema(Schema):
    overall = Whole(least=1, most=MOST_USES, load_default=None, allow_none=True)
    per_customer = Whole(least=1, most=MOST_USES, load_default=None, allow_none=True)


class OfferRequest(Schema):
    campaign = PublicId("ca", required=True)
    name = localized(required=True)
    benefit = OfKind(BENEFITS, required=True)
    conditions = fields.Nested(ConditionsSchema, load_default=dict)
    limits = fields.Nested(LimitsSchema, load_default=dict)
    starts_at = Moment(load_default=None, allow_none=True)
    ends_at = Moment(load_default=None, allow_none=True)


class OfferChange(Schema):
    name = localized()
    benefit = OfKind(BENEFITS)
    conditions = fields.Nested(ConditionsSchema)
    limits = fields.Nested(LimitsSchema)
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


class OfferSchema(Schema):
    id = PublicId("of")
    campaign = PublicId("ca")
    version = fields.Integer()
    name = fields.Dict()
    benefit = fields.Dict()
    conditions = fields.Dict()
    limits = fields.Dict()
    starts_at = Moment(allow_none=True)
    ends_at = Moment(allow_none=True)


class OfferQuery(PageQuery):
    campaign = PublicId("ca")


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


class ContactedSchema(Schema):
    recorded = fields.Integer()


class RecordedSchema(Schema):
    id = fields.String()


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


class QrQuery(Schema):
    size = fields.Integer(load_default=300, validate=validate.Range(64, 2000))
    ec = fields.String(load_default="Q", validate=validate.OneOf(list("LMQH")))


class ResponseRequest(Schema):
    campaign = PublicId("ca", required=True)
    channel = PublicId("ch", required=True)
    kind = fields.String(
        required=True,
        validate=validate.OneOf([k for k in RESPONSE_KINDS if k not in ("redeemed", "purchased")]),
    )
    code = Text(most=200)
    customer = PublicId("cu")
    note = Text(most=500, load_default=None, allow_none=True)
    at = Moment()


class ResponseQuery(PageQuery):
    campaign = PublicId("ca")
    kind = fields.String(validate=validate.OneOf(RESPONSE_KINDS))


class ResponseSchema(Schema):
    id = PublicId("rs")
    kind = fields.String()
    at = Moment()
    campaign = PublicId("ca", attribute="campaign_id", allow_none=True)
    channel = PublicId("ch", attribute="channel_id", allow_none=True)
    variant = fields.Constant(None)
    offer = PublicId("of", attribute="offer_id", allow_none=True)
    coupon = PublicId("co", attribute="coupon_id", allow_none=True)
    pseudonym = fields.String(allow_none=True)
    shop = PublicId("sh", attribute="shop_id", allow_none=True)
    purchase = PublicId("pu", attribute="purchase_id", allow_none=True)
    outcome = fields.String()
    reason = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class FiguresSchema(Schema):
    contacts = fields.Integer(allow_none=True)
    responders = fields.Integer()
    responses = fields.Integer()
    redemptions = fields.Integer()
    refused = fields.Integer()
    discount = fields.Integer(metadata={"maximum": LARGEST})
    revenue = fields.Integer()
    cost = fields.Integer(allow_none=True)
    response_rate = fields.Float(allow_none=True)
    cost_per_responder = fields.Integer(allow_none=True)


class ReportSchema(Schema):
    campaign = fields.Dict()
    totals = fields.Nested(FiguresSchema)
    channels = fields.List(fields.Dict())
    offers = fields.List(fields.Dict())
