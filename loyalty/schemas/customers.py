"""The JSON of customers."""

from itertools import chain
from typing import Any

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate, validates_schema

from core.errors import N_
from core.people import CONSENTS
from core.schemas import Moment, PageQuery, PublicId, Text
from coupons.schemas.conditions import Value


def _phone(**given: Any) -> Text:
    """Return the field of a phone number."""
    said = "Kept as E.164. Without its country it is of the shop's country, or the merchant's."
    return Text(most=40, metadata={"description": said}, **given)


class PersonSchema(Schema):
    name = Text(allow_none=True)
    email = Text(allow_none=True)
    phone = _phone(allow_none=True)
    birthday = fields.Date(allow_none=True)


MOST_NOTED = 50
"""So many tags, and so many attributes, a customer can have."""

SHORT = 50


class Noted(fields.Dict):
    """What is noted by name; what is wrong with one of them is told at its name."""

    def _deserialize(self, *given: Any, **more: Any) -> Any:
        try:
            return super()._deserialize(*given, **more)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            said = {name: [*chain(*wrong.values())] for name, wrong in error.messages.items()}
            raise ValidationError(said) from None


def tags() -> fields.List[str]:
    """Return the field of a customer's tags."""
    return fields.List(Text(most=SHORT), validate=validate.Length(max=MOST_NOTED))


def attributes() -> Noted:
    """Return the field of what is noted of a customer by name."""
    return Noted(keys=Text(most=SHORT), values=Value(), validate=validate.Length(max=MOST_NOTED))


class EnrolRequest(Schema):
    person = fields.Nested(PersonSchema, load_default=None, allow_none=True)
    locale = Text(most=20, load_default=None, allow_none=True)
    consents = fields.List(fields.String(validate=validate.OneOf(CONSENTS)), load_default=list)
    external_ref = Text(most=100, load_default=None, allow_none=True)
    shop = PublicId("sh", load_default=None, allow_none=True)
    channel = PublicId("ch", load_default=None, allow_none=True)
    referral_code = Text(most=200, load_default=None, allow_none=True)
    card = Text(
        most=500,
        load_default=None,
        allow_none=True,
        metadata={"description": "A blank card of the stock, to be theirs; else one is made."},
    )
    tags = tags()
    attributes = attributes()


class CustomerChange(Schema):
    person = fields.Nested(PersonSchema)
    locale = Text(most=20, allow_none=True)
    consents = fields.Dict(
        keys=fields.String(validate=validate.OneOf(CONSENTS)), values=fields.Boolean()
    )
    blocked = fields.Boolean()
    tags = tags()
    attributes = attributes()


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
    tags = fields.List(fields.String())
    attributes = fields.Dict()
    referral = fields.String(metadata={"description": "By a friend's code: the referral."})
    merged_into = fields.String(
        allow_none=True, metadata={"description": "Who a merged customer is now."}
    )


class FindRequest(Schema):
    """Whom to find: by exactly one of the two."""

    email = Text()
    phone = _phone()

    @validates_schema
    def check_one(self, data: dict[str, object], **_: object) -> None:
        if ("email" in data) == ("phone" in data):
            raise ValidationError(N_("Give either a mail address or a phone number."), "email")


class FoundSchema(Schema):
    card = fields.Dict()
    name = fields.String(
        allow_none=True,
        metadata={"description": "First letters, if the customer agreed to a name at the till."},
    )


class CustomerQuery(PageQuery):
    external_ref = Text(most=100)
    tag = Text(most=SHORT)


class ExportSchema(Schema):
    class Meta:
        """There is more in it than can be named here."""

        unknown = INCLUDE

    exported_at = Moment()
    customer = fields.Dict()
