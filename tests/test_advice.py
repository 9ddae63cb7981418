"""Every refusal at the till says what to do next: in its own sentence, or in the till's advice."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import Refusal
from coupons import errors as coupons
from coupons.conditions.errors import ShopNeeded, WrongShopForOffer
from coupons.offline.errors import DiscountAboveOffline, LineNeeded, OtherShopOffline
from loyalty import errors as loyalty

PART = Path(__file__).parent.parent / "templates/till/parts/advice.html"
ADVISED = set(" ".join(re.findall(r'data-advice="([^"]+)"', PART.read_text())).split())

SAY_IT = {
    coupons.CodeNotFound, coupons.CouponFrozen, coupons.CouponHeld, coupons.CouponTwice,
    coupons.CardNeeded, coupons.NotTogether, coupons.BasketNeeded, coupons.FreePieceMissing,
    ShopNeeded, WrongShopForOffer, coupons.AmountDiffers, LineNeeded,
    loyalty.CardNotFound, loyalty.CardBlocked, loyalty.CardReplaced, loyalty.CardBlank,
    loyalty.CardTaken, loyalty.CardWithdrawn, loyalty.PictureOld, loyalty.PictureUsed,
    loyalty.CardProofNeeded, loyalty.CustomerNotFound, loyalty.CustomerBlocked, loyalty.OwnCard,
    loyalty.CustomerErased,
    loyalty.VoidTooLate, loyalty.VoidElsewhere, loyalty.NothingToRefund,
}  # fmt: skip
"""Their own sentence has a second part that says what to do."""

AT_A_TILL = {
    loyalty.PointsShort, loyalty.PointsTooMany, loyalty.PointsTooFew, loyalty.PointsNeedCard,
    loyalty.ReceiptUsed, loyalty.NothingToSettle, loyalty.PurchaseVoided, loyalty.FullyRefunded,
    loyalty.RefundTooMuch, loyalty.PiecesTooMany, coupons.TooManyCoupons,
}  # fmt: skip

TOLD_AFTERWARDS = {DiscountAboveOffline, OtherShopOffline}
"""To the manager, as conflicts of sales that stand: nothing is left to do at the till."""


def kinds(of: type[Refusal]) -> Iterator[type[Refusal]]:
    for kind in of.__subclasses__():
        yield kind
        yield from kinds(kind)


@pytest.mark.parametrize(
    "kind",
    sorted(
        {*kinds(coupons.CouponRefusal), *AT_A_TILL} - TOLD_AFTERWARDS, key=lambda kind: kind.code
    ),
)
def test_a_refusal_says_what_to_do_next(kind: type[Refusal]) -> None:
    assert kind.code in ADVISED or kind in SAY_IT, f"{kind.sentence} And now?"


@pytest.mark.parametrize("kind", sorted(SAY_IT, key=lambda kind: kind.code))
def test_who_says_it_has_a_second_part(kind: type[Refusal]) -> None:
    assert kind.code not in ADVISED
    assert re.search(r"[.;:] \w", kind.sentence), kind.sentence


def test_no_advice_is_for_a_refusal_that_there_is_not() -> None:
    assert {kind.code for kind in kinds(Refusal) if hasattr(kind, "code")} >= ADVISED
