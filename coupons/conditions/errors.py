"""Why a condition does not hold. The codes never change."""

from typing import Any, ClassVar

from core.errors import N_
from coupons.errors import CouponRefusal


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
