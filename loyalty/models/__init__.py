"""The tables of loyalty: what a customer holds."""

from loyalty.models.cards import Card
from loyalty.models.points import (
    ENTRY_KINDS,
    SIDES,
    Account,
    Adjustment,
    Entry,
    Lot,
    LotMove,
    Programme,
)
from loyalty.models.referrals import (
    REFERRAL_STATES,
    Referral,
    ReferralCode,
    ReferralReward,
    ReferralScheme,
    Trace,
)
from loyalty.models.rewards import Claim, Reward
from loyalty.models.standing import (
    Stamp,
    StampBook,
    StampCard,
    Standing,
    StandingChange,
    Tier,
)

__all__ = [
    "ENTRY_KINDS", "REFERRAL_STATES", "SIDES", "Account", "Adjustment", "Card", "Claim", "Entry",
    "Lot", "LotMove", "Programme", "Referral", "ReferralCode", "ReferralReward", "ReferralScheme",
    "Reward", "Stamp", "StampBook", "StampCard", "Standing", "StandingChange", "Tier", "Trace",
]  # fmt: skip
