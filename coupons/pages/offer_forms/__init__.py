"""The forms of offers, by subject; what they say is the JSON of the API."""

from coupons.pages.offer_forms.conditions import TITLES as CONDITION_TITLES
from coupons.pages.offer_forms.form import BENEFITS, OfferForm, filled
from coupons.pages.offer_forms.kinds import GROUPS, STEPS, TITLES

__all__ = ["BENEFITS", "CONDITION_TITLES", "GROUPS", "STEPS", "TITLES", "OfferForm", "filled"]
