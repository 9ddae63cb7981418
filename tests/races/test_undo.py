"""A purchase is undone at once by many, whole and in parts, while its coupon is used again."""

from collections import Counter
from dataclasses import dataclass
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.db import Database
from coupons.models import Coupon, Purchase, QuotaUse, Redemption, Refund
from loyalty import checkout, reconcile
from loyalty.models import Account, Entry
from loyalty.order import Order
from tests.factories import (
    MANAGER,
    NOON,
    make_customer,
    make_offer,
    make_order,
    make_public,
    make_shop,
)
from tests.races import acts, careless
from tests.races.crowd import WON, Arena, Crowd

AT_ONCE, VOIDS = 200, 50
WORTH, EACH, SPENT = 900, 90, 300
FITS = WORTH // EACH


@dataclass
class Scene:
    """A purchase that used a coupon with limits and paid with points, and an order like it."""

    purchase_id: UUID
    again: Order


def make_scene(session: Session) -> Scene:
    shop, (_, card) = make_shop(session), make_customer(session)
    rich = make_order(shop, card=card.number, total=SPENT * 100)
    checkout.settle(session, rich, actor=MANAGER, at=NOON)
    limits = [{"of": "offer", "discount": 150}, {"of": "offer", "uses": 2, "per": "day"}]
    coupon = make_public(session, make_offer(session, limits=limits), use_limit=2)
    order = make_order(shop, coupon.code, card=card.number, total=1000, spend_points=SPENT)
    done = checkout.settle(session, order, actor=MANAGER, at=NOON)
    assert done.id
    return Scene(done.id, make_order(shop, coupon.code, card=card.number, total=500))


def check_books(session: Session) -> None:
    assert list(reconcile.findings(session)) == []


def check_voided_once(database: Database, outcomes: Counter[str]) -> None:
    """One has undone it, and everything is as it was before."""
    assert outcomes == {WON: 1, "purchase_voided": VOIDS - 1}
    with database.reading() as session:
        coupon = session.scalars(select(Coupon)).one()
        assert (coupon.used, coupon.voided) == (1, 1)
        assert session.scalars(select(Redemption.state)).all() == ["voided"]
        assert session.scalars(select(Account.available)).one() == SPENT
        assert session.scalar(select(func.count()).where(Entry.kind == "reverse")) == 2
        check_books(session)


def test_of_50_voids_at_once_one_gives_everything_back(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    scene = database.transact(make_scene)

    outcomes = crowd.rush(arena, acts.void, scene.purchase_id, times=VOIDS)

    check_voided_once(database, outcomes)


def test_without_guards_many_voids_give_everything_back_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    scene = database.transact(make_scene)

    outcomes = crowd.rush(arena, careless.void, scene.purchase_id, times=VOIDS, unguarded=True)

    assert outcomes[WON] > 1
    with pytest.raises(AssertionError):
        check_voided_once(database, outcomes)


def check_refunded(database: Database, outcomes: Counter[str]) -> None:
    """As many have won as there was worth, and not a cent or a point more came back."""
    assert outcomes == {WON: FITS, "fully_refunded": VOIDS - FITS}
    with database.reading() as session:
        refunds = session.scalars(select(Refund).order_by(Refund.number)).all()
        assert [one.number for one in refunds] == list(range(1, FITS + 1))
        assert sum(one.money for one in refunds) == WORTH - SPENT
        assert sum(one.points_back for one in refunds) == SPENT
        assert session.scalars(select(Redemption.state)).one() == "returned"
        assert session.scalars(select(Account.available)).one() == SPENT
        check_books(session)


def test_of_50_refunds_at_once_as_many_win_as_there_is_worth(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    scene = database.transact(make_scene)

    outcomes = crowd.rush(arena, acts.refund, scene.purchase_id, EACH, times=VOIDS)

    check_refunded(database, outcomes)


def test_without_guards_more_comes_back_than_was_paid_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    scene = database.transact(make_scene)

    outcomes = crowd.rush(
        arena, careless.refund, scene.purchase_id, EACH, times=VOIDS, unguarded=True
    )

    assert outcomes[WON] > FITS
    with pytest.raises(AssertionError):
        check_refunded(database, outcomes)


def check_any_order(database: Database, scene: Scene, outcomes: Counter[str]) -> None:
    """Whoever came first: the purchase is undone once, and the coupon is never used too often."""
    refused = {"purchase_voided", "fully_refunded", "coupon_used_up", "budget_used_up"}
    assert set(outcomes) <= refused | {WON, "refund_too_much"}
    with database.reading() as session:
        purchase = session.get_one(Purchase, scene.purchase_id)
        redemptions = session.scalars(select(Redemption)).all()
        coupon = session.scalars(select(Coupon)).one()
        budget = select(func.sum(QuotaUse.amount - QuotaUse.given_back))
        spent = session.scalar(budget.where(QuotaUse.measure == "discount")) or 0
        refunds = session.scalar(select(func.count()).select_from(Refund)) or 0
        live = sum(one.state == "redeemed" for one in redemptions)
        assert purchase.voided_at or purchase.refunded == refunds * EACH
        assert coupon.used - coupon.voided == live <= 2
        assert spent <= 150
        assert outcomes[WON] == refunds + bool(purchase.voided_at) + len(redemptions) - 1
        check_books(session)


def test_voids_refunds_and_redemptions_at_once_neither_lock_up_nor_break_the_books(
    database: Database, arena: Arena, crowd: Crowd
) -> None:
    scene = database.transact(make_scene)

    outcomes = crowd.rush(
        arena, acts.undo_or_redeem, scene.purchase_id, scene.again, EACH, times=AT_ONCE
    )

    check_any_order(database, scene, outcomes)


def test_the_same_without_guards_breaks_the_books_and_the_check_sees_it(
    unguarded: tuple[Arena, Database], crowd: Crowd
) -> None:
    arena, database = unguarded
    scene = database.transact(make_scene)

    outcomes = crowd.rush(
        arena, careless.undo_or_redeem, scene.purchase_id, scene.again, EACH,
        times=AT_ONCE, unguarded=True,
    )  # fmt: skip

    assert outcomes[WON] > FITS
    with pytest.raises(AssertionError):
        check_any_order(database, scene, outcomes)
