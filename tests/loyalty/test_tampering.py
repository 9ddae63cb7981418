"""Whatever is changed by hand in the books is seen: by the schema, or by ``flask reconcile``."""

import re
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import (
    CheckConstraint,
    Column,
    Integer,
    Table,
    delete,
    select,
    text,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from core.db import Bare
from coupons import codes
from coupons.basket import Basket, Line
from coupons.models import Purchase, PurchaseLine
from loyalty import adjustments, checkout, claims, reconcile, refunding, voiding
from loyalty.models import Adjustment
from loyalty.portions import Part
from loyalty.refunding import Wanted
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)
from tests.loyalty import without_line
from tests.loyalty.hands import ANOTHER, LATE, give, make_reward
from tests.loyalty.scheme import buy, make_pair, make_scheme
from tests.loyalty.test_stamps import make_card

TABLES = (
    "purchase", "purchase_line", "refund", "redemption", "conflict", "coupon", "quota", "quota_use",
    "account", "ledger_entry", "lot", "lot_move", "claim", "reward", "adjustment",
    "referral_reward", "stamp_book", "stamp",
)  # fmt: skip
"""Where money, points, uses or stamps are kept."""

STATES = ("state", "kind", "from_side", "to_side")

UNSEEN = {
    "coupon.per_customer": "what somebody decided; only what is used of it is counted",
    "coupon.position": "its place on the printed sheet",
    "coupon.state": "what somebody decided; the audit log says who",
    "coupon.use_limit": "what somebody decided; only what is used of it is counted",
    "ledger_entry.from_side": "points from the world can as well come from where no account is",
    "ledger_entry.kind": "a name: the sides say what moves",
    "ledger_entry.part": "a void and a refund of points that were not spent look alike",
    "lot.granted": "points that came back may or may not have been granted anew",
    "purchase.slips": "how often a slip was printed is kept nowhere else",
    "purchase_line.quantity": "pieces are kept nowhere else, but for those given back",
    "quota.cap": "what somebody decided; only what is used of it is counted",
    "redemption.ordinal": "the order of the uses; that no two are the same is the schema's",
    "referral_reward.state": "when points can be spent is said by the ledger",
    "reward.points": "what it costs from now on; a claim keeps what it cost",
    "reward.state": "what somebody decided; the audit log says who",
    "reward.stock": "what somebody decided; only what is claimed of it is counted",
    "stamp_book.needed": "what the card asked for when the book was begun; it may have changed",
    "stamp_book.number": "the order of the books of a customer",
}
"""What the command cannot see, and why."""


@pytest.fixture
def books(session: Session) -> Session:
    """Books with a row in every table: the oldest purchase is given back in part."""
    shop, stand = make_shop(session), without_line.make_stand(session)
    make_card(session, needed=2)
    customer, card = make_customer(session)
    give(session, customer, (5000, LATE))
    offer = make_offer(session, limits=[{"of": "offer", "discount": 10_000}])
    with_points = make_offer(session, benefit={"kind": "points", "points": 30})
    sent = make_public(session, offer).code, make_public(session, with_points).code
    lines = tuple(Line(amount, sku=f"S{amount}", quantity=2) for amount in (3000, 1000))  # type: ignore[arg-type]
    order = make_order(
        shop, *sent, card=card.number, spend_points=100, receipt="1",
        basket=Basket("EUR", 4000, lines),  # type: ignore[arg-type]
    )  # fmt: skip
    first = checkout.settle(session, order, actor=MANAGER, at=NOON).id
    second = checkout.settle(session, replace(order, receipt="2"), actor=MANAGER, at=NOON).id
    assert first
    assert second
    refunding.refund(session, first, Wanted((Part(0, 1),)), "x", actor=MANAGER, at=NOON)
    voiding.void(session, second, "x", actor=MANAGER, at=NOON)
    coupon = without_line.make_coupon(session)
    codes.move(session, coupon.code, "revoke", actor=MANAGER, at=NOON)
    session.flush()
    without_line.record(session, stand, (coupon.code, 100))
    claims.claim(session, make_reward(session).id, customer.id, actor=MANAGER, at=NOON)
    asked = adjustments.adjust(session, customer.id, 10**6, "x", actor=MANAGER, at=NOON)
    assert isinstance(asked, Adjustment)
    adjustments.approve(session, asked.id, actor=ANOTHER, at=NOON)
    make_scheme(session)
    buy(session, make_pair(session))
    session.flush()
    return session


