"""Give back some of a purchase, or the last of it: by line, by piece or by amount.

An amount is worth: what the goods cost after the discount, whether money or points paid for it.
All else follows by running totals, rounded down, so after the last part exactly all is back.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, insert, select
from sqlalchemy.orm import Session

from core import audit, ids, outbox
from core.auth import Actor
from core.db import table
from core.errors import N_, InvalidRequest
from coupons import responses
from coupons.models import PurchaseLine, Refund
from coupons.shares import Share
from loyalty import portions, purchases, undoing
from loyalty.errors import NothingToRefund, RefundTooMuch
from loyalty.portions import Part, Portion
from loyalty.undoing import Given

_REFUND, _LINE = table(Refund), table(PurchaseLine)
_BEFORE = (
    select(_REFUND.c.number, _REFUND.c.lines)
    .where(_REFUND.c.purchase_id == bindparam("purchase"))
    .order_by(_REFUND.c.number)
)
_LINES = (
    select(_LINE).where(_LINE.c.purchase_id == bindparam("purchase")).order_by(_LINE.c.position)
)
_WRITE = insert(_REFUND)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be given back: parts of some lines, or an amount of the whole."""

    lines: tuple[Part, ...] = ()
    amount: int | None = None


@dataclass(frozen=True, slots=True)
class Paid:
    """One refund: what was given back, in money and in points.

    Attributes:
        number: counts the refunds of a purchase, from 1.
        worth: of the goods; ``money`` and ``points_worth`` together.
        points_back, points_claimed: spent points that came back, earned points taken back.
        left: what of the worth can still be given back, and what of it is money.
        given: what its coupons gave back, and the account it was booked on.
    """

    id: UUID
    purchase_id: UUID
    number: int
    kind: str
    worth: int
    money: int
    points_worth: int
    points_back: int
    points_claimed: int
    lines: list[dict[str, Any]]
    reason: str
    left: tuple[int, int]
    given: Given


@dataclass(frozen=True, slots=True)
class Why:
    """Whether it is a refund or a claim under a guarantee, why, by whom and when."""

    kind: str
    reason: str
    actor: Actor
    at: datetime
    redemption_id: UUID | None = None


def refund(
    session: Session, purchase_id: UUID, wanted: Wanted, reason: str, *,
    approval: str | None = None, actor: Actor, at: datetime,
) -> Paid:  # fmt: skip
    """Give back some of a purchase.

    Raises:
        NotFound, PurchaseVoided, FullyRefunded: there is nothing to give back of.
        OwnCard, VoidElsewhere, VoidTooLate, ApprovalNeeded: the actor may not.
        InvalidRequest: a line is not there, or is named twice.
        PiecesTooMany, RefundTooMuch: so much is not left.
        NothingToRefund: nothing was paid for it.
    """
    connection = session.connection()
    row = purchases.lock(connection, purchase_id)
    undoing.check_may(session, row, approval=approval, actor=actor, at=at)
    undoing.check_something_left(row)
    before = earlier(connection, purchase_id)
    done = pay(session, row, wanted, before, why=Why("refund", reason, actor, at))
    for one in done.given.redemptions:
        if one.state != "conflict":
            responses.followed(connection, one.redemption_id, "returned", at=at)
    return done


def foresee(
    session: Session, purchase_id: UUID, wanted: Wanted, *,
    approval: str | None = None, actor: Actor, at: datetime,
) -> Paid:  # fmt: skip
    """Return what a refund would give back: it is made, and undone at once.

    Raises:
        Refusal: as ``refund`` says.
    """
    with session.begin_nested() as part:
        paid = refund(
            session, purchase_id, wanted, "foreseen", approval=approval, actor=actor, at=at
        )
        part.rollback()
    return paid


def earlier(connection: Connection, purchase_id: UUID) -> Sequence[Any]:
    """Return the number and the lines of every refund of a locked purchase so far."""
    return connection.execute(_BEFORE, {"purchase": purchase_id}).all()


def pay(session: Session, row: Any, wanted: Wanted, before: Sequence[Any], *, why: Why) -> Paid:
    """Give back what is wanted of a locked purchase, after the refunds so far.

    Raises:
        InvalidRequest, PiecesTooMany, RefundTooMuch, NothingToRefund: it cannot be.
    """
    connection, whole = session.connection(), int(row.basket_total - row.discount)
    parts = _parts(connection, row, wanted, before)
    worth = sum(one.worth for one in parts) if parts else wanted.amount or 0
    if not worth:
        raise NothingToRefund
    if worth > whole - row.refunded:
        raise RefundTooMuch(left=whole - row.refunded)
    done = purchases.count_refund(connection, row.id, worth, parts)
    share, number = Share(done - worth, done, whole), len(before) + 1
    given = undoing.undo(
        connection, row, share,
        part=number, voided=False, actor=why.actor, reason=why.reason, at=why.at,
    )  # fmt: skip
    money = share.of(row.to_pay)
    paid = Paid(
        id=ids.new(),
        purchase_id=row.id,
        number=number,
        kind=why.kind,
        worth=worth,
        money=money,
        points_worth=worth - money,
        points_back=given.points.back,
        points_claimed=given.points.claimed,
        lines=[one.shown for one in parts],
        reason=why.reason,
        left=(whole - done, row.to_pay - share.upto(row.to_pay)),
        given=given,
    )
    _write(session, paid, why)
    return paid


def _parts(
    connection: Connection, row: Any, wanted: Wanted, before: Sequence[Any]
) -> list[Portion]:
    if not wanted.lines:
        return []
    rows = connection.execute(_LINES, {"purchase": row.id}).all()
    if not rows:
        raise InvalidRequest({"lines": [N_("This purchase has no lines: say an amount.")]})
    lines = portions.read(rows, [one.lines for one in before])
    return portions.portions(lines, wanted.lines)


def _write(session: Session, paid: Paid, why: Why) -> None:
    kept = {
        name: getattr(paid, name)
        for name in (
            "id", "purchase_id", "number", "kind", "worth", "money", "points_worth",
            "points_back", "points_claimed", "lines", "reason",
        )
    }  # fmt: skip
    by = {"actor": str(why.actor), "till_id": why.actor.till_id, "at": why.at}
    session.connection().execute(_WRITE, kept | by | {"redemption_id": why.redemption_id})
    subject = ids.public("pu", paid.purchase_id)
    new = {name: kept[name] for name in ("number", "worth", "money", "points_worth", "reason")}
    if paid.given.kept:
        new["coupons_kept"] = paid.given.kept
    verb = "refunded" if why.kind == "refund" else "claimed"
    audit.record(session, why.actor, f"purchase.{verb}", subject, new=new, at=why.at)
    told = {"purchase": paid.purchase_id.hex, "refund": paid.id.hex}
    outbox.put(session, "purchase.refunded", told, at=why.at)
