"""The scene of a purchase, or of a look at a card: what the offers' conditions may ask about."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, bindparam, select

from core.db import table
from core.errors import NotFound
from core.models import Shop
from coupons.basket import Basket
from coupons.scene import Scene
from loyalty import programme, stamps, tiers

_ZONE = select(table(Shop).c.zone).where(table(Shop).c.id == bindparam("shop"))


def zone_of(connection: Connection, shop_id: UUID) -> str:
    """Return the zone in which the days of a shop begin and end.

    Raises:
        NotFound: there is no such shop.
    """
    found: str | None = connection.execute(_ZONE, {"shop": shop_id}).scalar()
    if found is None:
        raise NotFound(what="shop")
    return found


def scene(
    connection: Connection,
    customer_id: UUID | None,
    *,
    at: datetime,
    basket: Basket | None = None,
    shop_id: UUID | None = None,
    rules: programme.Rules | None = None,
) -> Scene:
    """Return a scene; without a shop the merchant's own zone counts.

    Raises:
        NotFound: there is no such shop.
    """
    merchant = rules or programme.rules(connection)
    return Scene(
        basket=basket,
        customer_id=customer_id,
        at=at,
        zone=zone_of(connection, shop_id) if shop_id else merchant.zone,
        calendar=merchant.zone,
        shop_id=shop_id,
        tier=lambda: tiers.key_of(connection, customer_id, at=at) if customer_id else None,
        stamp_cards=lambda: stamps.collectable(connection, customer_id, at=at),
    )
