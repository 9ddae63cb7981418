"""Do the books balance? Every cache against the rows it is a cache of."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from core import ids
from coupons.models import Coupon, OfferVersion, Purchase, Quota, Redemption, Response
from coupons.quotas import ALL
from loyalty.models import Account, Entry, Lot, LotMove


def findings(session: Session) -> Iterator[str]:
    """Yield a line for everything that is off; nothing if the books balance."""
    yield from _coupons(session)
    yield from _quotas(session)
    yield from _accounts(session)
    yield from _lots(session)
    yield from _purchases(session)
    yield from _responses(session)
    yield from _trial_balance(session)


def _live() -> Any:
    return func.sum(case((Redemption.state == "redeemed", 1), else_=0))


def _coupons(session: Session) -> Iterator[str]:
    counted = (
        select(
            Redemption.coupon_id, func.count().label("uses"), _live().label("live"),
        )
        .group_by(Redemption.coupon_id)
        .subquery()
    )  # fmt: skip
    uses, live = func.coalesce(counted.c.uses, 0), func.coalesce(counted.c.live, 0)
    rows = session.execute(
        select(Coupon.id, Coupon.used, Coupon.voided, uses, live)
        .outerjoin(counted, counted.c.coupon_id == Coupon.id)
        .where(or_(Coupon.used != uses, Coupon.used - Coupon.voided != live))
    )
    for id, used, voided, found, standing in rows:
        name = ids.public("co", id)
        yield (
            f"coupon {name}: used {used} - voided {voided}, "
            f"but {standing} of {found} redemptions stand"
        )


def _quotas(session: Session) -> Iterator[str]:
    for column, wanted, name in (
        (Redemption.offer_id, OfferVersion.overall, "all"),
        (Redemption.offer_id, OfferVersion.per_customer, "customer"),
        (Redemption.coupon_id, Coupon.per_customer, "customer"),
    ):
        yield from _quota_kind(session, column, wanted, per_customer=name == "customer")


def _quota_kind(
    session: Session, subject: Any, wanted: Any, *, per_customer: bool
) -> Iterator[str]:
    keys = [subject, Redemption.customer_id] if per_customer else [subject]
    rows = (
        select(*keys, _live())
        .join(OfferVersion, OfferVersion.id == Redemption.version_id)
        .join(Coupon, Coupon.id == Redemption.coupon_id)
        .where(wanted.is_not(None))
        .group_by(*keys)
    )
    if per_customer:
        rows = rows.where(Redemption.customer_id.is_not(None))
    for row in session.execute(rows):
        customer_id = row[1] if per_customer else ALL
        quota = session.get(Quota, (row[0], customer_id))
        live = quota.used - quota.voided if quota else 0
        if live != row[-1]:
            name = f"{row[0].hex} {customer_id.hex}"
            yield f"quota {name}: says {live}, but {row[-1]} redemptions stand"


def _sum(side: str) -> Any:
    moved = case(
        (Entry.to_side == side, Entry.points), (Entry.from_side == side, -Entry.points), else_=0
    )
    return func.coalesce(func.sum(moved), 0)


def _accounts(session: Session) -> Iterator[str]:
    booked = (
        select(
            Entry.customer_id,
            _sum("available").label("available"),
            _sum("pending").label("pending"),
            (-_sum("debt")).label("debt"),
        )
        .group_by(Entry.customer_id)
        .subquery()
    )
    held = (
        select(Lot.customer_id, func.sum(Lot.remaining).label("held"))
        .group_by(Lot.customer_id)
        .subquery()
    )
    sides = ("available", "pending", "debt")
    sums = [func.coalesce(booked.c[side], 0) for side in sides]
    lots = func.coalesce(held.c.held, 0)
    rows = session.execute(
        select(Account.customer_id, Account.available, Account.pending, Account.debt, *sums, lots)
        .outerjoin(booked, booked.c.customer_id == Account.customer_id)
        .outerjoin(held, held.c.customer_id == Account.customer_id)
        .where(
            or_(
                Account.available != sums[0],
                Account.pending != sums[1],
                Account.debt != sums[2],
                Account.available != lots,
            )
        )
    )
    for id, available, pending, debt, *found in rows:
        name = ids.public("cu", id)
        yield (
            f"account {name}: available {available}, pending {pending}, debt {debt}; "
            f"the ledger says {found[0]}, {found[1]}, {found[2]}, the lots {found[3]}"
        )


def _lots(session: Session) -> Iterator[str]:
    moved = (
        select(LotMove.lot_id, func.sum(LotMove.points).label("moved"))
        .group_by(LotMove.lot_id)
        .subquery()
    )
    total = func.coalesce(moved.c.moved, 0)
    rows = session.execute(
        select(Lot.id, Lot.remaining, total)
        .outerjoin(moved, moved.c.lot_id == Lot.id)
        .where(Lot.remaining != total)
    )
    for id, remaining, found in rows:
        yield f"lot {id.hex}: {remaining} remain, but its moves come to {found}"


def _purchases(session: Session) -> Iterator[str]:
    redeemed = (
        select(Redemption.purchase_id, func.sum(Redemption.discount).label("discount"))
        .group_by(Redemption.purchase_id)
        .subquery()
    )
    total = func.coalesce(redeemed.c.discount, 0)
    rows = session.execute(
        select(Purchase.id, Purchase.discount, total)
        .outerjoin(redeemed, redeemed.c.purchase_id == Purchase.id)
        .where(Purchase.discount != total)
    )
    for id, discount, found in rows:
        name = ids.public("pu", id)
        yield f"purchase {name}: discount {discount}, but its redemptions come to {found}"
    rows = session.execute(
        select(Purchase.id)
        .join(Redemption, Redemption.purchase_id == Purchase.id)
        .where(Purchase.voided_at.is_not(None), Redemption.state == "redeemed")
    )
    for (id,) in rows:
        yield f"purchase {ids.public('pu', id)}: undone, but a redemption of it stands"


def _responses(session: Session) -> Iterator[str]:
    rows = session.execute(
        select(Redemption.id)
        .outerjoin(Response, Response.redemption_id == Redemption.id)
        .where(Response.id.is_(None))
    )
    for (id,) in rows:
        yield f"redemption {ids.public('re', id)}: has no response event"


def _trial_balance(session: Session) -> Iterator[str]:
    sides = ("world", "pending", "available", "redeemed", "breakage", "debt")
    totals = session.execute(select(*(_sum(side) for side in sides))).one()
    if sum(totals) != 0:
        listed = ", ".join(f"{side} {total}" for side, total in zip(sides, totals, strict=True))
        yield f"ledger: the sides do not sum to 0: {listed}"
    held = session.execute(
        select(
            func.coalesce(func.sum(Account.available), 0),
            func.coalesce(func.sum(Account.pending), 0),
            func.coalesce(func.sum(Account.debt), 0),
        )
    ).one()
    if (held[0], held[1], -held[2]) != (totals[2], totals[1], totals[5]):
        yield (
            f"ledger: accounts hold {held[0]}, {held[1]}, {held[2]}; "
            f"the sides say {totals[2]}, {totals[1]}, {-totals[5]}"
        )
