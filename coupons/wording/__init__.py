"""Benefits, conditions and limits in words, the same on every face."""

from coupons.wording.benefits import benefit
from coupons.wording.conditions import condition, conditions
from coupons.wording.limits import limit, limits, on_refund, together

__all__ = ["benefit", "condition", "conditions", "limit", "limits", "on_refund", "together"]
