"""Every way in which coupons say no. The codes never change."""

from http import HTTPStatus
from typing import Any

from core.errors import N_, Refusal


class CodeNotFound(Refusal):
    code = "code_not_found"
    sentence = N_("This code is not one of ours. Check it and scan again.")
    status = HTTPStatus.NOT_FOUND


class CouponRefusal(Refusal):
    """A coupon that cannot be used now; ``coupon`` in its facts is the masked code."""

    code = "coupon_refused"
    sentence = N_("This coupon cannot be used.")

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        self.attempts: Any = None


class CouponFrozen(CouponRefusal):
    code = "coupon_frozen"
    sentence = N_("This coupon is on hold. Ask the manager.")


class CouponRevoked(CouponRefusal):
    code = "coupon_revoked"
    sentence = N_("This coupon has been withdrawn.")


class CouponUsedUp(CouponRefusal):
    code = "coupon_used_up"
    sentence = N_("This coupon has been used already.")


class CouponHeld(CouponRefusal):
    """Another till has quoted it for its customer; ``until`` in its facts is when that ends."""

    code = "coupon_held"
    sentence = N_("Held at {till}. Ask there, or try again in two minutes.")


class CouponTwice(CouponRefusal):
    code = "coupon_twice"
    sentence = N_("This coupon is in the basket already; it counts once.")


class CouponNotYours(CouponRefusal):
    code = "coupon_not_yours"
    sentence = N_("This coupon belongs to another card.")


class CardNeeded(CouponRefusal):
    code = "card_needed"
    sentence = N_("This coupon needs a customer card. Scan the card first.")


class CustomerLimitReached(CouponRefusal):
    code = "customer_limit_reached"
    sentence = N_("This customer has used this offer as often as it allows.")


class OfferUsedUp(CouponRefusal):
    code = "offer_used_up"
    sentence = N_("This offer is sold out.")


class CampaignUsedUp(CouponRefusal):
    code = "campaign_used_up"
    sentence = N_("All offers of this campaign are used up.")


class BudgetUsedUp(CouponRefusal):
    code = "budget_used_up"
    sentence = N_("The budget of this offer does not suffice any more; {left} is left.")
    money = frozenset({"left"})


class NotTogether(CouponRefusal):
    code = "not_together"
    sentence = N_("This coupon cannot be used together with {other}. Use it next time.")


class BetterTaken(CouponRefusal):
    """Of some offers the best one counts, so the others stand back: that stops no purchase."""

    code = "better_taken"
    sentence = N_("{other} gives more, so this coupon was kept for another time.")


class CampaignNotRunning(CouponRefusal):
    code = "campaign_not_running"
    sentence = N_("This offer is not running at the moment.")


class OfferNotStarted(CouponRefusal):
    code = "offer_not_started"
    sentence = N_("This offer starts on {starts_at}.")


class OfferEnded(CouponRefusal):
    code = "offer_ended"
    sentence = N_("This offer ended on {ends_at}.")


class BasketNeeded(CouponRefusal):
    code = "basket_needed"
    sentence = N_("This coupon needs a basket. Enter the total first.")


class LinesNeeded(CouponRefusal):
    code = "lines_needed"
    sentence = N_("This coupon is for certain products, so the till must send the lines.")


class BasketTooSmall(CouponRefusal):
    code = "basket_too_small"
    sentence = N_("This offer needs a basket of {minimum}; {missing} is missing.")
    money = frozenset({"minimum", "total", "missing"})


class ProductsMissing(CouponRefusal):
    code = "products_missing"
    sentence = N_("None of the products of this offer is in the basket.")


class QuantityTooSmall(CouponRefusal):
    code = "quantity_too_small"
    sentence = N_("This offer needs {minimum} pieces; {missing} more must be in the basket.")


class FreePieceMissing(CouponRefusal):
    code = "free_piece_missing"
    sentence = N_("What comes with the purchase is not in the basket yet. Scan it too.")


class BundleIncomplete(CouponRefusal):
    code = "bundle_incomplete"
    sentence = N_("The set is not complete; {missing} more of its products must be in the basket.")


class EarlyBirdSoldOut(CouponRefusal):
    code = "early_bird_sold_out"
    sentence = N_("All {places} places of this offer are taken.")


class NoBenefit(CouponRefusal):
    code = "no_benefit"
    sentence = N_("This coupon would take nothing off this basket, so it was kept.")


class AmountDiffers(CouponRefusal):
    """A till without a line gave another amount; the coupon is redeemed all the same."""

    code = "amount_differs"
    sentence = N_("The till took {given} off, and {due} was due. Load its offers again.")
    money = frozenset({"given", "due"})


class TooManyCoupons(Refusal):
    code = "too_many_coupons"
    sentence = N_("At most {most} coupons can be used in one purchase.")


class CurrencyMixed(Refusal):
    code = "currency_mixed"
    sentence = N_("This shop takes {currency} only.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LinesDoNotSum(Refusal):
    code = "lines_do_not_sum"
    sentence = N_("The lines come to {lines}, but the total says {total}.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    money = frozenset({"lines", "total"})


class CodeTaken(Refusal):
    code = "code_taken"
    sentence = N_("There is a coupon with this code already.")


class CodeNotUsable(Refusal):
    code = "code_not_usable"
    sentence = N_("A public code has 4 to 32 letters and digits and does not look like a card.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class TooManyWaiting(Refusal):
    code = "too_many_waiting"
    sentence = N_("{waiting} coupons are still being made. Wait until they are done.")


class ChannelNeeded(Refusal):
    code = "channel_needed"
    sentence = N_("This campaign has several channels: say by which one these go out.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
