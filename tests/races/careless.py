"""The same acts as most coupon systems have them: look in one transaction, act in another.

These are the negative controls. They run the product's own rules with its guards taken out: no
lock before the look, no condition in the UPDATE, and tables without the constraints behind it.
If the checks of this folder let these through, they prove nothing.
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, local
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import CheckConstraint, MetaData, UniqueConstraint, bindparam, select, update

from core import clock
from core.auth import Actor
from core.db import Bare, Database, table
from core.models import Approval
from coupons.models import Coupon, OfferVersion, Purchase, Quota, Redemption
from loyalty import checkout, ledger, preparing, purchases, refunding, sums, voiding
from loyalty.errors import PurchaseVoided
from loyalty.models import Card, Lot
from loyalty.offline import judging, recording
from loyalty.order import Happened, Order
from loyalty.refunding import Wanted
from tests.factories import MANAGER, NOON

_COUPON, _QUOTA, _LOT, _CARD = table(Coupon), table(Quota), table(Lot), table(Card)
_REDEMPTION, _PURCHASE, _VERSION = table(Redemption), table(Purchase), table(OfferVersion)
_APPROVAL = table(Approval)

_seen = local()
"""What this thread saw when it looked."""


PATIENCE = 120


def begin(together: Barrier) -> None:
    """Say with whom this thread will have looked before anybody acts."""
    _seen.together = together


def all_have_looked() -> None:
    """Wait once for the others, so that what everybody saw is old when the first one acts."""
    if together := _seen.together:
        _seen.together = None
        together.wait(PATIENCE)


def settle(database: Database, order: Order) -> None:
    look, write = preparing.prepare, checkout.settle

    def see(session: Any) -> None:
        connection = session.connection()
        purchases.check_receipt(connection, order.shop_id, order.receipt)
        _seen.ready = look.unguarded(  # type: ignore[attr-defined]
            connection, order, actor=MANAGER, lock=False, at=NOON
        )
        if _seen.ready.decision.refused:
            raise _seen.ready.decision.refused[0].refusal
        if card := _seen.ready.card:
            _seen.account = ledger.stored(connection, card.customer_id)
            today = clock.period("day", NOON, _seen.ready.rules.zone)
            _seen.earned = sums.earned_between.unguarded(  # type: ignore[attr-defined]
                connection, card.customer_id, *today
            )

    try:
        database.look(see)
    finally:
        all_have_looked()
    database.transact(lambda s: write(s, order, actor=MANAGER, at=NOON))


def tell(database: Database, sales: list[tuple[Order, Happened, Actor]]) -> None:
    """Tell one of some sales, as it was judged before; the locks of that look are let go."""
    order, happened, actor = sales[secrets.randbelow(len(sales))]
    look, write = judging.judge, recording.record
    try:
        with database.writing() as session:
            _seen.judged = look.unguarded(  # type: ignore[attr-defined]
                session.connection(), order, happened, before=None, actor=actor, at=NOON
            )
    finally:
        all_have_looked()
    database.transact(lambda s: write(s, order, happened, actor=actor, at=NOON))


def void(database: Database, purchase_id: UUID) -> None:
    _look_at(database, purchase_id)
    database.transact(lambda s: voiding.void(s, purchase_id, "race", actor=MANAGER, at=NOON))


def refund(database: Database, purchase_id: UUID, amount: int) -> None:
    _look_at(database, purchase_id)
    wanted = Wanted(amount=amount)
    database.transact(
        lambda s: refunding.refund(s, purchase_id, wanted, "race", actor=MANAGER, at=NOON)
    )


def undo_or_redeem(database: Database, purchase_id: UUID, order: Order, amount: int) -> None:
    """Void a purchase, give some of it back, or use its coupon once more."""
    (
        lambda: void(database, purchase_id),
        lambda: refund(database, purchase_id, amount),
        lambda: settle(database, order),
    )[secrets.randbelow(3)]()


def _look_at(database: Database, purchase_id: UUID) -> None:
    """Look whether a purchase can be undone, and what it stands at."""

    def see(session: Any) -> None:
        connection = session.connection()
        _seen.row = connection.execute(_SEEN, {"purchase": purchase_id}).one()
        if _seen.row.voided_at:
            raise PurchaseVoided
        _seen.account = ledger.stored(connection, _seen.row.customer_id)

    try:
        database.look(see)
    finally:
        all_have_looked()


_SEEN = select(_PURCHASE).where(_PURCHASE.c.id == bindparam("purchase"))
_ONE_QUOTA = (
    (_QUOTA.c.subject_id == bindparam("subject"))
    & (_QUOTA.c.customer_id == bindparam("customer"))
    & (_QUOTA.c.period == bindparam("in_period"))
    & (_QUOTA.c.measure == bindparam("counted"))
)
_UNGUARDED = {
    "core.approvals._USE": update(_APPROVAL)
    .where(_APPROVAL.c.token_hash.in_(bindparam("tokens", expanding=True)))
    .values(used_at=bindparam("now"))
    .returning(_APPROVAL.c.id, _APPROVAL.c.staff_id),
    "coupons.redemption._TAKE_USE": update(_COUPON)
    .where(_COUPON.c.id == bindparam("coupon"))
    .values(used=_COUPON.c.used + 1)
    .returning(_COUPON.c.used),
    "coupons.quotas._TAKE": update(_QUOTA)
    .where(_ONE_QUOTA)
    .values(used=_QUOTA.c.used + bindparam("amount"), cap=bindparam("most"))
    .returning(_QUOTA.c.used),
    "coupons.giving_back._OF_PURCHASE": select(_REDEMPTION, _VERSION.c.on_refund)
    .join(_VERSION, _VERSION.c.id == _REDEMPTION.c.version_id)
    .where(_REDEMPTION.c.purchase_id == bindparam("purchase")),
    "coupons.giving_back._MARK": update(_REDEMPTION)
    .where(_REDEMPTION.c.id == bindparam("redemption"))
    .values(state=bindparam("becomes"), refunded=bindparam("upto"), voided_at=bindparam("ended"))
    .returning(_REDEMPTION.c.id),
    "loyalty.steps._TAKE": update(_CARD)
    .where(_CARD.c.id == bindparam("card"))
    .values(last_step=bindparam("step"), last_step_by=bindparam("by"))
    .returning(_CARD.c.id),
    "loyalty.stock._HAND_OUT": update(_CARD)
    .where(_CARD.c.number == bindparam("wanted"))
    .values(state="active", customer_id=bindparam("customer"), issued_at=bindparam("now"))
    .returning(_CARD.c.id),
    "loyalty.purchases._REFUND": update(_PURCHASE)
    .where(_PURCHASE.c.id == bindparam("purchase"))
    .values(refunded=_PURCHASE.c.refunded + bindparam("worth"))
    .returning(_PURCHASE.c.refunded),
    "loyalty.purchases._VOID": update(_PURCHASE)
    .where(_PURCHASE.c.id == bindparam("purchase"))
    .values(
        voided_at=bindparam("voided_on"),
        voided_by=bindparam("by"),
        void_reason=bindparam("because"),
    )
    .returning(_PURCHASE.c.id),
}
"""The product's statements without their condition."""


