"""Claim the money back under a guarantee: for a line it covers, in time, for one of its reasons."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, bindparam, select
from sqlalchemy.orm import Session

from core.auth import Actor
from core.db import table
from core.errors import Refusal
from core.models import Customer
from coupons import responses
from coupons.models import Purchase, Redemption
from loyalty import cards, purchases, refunding, undoing
from loyalty.errors import ClaimReasonUnknown, ClaimTooLate, NotCovered
from loyalty.portions import Part
from loyalty.refunding import Paid, Wanted, Why

_PURCHASE, _REDEMPTION, _CUSTOMER = table(Purchase), table(Redemption), table(Customer)
_GUARANTEES = (
    select(_REDEMPTION.c.id, _REDEMPTION.c.gave)
    .where(_REDEMPTION.c.purchase_id == bindparam("purchase"), _REDEMPTION.c.state == "redeemed")
    .order_by(_REDEMPTION.c.id)
)
_ABOUT = (
    select(_PURCHASE.c.shop_id, _CUSTOMER.c.pseudonym)
    .outerjoin(_CUSTOMER, _CUSTOMER.c.id == _PURCHASE.c.customer_id)
    .where(_PURCHASE.c.id == bindparam("purchase"))
)


@dataclass(frozen=True, slots=True)
class Guarantee:
    """A money-back guarantee on some lines of a purchase.

    Attributes:
        until: the instant at which it is over.
        reasons: the key and the words of each reason that counts.
    """

    redemption_id: UUID
    covered: frozenset[int]
    until: datetime
    reasons: tuple[dict[str, Any], ...]

    @property
    def keys(self) -> list[str]:
        """Return the keys of its reasons."""
        return [one["key"] for one in self.reasons]


def guarantees(connection: Connection, purchase_id: UUID) -> list[Guarantee]:
    """Return the guarantees on a purchase that stand."""
    return [
        Guarantee(
            row.id,
            frozenset(row.gave["covered"]),
            datetime.fromisoformat(row.gave["until"]),
            tuple(row.gave["reasons"]),
        )
        for row in connection.execute(_GUARANTEES, {"purchase": purchase_id})
        if row.gave and "covered" in row.gave
    ]


def claim(
    session: Session, purchase_id: UUID, part: Part, reason: str, *, actor: Actor, at: datetime
) -> Paid:
    """Give a line back under its guarantee, at any till: the days are its own limit.

    Raises:
        NotFound, PurchaseVoided, FullyRefunded: there is nothing to give back of.
        OwnCard: it is the purchase of whoever serves.
        NotCovered, ClaimTooLate, ClaimReasonUnknown: no guarantee is for this.
        InvalidRequest, PiecesTooMany, RefundTooMuch, NothingToRefund: there is not so much.
    """
    connection = session.connection()
    row = purchases.lock(connection, purchase_id)
    if row.customer_id is not None:
        cards.check_not_own(connection, row.customer_id, actor.staff_id)
    undoing.check_something_left(row)
    under = choose(guarantees(connection, purchase_id), part.line, reason, at=at)
    before = refunding.earlier(connection, purchase_id)
    why = Why("claim", reason, actor, at, under.redemption_id)
    done = refunding.pay(session, row, Wanted((part,)), before, why=why)
    responses.followed(connection, under.redemption_id, "claimed", at=at)
    return done


def choose(found: Sequence[Guarantee], line: int, reason: str, *, at: datetime) -> Guarantee:
    """Return the guarantee that covers a line now for a reason.

    Raises:
        NotCovered: none covers the line.
        ClaimTooLate: they are over.
        ClaimReasonUnknown: the reason is none of theirs.
    """
    covering = [one for one in found if line in one.covered]
    if not covering:
        raise NotCovered(line=line)
    running = [one for one in covering if at < one.until]
    if not running:
        raise ClaimTooLate(until=max(one.until for one in covering))
    for one in running:
        if reason in one.keys:
            return one
    reasons = [told for one in running for told in one.reasons]
    raise ClaimReasonUnknown(reasons=reasons)


def record_refused(
    session: Session, purchase_id: UUID, line: int, refusal: Refusal, *, attempt: str, at: datetime
) -> None:
    """Record the answer of a customer who claimed and was refused, once for each try."""
    connection = session.connection()
    found = connection.execute(_ABOUT, {"purchase": purchase_id}).one_or_none()
    if found is None:
        return
    text = f"{attempt}\x1f{refusal.code}"
    refused = {
        "outcome": "refused",
        "reason": refusal.code,
        "dedupe": hashlib.sha256(text.encode()).hexdigest(),
    }
    covering = [one for one in guarantees(connection, purchase_id) if line in one.covered]
    if covering:
        responses.followed(connection, covering[0].redemption_id, "claimed", at=at, **refused)
        return
    responses.write(
        connection,
        kind="claimed",
        purchase_id=purchase_id,
        shop_id=found.shop_id,
        pseudonym=found.pseudonym,
        responder=found.pseudonym,
        at=at,
        recorded_at=at,
        **refused,
    )