def columns() -> list[str]:
    """Return the columns that hold an amount, a number or a state."""
    return [
        f"{name}.{column.name}"
        for name in TABLES
        for column in Bare.metadata.tables[name].columns
        if isinstance(column.type, Integer) or column.name in (*STATES, "voided_at")
    ]


def others(column: Column[Any], now: Any) -> list[Any]:
    """Return what could stand there instead."""
    if column.name == "voided_at":
        return [None] if now else [NOON]
    if isinstance(column.type, Integer):
        return [1, 2] if now is None else [now + 1, now - 1]
    checks = [
        str(one.sqltext) for one in column.table.constraints if isinstance(one, CheckConstraint)
    ]
    listed = next(text for text in checks if text.startswith(f"{column.name} IN"))
    return [value for value in re.findall(r"'(\w+)'", listed) if value != now]


def said(session: Session, table: Table, row: Any, changes: dict[str, Any]) -> bool:
    """Tell whether a change of a row is refused by the schema, or else told of."""
    where = [column == row[column.name] for column in table.primary_key]
    try:
        with session.begin_nested() as part:
            session.execute(update(table).where(*where).values(changes))
            found = list(reconcile.findings(session))
            part.rollback()
    except IntegrityError:
        return True
    return bool(found)


def test_nothing_is_changed_by_hand_unseen(books: Session) -> None:
    """Of the oldest row each number is raised and lowered, and each state is any other."""
    assert list(reconcile.findings(books)) == []
    unseen = set()
    for name in columns():
        table = Bare.metadata.tables[name.partition(".")[0]]
        column = table.c[name.partition(".")[2]]
        row = books.execute(select(table).order_by(*table.primary_key)).mappings().first()
        assert row, name
        for value in others(column, row[column.name]):
            if not said(books, table, row, {column.name: value}):
                unseen.add(name)
    assert " ".join(sorted(unseen)) == " ".join(sorted(UNSEEN))


def first(session: Session) -> UUID:
    """Return the purchase with lines, points and a refund."""
    return session.scalars(select(Purchase.id).order_by(Purchase.id)).first() or UUID(int=0)


def test_a_purchase_that_is_undone_no_more_is_seen(books: Session) -> None:
    undone = Purchase.voided_at.is_not(None)
    back = {"voided_at": None, "voided_by": None, "void_reason": None}
    books.execute(update(Purchase).where(undone).values(back))

    found = "".join(reconcile.findings(books))

    assert "stands, but its points were reversed" in found
    assert "stands, but the audit log says that it was undone" in found


def test_a_purchase_whose_lines_are_gone_is_seen(books: Session) -> None:
    books.execute(delete(PurchaseLine).where(PurchaseLine.purchase_id != first(books)))

    assert "in 2 lines, but its 0 lines come to 0 less 0" in "".join(reconcile.findings(books))


def test_a_total_that_is_raised_with_what_was_paid_is_seen_with_a_card(books: Session) -> None:
    books.execute(delete(PurchaseLine))
    more = {"basket_total": Purchase.basket_total + 100, "to_pay": Purchase.to_pay + 100}
    books.execute(update(Purchase).where(Purchase.id == first(books)).values(more))

    assert "earn" in "".join(reconcile.findings(books))


@pytest.mark.parametrize("table", ["ledger_entry", "conflict", "refund"])
def test_a_purchase_that_is_named_and_not_there_is_seen(books: Session, table: str) -> None:
    """As if the database had not looked: SQLite is told to, PostgreSQL loses its foreign key."""
    named = Bare.metadata.tables[table]
    if books.get_bind().dialect.name == "sqlite":
        books.execute(text("PRAGMA defer_foreign_keys = ON"))
    else:
        [key] = [one.constraint for one in named.c.purchase_id.foreign_keys]
        assert key
        books.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {key.name}"))
    some = named.c.purchase_id.is_not(None)
    books.execute(update(named).where(some).values(purchase_id=UUID(int=5)))

    missing = f"{table}.purchase_id: "

    assert any(line.startswith(missing) for line in reconcile.references.findings(books))
    books.rollback()
