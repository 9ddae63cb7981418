"""The tables of coupons, and of the purchases they are redeemed with."""

from coupons.models.campaigns import CHANNEL_KINDS, Campaign, Channel, Contact
from coupons.models.offers import (
    Audience,
    AudienceMember,
    Coupon,
    DryRun,
    Hold,
    Issue,
    Offer,
    OfferVersion,
    Quota,
    QuotaUse,
)
from coupons.models.purchases import (
    PURCHASE_STATES,
    RESPONSE_KINDS,
    Conflict,
    Purchase,
    PurchaseLine,
    Redemption,
    Refund,
    Response,
)

__all__ = [
    "CHANNEL_KINDS", "PURCHASE_STATES", "RESPONSE_KINDS", "Audience", "AudienceMember", "Campaign",
    "Channel", "Conflict", "Contact", "Coupon", "DryRun", "Hold", "Issue", "Offer", "OfferVersion",
    "Purchase", "PurchaseLine", "Quota", "QuotaUse", "Redemption", "Refund", "Response",
]  # fmt: skip
