"""What does an offer give? Pure: no session, no clock, no request.

A benefit looks at what is left of each line after the coupons before it, and returns what it
takes off, line by line, in minor units, with whatever else it gives. The parts sum to the whole
by construction.
"""

from coupons.benefits.bundles import Bundle
from coupons.benefits.extras import (
    BonusPoints,
    BonusStamps,
    Guarantee,
    HandedOver,
    NextCoupon,
    PointsFactor,
)
from coupons.benefits.given import WHOLE, Ask, Benefit, Factor, Given, Stamps, factor, hundredths
from coupons.benefits.pieces import BuyGet, FreeItem, FreePieces, Some
from coupons.benefits.prices import Amount, AmountPerPiece, FixedPiecePrice, FixedPrice, Percent
from coupons.benefits.reading import KINDS, parts, read
from coupons.benefits.steps import Chosen, EarlyBird, EarlyStep, Ladder

__all__ = [
    "KINDS",
    "WHOLE",
    "Amount",
    "AmountPerPiece",
    "Ask",
    "Benefit",
    "BonusPoints",
    "BonusStamps",
    "Bundle",
    "BuyGet",
    "Chosen",
    "EarlyBird",
    "EarlyStep",
    "Factor",
    "FixedPiecePrice",
    "FixedPrice",
    "FreeItem",
    "FreePieces",
    "Given",
    "Guarantee",
    "HandedOver",
    "Ladder",
    "NextCoupon",
    "Percent",
    "PointsFactor",
    "Some",
    "Stamps",
    "factor",
    "hundredths",
    "parts",
    "read",
]
