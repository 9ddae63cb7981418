"""Write down a sale that a till has settled without a line: always, and once."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from core.auth import Actor
from core.db import table
from coupons.models import Coupon, Redemption
from loyalty import cards, expiry, purchases, settling, withheld
from loyalty.errors import CardBlank, CardNotFound, CardWithdrawn
from loyalty.offline import judging, passing
from loyalty.order import Happened, Order

_REDEMPTION, _COUPON = table(Redemption), table(Coupon)
_USED = (
    select(_COUPON.c.code)
    .join(_REDEMPTION, _REDEMPTION.c.coupon_id == _COUPON.c.id)
    .where(_REDEMPTION.c.purchase_id == bindparam("purchase"))
)


@dataclass(frozen=True, slots=True)
class Recorded:
    """The purchase that a sale is; ``known`` if it was written down before."""

    purchase_id: UUID
    known: bool


def record(
    session: Session, order: Order, happened: Happened, *, actor: Actor, at: datetime
) -> Recorded:
    """Write down a sale that has happened, with its conflicts; first come, first redeemed.

    Whoever comes with a receipt that is settled is that very sale if it is the same in everything
    that counts, under whatever key; another one is written down without the receipt.

    Raises:
        ReceiptUsed: the same receipt was settled this very moment: do it again.
    """
    connection = session.connection()
    before = purchases.standing(connection, order.shop_id, order.receipt)
    if before and _is_twin(connection, before, order, happened):
        return Recorded(before.id, known=True)
    order, ready = judging.judge(
        connection, order, happened, before=before.id if before else None, actor=actor, at=at
    )
    account = expiry.lock(connection, ready.card.customer_id, at=at) if ready.card else None
    available = account.available if account else 0
    order, ready = passing.in_all(order, ready, available, actor=actor)
    outcome = settling.work_out(connection, order, ready, available)
    purchase_id = settling.write_down(session, outcome, ready, account, actor=actor, at=at)
    return Recorded(purchase_id, known=False)


def _is_twin(connection: Connection, found: Any, order: Order, happened: Happened) -> bool:
    """Tell whether a purchase with the receipt of a sale is that sale.

    Of one whose answer was withheld the codes and the card are not compared: that would tell.
    """
    total = order.basket.total if order.basket else 0
    off = sum(amount for _, amount in happened.gave)
    same = (found.till_id, found.basket_total, found.discount) == (order.till_id, total, off)
    if same and withheld.is_marked(found.why):
        return True
    if not same or not _is_of(connection, found.customer_id, order.card):
        return False
    used = connection.execute(_USED, {"purchase": found.id}).scalars()
    return {code for code, _ in happened.gave}.issuperset(used)


def _is_of(connection: Connection, customer_id: UUID | None, card: str | None) -> bool:
    """Tell whether a purchase can be of whoever has shown a card; a refused card is nobody's."""
    if customer_id is None:
        return True
    if card is None:
        return False
    try:
        shown = cards.find(connection, card)
    except (CardBlank, CardNotFound, CardWithdrawn):
        return False
    return cards.survivor(connection, customer_id) == shown.customer_id
