"""The JSON of limits, and of how an offer goes together with others."""

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.schemas import Text, Whole
from coupons.schemas.kinds import MOST_USES, Truth, exactly_one

MOST_LIMITS = 20


class LimitSchema(Schema):
    of = fields.String(required=True, validate=validate.OneOf(["code", "offer", "campaign"]))
    each_customer = Truth(load_default=False)
    per = fields.String(
        load_default="all", validate=validate.OneOf(["all", "day", "week", "month"])
    )
    uses = Whole(least=1, most=MOST_USES)
    discount = Whole(least=1)
    overrun = fields.String(load_default="refuse", validate=validate.OneOf(["refuse", "rest"]))

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        message = N_("Say either how many uses, or how much discount.")
        exactly_one(data, "uses", "discount", message=message)
        if data.get("overrun") == "rest" and "discount" not in data:
            raise ValidationError(N_("Only a limit of discount can give the rest."), "overrun")


class CampaignLimitSchema(LimitSchema):
    of = fields.String(load_default="campaign", validate=validate.OneOf(["campaign"]))


def limits(schema: type[LimitSchema], **given: Any) -> fields.List[dict[str, Any]]:
    """Return the field of some limits, none of which is said twice."""
    return fields.List(
        fields.Nested(schema), validate=[validate.Length(max=MOST_LIMITS), _once], **given
    )


def _once(found: list[dict[str, Any]]) -> None:
    names = [
        (one["of"], one["each_customer"], one["per"], "uses" if "uses" in one else "discount")
        for one in found
    ]
    if len(set(names)) != len(names):
        raise ValidationError(N_("The same limit is said twice."))


class LimitsSchema(Schema):
    overall = Whole(least=1, most=MOST_USES, load_default=None, allow_none=True)
    per_customer = Whole(least=1, most=MOST_USES, load_default=None, allow_none=True)
    more = limits(LimitSchema, load_default=list)

    @validates_schema
    def none_twice(self, data: dict[str, Any], **_: Any) -> None:
        for one in data.get("more", ()):
            if (one["of"], one["per"]) == ("offer", "all") and "uses" in one:
                name = "per_customer" if one["each_customer"] else "overall"
                if data.get(name):
                    raise ValidationError(N_("The same limit is said twice."), "more")


class TogetherSchema(Schema):
    priority = Whole(most=1000, load_default=500)
    group = Text(most=60, load_default=None, allow_none=True)
    mode = fields.String(
        load_default="stackable", validate=validate.OneOf(["stackable", "exclusive", "best"])
    )
    base = fields.String(load_default="running", validate=validate.OneOf(["running", "first"]))


def on_refund(**given: Any) -> fields.String:
    """Return the field of whether a full refund gives the use back."""
    return fields.String(validate=validate.OneOf(["restore", "burn"]), **given)
