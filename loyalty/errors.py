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


class CardBlank(Refusal):
    code = "card_blank"
    sentence = N_("This card was not handed out yet. Scan it by itself at the till.")


class CardWithdrawn(Refusal):
    code = "card_withdrawn"
    sentence = N_(
        "This card was withdrawn before it was handed out. Keep it, and take another one."
    )


class CardTaken(Refusal):
    code = "card_taken"
    sentence = N_("This card was handed out already. Take another one.")


class CardNumberTaken(Refusal):
    code = "card_number_taken"
    sentence = N_("{number} is a card or a code already. No card was taken in.")


class PictureOld(Refusal):
    code = "picture_old"
    sentence = N_("This is a picture of the card. Ask the customer to open the card on the phone.")


class PictureUsed(Refusal):
    code = "picture_used"
    sentence = N_("This picture of the card was taken already. Wait for the next one and scan it.")


class CardProofNeeded(Refusal):
    code = "card_proof_needed"
    sentence = N_(
        "Without the card on the phone, at most {most} points can be spent."
        " Scan it there, or ask a supervisor."
    )


class CustomerNotFound(Refusal):
    code = "customer_not_found"
    sentence = N_("No customer has exactly this. Check how it is written, or hand out a new card.")
    status = HTTPStatus.NOT_FOUND


class CustomerBlocked(Refusal):
    code = "customer_blocked"
    sentence = N_("This customer is blocked. Ask the manager.")


class CustomerErased(CustomerBlocked):
    code = "customer_erased"
    sentence = N_("This customer was erased, and the card with them. Offer a new card.")


class OwnCard(Refusal):
    code = "own_card"
    sentence = N_("Staff cannot serve their own card. Ask a colleague.")


class PointsShort(Refusal):
    code = "points_short"
    sentence = N_("There are {available} points, and {wanted} were to be spent.")


class PointsTooMany(Refusal):
    code = "points_too_many"
    sentence = N_("At most {most} points can pay for this basket.")


class PointsTooFew(Refusal):
    code = "points_too_few"
    sentence = N_("Points are spent {least} at a time or more.")


class PointsNeedCard(Refusal):
    code = "points_need_card"
    sentence = N_("Points can only be spent with a customer card.")


class SecondPersonNeeded(Refusal):
    code = "second_person_needed"
    sentence = N_("Somebody else must approve this: you have asked for it.")


class TransfersOff(Refusal):
    code = "transfers_off"
    sentence = N_("Points cannot be given to others here.")


class TransferToSelf(Refusal):
    code = "transfer_to_self"
    sentence = N_("Both cards belong to the same customer.")


class MergeWithSelf(Refusal):
    code = "merge_with_self"
    sentence = N_("A customer cannot be merged with themselves.")


class PointsExpired(Refusal):
    code = "points_expired"
    sentence = N_("These points expired on {expired_at}.")


class EarnedInFuture(Refusal):
    code = "earned_in_future"
    sentence = N_("These points would be earned in the future only.")


class ReferenceTaken(Refusal):
    code = "reference_taken"
    sentence = N_("This reference was used for another customer or number of points.")


class RewardEnded(Refusal):
    code = "reward_ended"
    sentence = N_("This reward is no longer given out.")


class RewardNotStarted(Refusal):
    code = "reward_not_started"
    sentence = N_("This reward can be claimed from {starts_at}.")


class RewardSoldOut(Refusal):
    code = "reward_sold_out"
    sentence = N_("This reward is gone.")


class RewardTierNeeded(Refusal):
    code = "reward_tier_needed"
    sentence = N_("This reward is for customers who have reached {tier}.")


class RewardUsed(Refusal):
    code = "reward_used"
    sentence = N_("The coupon of this reward has been used, so the points cannot come back.")


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


class FullyRefunded(Refusal):
    code = "fully_refunded"
    sentence = N_("All of this purchase was given back already.")


class RefundTooMuch(Refusal):
    code = "refund_too_much"
    sentence = N_("Only {left} is left to give back.")
    money = frozenset({"left"})


class PiecesTooMany(Refusal):
    code = "pieces_too_many"
    sentence = N_("Of this line {left} pieces are left to give back.")


class NothingToRefund(Refusal):
    code = "nothing_to_refund"
    sentence = N_("Nothing was paid for this. Undo the whole purchase instead.")


class NotCovered(Refusal):
    code = "not_covered"
    sentence = N_("No money-back guarantee covers this line.")


class ClaimTooLate(Refusal):
    code = "claim_too_late"
    sentence = N_("The money-back guarantee ended on {until}.")


class ClaimReasonUnknown(Refusal):
    code = "claim_reason_unknown"
    sentence = N_("Choose one of the reasons of this guarantee.")


class OccurredTooLongAgo(Refusal):
    code = "occurred_too_long_ago"
    sentence = N_("This purchase is more than {days} days old. Ask the manager.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class OccurredInFuture(Refusal):
    code = "occurred_in_future"
    sentence = N_("The time of this purchase lies in the future. Check the clock of the till.")
    status = HTTPStatus.UNPROCESSABLE_ENTITY


class LeaseOver(Refusal):
    """A till without a line went on for too long; what it sold stands all the same."""

    code = "lease_over"
    sentence = N_("The till had been without a line for too long. Take it online every day.")


class ClockWrong(Refusal):
    """A till without a line was in another time; what it sold stands, as of when it was told."""

    code = "clock_wrong"
    sentence = N_("The clock of the till said {said}, which cannot be. Set it right.")


class AnswerWithheld(Refusal):
    """Whoever sends many unknown codes is told no more which of them exist; the sales stand."""

    code = "answer_withheld"
    sentence = N_(
        "This sale is recorded. Too many unknown codes were sent, so only the manager sees what "
        "was wrong with it."
    )


class ReferralsOff(Refusal):
    code = "referrals_off"
    sentence = N_("Refer a friend is not offered at present.")


class OwnReferral(Refusal):
    code = "own_referral"
    sentence = N_("Nobody can refer themselves, or somebody who brought them.")


class FriendNotNew(Refusal):
    code = "friend_not_new"
    sentence = N_("Only a new customer can be referred by a friend.")


class ReferredAlready(Refusal):
    code = "referred_already"
    sentence = N_("This customer was referred by a friend already.")


class ReviewByAnother(Refusal):
    code = "review_by_another"
    sentence = N_("You served this friend yourself. Somebody else must decide.")
