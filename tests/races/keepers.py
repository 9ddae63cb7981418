"""Tills that hold one coupon at once, and the same where nobody locks it before the look."""

from threading import local
from typing import Any

from core.db import Database
from core.models import Shop
from coupons import holds
from loyalty import checkout
from tests.factories import MANAGER, NOON, make_order, make_till
from tests.races import careless

_GUARDED = holds._find  # noqa: SLF001  # to be called apart
_seen = local()
"""What this thread saw when it looked."""


def hold(database: Database, shop: Shop, code: str) -> None:
    """Hold a coupon at a till of one's own."""
    till, _ = database.transact(lambda s: make_till(s, s.merge(shop)))
    careless.all_have_looked()
    database.transact(lambda s: holds.place(s, [code], till_id=till.id, at=NOON))


def buy(database: Database, shop: Shop, code: str) -> None:
    """Settle with the coupon at a till of one's own."""
    till, _ = database.transact(lambda s: make_till(s, s.merge(shop)))
    careless.all_have_looked()
    order = make_order(shop, code, till_id=till.id)
    database.transact(lambda s: checkout.settle(s, order, actor=MANAGER, at=NOON))


def hold_or_buy(database: Database, shop: Shop, code: str) -> None:
    """Hold the coupon or settle with it: half of all tries each, by the turn of the thread."""
    _turns.append(code)
    (hold if len(_turns) % 2 else buy)(database, shop, code)


_turns: list[str] = []


def hold_carelessly(database: Database, shop: Shop, code: str) -> None:
    """The same, but the coupon is looked up before, in another transaction, without a lock."""
    holds._find = _find_as_seen  # noqa: SLF001  # only for whoever has looked
    till, _ = database.transact(lambda s: make_till(s, s.merge(shop)))
    _seen.found = database.look(lambda s: _GUARDED(s.connection(), [code]))
    careless.all_have_looked()
    try:
        database.transact(lambda s: holds.place(s, [code], till_id=till.id, at=NOON))
    finally:
        _seen.found = None


def _find_as_seen(connection: Any, wanted: Any, **given: Any) -> Any:
    return getattr(_seen, "found", None) or _GUARDED(connection, wanted, **given)
