"""Stamps as rows: what a customer has collected, given with a purchase and rewarded when full.

All of it happens under the lock of the customer's account.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Connection, and_, bindparam, func, insert, select, update

from core import clock, ids
from core.auth import Actor
from core.db import table
from core.models import Merchant
from coupons import granting, worth
from coupons.basket import Basket
from coupons.models import Purchase
from coupons.quoting import Decision
from loyalty import ledger, programme
from loyalty.ledger import Held, Why
from loyalty.models import Stamp, StampBook, StampCard
from loyalty.stamps import counting
from loyalty.stamps.counting import Book, Card, Put

_CARD, _BOOK, _STAMP = table(StampCard), table(StampBook), table(Stamp)
_MERCHANT, _PURCHASE = table(Merchant), table(Purchase)

CARD = (
    _CARD.c.id, _CARD.c.name, _CARD.c.per, _CARD.c.products, _CARD.c.minimum, _CARD.c.needed,
    _CARD.c.daily_cap, _CARD.c.expiry_months, _CARD.c.reward_points, _CARD.c.reward_offer_id,
)  # fmt: skip
_OPEN = (
    select(
        *CARD,
        _MERCHANT.c.zone,
        _BOOK.c.id.label("book"),
        _BOOK.c.number,
        _BOOK.c.needed.label("wanted"),
        _BOOK.c.stamps,
        _BOOK.c.expires_at,
    )
    .select_from(_CARD)
    .join(_MERCHANT, _MERCHANT.c.singleton == 1)
    .outerjoin(
        _BOOK,
        and_(
            _BOOK.c.stamp_card_id == _CARD.c.id,
            _BOOK.c.customer_id == bindparam("customer"),
            _BOOK.c.full_at.is_(None),
        ),
    )
    .where(_CARD.c.state == "active")
    .order_by(_CARD.c.created_at, _CARD.c.id, _BOOK.c.number)
)
_TODAY = (
    select(func.coalesce(func.sum(_STAMP.c.stamps), 0))
    .join(_BOOK, _BOOK.c.id == _STAMP.c.stamp_book_id)
    .join(_PURCHASE, _PURCHASE.c.id == _STAMP.c.purchase_id)
    .where(
        _BOOK.c.customer_id == bindparam("customer"),
        _BOOK.c.stamp_card_id == bindparam("card"),
        _PURCHASE.c.occurred_at >= bindparam("start"),
        _PURCHASE.c.occurred_at < bindparam("end"),
    )
)
_NEWEST = select(func.coalesce(func.max(_BOOK.c.number), 0)).where(
    _BOOK.c.customer_id == bindparam("customer"), _BOOK.c.stamp_card_id == bindparam("card")
)
_BEGIN = insert(_BOOK)
_FILL = (
    update(_BOOK)
    .where(_BOOK.c.id == bindparam("book"))
    .values(stamps=_BOOK.c.stamps + bindparam("more"), full_at=bindparam("filled"))
)
_BEGIN_AGAIN = (
    update(_BOOK)
    .where(_BOOK.c.id == bindparam("book"))
    .values(started_at=bindparam("started"), expires_at=bindparam("expires"))
)
NOTE = insert(_STAMP)
_EMPTIED = select(func.count()).where(
    _STAMP.c.stamp_book_id == bindparam("book"), _STAMP.c.stamps < 0
)


class Bought(Protocol):
    """What a purchase says here; see ``loyalty.order.Settled``."""

    @property
    def purchase_id(self) -> UUID: ...
    @property
    def zone(self) -> str: ...
    @property
    def basket(self) -> Basket | None: ...
    @property
    def decision(self) -> Decision: ...
    @property
    def at(self) -> datetime: ...
    @property
    def actor(self) -> Actor: ...


@dataclass(frozen=True, slots=True)
class Collected:
    """The stamps of a purchase on one card, and where they go."""

    card: Card
    puts: list[Put]
    zone: str


def preview(
    connection: Connection, customer_id: UUID | None, *,
    basket: Basket | None, decision: Decision, zone: str, at: datetime,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return what ``collect`` would give; nothing is written. ``zone`` is the shop's."""
    if customer_id is None:
        return []
    found = _decide(connection, customer_id, basket, decision, zone=zone, at=at)
    return [counting.told(one.card, one.puts) for one in found]


def collect(connection: Connection, account: Held, settled: Bought) -> list[dict[str, Any]]:
    """Give the stamps of a purchase, and the reward of every book that is full with them."""
    found = list(
        _decide(
            connection, account.customer_id, settled.basket, settled.decision,
            zone=settled.zone, at=settled.at,
        )
    )  # fmt: skip
    for one in found:
        for part in one.puts:
            _write(connection, account, one, part, settled=settled)
    return [counting.told(one.card, one.puts) for one in found]


