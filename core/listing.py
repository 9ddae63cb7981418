"""Rows in the order and the pages in which people read them."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from core import paging
from core.models import ApiKey, AuditEntry, Shop, Staff, Till


def shops(session: Session, *, cursor: str | None = None) -> tuple[list[Shop], str | None]:
    """Return a page of shops."""
    return paging.page(session, select(Shop), by=Shop.created_at, id=Shop.id, cursor=cursor)


def shop_names(session: Session) -> dict[UUID, str]:
    """Return the name of every shop, in the order of the names."""
    rows = session.execute(select(Shop.id, Shop.name).order_by(Shop.name))
    return dict(rows.all())


def till_counts(session: Session, shops: Iterable[Shop]) -> dict[UUID, int]:
    """Return how many tills that are not retired each shop has."""
    rows = session.execute(
        select(Till.shop_id, func.count())
        .where(Till.shop_id.in_([shop.id for shop in shops]), Till.state != "retired")
        .group_by(Till.shop_id)
    )
    return dict(rows.all())


def tills(session: Session, shop: Shop, *, most: int = 200) -> list[Till]:
    """Return the tills of a shop, those in use first."""
    rows = select(Till).where(Till.shop_id == shop.id)
    ordered = rows.order_by(Till.state == "retired", Till.label, Till.id).limit(most)
    return list(session.scalars(ordered))


def staff(session: Session, *, cursor: str | None = None) -> tuple[list[Staff], str | None]:
    """Return a page of the staff."""
    return paging.page(session, select(Staff), by=Staff.created_at, id=Staff.id, cursor=cursor)


def keys(session: Session, *, cursor: str | None = None) -> tuple[list[ApiKey], str | None]:
    """Return a page of API keys."""
    return paging.page(session, select(ApiKey), by=ApiKey.created_at, id=ApiKey.id, cursor=cursor)


def audit(
    session: Session, *, subject: str | None = None, cursor: str | None = None
) -> tuple[list[AuditEntry], str | None]:
    """Return a page of the audit log, of one subject if it is named."""
    rows = select(AuditEntry)
    if subject:
        rows = rows.where(AuditEntry.subject == subject)
    return paging.page(session, rows, by=AuditEntry.at, id=AuditEntry.id, cursor=cursor)


def actor_names(session: Session, actors: Iterable[str | None]) -> dict[str, str]:
    """Return who is behind some actors as the books name them, as far as they have a name."""
    held: dict[str, UUID] = {}
    for actor in actors:
        kind, _, id = (actor or "").partition(":")
        if actor and id and kind in ("staff", "till", "key"):
            held[actor] = UUID(hex=id)
    rows = session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(held.values())))
    names = dict(rows.all())
    rows = session.execute(select(ApiKey.id, ApiKey.name).where(ApiKey.id.in_(held.values())))
    names |= dict(rows.all())
    return {actor: names[id] for actor, id in held.items() if id in names}


def any_shop(session: Session) -> bool:
    """Tell whether there is a shop."""
    return bool(session.scalar(select(exists().where(Shop.id.is_not(None)))))


def any_till(session: Session) -> bool:
    """Tell whether a device has been enrolled as a till."""
    return bool(session.scalar(select(exists().where(Till.state == "active"))))


def anybody_at_a_till(session: Session) -> bool:
    """Tell whether somebody can sign on at a till."""
    rows = exists().where(Staff.pin_hash.is_not(None), Staff.state == "active")
    return bool(session.scalar(select(rows)))
