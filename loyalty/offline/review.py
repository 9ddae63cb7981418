"""Conflicts as people look at them: what they were, what they cost, and who has seen to them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core import audit, i18n, ids, paging
from core.auth import Actor
from core.db import locked
from core.errors import N_, NotFound, WrongState
from core.models import Till
from coupons import costs, tracing
from coupons.models import Conflict, Coupon, Purchase, Redemption

STATES = ("open", "closed")

AFTERWARDS = {
    "card_blank": N_("The card was not handed out yet."),
    "card_blocked": N_("The card was blocked."),
    "card_not_found": N_("The card was not one of ours."),
    "card_replaced": N_("The card was replaced and no longer valid."),
    "card_withdrawn": N_("The card was withdrawn before it was handed out."),
    "code_not_found": N_("The code was not one of ours."),
    "coupon_frozen": N_("The coupon was on hold."),
    "customer_blocked": N_("The customer was blocked."),
    "line_needed": N_("The code could not be checked without a line."),
    "own_card": N_("It was the card of whoever served."),
}
"""What is said afterwards of refusals whose sentence tells a cashier what to do next."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A conflict with the purchase it is about, and what it is called at a desk.

    Attributes:
        cost: what it costs now, in minor units.
        coupon: as anybody may see it: a public code whole, of another one the end.
        till: the label of the till, if it was at one.
    """

    conflict: Conflict
    purchase: Purchase
    cost: int
    coupon: str | None
    till: str | None

    @property
    def detail(self) -> str:
        """Return in words what was wrong."""
        if self.conflict.code in AFTERWARDS:
            return i18n.gettext(AFTERWARDS[self.conflict.code])
        kept = {"code": self.conflict.code, "facts": self.conflict.facts}
        return i18n.tell(tracing.refusal_of(kept))

    @property
    def state(self) -> str:
        """Return whether somebody has seen to it."""
        return "closed" if self.conflict.closed_at else "open"


@dataclass(frozen=True, slots=True)
class Sum:
    """How many conflicts there are, and what they cost now in minor units."""

    count: int
    cost: int


_SEEN = (
    select(Conflict, Purchase, costs.NOW, Coupon, Till.label)
    .join(Purchase, Purchase.id == Conflict.purchase_id)
    .outerjoin(Redemption, Redemption.id == Conflict.redemption_id)
    .outerjoin(Coupon, Coupon.id == Redemption.coupon_id)
    .outerjoin(Till, Till.id == Purchase.till_id)
)


def listed(
    session: Session, *, state: str | None = None, shop_id: UUID | None = None,
    limit: int = 50, cursor: str | None = None,
) -> tuple[list[Seen], str | None]:  # fmt: skip
    """Return a page of conflicts, newest first: of one state, of one shop."""
    rows = _wanted(select(Conflict), state, shop_id)
    found, following = paging.page(
        session, rows, by=Conflict.at, id=Conflict.id, limit=limit, cursor=cursor
    )
    seen = {
        one.conflict.id: one
        for one in _seen(session, _SEEN.where(Conflict.id.in_([one.id for one in found])))
    }
    return [seen[one.id] for one in found], following


def of_purchase(session: Session, purchase_id: UUID) -> list[Seen]:
    """Return what was wrong with a purchase, in the order in which it was found."""
    return _seen(session, _SEEN.where(Conflict.purchase_id == purchase_id).order_by(Conflict.id))


def one(session: Session, id: UUID, *, shop_id: UUID | None = None) -> Seen:
    """Return a conflict.

    Raises:
        NotFound: there is none, or it is of another shop.
    """
    found = _seen(session, _wanted(_SEEN, None, shop_id).where(Conflict.id == id))
    if not found:
        raise NotFound(what="conflict")
    return found[0]


def total(session: Session, *, state: str | None = None, shop_id: UUID | None = None) -> Sum:
    """Return how many conflicts there are of one state, of one shop, and their cost."""
    cost = func.coalesce(func.sum(costs.NOW), 0)
    rows = select(func.count(Conflict.id), cost).join(Purchase, Purchase.id == Conflict.purchase_id)
    found = session.execute(_wanted(rows, state, shop_id)).one()
    return Sum(found[0], int(found[1]))


def close(
    session: Session, id: UUID, note: str, *, shop_id: UUID | None, actor: Actor, at: datetime
) -> Seen:
    """Note that somebody has seen to a conflict, and what came of it.

    Raises:
        NotFound: there is none, or it is of another shop.
        WrongState: it was closed already.
    """
    seen = one(session, id, shop_id=shop_id)
    found = session.scalars(locked(select(Conflict).where(Conflict.id == id))).one()
    if found.closed_at is not None:
        raise WrongState(state="closed")
    found.closed_at, found.closed_by, found.note = at, str(actor), note
    subject = ids.public("cf", id)
    new = {"note": note, "code": found.code, "cost": seen.cost}
    audit.record(session, actor, "conflict.closed", subject, new=new, at=at)
    session.flush()
    return seen


def _wanted(rows: Any, state: str | None, shop_id: UUID | None) -> Any:
    if state:
        closed = Conflict.closed_at
        rows = rows.where(closed.is_(None) if state == "open" else closed.is_not(None))
    if shop_id:
        of_shop = select(Purchase.id).where(Purchase.shop_id == shop_id)
        rows = rows.where(Conflict.purchase_id.in_(of_shop))
    return rows


def _seen(session: Session, rows: Any) -> list[Seen]:
    return [
        Seen(conflict, purchase, cost, _name(conflict, coupon), till)
        for conflict, purchase, cost, coupon, till in session.execute(rows)
    ]


def _name(conflict: Conflict, coupon: Coupon | None) -> str | None:
    if coupon is None:
        return conflict.facts.get("coupon")
    return coupon.label or ids.masked(coupon.code)
