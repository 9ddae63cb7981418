"""Why coupons were refused, where the facts of each single case are not at hand."""

from collections.abc import Iterable

from flask_babel import lazy_gettext

from core.errors import every_refusal
from core.i18n import gettext

WITHOUT_FACTS = {
    "bought_recently": lazy_gettext("This customer has bought not long ago."),
    "basket_too_small": lazy_gettext("The basket is too small for this offer."),
    "better_taken": lazy_gettext("Another coupon gave more."),
    "budget_used_up": lazy_gettext("The budget of this offer does not suffice any more."),
    "bundle_incomplete": lazy_gettext("The set is not complete."),
    "attribute_mismatch": lazy_gettext("It depends on something that is known of the customer."),
    "early_bird_sold_out": lazy_gettext("All places of this offer are taken."),
    "not_now": lazy_gettext("This offer does not hold at this hour."),
    "not_together": lazy_gettext("It cannot be used together with another coupon."),
    "coupon_held": lazy_gettext("Another till held it at that moment."),
    "card_needed": lazy_gettext("It needs a customer card, and there was none."),
    "lines_needed": lazy_gettext("The till did not say which products were bought."),
    "offer_ended": lazy_gettext("This offer had ended."),
    "offer_not_started": lazy_gettext("This offer had not started yet."),
    "quantity_too_small": lazy_gettext("Too few pieces are in the basket for this offer."),
    "tier_needed": lazy_gettext("This offer is for customers of another tier."),
}
"""What is said of a refusal whose sentence has facts in it."""


def said(codes: Iterable[str]) -> dict[str, str]:
    """Return why something was refused, by the code of the reason."""
    wanted = set(codes)
    found = {
        kind.code: gettext(kind.sentence)
        for kind in every_refusal()
        if getattr(kind, "code", None) in wanted and "{" not in kind.sentence
    }
    return found | {code: str(text) for code, text in WITHOUT_FACTS.items() if code in wanted}