def _decide(
    connection: Connection, customer_id: UUID, basket: Basket | None, decision: Decision, *,
    zone: str, at: datetime,
) -> Iterator[Collected]:  # fmt: skip
    by_coupons: Counter[UUID] = Counter()
    for taken in decision.taken:
        for given in taken.given.stamps:
            by_coupons[given.stamp_card] += given.stamps
    for card, calendar, books in _open(connection, customer_id, at=at):
        more = by_coupons[card.id]
        earns = card.earned(basket)
        if not earns and not more:
            continue
        same = {"customer": customer_id, "card": card.id}
        today = 0
        if earns and card.daily_cap is not None:
            day = clock.local_day(at, zone)
            bounds = {"start": clock.day_start(day, zone), "end": clock.day_end(day, zone)}
            today = int(connection.execute(_TODAY, same | bounds).scalar_one())
        stamps = counting.capped(card, basket, by_coupons=more, today=today)
        if not stamps or _is_vain(connection, card, customer_id, at=at):
            continue
        room = sum(book.needed - book.stamps for book in books)
        last = 0
        if stamps > room:
            last = connection.execute(_NEWEST, same).scalar_one()
        yield Collected(card, counting.put(card, books, stamps, last=last), calendar)


def _is_vain(connection: Connection, card: Card, customer_id: UUID, *, at: datetime) -> bool:
    """Tell whether the prize of a card could not be used: then nobody collects for it."""
    prize = card.reward_offer_id
    return bool(prize and worth.over(connection, [prize], customer_id=customer_id, at=at))


def _open(
    connection: Connection, customer_id: UUID, *, at: datetime
) -> Iterator[tuple[Card, str, list[Book]]]:
    """Yield every card that can be collected, with the merchant's zone and the open books."""
    found: dict[UUID, tuple[Card, str, list[Book]]] = {}
    for row in connection.execute(_OPEN, {"customer": customer_id}):
        card = Card(*row[: len(CARD)])
        _, _, books = found.setdefault(card.id, (card, row.zone, []))
        if row.book and (row.expires_at is None or row.expires_at > at):
            books.append(Book(row.book, row.number, row.wanted, row.stamps))
    yield from found.values()


def _write(
    connection: Connection, account: Held, one: Collected, part: Put, *, settled: Bought
) -> None:
    """Put stamps into a book, begun if it is new, and give the reward if that fills it."""
    at, book = settled.at, part.book
    expires_at = one.card.expires_at(at, one.zone)
    filled = at if part.full else None
    if book.id is None:
        book = replace(book, id=ids.new())
        connection.execute(
            _BEGIN,
            {
                "id": book.id, "stamp_card_id": one.card.id, "customer_id": account.customer_id,
                "number": book.number, "needed": book.needed, "stamps": part.stamps,
                "started_at": at, "expires_at": expires_at, "full_at": filled,
            },
        )  # fmt: skip
    else:
        connection.execute(_FILL, {"book": book.id, "more": part.stamps, "filled": filled})
        if not book.stamps:
            again = {"book": book.id, "started": at, "expires": expires_at}
            connection.execute(_BEGIN_AGAIN, again)
    stamp = {"id": ids.new(), "stamp_book_id": book.id, "purchase_id": settled.purchase_id}
    connection.execute(NOTE, stamp | {"stamps": part.stamps, "at": at})
    if part.full and book.id:
        _reward(connection, account, one.card, book.id, actor=str(settled.actor), at=at)


def _reward(
    connection: Connection, account: Held, card: Card, book_id: UUID, *, actor: str, at: datetime
) -> None:
    """Give what a full book is worth: points as those of a purchase, or a coupon."""
    ref = reference(connection, book_id)
    if card.reward_offer_id is not None:
        granting.give(
            connection, card.reward_offer_id, customer_id=account.customer_id, ref=ref, at=at
        )
    elif card.reward_points is not None:
        rules = programme.rules(connection)
        ledger.earn(
            connection, account, card.reward_points, due_at=rules.due_at(at),
            expires_at=rules.expires_at(at), why=Why(at, actor, source=ref), kind="bonus",
        )  # fmt: skip


def reference(connection: Connection, book_id: UUID) -> str:
    """Return under which name the reward of a book is given.

    A book that was full, was taken from, and is full again has another reward than before.
    """
    times = connection.execute(_EMPTIED, {"book": book_id}).scalar_one()
    return f"stamps:{book_id.hex}:{times}" if times else f"stamps:{book_id.hex}"
