"""The JSON of the rules of the points."""

from marshmallow import Schema, fields, validate

from core.schemas import Whole, localized


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
