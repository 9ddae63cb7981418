"""Every way in which coupons say no. The codes never change."""

from http import HTTPStatus
from typing import Any, ClassVar

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


class NotInAudience(CouponRefusal):
    code = "not_in_audience"
    sentence = N_("This offer is for other customers.")


class NotNow(CouponRefusal):
    """``opens_at`` in its facts is when it holds next."""

    code = "not_now"
    sentence = N_("This offer does not hold at this hour. It does again from {opens_at}.")


class ShopNeeded(CouponRefusal):
    code = "shop_unknown"
    sentence = N_("This offer holds in some shops only. Say in which shop this is.")


class WrongShopForOffer(CouponRefusal):
    code = "wrong_shop_for_offer"
    sentence = N_("This offer does not hold in this shop. Send the customer to one where it does.")


class WrongChannelForOffer(CouponRefusal):
    code = "wrong_channel_for_offer"
    sentence = N_("This offer is for coupons that came another way.")


class TierNeeded(CouponRefusal):
    code = "tier_needed"
    sentence = N_("This offer is for customers of another tier: {tiers}.")


class NotFirstPurchase(CouponRefusal):
    code = "not_first_purchase"
    sentence = N_("This offer is for the first purchase; this customer has bought before.")


class BoughtRecently(CouponRefusal):
    code = "bought_recently"
    sentence = N_(
        "This offer is for those who have not bought for {days} days; "
        "this customer last did on {last}."
    )


class NeverBought(CouponRefusal):
    code = "never_bought"
    sentence = N_("This offer is for customers who come back; this one has not bought before.")


class BirthdayUnknown(CouponRefusal):
    code = "birthday_unknown"
    sentence = N_("This offer is for the birthday, which this customer has not told us yet.")


class NotYourBirthday(CouponRefusal):
    """The facts do not say when it is: the till need not know."""

    code = "not_your_birthday"
    sentence = N_("This offer is for the days around the customer's birthday.")


class TagMissing(CouponRefusal):
    code = "tag_missing"
    sentence = N_("This offer is for a group of customers that this one does not belong to.")


class AttributeMismatch(CouponRefusal):
    code = "attribute_mismatch"
    sentence = N_("This offer is for other customers: it depends on what is kept as “{name}”.")


class Excluded(CouponRefusal):
    """Something holds that must not; ``condition`` in its facts is the kind of it."""

    code = "excluded"
    sentence = N_("This offer is not for this purchase: something holds that excludes it.")

    BY_KIND: ClassVar[dict[str, str]] = {
        "dates": N_("This offer does not hold on these days."),
        "hours": N_("This offer does not hold at this hour. Try again later."),
        "minimum_basket": N_("The basket is too large for this offer."),
        "minimum_quantity": N_("There are too many pieces in the basket for this offer."),
        "products": N_("A product in the basket excludes this offer. Sell it separately."),
        "categories": N_("A product in the basket excludes this offer. Sell it separately."),
        "tags": N_("A product in the basket excludes this offer. Sell it separately."),
        "shops": N_("This offer does not hold in this shop."),
        "channels": N_("This offer is for coupons that came another way."),
        "tier": N_("This offer is not for customers of this tier."),
        "first_purchase": N_("This offer does not hold for the first purchase, but later."),
        "not_bought": N_("This offer is for those who have bought not long ago."),
        "birthday": N_("This offer does not hold in the days around the birthday."),
        "audience": N_("This customer is one of those whom this offer leaves out."),
        "customer_tags": N_("This customer is one of those whom this offer leaves out."),
        "attribute": N_("This customer is one of those whom this offer leaves out."),
    }

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        said = self.BY_KIND.get(str(facts.get("condition")), self.sentence)
        self.__dict__.update(sentence=said)


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
