"""The JSON of customers, cards, points and purchases."""

from marshmallow import INCLUDE, Schema, fields, validate

from core.people import CONSENTS
from core.schemas import Moment, PageQuery, PublicId, Text, Whole, localized
from coupons.schemas import BasketSchema


class PersonSchema(Schema):
    name = Text(allow_none=True)
    email = Text(allow_none=True)
    phone = Text(most=40, allow_none=True)
    birthday = fields.Date(allow_none=True)


class EnrolRequest(Schema):
    person = fields.Nested(PersonSchema, load_default=None, allow_none=True)
    locale = Text(most=20, load_default=None, allow_none=True)
    consents = fields.List(fields.String(validate=validate.OneOf(CONSENTS)), load_default=list)
    external_ref = Text(most=100, load_default=None, allow_none=True)
    shop = PublicId("sh", load_default=None, allow_none=True)
    channel = PublicId("ch", load_default=None, allow_none=True)


class CustomerChange(Schema):
    person = fields.Nested(PersonSchema)
    locale = Text(most=20, allow_none=True)
    consents = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CONSENTS)), values=fields.Boolean()
    )
    blocked = fields.Boolean()


class CustomerSchema(Schema):
    id = fields.String()
    pseudonym = fields.String()
    state = fields.String()
    locale = fields.String(allow_none=True)
    external_ref = fields.String(allow_none=True)
    person = fields.Nested(PersonSchema, allow_none=True)
    consents = fields.Dict()
    card = fields.Dict()
    points = fields.Dict()
    link = fields.String(allow_none=True)


class CustomerQuery(PageQuery):
    external_ref = Text(most=100)


class ReplaceRequest(Schema):
    reason = Text(required=True)


class AdjustRequest(Schema):
    points = Whole(required=True, least=-10_000_000, most=10_000_000)
    reason = Text(required=True)


class BalanceSchema(Schema):
    available = fields.Integer()
    pending = fields.Integer()
    debt = fields.Integer()
    next_expiry = fields.Dict(allow_none=True)


class EntrySchema(Schema):
    id = PublicId("le")
    kind = fields.String()
    from_side = fields.String(data_key="from")
    to_side = fields.String(data_key="to")
    points = fields.Integer()
    at = Moment()
    due_at = Moment(allow_none=True)
    expires_at = Moment(allow_none=True)
    purchase = PublicId("pu", attribute="purchase_id", allow_none=True)
    reverses = PublicId("le", attribute="reverses_id", allow_none=True)
    actor = fields.String()
    reason = fields.String(allow_none=True)


class CardShownSchema(Schema):
    number = fields.String()
    state = fields.String()
    qr = fields.String()


class ExportSchema(Schema):
    class Meta:
        """There is more in it than can be named here."""

        unknown = INCLUDE

    exported_at = Moment()
    customer = fields.Dict()


class CardSchema(Schema):
    number = fields.String()
    state = fields.String()
    customer = fields.Dict()
    points = fields.Dict()
    coupons = fields.List(fields.Dict())


class ScanRequest(Schema):
    code = fields.String(required=True, validate=validate.Length(1, 500))


class ScanSchema(Schema):
    kind = fields.String()
    card = fields.Dict()
    customer = fields.Dict()
    points = fields.Dict()
    coupon = fields.Dict()
    coupons = fields.List(fields.Dict())


class QuoteRequest(Schema):
    shop = PublicId("sh", load_default=None, allow_none=True)
    till = PublicId("ti", load_default=None, allow_none=True)
    card = Text(load_default=None, allow_none=True)
    coupons = fields.List(Text(most=200), load_default=list, validate=validate.Length(max=100))
    spend_points = Whole(load_default=0)
    basket = fields.Nested(BasketSchema, load_default=None, allow_none=True)
    occurred_at = Moment(load_default=None, allow_none=True)
    on_refusal = fields.String(load_default="refuse", validate=validate.OneOf(["refuse", "skip"]))
    receipt = Text(most=64, load_default=None, allow_none=True)


class PurchaseRequest(QuoteRequest):
    """The same as a quote: what was quoted is what is settled."""


class PurchaseSchema(Schema):
    id = fields.String()
    basket_total = fields.Integer()
    discount = fields.Integer()
    paid_with_points = fields.Integer()
    to_pay = fields.Integer()
    currency = fields.String()
    redemptions = fields.List(fields.Dict())
    points = fields.Dict()
    refused = fields.List(fields.Dict())
    messages = fields.List(fields.Dict())
    shop = fields.String()
    receipt = fields.String(allow_none=True)
    occurred_at = Moment()
    voided_at = Moment(allow_none=True)


class VoidRequest(Schema):
    reason = Text(load_default="undone at the till")


class ProgrammeSchema(Schema):
    name = localized()
    earn_points = Whole(most=10_000)
    earn_per = Whole(least=1)
    earn_minimum = Whole()
    point_value = Whole()
    pending_days = Whole(most=365)
    expiry_months = Whole(least=1, most=120, allow_none=True)
    clawback = fields.String(validate=validate.OneOf(["only_pending", "within_balance", "debt"]))
    lapsed_refund = fields.String(validate=validate.OneOf(["lapse", "grace"]))
    adjust_limit = Whole(most=10_000_000)
