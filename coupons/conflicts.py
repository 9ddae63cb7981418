"""What a till took off without a line, held against what a coupon is worth; nothing is refused.

A coupon that is refused has been used all the same: that is a conflict, which costs what was taken
off and takes no use. A coupon that is fine but gave another amount is redeemed with what it gave.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, insert

from core import ids
from core.db import table
from core.errors import Refusal
from coupons import responses, tracing
from coupons.basket import Sale
from coupons.codes import Held
from coupons.errors import AmountDiffers, BetterTaken, CodeNotFound, CouponTwice, NoBenefit
from coupons.models import Conflict as Row
from coupons.models import Redemption
from coupons.quoting import Conflict, Decision
from coupons.responses import Try
from coupons.stacking import Refused, Taken

Gave = Sequence[tuple[str, int]]
"""Normalised codes, each with what a till took off for it, in minor units."""

_WRITE, _WRITE_USES = insert(table(Row)), insert(table(Redemption))


def as_given(decision: Decision, gave: Gave) -> Decision:
    """Return a decision as a till has carried it out, with what is wrong about that.

    A coupon that gave nothing and would give nothing is kept, as it is at any other till.
    """
    first = dict(reversed(gave))
    taken = [(one, first[one.coupon.code]) for one in decision.taken]
    others = sum(amount for _, amount in gave) - sum(amount for _, amount in taken)
    conflicts = [
        *(_differs(one, amount) for one, amount in taken if _is_odd(one, amount, others)),
        *_refused(decision.refused, first),
        *_unknown(decision, gave),
    ]
    return replace(
        decision,
        taken=tuple(_carried_out(one, amount) for one, amount in taken),
        conflicts=(*decision.conflicts, *conflicts),
    )


def refuse_all(decision: Decision, refusal: Refusal) -> Decision:
    """Return a decision that takes no coupon, for the same reason all of them."""
    stopped = tuple(Refused(one.candidate, refusal) for one in decision.taken)
    others = tuple(Refused(one.candidate, refusal) for one in decision.refused)
    return replace(decision, taken=(), refused=stopped + others)


def shared_out(conflicts: Iterable[Conflict]) -> Iterator[Conflict]:
    """Yield conflicts, each at what it adds to those before it, so that no money counts twice.

    What several rules have against one coupon is about the same money off: together they cost what
    the one with most to say costs.
    """
    counted: Counter[UUID] = Counter()
    for one in conflicts:
        if one.coupon is None:
            yield one
            continue
        more = max(0, one.cost - counted[one.coupon.id])
        counted[one.coupon.id] += more
        yield replace(one, cost=more)


def _is_odd(one: Taken, amount: int, others: int) -> bool:
    """Tell whether a coupon gave what nobody would expect.

    What refused coupons took off has left less for the others: less than due is no wonder then.
    """
    due = one.given.discount
    return amount > due or (amount < due and not others)


def _differs(one: Taken, amount: int) -> Conflict:
    due = one.given.discount
    refusal = AmountDiffers(coupon=one.coupon.masked, given=amount, due=due)
    return Conflict(refusal, one.coupon, cost=max(0, amount - due))


def _carried_out(one: Taken, amount: int) -> Taken:
    """Return a coupon that took part with what it gave in fact.

    A budget pays for what its offer promises, not for what a till gave beyond that.
    """
    due = one.given.discount
    if amount == due:
        return one
    uses = tuple(
        replace(use, amount=min(amount, due)) if use.limit.measure == "discount" else use
        for use in one.uses
    )
    given = replace(one.given, lines={0: amount} if amount else {})
    return replace(one, given=given, uses=tuple(use for use in uses if use.amount))


def _refused(refused: Iterable[Refused], first: Mapping[str, int]) -> Iterable[Conflict]:
    for one in refused:
        amount = first[one.coupon.code]
        if amount or not isinstance(one.refusal, NoBenefit | BetterTaken):
            yield Conflict(one.refusal, one.coupon, gave=amount, cost=amount, is_use=True)


def _unknown(decision: Decision, gave: Gave) -> Iterable[Conflict]:
    """Yield what is no use of a coupon: a code that is none of ours, or one that came again."""
    known = {one.coupon.code for one in decision.taken}
    known |= {one.coupon.code for one in decision.refused}
    seen: set[str] = set()
    for code, amount in gave:
        kind = CouponTwice if code in seen else CodeNotFound
        if code in seen or code not in known:
            yield Conflict(kind(coupon=ids.masked(code)), gave=amount, cost=amount)
        seen.add(code)


def record(
    connection: Connection,
    decision: Decision,
    sale: Sale,
    *,
    redemptions: Mapping[UUID, UUID],
    at: datetime,
) -> None:
    """Write down the conflicts of a purchase: each refused use as a redemption and as an answer.

    ``redemptions`` are those that stand, by coupon.
    """
    if not decision.conflicts:
        return
    uses = {
        one.coupon.id: _use(one, one.coupon, sale)
        for one in decision.conflicts
        if one.coupon and one.is_use
    }
    if uses:
        connection.execute(_WRITE_USES, list(uses.values()))
    ids_of = dict(redemptions) | {coupon: row["id"] for coupon, row in uses.items()}
    connection.execute(_WRITE, [_row(one, sale, ids_of, at=at) for one in decision.conflicts])
    responses.refused(
        connection,
        _tries(decision, sale),
        shop_id=sale.shop_id,
        pseudonym=sale.pseudonym,
        attempt=None,
        occurred_at=sale.occurred_at,
        at=at,
    )


def _use(one: Conflict, coupon: Held, sale: Sale) -> dict[str, Any]:
    """Return a redemption that counts against nothing."""
    return {
        "id": ids.new(),
        "coupon_id": coupon.id,
        "offer_id": coupon.offer_id,
        "version_id": coupon.version_id,
        "purchase_id": sale.purchase_id,
        "customer_id": sale.customer_id,
        "ordinal": None,
        "state": "conflict",
        "discount": one.gave,
        "refunded": 0,
        "points": 0,
        "lines": [{"line": 0, "discount": one.gave}] if one.gave else [],
        "at": sale.occurred_at,
    }


def _row(
    one: Conflict, sale: Sale, redemptions: Mapping[UUID, UUID], *, at: datetime
) -> dict[str, Any]:
    return {
        "id": ids.new(),
        "purchase_id": sale.purchase_id,
        "redemption_id": redemptions[one.coupon.id] if one.coupon else None,
        **tracing.of_refusal(one.refusal),
        "cost": one.cost,
        "at": at,
    }


def _tries(decision: Decision, sale: Sale) -> list[Try]:
    """Return the answers of a customer whose coupon was taken and is refused."""
    whys = {one.coupon.id: tracing.of_refused(one, decision) for one in decision.refused}
    uses = [
        Try(one.coupon, one.refusal, whys[one.coupon.id], sale.purchase_id)
        for one in decision.conflicts
        if one.coupon and one.is_use
    ]
    loose = [
        Try(None, one.refusal)
        for one in decision.conflicts
        if isinstance(one.refusal, CodeNotFound | CouponTwice)
    ]
    return uses + loose
