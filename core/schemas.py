"""Field types that every JSON schema shares: they let nothing odd through."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from core import ids, money
from core.approvals import ACTIONS
from core.auth import ROLES
from core.errors import N_, InvalidRequest, NotFound
from core.models import TIMED

WORDED = (
    N_("Missing data for required field."),
    N_("Field may not be null."),
    N_("Unknown field."),
    N_("Invalid value."),
    N_("Invalid type."),
    N_("Invalid input type."),
    N_("Not a valid boolean."),
    N_("Not a valid date."),
    N_("Not a valid datetime."),
    N_("Not a valid aware datetime."),
    N_("Not a valid email address."),
    N_("Not a valid integer."),
    N_("Not a valid list."),
    N_("Not a valid mapping type."),
    N_("Not a valid number."),
    N_("Not a valid string."),
    N_("Number too large."),
    N_("String does not match expected pattern."),
    N_("Shorter than minimum length {min}."),
    N_("Longer than maximum length {max}."),
    N_("Length must be between {min} and {max}."),
    N_("Length must be {equal}."),
    N_("Must be greater than or equal to {min} and less than or equal to {max}."),
    N_("Must be greater than or equal to {min}."),
    N_("Must be less than or equal to {max}."),
    N_("Must be one of: {choices}."),
    N_("Not an id of the form {prefix}_…."),
    N_("Unknown kind. Known are: {kinds}."),
)
"""What marshmallow and our fields say of a value; where two fit a message, the first counts."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


class Text(fields.String):
    """Printable text of a bounded length, with something in it."""

    def __init__(self, *, most: int = 200, least: int = 1, **given: Any) -> None:
        super().__init__(validate=validate.Length(min=least, max=most), **given)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **given: Any
    ) -> str:
        text: str = super()._deserialize(value, attr, data, **given)
        if _CONTROL.search(text):
            raise ValidationError(N_("Control characters are not allowed."))
        return text.strip()


class Pattern(validate.Regexp):
    """A pattern that the whole text must match: ``$`` alone lets a line break after it through."""

    def __call__(self, value: Any) -> Any:
        if value.endswith("\n"):
            raise ValidationError(self.error)
        return super().__call__(value)


class Whole(fields.Integer):
    """A whole number written as one: no fraction, no string, no true."""

    def __init__(self, *, least: int = 0, most: int = money.LARGEST, **given: Any) -> None:
        super().__init__(strict=True, validate=validate.Range(min=least, max=most), **given)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **given: Any
    ) -> int:
        if type(value) is not int:
            raise ValidationError(N_("Not a whole number."))
        return super()._deserialize(value, attr, data, **given) or 0


class PublicId(fields.String):
    """The opaque id of a row, such as ``sh_…``, read as a UUID and shown as the string."""

    def __init__(self, prefix: str, **given: Any) -> None:
        super().__init__(**given)
        self.prefix = prefix

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **given: Any
    ) -> Any:
        text = super()._deserialize(value, attr, data, **given)
        try:
            return ids.parse(self.prefix, text)
        except NotFound:
            raise ValidationError(f"Not an id of the form {self.prefix}_….") from None

    def _serialize(self, value: Any, attr: str | None, obj: Any, **given: Any) -> str | None:
        return ids.public(self.prefix, value) if isinstance(value, UUID) else value


def by_path(messages: Any, path: str = "") -> dict[str, list[str]]:
    """Return marshmallow's nested messages by field path: ``basket.lines.0.amount``."""
    if isinstance(messages, dict):
        found: dict[str, list[str]] = {}
        for name, inner in messages.items():
            key = f"{path}.{name}" if path and name != "_schema" else path or str(name)
            found |= by_path(inner, key)
        return found
    return (
        {path or "_schema": [str(m) for m in messages]}
        if isinstance(messages, list)
        else {path: [str(messages)]}
    )


def read(schema: Schema, sent: Any) -> Any:
    """Return what a schema reads in plain JSON.

    Raises:
        InvalidRequest: it is not as the schema describes it.
    """
    try:
        return schema.load(sent)
    except ValidationError as error:
        raise InvalidRequest(by_path(error.messages)) from None


SCANNED = 400
"""Characters that a scanner may send: an address of ours with a code and what hangs on it."""


