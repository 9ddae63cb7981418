"""Stamps taken back when a purchase is undone, whole or in parts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, or_, select, update

from core import ids
from core.db import table
from core.models import Customer
from coupons import granting
from loyalty import programme, reversal
from loyalty.ledger import Held, Why
from loyalty.models import Entry, Stamp, StampBook, StampCard
from loyalty.stamps import books

_CARD, _BOOK, _STAMP = table(StampCard), table(StampBook), table(Stamp)
_ENTRY, _CUSTOMER = table(Entry), table(Customer)

_OF_PURCHASE = (
    select(_STAMP.c.stamps, _STAMP.c.stamp_book_id, _BOOK.c.stamp_card_id)
    .join(_BOOK, _BOOK.c.id == _STAMP.c.stamp_book_id)
    .where(_STAMP.c.purchase_id == bindparam("purchase"))
    .order_by(_BOOK.c.stamp_card_id)
)
_BOOKS = (
    select(_BOOK, _CARD.c.reward_points, _CARD.c.reward_offer_id)
    .join(_CARD, _CARD.c.id == _BOOK.c.stamp_card_id)
    .where(
        _BOOK.c.customer_id == bindparam("customer"),
        _BOOK.c.stamp_card_id == bindparam("card"),
        _BOOK.c.stamps > 0,
        or_(
            _BOOK.c.full_at.is_not(None),
            _BOOK.c.expires_at.is_(None),
            _BOOK.c.expires_at > bindparam("now"),
            _BOOK.c.id.in_(bindparam("stamped", expanding=True)),
        ),
    )
    .order_by(_BOOK.c.number.desc())
)
_TAKE = (
    update(_BOOK)
    .where(_BOOK.c.id == bindparam("book"))
    .values(stamps=_BOOK.c.stamps - bindparam("less"), full_at=None)
)
_MERGED = select(_CUSTOMER.c.id).where(_CUSTOMER.c.merged_into_id == bindparam("customer"))
_POINTS = (
    select(_ENTRY)
    .where(
        or_(_ENTRY.c.customer_id == bindparam("customer"), _ENTRY.c.customer_id.in_(_MERGED)),
        _ENTRY.c.source == bindparam("ref"),
        _ENTRY.c.kind == "bonus",
    )
    .order_by(_ENTRY.c.id)
)


def take_back(
    connection: Connection, account: Held, purchase_id: UUID, *,
    done: int, whole: int, actor: str, at: datetime,
) -> None:  # fmt: skip
    """Take back a share of the stamps a purchase has given, so that ``done`` of ``whole`` are back.

    They come out of a book of the purchase that has expired, else out of the open books, else out
    of full ones, always the newest first. A book that is full no more has its reward taken back;
    one whose coupon was used stays full, and what is missing then is let go.
    """
    rows = connection.execute(_OF_PURCHASE, {"purchase": purchase_id}).all()
    for card_id in dict.fromkeys(row.stamp_card_id for row in rows):
        mine = [row for row in rows if row.stamp_card_id == card_id]
        given = sum(row.stamps for row in mine if row.stamps > 0)
        taken = -sum(row.stamps for row in mine if row.stamps < 0)
        upto = given * done // whole if whole else given
        if upto > taken:
            why = Why(at, actor, purchase_id)
            _take(connection, account, mine, upto - taken, why=why)


def _take(connection: Connection, account: Held, mine: list[Any], stamps: int, *, why: Why) -> None:
    """Take stamps out of the books of one card."""
    stamped: dict[UUID, int] = {}
    for row in mine:
        stamped[row.stamp_book_id] = stamped.get(row.stamp_book_id, 0) + row.stamps
    found = connection.execute(
        _BOOKS,
        {
            "customer": account.customer_id, "card": mine[0].stamp_card_id, "now": why.at,
            "stamped": list(stamped),
        },
    ).all()  # fmt: skip

    def lapsed(book: Any) -> bool:
        over = book.expires_at is not None and book.expires_at <= why.at
        return book.full_at is None and over

    for book in sorted(found, key=lambda one: (not lapsed(one), one.full_at is not None)):
        most = min(book.stamps, stamped[book.id]) if lapsed(book) else book.stamps
        part = min(stamps, most)
        if part <= 0 or (book.full_at and not _unreward(connection, account, book, why=why)):
            continue
        connection.execute(_TAKE, {"book": book.id, "less": part})
        stamp = {"id": ids.new(), "stamp_book_id": book.id, "purchase_id": why.purchase_id}
        connection.execute(books.NOTE, stamp | {"stamps": -part, "at": why.at})
        stamps -= part


def _unreward(connection: Connection, account: Held, book: Any, *, why: Why) -> bool:
    """Take back the reward of a full book, unless it is a coupon that was used."""
    ref = books.reference(connection, book.id)
    if book.reward_offer_id is not None:
        return granting.take_back(connection, book.reward_offer_id, ref)
    entries = connection.execute(_POINTS, {"customer": account.customer_id, "ref": ref}).all()
    rules = programme.rules(connection)
    for entry in entries:
        reversal.claim_back(connection, account, entry, rules, why=why)
    return True
