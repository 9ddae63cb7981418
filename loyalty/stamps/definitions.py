"""Stamp cards as the marketer sets them, and what a customer has collected on each."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from core import audit, ids
from core.auth import Actor
from core.db import locked, table
from core.errors import N_, InvalidRequest, NotFound, WrongState
from coupons import offers, worth
from loyalty.models import StampBook, StampCard

FIELDS = (
    "name", "per", "products", "minimum", "needed", "daily_cap", "expiry_months",
    "reward_points", "reward_offer_id",
)  # fmt: skip

_CARD, _BOOK = table(StampCard), table(StampBook)
_ACTIVE = select(_CARD.c.id, _CARD.c.reward_offer_id).where(_CARD.c.state == "active")
_OPEN = and_(
    _BOOK.c.full_at.is_(None),
    or_(_BOOK.c.expires_at.is_(None), _BOOK.c.expires_at > bindparam("now")),
)
_SHELF = (
    select(_CARD, _BOOK.c.stamps, _BOOK.c.needed.label("wanted"), _BOOK.c.expires_at)
    .outerjoin(
        _BOOK,
        and_(
            _BOOK.c.stamp_card_id == _CARD.c.id,
            _BOOK.c.customer_id == bindparam("customer"),
            _OPEN,
        ),
    )
    .where(_CARD.c.state == "active")
    .order_by(_CARD.c.created_at, _CARD.c.id, _BOOK.c.number)
)
_FULL = (
    select(_BOOK.c.stamp_card_id, func.count().label("books"))
    .where(_BOOK.c.customer_id == bindparam("customer"), _BOOK.c.full_at.is_not(None))
    .group_by(_BOOK.c.stamp_card_id)
)


def collectable(
    connection: Connection, customer_id: UUID | None, *, at: datetime
) -> frozenset[UUID]:
    """Return the stamp cards that a customer can collect stamps on: whose prize can be used."""
    rows = connection.execute(_ACTIVE).all()
    prizes = {row.reward_offer_id for row in rows if row.reward_offer_id}
    over = worth.over(connection, prizes, customer_id=customer_id, at=at)
    return frozenset(row.id for row in rows if row.reward_offer_id not in over)


def known(session: Session, names: Sequence[str]) -> set[str]:
    """Return which of some ids, in hex, are of a stamp card that there is or was."""
    rows = select(StampCard.id).where(StampCard.id.in_([UUID(hex=name) for name in names]))
    return {id.hex for id in session.scalars(rows)}


def find(session: Session, id: UUID, *, lock: bool = False) -> StampCard:
    """Return a stamp card.

    Raises:
        NotFound: there is none.
    """
    rows = select(StampCard).where(StampCard.id == id)
    found = session.scalar(locked(rows) if lock else rows)
    if found is None:
        raise NotFound(what="stamp card")
    return found


def listed(session: Session) -> Sequence[StampCard]:
    """Return the stamp cards there are and were, those that can be collected first."""
    order = (StampCard.state, StampCard.created_at.desc(), StampCard.id.desc())
    return session.scalars(select(StampCard).order_by(*order)).all()


def add(session: Session, *, actor: Actor, at: datetime, **given: Any) -> StampCard:
    """Begin a stamp card; ``given`` are its fields.

    Raises:
        InvalidRequest: it has no reward or two, or a list of products that nothing asks for.
        NotFound: there is no such offer.
    """
    if (given["reward_points"] is None) == (given["reward_offer_id"] is None):
        raise InvalidRequest({"reward": [N_("Either points or an offer.")]})
    _check(given["per"], given["products"], given["minimum"])
    if given["reward_offer_id"]:
        offers.find(session, given["reward_offer_id"])
    made = StampCard(**{name: given[name] for name in FIELDS}, created_at=at)
    session.add(made)
    session.flush()
    new = {name: _plain(given[name]) for name in FIELDS}
    audit.record(session, actor, "stamp_card.added", ids.public("sc", made.id), new=new, at=at)
    return made


def change(
    session: Session, id: UUID, changes: dict[str, Any], *, actor: Actor, at: datetime
) -> StampCard:
    """Change what a stamp card asks for; books that were begun keep their number and their end.

    Raises:
        NotFound: there is none.
        WrongState: it has ended.
        InvalidRequest: a list of products that nothing asks for.
    """
    found = find(session, id, lock=True)
    if found.state != "active":
        raise WrongState(state=found.state)
    old = {name: getattr(found, name) for name in changes}
    for name, value in changes.items():
        setattr(found, name, value)
    _check(found.per, found.products, found.minimum)
    session.flush()
    subject = ids.public("sc", id)
    audit.record(session, actor, "stamp_card.changed", subject, old=old, new=changes, at=at)
    return found


def end(session: Session, id: UUID, *, actor: Actor, at: datetime) -> StampCard:
    """End a stamp card: it gives no stamps any more; rewards that were given stay.

    Raises:
        NotFound: there is none.
        WrongState: it has ended already.
    """
    found = find(session, id, lock=True)
    if found.state != "active":
        raise WrongState(state=found.state)
    found.state = "ended"
    audit.record(session, actor, "stamp_card.ended", ids.public("sc", id), at=at)
    return found


def _check(per: str, products: dict[str, Any], minimum: int) -> None:
    if per == "coupon" and (products or minimum):
        raise InvalidRequest({"per": [N_("A card for coupons counts no products and no basket.")]})


def _plain(value: Any) -> Any:
    return ids.public("of", value) if isinstance(value, UUID) else value


def reward(card: Any) -> dict[str, Any]:
    """Return what a full book of a card is worth."""
    if card.reward_points is not None:
        return {"points": card.reward_points}
    return {"offer": ids.public("of", card.reward_offer_id)}


def shelf(connection: Connection, customer_id: UUID, *, at: datetime) -> list[dict[str, Any]]:
    """Return what a customer has collected on every card that gives stamps, at an instant."""
    full = {
        row.stamp_card_id: row.books for row in connection.execute(_FULL, {"customer": customer_id})
    }
    found: dict[UUID, dict[str, Any]] = {}
    for row in connection.execute(_SHELF, {"customer": customer_id, "now": at}):
        if row.id in found:
            continue
        found[row.id] = {
            "stamp_card": ids.public("sc", row.id),
            "name": row.name,
            "held": row.stamps or 0,
            "needed": row.wanted or row.needed,
            "expires_at": row.expires_at if row.stamps else None,
            "full": full.get(row.id, 0),
            "reward": reward(row),
        }
    return list(found.values())