@contextmanager
def guards_off() -> Iterator[None]:
    """Take the guards out of the product, in this process, for a while."""

    def ready(*_: Any, **__: Any) -> Any:
        return _seen.ready

    def earned(*_: Any) -> Any:
        return _seen.earned

    def judged(*_: Any, **__: Any) -> Any:
        return _seen.judged

    ready.unguarded = preparing.prepare  # type: ignore[attr-defined]
    judged.unguarded = judging.judge  # type: ignore[attr-defined]
    earned.unguarded = sums.earned_between  # type: ignore[attr-defined]
    with pytest.MonkeyPatch.context() as patch:
        for name, statement in _UNGUARDED.items():
            patch.setattr(name, statement)
        patch.setattr("loyalty.preparing.prepare", ready)
        patch.setattr("loyalty.offline.judging.judge", judged)
        patch.setattr("loyalty.sums.earned_between", earned)
        patch.setattr("loyalty.purchases.lock", lambda *_: _seen.row)
        patch.setattr("loyalty.expiry.lock", lambda *_, **__: _seen.account)
        patch.setattr("loyalty.ledger.draw", _draw)
        yield


def _draw(connection: Any, account: Any, entry: UUID, points: int, **_: Any) -> None:
    """Take points off a lot without a look at what it holds."""
    lot = select(_LOT.c.id).where(_LOT.c.customer_id == account.customer_id).limit(1)
    values = {"remaining": _LOT.c.remaining - points}
    connection.execute(update(_LOT).where(_LOT.c.id.in_(lot)).values(values))


def tables_without_guards() -> MetaData:
    """Return the product's tables without CHECKs and without what stops a second use."""
    bare = MetaData()
    for one in Bare.metadata.sorted_tables:
        copy = one.to_metadata(bare)
        for constraint in set(copy.constraints):
            unique = isinstance(constraint, UniqueConstraint)
            if isinstance(constraint, CheckConstraint) or (unique and copy.name in _SECOND_USES):
                copy.constraints.remove(constraint)
        for index in set(copy.indexes):
            if index.unique:
                copy.indexes.remove(index)
    return bare


_SECOND_USES = {"redemption", "purchase", "refund", "ledger_entry"}
