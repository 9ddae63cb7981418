"""Sales whose answer was withheld: whoever may not see conflicts reads no more of them later.

Which codes and cards of a sale exist shows in its redemptions, its points, and what points have
paid for. So of such a sale they are shown what they have told themselves.
"""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from core import i18n
from core.auth import Actor
from core.errors import NotFound
from coupons.models import Purchase
from loyalty.errors import AnswerWithheld
from loyalty.order import Order

SEES_ALL = "conflicts:read"

IS_NOT = Purchase.why["withheld"].as_string().is_(None)
"""The purchases whose answer was told."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a till has told of a sale, as far as the purchase does not say the same.

    Attributes:
        paid: what points have paid for, in minor units.
        has_card: a card was shown, whether or not it is one of ours.
    """

    paid: int
    has_card: bool


def mark(order: Order) -> dict[str, Any]:
    """Return what is kept with a purchase whose answer is withheld; nothing of any other."""
    happened = order.happened
    if happened is None or not happened.withheld:
        return {}
    paid = happened.paid
    return {"withheld": {"paid": paid, "has_card": order.card is not None}}


def is_marked(why: dict[str, Any] | None) -> bool:
    """Tell whether the answer of a purchase was withheld, by what is kept with it."""
    return bool(why and "withheld" in why)


def of(purchase: Purchase, actor: Actor) -> Told | None:
    """Return what is shown of a purchase instead, if its answer is withheld from whoever asks."""
    why = purchase.why or {}
    if "withheld" not in why or actor.may(SEES_ALL):
        return None
    return Told(**why["withheld"])


def check(session: Session, id: UUID, actor: Actor) -> None:
    """Let through whoever may know what was right and wrong with a purchase.

    Raises:
        NotFound: there is none.
        AnswerWithheld: it is one for the manager.
    """
    purchase = session.get(Purchase, id)
    if purchase is None:
        raise NotFound(what="purchase")
    if of(purchase, actor):
        raise AnswerWithheld


def conflict() -> dict[str, Any]:
    """Return what is said in place of all that was wrong with a sale, and of all that was not."""
    no = AnswerWithheld()
    return {"code": no.code, "coupon": None, "cost": 0, "detail": i18n.tell(no)}
