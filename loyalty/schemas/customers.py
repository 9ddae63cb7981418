"""The JSON of customers."""

from marshmallow import INCLUDE, Schema, fields, validate

from core.people import CONSENTS
from core.schemas import Moment, PageQuery, PublicId, Text


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


class ExportSchema(Schema):
    class Meta:
        """There is more in it than can be named here."""

        unknown = INCLUDE

    exported_at = Moment()
    customer = fields.Dict()
