"""The JSON of campaigns, offers and coupons, by subject."""

from coupons.schemas.basket import BasketSchema, LineSchema
from coupons.schemas.benefits import BENEFITS
from coupons.schemas.campaigns import (
    CampaignChange,
    CampaignRequest,
    CampaignSchema,
    ChannelSchema,
    ContactedSchema,
    ContactsRequest,
)
from coupons.schemas.conditions import CONDITIONS, ConditionsSchema
from coupons.schemas.issuing import (
    CouponSchema,
    IssuedSchema,
    IssueRequest,
    PersonalSchema,
    QrQuery,
    QueuedSchema,
)
from coupons.schemas.kinds import MOST_LISTED, MOST_USES, OfKind
from coupons.schemas.limits import CampaignLimitSchema, LimitSchema, LimitsSchema, TogetherSchema
from coupons.schemas.offers import CloneRequest, OfferChange, OfferQuery, OfferRequest, OfferSchema
from coupons.schemas.responses import (
    FiguresSchema,
    RecordedSchema,
    ReportSchema,
    ResponseQuery,
    ResponseRequest,
    ResponseSchema,
    ResponseWhySchema,
)
from coupons.schemas.shown import public_conditions, public_policy, public_terms

__all__ = [
    "BENEFITS",
    "CONDITIONS",
    "MOST_LISTED",
    "MOST_USES",
    "BasketSchema",
    "CampaignChange",
    "CampaignLimitSchema",
    "CampaignRequest",
    "CampaignSchema",
    "ChannelSchema",
    "CloneRequest",
    "ConditionsSchema",
    "ContactedSchema",
    "ContactsRequest",
    "CouponSchema",
    "FiguresSchema",
    "IssueRequest",
    "IssuedSchema",
    "LimitSchema",
    "LimitsSchema",
    "LineSchema",
    "OfKind",
    "OfferChange",
    "OfferQuery",
    "OfferRequest",
    "OfferSchema",
    "PersonalSchema",
    "QrQuery",
    "QueuedSchema",
    "RecordedSchema",
    "ReportSchema",
    "ResponseQuery",
    "ResponseRequest",
    "ResponseSchema",
    "ResponseWhySchema",
    "TogetherSchema",
    "public_conditions",
    "public_policy",
    "public_terms",
]
