"""Every way in which cards, points and the checkout say no. The codes never change."""

from http import HTTPStatus

from core.errors import N_, Refusal


class CardNotFound(Refusal):
    code = "card_not_found"
    sentence = N_("This card is not one of ours. Check the number and scan again.")
    status = HTTPStatus.NOT_FOUND


class CardBlocked(Refusal):
    code = "card_blocked"
    sentence = N_("This card is blocked. Ask the manager.")


class CardReplaced(Refusal):
    code = "card_replaced"
    sentence = N_("This card was replaced and is no longer valid. Ask for the new one.")


class CustomerBlocked(Refusal):
    code = "customer_blocked"
    sentence = N_("This customer is blocked. Ask the manager.")


class OwnCard(Refusal):
    code = "own_card"
    sentence = N_("Staff cannot serve their own card. Ask a colleague.")


class PointsShort(Refusal):
    code = "points_short"
    sentence = N_("There are {available} points, and {wanted} were to be spent.")


class PointsTooMany(Refusal):
    code = "points_too_many"
    sentence = N_("At most {most} points can pay for this basket.")


class PointsNeedCard(Refusal):
    code = "points_need_card"
    sentence = N_("Points can only be spent with a customer card.")


class AdjustmentTooLarge(Refusal):
    code = "adjustment_too_large"
    sentence = N_("At most {most} points can be adjusted at a time.")


class ReceiptUsed(Refusal):
    code = "receipt_used"
    sentence = N_("This receipt was settled already.")


class NothingToSettle(Refusal):
    code = "nothing_to_settle"
    sentence = N_("There is neither a basket nor a coupon to settle.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class ShopNeeded(Refusal):
    code = "shop_needed"
    sentence = N_("Say in which shop: this key is not bound to one.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class PurchaseVoided(Refusal):
    code = "purchase_voided"
    sentence = N_("This purchase was undone already.")


class VoidTooLate(Refusal):
    code = "void_too_late"
    sentence = N_("A cashier can undo a purchase for {minutes} minutes. Ask the manager.")


class VoidElsewhere(Refusal):
    code = "void_elsewhere"
    sentence = N_("This purchase was settled at another till. Ask the manager.")


class OccurredTooLongAgo(Refusal):
    code = "occurred_too_long_ago"
    sentence = N_("This purchase is more than {days} days old. Ask the manager.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OccurredInFuture(Refusal):
    code = "occurred_in_future"
    sentence = N_("The time of this purchase lies in the future. Check the clock of the till.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY
