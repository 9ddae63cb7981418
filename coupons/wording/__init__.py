"""Benefits and conditions in words, the same on every face."""

from coupons.wording.benefits import benefit
from coupons.wording.conditions import condition, conditions

__all__ = ["benefit", "condition", "conditions"]
