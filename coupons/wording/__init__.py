"""Benefits, conditions and limits in words, the same on every face."""

from coupons.wording.benefits import benefit
from coupons.wording.conditions import condition, conditions
from coupons.wording.limits import limit, limits, offline, on_refund, together
from coupons.wording.places import counter, sold_out

__all__ = [
    "benefit", "condition", "conditions", "counter", "limit", "limits", "offline", "on_refund",
    "sold_out", "together",
]  # fmt: skip
