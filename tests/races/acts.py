"""What is done at once: each is one transaction through ``Database.transact``, as at the edge."""

import secrets
from contextlib import suppress
from dataclasses import replace
from uuid import UUID

from core import approvals
from core.auth import Actor
from core.db import Database
from core.errors import DatabaseBusy
from loyalty import checkout, refunding, voiding
from loyalty.errors import ReceiptUsed
from loyalty.offline import recording
from loyalty.order import Happened, Order
from loyalty.refunding import Wanted
from tests.factories import MANAGER, NOON


def settle(database: Database, order: Order) -> None:
    database.transact(lambda s: checkout.settle(s, order, actor=MANAGER, at=NOON))


def void(database: Database, purchase_id: UUID) -> None:
    database.transact(lambda s: voiding.void(s, purchase_id, "race", actor=MANAGER, at=NOON))


def refund(database: Database, purchase_id: UUID, amount: int) -> None:
    wanted = Wanted(amount=amount)
    database.transact(
        lambda s: refunding.refund(s, purchase_id, wanted, "race", actor=MANAGER, at=NOON)
    )


def use_approval(database: Database, token: str, actor: Actor) -> None:
    """Do what a second person has allowed."""
    about = {"action": "void_late", "subject": "pu_1"}
    database.transact(lambda s: approvals.use(s, token, **about, actor=actor, at=NOON))


def tell(database: Database, sales: list[tuple[Order, Happened, Actor]]) -> None:
    """Tell one of some sales that were made without a line, as the edge does."""
    order, happened, actor = sales[secrets.randbelow(len(sales))]
    with suppress(ReceiptUsed):
        database.transact(lambda s: recording.record(s, order, happened, actor=actor, at=NOON))
        return
    database.transact(lambda s: recording.record(s, order, happened, actor=actor, at=NOON))


def undo_or_redeem(database: Database, purchase_id: UUID, order: Order, amount: int) -> None:
    """Void a purchase, give some of it back, or use its coupon once more."""
    (
        lambda: void(database, purchase_id),
        lambda: refund(database, purchase_id, amount),
        lambda: settle(database, order),
    )[secrets.randbelow(3)]()


def settle_any(database: Database, orders: list[Order]) -> None:
    """Settle one of some orders, so that every order is tried by many."""
    settle(database, orders[secrets.randbelow(len(orders))])


def settle_and_sometimes_void(database: Database, orders: list[Order]) -> None:
    """Settle one of some orders, now and then with points, and undo every third.

    Who settled and finds the database busy undoes again, and does not settle again.
    """
    order = orders[secrets.randbelow(len(orders))]
    if secrets.randbelow(2):
        order = replace(order, spend_points=5)
    done = database.transact(lambda s: checkout.settle(s, order, actor=MANAGER, at=NOON))
    assert done.id
    undone = secrets.randbelow(3) > 0
    while not undone:
        with suppress(DatabaseBusy):
            void(database, done.id)
            undone = True