class PageQuery(Schema):
    """How a list is asked for in an address."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    cursor = Text(most=200)


def localized(**given: Any) -> fields.Dict:
    """Return the field of a text written per language: ``{"en": …, "de": …}``."""
    return fields.Dict(
        keys=fields.String(validate=Pattern(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$")),
        values=Text(most=300),
        validate=validate.Length(min=1, max=20),
        **given,
    )


class Moment(fields.AwareDateTime):
    """An instant in RFC 3339 with its offset, in a year that business is done in."""

    def __init__(self, **given: Any) -> None:
        super().__init__(format="iso", **given)

    def _deserialize(
        self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **given: Any
    ) -> datetime:
        at: datetime = super()._deserialize(value, attr, data, **given)
        if not 2000 <= at.year <= 2100:
            raise ValidationError(N_("Not a year between 2000 and 2100."))
        return at.astimezone(UTC)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **given: Any) -> Any:
        """Write an instant; what was written already is left as it is."""
        return value if isinstance(value, str) else super()._serialize(value, attr, obj, **given)


class ProblemSchema(Schema):
    """RFC 9457 problem details; ``code`` never changes, /api/v1/problems/{code} explains it."""

    type = fields.String()
    title = fields.String()
    status = fields.Integer()
    detail = fields.String(metadata={"description": "A sentence in the language asked for."})
    code = fields.String()
    facts = fields.Dict(metadata={"description": "What the sentence is made of."})
    errors = fields.Dict(metadata={"description": "What is wrong, by field path."})


class ItemsSchema(Schema):
    """A page of a list."""

    items = fields.List(fields.Dict())
    next_cursor = fields.String(allow_none=True)


class MerchantSchema(Schema):
    name = Text(required=True)
    currency = fields.String(dump_only=True)
    zone = Text(required=True)
    locale = Text(required=True, most=20)


class ShopRequest(Schema):
    name = Text(required=True)
    zone = Text(required=True)


class ShopSchema(Schema):
    id = PublicId("sh")
    name = fields.String()
    zone = fields.String()


class TillRequest(Schema):
    label = Text(required=True, most=60)


class TillSchema(Schema):
    id = PublicId("ti")
    shop = PublicId("sh", attribute="shop_id")
    label = fields.String()
    state = fields.String()
    enrolment_code = fields.String(
        metadata={"description": "Enrols one device, once, within a day; shown this once."}
    )


class TimingSchema(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(TIMED))
    ms = Whole(required=True, most=600_000)


class TimingsRequest(Schema):
    items = fields.List(
        fields.Nested(TimingSchema), required=True, validate=validate.Length(1, 200)
    )


class SpreadSchema(Schema):
    shop = fields.String()
    till = fields.String()
    kind = fields.String()
    times = fields.Integer()
    median = fields.Integer(metadata={"description": "Milliseconds, at most."})
    p95 = fields.Integer(metadata={"description": "Milliseconds, at most."})


class SpreadsSchema(Schema):
    items = fields.List(fields.Nested(SpreadSchema))


class StaffRequest(Schema):
    name = Text(required=True)
    email = fields.Email(load_default=None, allow_none=True)
    role = fields.String(required=True, validate=validate.OneOf(ROLES))
    shop = PublicId("sh", load_default=None, allow_none=True)
    pin = Text(load_default=None, allow_none=True, most=8)


class StaffSchema(Schema):
    id = PublicId("st")
    name = fields.String()
    email = fields.String(allow_none=True)
    role = fields.String()
    state = fields.String()
    shop = PublicId("sh", attribute="shop_id", allow_none=True)


class TillRulesSchema(Schema):
    lock_minutes = Whole(least=1, most=720)
    void_minutes = Whole(most=525_600)
    approve_above = Whole(allow_none=True)
    offline_hours = Whole(most=168)
    offline_most = Whole(allow_none=True)


class ApprovalRequest(Schema):
    staff = PublicId("st")
    pin = Text(most=64)
    badge = Text(most=200)
    action = fields.String(required=True, validate=validate.OneOf(ACTIONS))
    subject = Text(required=True, most=100)

    @validates_schema(skip_on_field_errors=True)
    def check_who(self, sent: dict[str, Any], **_: Any) -> None:
        if set(sent) - {"action", "subject"} not in ({"staff", "pin"}, {"badge"}):
            raise ValidationError(N_("Send a staff member and their PIN, or a badge."), "staff")


class ApprovalSchema(Schema):
    approval = fields.String(
        metadata={"description": "To be sent as the header Approval, once; shown this once."}
    )
    until = Moment()


class BadgeSchema(Schema):
    badge = fields.String(metadata={"description": "What the badge says; shown this once."})


class LockSchema(Schema):
    lock_minutes = fields.Integer()


class KeyRequest(Schema):
    name = Text(required=True)
    scopes = fields.List(Text(most=60), required=True, validate=validate.Length(1, 60))
    shop = PublicId("sh", load_default=None, allow_none=True)
    expires_at = Moment(load_default=None, allow_none=True)


class KeySchema(Schema):
    id = PublicId("ke")
    name = fields.String()
    scopes = fields.List(fields.String())
    shop = PublicId("sh", attribute="shop_id", allow_none=True)
    expires_at = Moment(allow_none=True)
    revoked_at = Moment(allow_none=True)
    key = fields.String(metadata={"description": "The secret; shown this once."})


class JobSchema(Schema):
    id = PublicId("jo")
    kind = fields.String()
    state = fields.String()
    total = fields.Integer()
    done = fields.Integer()
    problem = fields.String(allow_none=True)
    created_at = Moment(attribute="at")
    finished_at = Moment(allow_none=True)


class AuditSchema(Schema):
    at = Moment()
    actor = fields.String()
    action = fields.String()
    subject = fields.String()
    old = fields.Dict()
    new = fields.Dict()
    request_id = fields.String(allow_none=True)
