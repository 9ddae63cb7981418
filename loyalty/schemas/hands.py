"""The JSON of points that people move: adjustments, transfers, merges, opening balances."""

from contextlib import suppress
from datetime import date
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core import clock
from core.errors import N_, InvalidRequest
from core.schemas import Moment, PageQuery, PublicId, Text, Whole
from loyalty.openings import Opening
from loyalty.schemas.rewards import Whose

LARGEST = 10_000_000_000


class AdjustmentSchema(Schema):
    id = PublicId("ad")
    customer = PublicId("cu", attribute="customer_id")
    points = fields.Integer()
    reason = fields.String()
    state = fields.String()
    requested_by = fields.String()
    requested_at = Moment()
    decided_by = fields.String(allow_none=True)
    decided_at = Moment(allow_none=True)


class AdjustmentQuery(PageQuery):
    state = fields.String(validate=validate.OneOf(["requested", "approved", "declined"]))


class TransferRequest(Schema):
    to = fields.Nested(Whose, required=True)
    points = Whole(required=True, least=1)


class TransferSchema(Schema):
    id = fields.String()
    customer = fields.String()
    to = fields.String()
    points = fields.Integer()
    available = fields.Integer(metadata={"description": "What the giver has left."})


class MergeRequest(Schema):
    into = PublicId("cu", required=True)


class OpeningSchema(Schema):
    ref = Text(required=True, most=100)
    points = Whole(required=True, least=1, most=LARGEST)
    earned_at = Moment(required=True)
    expires_at = Moment(load_default=None, allow_none=True)
    customer = PublicId("cu", attribute="customer_id")
    card = Text()
    external_ref = Text(most=100)

    @validates_schema
    def check_one(self, data: dict[str, object], **_: object) -> None:
        named = [one for one in ("customer_id", "card", "external_ref") if one in data]
        if len(named) != 1:
            raise ValidationError(
                N_("Name the customer by one of: customer, card, external_ref."), "customer"
            )


class ImportRequest(Schema):
    items = fields.List(
        fields.Nested(OpeningSchema), required=True, validate=validate.Length(1, 1000)
    )


class ImportSchema(Schema):
    items = fields.List(fields.Dict())
    booked = fields.Integer()
    already = fields.Integer()
    refused = fields.Integer()


def opening_of(row: dict[str, str], zone: str) -> Opening:
    """Read a row of a file: days stand for all of the day, in the merchant's zone.

    Raises:
        InvalidRequest: a field is not right.
    """
    sent: dict[str, Any] = {name: text for name, text in row.items() if text}
    if sent.get("points", "").isascii() and sent.get("points", "").isdecimal():
        sent["points"] = int(sent["points"])
    for name, edge in (("earned_at", clock.day_start), ("expires_at", clock.day_end)):
        with suppress(ValueError):
            sent[name] = edge(date.fromisoformat(sent.get(name, "")), zone).isoformat()
    schema = OpeningSchema()
    if wrong := schema.validate(sent):
        raise InvalidRequest(wrong)
    return Opening(**schema.load(sent))
