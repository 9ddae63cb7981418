"""Why a benefit gives nothing, beyond what every coupon may say. The codes never change."""

from core.errors import N_
from coupons.errors import NoBenefit


class NextCouponOver(NoBenefit):
    """``because`` is the code of why the coupon it gives cannot be used: that stops no purchase."""

    code = "next_coupon_over"
    sentence = N_(
        "The coupon that this one gives for the next time could not be used; this one was kept."
    )
