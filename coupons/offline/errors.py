"""Every way in which tokens and policies say no. The codes never change."""

from http import HTTPStatus
from typing import Any, ClassVar

from core.errors import N_, Refusal
from coupons.errors import CouponRefusal


class LineNeeded(CouponRefusal):
    """Without a line nobody can tell: the code carries no signature that this till knows."""

    code = "line_needed"
    sentence = N_("This code cannot be checked without a line. Try again once it is back.")


class DiscountAboveOffline(CouponRefusal):
    """Its offer takes no more than ``most`` off where nobody can be asked."""

    code = "discount_above_offline"
    sentence = N_("Without a line, at most {most} is taken off with this coupon.")
    money = frozenset({"most"})


class OtherShopOffline(CouponRefusal):
    """Its offer is taken in one shop only where nobody can be asked."""

    code = "other_shop_offline"
    sentence = N_("Without a line, this coupon is taken in its own shop only.")


class BasketAboveOffline(Refusal):
    """The rules of the tills set what a basket may be at most, ``most``."""

    code = "basket_above_offline"
    sentence = N_("Without a line, no coupon is taken on a basket above {most}.")
    money = frozenset({"most"})


class OfflineNotWorkable(Refusal):
    """``because`` in its facts is what stands against it: benefit, products, conditions, limits."""

    code = "offline_not_workable"
    sentence = N_("A till without a line cannot work this offer out, so it cannot be taken there.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY

    BECAUSE: ClassVar[dict[str, str]] = {
        "benefit": N_(
            "Without a line a till can take off a percentage or an amount, and give a present in "
            "words, points or a sample. This offer gives something else."
        ),
        "products": N_(
            "Without a line a till knows the total of the basket only, and this offer is about "
            "products or pieces."
        ),
        "conditions": N_(
            "Without a line a till can look at the total, the days, the hours and the shop, all of "
            "which must hold. This offer has other conditions."
        ),
        "limits": N_(
            "Without a line a till cannot count, so an offer with limits of its own, of its "
            "campaign or for each customer cannot be taken there."
        ),
    }

    def __init__(self, **facts: Any) -> None:
        super().__init__(**facts)
        said = self.BECAUSE.get(str(facts.get("because")), self.sentence)
        self.__dict__.update(sentence=said)
